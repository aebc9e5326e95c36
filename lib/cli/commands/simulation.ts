import {
  type Declarations,
  digest,
  type Deployment,
  isDeployment,
  type Manifest,
  objectKey,
  type PodTemplate,
  TRACK_LABEL,
} from '../../core';
import { EngineError, type Engine, type Live, type Outcome, type Progress, up } from '../../cluster';
import { gateways } from '../../gateways';
import { type FateOf, type PlayedAs, scriptedOutside, SimulatedCluster } from '../../simulated';

/** What can go wrong. */
export const failures = {
  canary: "the image of the canary's pods cannot be pulled",
  unready: "the canary's pods run and never get ready",
  stable: 'after promotion, no pod of the new revision gets ready',
};

export type Failure = keyof typeof failures;

/** A release to play: what runs, and what is declared. */
export interface Simulation {
  readonly declarations: Declarations;
  /** What each Deployment runs before the release. */
  readonly before: readonly Deployment[];
  readonly fail?: Failure;
  /** What checks find, by their names. @default - all hold */
  readonly findings?: Readonly<Record<string, PlayedAs>>;
  /** How many seconds pass in one. @default - nobody waits */
  readonly speed?: number;
}

/** Told what happens, to show it. */
export interface SimulationListener {
  readonly progress: (progress: Progress) => void;
  readonly outcome: (outcome: Outcome) => void;
  /** The release could not go on; the way back follows. */
  readonly failed: (error: EngineError) => void;
  /** Called once, before anything happens. */
  readonly begin?: (cluster: SimulatedCluster, namespace: string) => void;
}

const NAMESPACE = 'default';
/** Virtual seconds that the audience may look at a gate. */
const LOOK = 10;
/** Seconds after which a gate that does not open although it is approved is taken for one that never does. */
const LONGEST = 600;
/** Seconds that a wait may take: long enough for everything that does get ready here. */
const TIMEOUT = 60;

/**
 * Plays releases of all rollouts, one after the other, with the engine that walks real ones.
 * @returns whether all of them came to their end
 */
export async function play(simulation: Simulation, audience: SimulationListener): Promise<boolean> {
  const { declarations, before, fail, findings = {}, speed } = simulation;
  const fate = fail && fateOf(fail, before);
  const cluster = new SimulatedCluster({ ...(speed !== undefined && { speed }), ...(fate && { fate }) });
  const engine = { ...engineOn(cluster, audience), outside: scriptedOutside(findings) };
  const quiet = { ...engine, report: () => {} };
  const was = withDeployments(declarations, before);
  await applyOthers(cluster, declarations.objects);
  for (const { name } of declarations.rollouts)
    await up(quiet, { declarations: was, rollout: name, namespace: NAMESPACE });
  audience.begin?.(cluster, declarations.rollouts[0]?.namespace ?? NAMESPACE);
  let ended = true;
  for (const { name } of declarations.rollouts) ended = (await release(engine, declarations, name, audience)) && ended;
  return ended;
}

/** From gate to gate; where it fails, back. */
async function release(
  engine: Engine,
  declarations: Declarations,
  rollout: string,
  audience: SimulationListener,
): Promise<boolean> {
  const request = { declarations, rollout, namespace: NAMESPACE, timeout: TIMEOUT };
  try {
    const end = engine.clock.now() + LONGEST * 1000;
    for (let approve: string[] = []; ;) {
      const outcome = await up(engine, { ...request, approve });
      audience.outcome(outcome);
      if (outcome.gate === undefined) return outcome.takenBack === undefined;
      if (engine.clock.now() > end && approve.includes(outcome.gate.approval)) return false;
      await engine.clock.sleep(LOOK * 1000);
      approve = [outcome.gate.approval];
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    audience.failed(error);
    audience.outcome(await up(engine, { ...request, abort: true }));
    return false;
  }
}

function engineOn(cluster: SimulatedCluster, { progress }: SimulationListener): Engine {
  let ids = 0;
  return {
    api: cluster.client(),
    clock: cluster.clock,
    random: { id: () => `run${++ids}` },
    gateways,
    report: progress,
  };
}

/** What the user applies himself: everything but the Deployments that are released. */
async function applyOthers(cluster: SimulatedCluster, objects: readonly Manifest[]): Promise<void> {
  const user = cluster.client('kubectl');
  for (const object of objects.filter((one) => !isDeployment(one))) {
    await user.apply({ ...object, metadata: { namespace: NAMESPACE, ...object.metadata } }, { force: true });
  }
}

function withDeployments(declarations: Declarations, deployments: readonly Deployment[]): Declarations {
  const byKey = new Map(deployments.map((one) => [objectKey(one), one]));
  return { ...declarations, objects: declarations.objects.map((object) => byKey.get(objectKey(object)) ?? object) };
}

/** Pods of the canary are told by their label, those of the new revision by not looking like what ran before. */
function fateOf(fail: Failure, before: readonly Deployment[]): FateOf {
  const old = new Set(before.map(({ spec: { template } }) => look(template)));
  const isCanary = ({ metadata }: Live) => metadata.labels?.[TRACK_LABEL] !== undefined;
  return (pod) => {
    if (fail === 'stable') return isCanary(pod) || old.has(look(pod)) ? 'ready' : 'unready';
    if (!isCanary(pod)) return 'ready';
    return fail === 'canary' ? 'broken' : 'unready';
  };
}

/** What users change from one revision to the next; the server completes other fields. */
function look({ metadata, spec }: PodTemplate): string {
  const { containers = [] } = (spec ?? {}) as { containers?: readonly { readonly image?: string; env?: unknown }[] };
  return digest([metadata?.annotations ?? {}, containers.map(({ image, env }) => [image, env])]);
}
