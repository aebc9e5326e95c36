import {
  currentStage,
  defined,
  type Holder,
  holderOf,
  holdsRoute,
  LANE_LABEL,
  type LaneSpec,
  type OpenRoute,
  shorten,
} from '../../core';
import type { Engine } from '../port/engine';
import { fenced } from '../port/fenced-api';
import { acquire } from '../records/lease';
import { kinds } from '../port/kinds';
import { lookingAhead } from '../port/looking-ahead';
import { type Api, ApiError, type Ref } from '../port/port';
import { isUnreadable, readRecord, type RolloutKey } from '../records/rollout-record';
import { holdersSchema, laneSchema, readStored } from '../records/stored';
import type { Run } from '../run/run';

/** A lane in the cluster: what it is, and who takes part in it. */
export interface LaneRecord {
  readonly spec: LaneSpec;
  readonly holders: readonly LaneHolder[];
  /** Who declares the lane by itself; undefined where its rollouts do. */
  readonly owner?: string;
  /** Where its owner is declared, such as the stack of a Pulumi program. @default - not known */
  readonly ownedIn?: string;
  /** Of the ConfigMap; undefined while it is not stored. */
  readonly resourceVersion?: string;
}

export interface LaneHolder extends Holder {
  readonly rollout: string;
  readonly namespace: string;
  readonly deployment: string;
  /** Of the Deployment: one of the same name that was made later is another. */
  readonly uid: string;
  readonly release: number;
}

export interface LaneKey {
  readonly name: string;
  readonly namespace: string;
}

/** Seconds to wait for the lane while another rollout changes it: that takes two or three writes. */
const PATIENCE = 120;

export function laneName({ name }: Pick<LaneKey, 'name'>): string {
  return `graylane-lane-${name}`;
}

const REMADE = 'run an update of what declares the lane: it is made anew, with all who hold it';

/** @throws EngineError ledger-unreadable */
export async function readLane(api: Api, key: LaneKey): Promise<LaneRecord | undefined> {
  const live = await api.get(refTo(key));
  if (live === undefined) return undefined;
  const { spec = '', holders = '[]', owner, ownedIn } = (live.data ?? {}) as Partial<Record<string, string>>;
  const at = `ConfigMap ${key.namespace}/${laneName(key)}`;
  return {
    spec: readStored(laneSchema, spec, `${at}: data.spec`, REMADE) as unknown as LaneSpec,
    holders: readStored(holdersSchema, holders, `${at}: data.holders`, REMADE),
    ...defined({ owner, ownedIn }),
    resourceVersion: live.metadata.resourceVersion,
  };
}

/** By which a write over the ConfigMap of a lane is told from another's, whatever it holds; nothing where there is none. */
export async function versionOfLane(api: Api, key: LaneKey): Promise<Pick<LaneRecord, 'resourceVersion'>> {
  return defined({ resourceVersion: (await api.get(refTo(key)))?.metadata.resourceVersion });
}

/** Stores the lane; another's write in between is a conflict. */
export async function writeLane(api: Api, key: LaneKey, record: LaneRecord): Promise<LaneRecord> {
  const { spec, holders, owner, ownedIn, resourceVersion } = record;
  const object = {
    ...kinds.configMap,
    metadata: {
      name: laneName(key),
      namespace: key.namespace,
      labels: { [LANE_LABEL]: shorten(key.name) },
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    data: { spec: print(spec), holders: print(holders), ...defined({ owner, ownedIn }) },
  };
  const live = resourceVersion === undefined ? await api.create(object) : await api.update(object);
  return { ...record, resourceVersion: live.metadata.resourceVersion };
}

/** Does something with the lane while nobody else can (R6): what it writes is written with this Lease. */
export async function withLane<R extends Pick<Run, 'engine'> & { readonly key: { readonly name: string } }, T>(
  run: R,
  key: LaneKey,
  change: (run: R) => Promise<T>,
): Promise<T> {
  const { engine } = run;
  const lock = await acquire(engine, {
    name: laneName(key),
    namespace: key.namespace,
    rollout: run.key.name,
    labels: { [LANE_LABEL]: shorten(key.name) },
    patience: PATIENCE,
  });
  try {
    return await change({ ...run, engine: { ...engine, api: fenced(engine.api, lock.check) } });
  } finally {
    await lock.release();
  }
}

/** Who takes part after this rollout has come to a route, or left (`none`), and after the dead were dropped. */
export async function nextHolders(
  run: Run,
  holders: readonly LaneHolder[],
  route: OpenRoute,
  uid: string,
): Promise<LaneHolder[]> {
  const { key, member, record } = run;
  const others = await livingHolders(
    run.engine,
    holders.filter((holder) => !isHolder(holder, key)),
  );
  if (route === 'none') return others;
  const self: LaneHolder = {
    rollout: key.name,
    namespace: key.namespace,
    deployment: member.deployment.metadata.name!,
    uid,
    release: record.ledger.release!.number,
    ...holderOf(member, holdsRoute(route)),
  };
  return [...others, self];
}

/** R14: without those whose Deployment is gone, or no longer in that release. */
export async function livingHolders(engine: Engine, holders: readonly LaneHolder[]): Promise<LaneHolder[]> {
  // A lane may have a hundred.
  const { api } = lookingAhead(engine.api, engine.clock);
  const alive = await Promise.all(holders.map((holder) => isAlive({ ...engine, api }, holder)));
  return holders.filter((_, i) => alive[i]);
}

export function isHolder({ rollout, namespace }: LaneHolder, key: RolloutKey): boolean {
  return rollout === key.name && namespace === key.namespace;
}

/** What we may not read, or cannot, counts as alive. */
async function isAlive({ api, report }: Engine, holder: LaneHolder): Promise<boolean> {
  const { namespace, deployment, rollout, uid, release } = holder;
  try {
    const live = await api.get({ ...kinds.deployment, namespace, name: deployment });
    if (live?.metadata.uid !== uid) return false;
    const record = await readRecord(api, { name: rollout, namespace });
    const current = record?.ledger.release;
    return current?.number === release && currentStage(record!.ledger, record!.facts.plan).route !== 'none';
  } catch (error) {
    // A record that somebody has damaged does not say that its rollout has left.
    const unseen = (error instanceof ApiError && error.status === 403) || isUnreadable(error);
    if (!unseen) throw error;
    const what = `cannot see whether ${namespace}/${rollout} still holds the lane: ${error.message}`;
    report({ rollout, is: 'warning', what });
    return true;
  }
}

function refTo(key: LaneKey): Ref {
  return { ...kinds.configMap, name: laneName(key), namespace: key.namespace };
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
