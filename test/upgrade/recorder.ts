/** Keeps what stands in a simulated cluster whenever a release is about to leave a stage, and kills its run there. */
import type { Api, Live } from '../../lib/cluster';
import type { Manifest } from '../../lib/core';
import type { SimulatedCluster } from '../../lib/simulated';
import type { FixtureStage } from './fixture';

const KINDS = ['ConfigMap', 'Deployment', 'Service', 'Ingress', 'HTTPRoute', 'VirtualService', 'DestinationRule'];

export class Killed extends Error {}

type Standing = Pick<FixtureStage, 'stage' | 'aborting'>;

export class Recorder {
  readonly stages: FixtureStage[] = [];
  private last = new Map<string, string>();
  private at: Standing | undefined;

  constructor(
    private readonly cluster: SimulatedCluster,
    private readonly rollout: string,
  ) {}

  /** The API for one run; at `killedAt` it dies instead of leaving that stage. */
  api(killedAt?: string): Api {
    const api = this.cluster.client();
    const update: Api['update'] = async (object) => {
      const { ledger } = (object.data ?? {}) as { ledger?: string };
      if (ledger !== undefined && object.metadata.name!.endsWith(this.rollout))
        this.arrive(standingIn(ledger), killedAt);
      return api.update(object);
    };
    return Object.assign(Object.create(api) as Api, { update });
  }

  private arrive(next: Standing | undefined, killedAt: string | undefined): void {
    const { at } = this;
    if (at && (at.stage !== next?.stage || at.aborting !== next.aborting)) {
      this.keep(at);
      if (at.stage === killedAt) throw new Killed();
    }
    this.at = next;
  }

  /** Once for each stage: a run that was killed leaves it a second time. */
  private keep(at: Standing): void {
    const known = this.stages.at(-1);
    if (known?.stage === at.stage && known.aborting === at.aborting) return;
    const now = new Map(
      this.cluster
        .objects()
        .filter(({ kind }) => KINDS.includes(kind))
        .map((live) => [`${live.kind} ${live.metadata.name}`, JSON.stringify(kept(live))]),
    );
    this.stages.push({ ...at, changed: changes(this.last, now) });
    this.last = now;
  }
}

function standingIn(ledger: string): Standing | undefined {
  const { release } = JSON.parse(ledger) as { release?: { stage: string; abortedAt?: string } };
  return release && { stage: release.stage, ...(release.abortedAt !== undefined && { aborting: true }) };
}

/** Without what a server gives anew; the uid is kept, for holders of a lane name that of their Deployment. */
function kept({ status: _, metadata, ...object }: Live): Manifest {
  const { resourceVersion: __, generation: ___, creationTimestamp: ____, ...rest } = metadata;
  return { ...object, metadata: rest };
}

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): FixtureStage['changed'] {
  const changed = [...after].filter(([key, text]) => before.get(key) !== text);
  const gone = [...before.keys()].filter((key) => !after.has(key));
  return Object.fromEntries([
    ...changed.map(([key, text]) => [key, JSON.parse(text) as Manifest] as const),
    ...gone.map((key) => [key, null] as const),
  ]);
}
