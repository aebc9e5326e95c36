import { type ApiObject, App } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import {
  type Declarations,
  formatWarning,
  GraylaneError,
  LANE_LABEL,
  type LaneSpec,
  type Manifest,
  mapAll,
  type Member,
  namedStages,
  refuse,
  render,
  resolve,
  rewording,
  ROLLOUT_LABEL,
  type RolloutSpec,
  shorten,
  type StageId,
  type Standing,
  type Standings,
  storyboard,
  type StoryboardRow,
  type StringMap,
  type Topology,
} from '../core';
import { inProps, problem } from './errors';
import { gateways } from '../gateways';
import { AppObjects, recordable } from './app-objects';
import { inWaves, unpaused } from './argocd';
import type { Delivery } from './delivery';
import { noteOutput } from './outputs';
import { RECORD_VARIABLE, writeRecording } from './recording';
import { checkOrphans, type InCode, standingBefore, standingInCode, standingInLedger } from './standing';
import { refuseRenamed } from '../ledger';
import { addObject, print, printDeclared, printOnce } from './declared';
import { aroundSynthesis } from './synthesis';
import { tellOnce, warningsAt } from './warnings';

/** What an app is told whose code still declares what the last release went back from. */
const WENT_BACK = "the last release went back from its template: stable's is printed until another one is declared";

/** A lane's construct, as far as its app's releases need it. */
export interface LaneConstruct extends Construct {
  readonly spec: LaneSpec;
}

/** A rollout's construct, as far as its app's releases need it. */
export interface RolloutConstruct extends Construct, Partial<InCode> {
  readonly spec: RolloutSpec;
  readonly lane?: LaneConstruct;
  readonly delivery: Delivery;
}

/** A rollout that is to be printed at a stage, wherever it stands. */
interface Preview {
  readonly rollout: RolloutConstruct;
  readonly at: InCode;
}

/** What an app declares, with all references found. */
interface Declared {
  readonly declarations: Declarations;
  readonly objects: AppObjects;
  readonly topology: Topology;
}

/**
 * All releases of one app. A validation of the app's root writes them into the tree: it runs before every synthesis,
 * in whichever way that is started, when the user's constructs are complete.
 */
export class Releases {
  /** The releases of the app to which a construct belongs. */
  static of(construct: IConstruct): Releases {
    const { root } = construct.node;
    const known = Releases.all.get(root) ?? new Releases(root);
    Releases.all.set(root, known);
    return known;
  }

  private static readonly all = new WeakMap<IConstruct, Releases>();

  /** The lanes and rollouts that somebody else than Kruise's controller carries out. */
  readonly lanes: LaneConstruct[] = [];
  readonly rollouts: RolloutConstruct[] = [];
  private folder?: string;
  private readonly added = new Set<ApiObject>();
  /** The user's objects that print what a release makes of them. */
  private readonly printing = new Set<ApiObject>();

  /** Whether the tree says what the stages say, and nobody can have changed it since. */
  private current = false;

  private constructor(private readonly root: IConstruct) {
    root.node.addValidation({
      validate: () => {
        if (!this.current) this.write();
        return [];
      },
    });
    aroundSynthesis(root, (synthesize, way) => {
      // Files that are there are of a stage; those of what is declared now would be of none.
      if (way === 'synth' && this.recordsInto !== undefined) return void this.record(this.topology().declarations);
      // A synthesis validates the tree again for every chart; once is enough, since it runs no code of the user's.
      this.write();
      if (way === 'synth') noteOutput((root as App).outdir, this.folder);
      this.current = true;
      try {
        return synthesize();
      } finally {
        this.current = false;
      }
    });
  }

  /** From now on the ledgers of this folder say where the rollouts stand. */
  useLedgers(folder: string): void {
    if (this.folder !== undefined && this.folder !== folder) {
      throw new GraylaneError(problem('ledger-folders', 'Ledger.fromFolder', `${folder} beside ${this.folder}`));
    }
    this.folder = folder;
  }

  /** The stages of a rollout with what changes in each, whatever stage the app prints. */
  storyboard(rollout: RolloutConstruct): StoryboardRow[] {
    const { topology, member } = this.member(rollout);
    const target = member.deployment.spec.template;
    const templates = { stable: rollout.stable ?? target, target };
    return this.named(() => storyboard(topology, member, { templates }));
  }

