import {
  canaryName,
  currentStage,
  defined,
  holdsRoute,
  type Ledger,
  type Plan,
  type Revision,
  revisionOf,
  standingOf,
  type Standing,
  type StageId,
  transition,
  waitsAt,
} from '../../core';
import { formatApproval } from '../run/approval';
import { applyStable } from '../objects/apply';
import { tellStory } from '../run/events';
import { refOf } from '../port/port';
import type { RolloutFacts, RolloutKey } from '../records/rollout-record';
import { type LiveDeployment, type Run, save, tell } from '../run/run';
import { ready } from './settle';
import { reach, sweep } from './stage';

/** Where a run has ended. */
export interface Outcome {
  readonly rollout: string;
  readonly namespace: string;
  /** Where the rollout stands; `stable` while no release is under way. */
  readonly stage: StageId;
  /** What stable runs, or is to run at the end of the way back. */
  readonly stable: Revision;
  /** The release under way. */
  readonly release?: number;
  /** What the release is about. */
  readonly target?: Revision;
  readonly aborting?: boolean;
  /** The gate at which it waits. */
  readonly gate?: {
    readonly step: number;
    /** What passes it. */
    readonly approval: string;
    /** When a timed gate passes, ISO 8601. */
    readonly until?: string;
  };
  readonly message: string;
}

/** What the walk does where it could go on. */
export interface Going {
  /** Begins no release, passes no gate, and stops after the stage at which it finds the rollout. */
  readonly hold: boolean;
  /** Nothing new is begun when the way back has ended. */
  readonly abort: boolean;
}

/** Walks from where the ledger stands to the next gate, or to the end. */
export async function walk(run: Run, { hold, abort }: Going): Promise<Outcome> {
  for (;;) {
    if (run.record.ledger.release && !(await walkRelease(run, hold))) return outcome(run);
    await steady(run);
    const next = hold || abort ? run.record.ledger : await declared(run, run.record.ledger);
    if (next.release === undefined) return outcome(run);
    await save(run, next);
  }
}

/**
 * Walks the release under way, stage by stage; the ledger names each one before it is applied (R5).
 * @returns whether the release is over; otherwise it waits at a gate, or is held
 */
export async function walkRelease(run: Run, hold: boolean): Promise<boolean> {
  let again = run.record.ledger.release?.settledAt !== undefined;
  for (;;) {
    const { ledger } = run.record;
    const standing = standingOf(ledger, run.member, await stableFacts(run));
    if (!standing) return true;
    if (!again) await announce(run, standing);
    await reach(run, standing, { again });
    const next = await settled(run);
    const stays = next.release?.stage === standing.stage.id;
    if (hold && !stays) return false;
    await save(run, next, factsAfter(run, next));
    if (stays && !(await pauseOver(run))) return false;
    again = stays;
  }
}

/** At the end of a release stable has been seen rolled out, in `promote/stable`: the next one needs a canary again. */
function factsAfter({ record }: Run, next: Ledger): RolloutFacts {
  const promoted = next.release === undefined && record.ledger.release?.abortedAt === undefined;
  return promoted ? { ...record.facts, settled: next.stable } : record.facts;
}

/** What the ledger becomes when the user declares the template that he declares. */
export async function declared(run: Run, ledger: Ledger): Promise<Ledger> {
  const { plan, deployment } = run.member;
  const event = { is: 'declared', template: deployment.spec.template, ...(await stableFacts(run)) } as const;
  return transition(ledger, event, plan);
}

/** No release: stable is as declared, ready, and nothing else of ours is left. */
async function steady(run: Run): Promise<void> {
  const { member, record } = run;
  const stable = stableNow(run);
  const { live } = await applyStable(run, stable);
  await sweep(run, live.metadata.uid);
  await ready(run, 'stable', stable, 0);
  if (record.facts.settled !== record.ledger.stable) {
    await save(run, record.ledger, { ...record.facts, settled: record.ledger.stable });
    await tellStory(run, live, `revision ${revisionOf(member.deployment.spec.template)} is stable`);
  }
}

/** The declared Deployment with stable's template. */
export function stableNow({ member, record }: Run) {
  const { deployment } = member;
  const { templates, stable } = record.ledger;
  return { ...deployment, spec: { ...deployment.spec, template: templates[stable]! } };
}