  /** The ids of the stages that a rollout can be at, those of the way back last. */
  stages(rollout: RolloutConstruct): StageId[] {
    return namedStages(this.member(rollout).member.plan).map(({ id }) => id);
  }

  /**
   * What a synthesis would print with a rollout at a stage, and all others where they stand.
   * @throws GraylaneError delivery-stageless for one that Kruise carries out, stage-unknown, and as a synthesis
   */
  preview(rollout: RolloutConstruct, at: InCode): Manifest[] {
    const { node, delivery } = rollout;
    if (!this.rollouts.includes(rollout)) {
      throw new GraylaneError(problem('delivery-stageless', 'delivery', delivery, { subject: [node.path] }));
    }
    try {
      this.write({ rollout, at });
      this.current = true;
      const app = App.of(this.root);
      const printed = new Map(app.charts.map((chart) => [chart, chart.toJson() as Manifest[]]));
      // A synthesis finds out which chart needs which other one; only now they are in its order.
      return app.charts.flatMap((chart) => printed.get(chart)!);
    } finally {
      this.current = false;
      this.reset();
    }
  }

  /** A rollout in its topology. One that Kruise carries out is none of our releases, but goes through the same stages. */
  private member(rollout: RolloutConstruct): { topology: Topology; member: Member } {
    const { topology } = this.topology(this.rollouts.includes(rollout) ? [] : [rollout]);
    return { topology, member: topology.members.find(({ spec }) => spec === rollout.spec)! };
  }

  /** Makes the tree say what the stages say; what an earlier synthesis made of it is taken back first. */
  private write(preview?: Preview): void {
    this.reset();
    const declared = this.topology();
    const { objects, topology } = declared;
    if (preview === undefined) this.named(() => this.checkLedgers(declared));
    const standings = this.named(() => this.standings(topology, preview));
    // What is declared now has not moved the ledgers yet.
    if (this.recordsInto === undefined) this.warn(topology, standings, preview);
    const owners = this.owners();
    const waved = topology.members.filter((_, i) => isWaved(this.rollouts[i]!));
    for (const manifest of inWaves(
      this.named(() => render(topology, standings)),
      waved,
    )) {
      const known = objects.find(manifest);
      if (known === undefined) this.added.add(addObject(ownerOf(manifest, owners), manifest));
      else {
        this.printing.add(known.object);
        if (known.manifest === manifest) printOnce(known.object, manifest);
        else print(known.object, manifest, known.manifest);
      }
    }
  }

  private topology(others: readonly RolloutConstruct[] = []): Declared {
    const objects = AppObjects.of(this.root, this.added);
    const lanes = others.flatMap(({ lane }) => lane ?? []);
    const declarations: Declarations = {
      objects: objects.manifests,
      lanes: [...this.lanes, ...lanes].map(({ spec }) => spec),
      rollouts: [...this.rollouts, ...others].map(({ spec }) => spec),
    };
    const topology = this.named(() => resolve(declarations, gateways));
    objects.refuseDuplicates(topology);
    return { declarations, objects, topology };
  }

  private reset(): void {
    for (const object of this.added) object.node.scope!.node.tryRemoveChild(object.node.id);
    this.added.clear();
    this.printing.forEach(printDeclared);
    this.printing.clear();
  }

  private checkLedgers({ declarations, topology }: Declared): void {
    const { folder } = this;
    if (this.recordsInto !== undefined) this.record(declarations);
    else if (folder !== undefined) {
      this.refuseSharedLedgers();
      checkOrphans(folder, new Set(topology.members.map(({ spec }) => spec.name)));
      refuseRenamed(folder, topology.members);
    }
  }

  private standings({ members }: Topology, preview: Preview | undefined): Standings {
    return new Map(
      mapAll([...members.entries()], ([i, member]) => {
        const rollout = this.rollouts[i]!;
        const at = preview?.rollout === rollout ? preview.at : inCodeOf(rollout);
        return this.standing(member, rollout, at) ?? [];
      }).flat(),
    );
  }

  /** The file for a recording, where one is asked for and there are ledgers that it is about. */
  private get recordsInto(): string | undefined {
    return this.folder === undefined ? undefined : process.env[RECORD_VARIABLE] || undefined;
  }

  private record(declarations: Declarations): void {
    this.refuseSharedLedgers();
    const inWaves = this.rollouts.filter(isWaved).map(({ spec }) => spec.name);
    const objects = declarations.objects.map(recordable);
    writeRecording(this.recordsInto!, this.folder!, { declarations: { ...declarations, objects }, inWaves });
  }

  /** @throws GraylaneError canary-left-out, stable-left-out */
  private warn({ members, objects }: Topology, standings: Standings, preview: Preview | undefined): void {
    for (const [i, member] of members.entries()) {
      const standing = standings.get(member);
      if (standing === undefined) continue;
      const rollout = this.rollouts[i]!;
      const warnings = warningsAt(member, standing, objects);
      if (preview !== undefined) continue;
      for (const warning of warnings) tellOnce(rollout, formatWarning(warning));
      if (rollout.stage === undefined && standing.stage.at.phase === 'start') tellOnce(rollout, WENT_BACK);
    }
  }

  /** Rollouts of two namespaces may share a name, but not a file. */
  private refuseSharedLedgers(): void {
    const names = new Set<string>();
    const again = this.rollouts.filter(({ spec: { name } }) => names.size === names.add(name).size);
    refuse(
      again.map(({ spec, node }) =>
        problem('name-duplicate', 'metadata.name', spec.name, {
          subject: [node.path],
          allowed: 'one rollout of each name in an app with ledgers: the name is that of the file',
          fix: 'set metadata.name of one of them',
        }),
      ),
    );
  }

  private standing(
    member: Member,
    rollout: RolloutConstruct,
    inCode: InCode | undefined,
  ): [[Member, Standing]] | undefined {
    const { folder } = this;
    const standing =
      inCode !== undefined
        ? standingInCode(member, inCode)
        : folder !== undefined
          ? (this.recordsInto === undefined ? standingInLedger : standingBefore)(member, folder)
          : undefined;
    if (standing === undefined) return undefined;
    if (!isWaved(rollout)) return [[member, standing]];
    if (inCode !== undefined && inCode.stable === undefined && keepsStable(standing)) {
      refuse([problem('stable-missing', 'stable', undefined, { subject: [rollout.node.path] })]);
    }
    return [[member, unpaused(standing)]];
  }

  /** The constructs under which objects of ours stand, by their labels. */
  private owners(): Map<string, Construct> {
    const labelled = (label: string, constructs: readonly (LaneConstruct | RolloutConstruct)[]) =>
      constructs.map((one) => [ownerKey(label, shorten(one.spec.name), one.spec.namespace), one] as const);
    return new Map([...labelled(LANE_LABEL, this.lanes), ...labelled(ROLLOUT_LABEL, this.rollouts)]);
  }

  /** Errors name the construct, not only the lane or rollout; each of them where two namespaces share a name. */
  private named<T>(work: () => T): T {
    const constructs = [
      ...this.lanes.map((lane) => [`lane ${lane.spec.name}`, lane] as const),
      ...this.rollouts.map((rollout) => [`rollout ${rollout.spec.name}`, rollout] as const),
    ];
    const pathsOf = (name: string) => constructs.flatMap(([known, { node }]) => (known === name ? [node.path] : []));
    const told = (name: string) => pathsOf(name).join(' or ') || name;
    return rewording((problem) => ({ ...inProps(problem), subject: problem.subject.map(told) }), work);
  }
}

/** Stable runs another revision than the canary. */
function keepsStable({ stage }: Standing): boolean {
  return stage.stable !== 'target' && stage.canary > 0;
}

/** What the props of a rollout say. */
function inCodeOf({ stage, stable }: RolloutConstruct): InCode | undefined {
  return stage === undefined ? undefined : { stage, stable };
}

function isWaved({ delivery }: RolloutConstruct): boolean {
  return delivery === 'argocd';
}

function ownerOf(
  { metadata: { namespace, labels = {} } }: Manifest,
  owners: ReadonlyMap<string, Construct>,
): Construct {
  const found = [ROLLOUT_LABEL, LANE_LABEL].map((label) => owners.get(ownerKey(label, labels[label], namespace)));
  return found.find((owner) => owner !== undefined) ?? elsewhere(labels, owners);
}

/** A policy for a canary is in the namespace of the user's policy that it follows. */
function elsewhere(labels: StringMap, owners: ReadonlyMap<string, Construct>): Construct {
  const key = ownerKey(ROLLOUT_LABEL, labels[ROLLOUT_LABEL]);
  return [...owners].find(([known]) => known.endsWith(key))![1];
}

function ownerKey(label: string, name: string | undefined, namespace = ''): string {
  return `${namespace}/${label}=${name}`;
}