/** Stable's current replicas: the declared ones, or, where the user leaves them to somebody else, the live ones. */
export async function stableFacts({ engine, member }: Run): Promise<{ readonly stableReplicas?: number }> {
  const { deployment } = member;
  const stableReplicas =
    deployment.spec.replicas ??
    ((await engine.api.get(refOf(deployment))) as LiveDeployment | undefined)?.spec.replicas;
  return defined({ stableReplicas });
}

async function announce(run: Run, { stage }: Standing): Promise<void> {
  tell(run, { is: 'stage', stage: stage.id });
  const live = await run.engine.api.get(refOf(run.member.deployment));
  const { release } = run.record.ledger;
  if (live) await tellStory(run, live, `release ${release!.number} of ${run.key.name}: ${stage.id}`);
}

async function settled(run: Run): Promise<Ledger> {
  const { engine, member, record } = run;
  const { canary } = currentStage(record.ledger, member.plan);
  const seen = canary > 0 ? await canaryReplicas(run) : undefined;
  const at = new Date(engine.clock.now()).toISOString();
  const event = { is: 'settled', at, ...(seen !== undefined && { canaryReplicas: seen }) } as const;
  return transition(record.ledger, event, member.plan);
}

async function canaryReplicas(run: Run): Promise<number | undefined> {
  return (await findCanary(run))?.spec.replicas;
}

/** Whether a timed gate has been waited for; others are somebody's decision. */
async function pauseOver(run: Run): Promise<boolean> {
  const until = pauseEnd(run.record.ledger, run.member.plan);
  if (until === undefined) return false;
  const left = until - run.engine.clock.now();
  if (left > run.longestPause * 1000) return false;
  tell(run, { is: 'waiting', what: `the pause ends at ${new Date(until).toISOString()}` });
  await run.engine.clock.sleep(left, run.signal);
  run.signal.throwIfAborted();
  return true;
}

/** When a timed gate at which it waits passes. */
function pauseEnd(ledger: Ledger, plan: Plan): number | undefined {
  const duration = waitsAt(ledger, plan)?.pause.duration;
  return duration === undefined ? undefined : Date.parse(ledger.release!.settledAt!) + duration * 1000;
}

/** Where the run has ended, in data and in words. */
export function outcome({ key, record, member }: Run): Outcome {
  return outcomeOf(key, record.ledger, member.plan);
}

/** What a ledger says of where its rollout stands. */
export function outcomeOf(key: RolloutKey, ledger: Ledger, plan: Plan): Outcome {
  const base = { rollout: key.name, namespace: key.namespace, stable: ledger.stable };
  const { release } = ledger;
  if (release === undefined) return { ...base, stage: 'stable', message: `${key.name} is stable at ${ledger.stable}` };
  const waiting = waitsAt(ledger, plan);
  const end = pauseEnd(ledger, plan);
  const gate = waiting && {
    step: waiting.step,
    approval: formatApproval({ rollout: key.name, release: release.number, step: waiting.step }),
    ...(end !== undefined && { until: new Date(end).toISOString() }),
  };
  return {
    ...base,
    stage: release.stage,
    release: release.number,
    target: release.target,
    ...(release.abortedAt !== undefined && { aborting: true }),
    ...(gate && { gate }),
    message: gate
      ? `${key.name} waits at step-${gate.step}${gate.until ? ` until ${gate.until}` : ''}; to go on: ${gate.approval}`
      : `${key.name} stopped at ${release.stage}`,
  };
}

/** Whether the canary that an open route leads to has lost all its pods (R5). */
export async function canaryLost(run: Run): Promise<boolean> {
  const { ledger } = run.record;
  if (ledger.release === undefined || !holdsRoute(currentStage(ledger, run.member.plan).route)) return false;
  return ((await findCanary(run))?.status?.availableReplicas ?? 0) === 0;
}

async function findCanary({ engine, member, key }: Run): Promise<LiveDeployment | undefined> {
  const name = canaryName(member.deployment.metadata.name!);
  return (await engine.api.get({ ...refOf(member.deployment), name, namespace: key.namespace })) as
    LiveDeployment | undefined;
}
