import {
  type Answer,
  answerWords,
  defined,
  goOn,
  type Move,
  pauseEnd,
  type ReleaseFacts,
  type ReleaseRequest,
  requestedNext,
  revisionOf,
  type Standing,
  standingOf,
  takenBack,
} from '../../core';
import { applyStable } from '../objects/apply';
import { refOf } from '../port/port';
import type { RolloutFacts } from '../records/rollout-record';
import { tellStory } from '../run/events';
import { type Outcome, outcomeOf } from '../run/outcome';
import { type Run, save, tell } from '../run/run';
import { declarableFacts, type LiveRollout, stableReplicas } from './facts';
import { BrokenMeanwhile } from './ask';
import { askChecks, repeatedly } from './checks';
import { type Arrival, findCanary, reach, waitForStable, sweep } from './stage';

/** Walks from where the ledger stands to the next gate, or to the end. */
export async function walk(run: Run, request: ReleaseRequest): Promise<Outcome> {
  const { plan } = run.member;
  for (;;) {
    if (run.record.ledger.release && !(await walkRelease(run, request.hold ?? false))) return outcome(run);
    await steady(run);
    const next = requestedNext(run.record.ledger, request, await declarableFacts(liveRollout(run)), plan);
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
  let evidence: readonly string[] = [];
  let waited = false;
  for (let first = true; ; first = false) {
    const replicas = await stableReplicas(liveRollout(run));
    const standing = standingOf(run.record.ledger, run.member, replicas);
    if (!standing) return true;
    if (!again) await announce(run, standing, evidence);
    const settled = await settle(run, standing, { again, first, hold });
    ({ evidence } = settled);
    const { move } = settled;
    await save(run, move.ledger, factsAfter(run, move, replicas));
    if (move.is === 'stop') return false;
    if (move.is === 'wait') await waitAtGate(run, move.until, { told: waited });
    waited = move.is === 'wait';
    again = waited;
  }
}

interface Settled {
  readonly move: Move;
  /** By what the stage has settled, or why it goes back. */
  readonly evidence: readonly string[];
}

/** Reaches a stage, and says how the release goes on from there. In promotion a check may take it back before that. */
async function settle(
  run: Run,
  standing: Standing,
  { hold, ...arrival }: Omit<Arrival, 'meanwhile'> & { readonly hold: boolean },
): Promise<Settled> {
  const { member, record } = run;
  const watched = standing.stage.at.phase === 'promote' && member.plan.onBroken !== 'hold' && !hold;
  try {
    const meanwhile = watched ? repeatedly(run.engine.clock, () => askChecks(run)) : undefined;
    const evidence = await reach(run, standing, { ...arrival, ...defined({ meanwhile }) });
    return await decide(run, standing, hold, evidence);
  } catch (error) {
    if (!(error instanceof BrokenMeanwhile)) throw error;
    const back = takenBack(record.ledger, error.message, member.plan)!;
    return { move: { is: 'next', ledger: back }, evidence: [error.message] };
  }
}

/** The conditions of the stage hold. Its checks are asked about the time since then. */
async function decide(run: Run, standing: Standing, hold: boolean, evidence: readonly string[]): Promise<Settled> {
  const { engine, member, longestPause } = run;
  const canaryReplicas = standing.stage.canary > 0 ? (await findCanary(run))?.spec.replicas : undefined;
  const going = (checks?: Answer) => {
    const seen = { now: engine.clock.now(), ...defined({ canaryReplicas, checks }) };
    return goOn(run.record.ledger, seen, { hold, longestPause }, member.plan);
  };
  const move = going();
  if (move.is !== 'ask') return { move, evidence };
  await save(run, move.ledger);
  const answer = await askChecks(run);
  if (answer === undefined) return { move, evidence };
  const words = answerWords(answer);
  if (answer.is !== 'holds') tell(run, { is: 'waiting', what: words });
  return { move: going(answer), evidence: [...evidence, words] };
}

/**
 * At the end of a release stable has been seen rolled out, in `promote/stable`: the next one needs a canary again. Until
 * then it is noted how many pods stable had when all requests were its own: those that are declared, or the most.
 */
function factsAfter({ record, member }: Run, { is, ledger }: Move, { stableReplicas = 0 }: ReleaseFacts): RolloutFacts {
  const { mostOfStable, ...facts } = record.facts;
  const promoted = record.ledger.release?.abortedAt === undefined;
  if (is === 'over') return promoted ? { ...facts, settled: ledger.stable } : facts;
  const { replicas = Math.max(mostOfStable ?? 0, stableReplicas) } = member.deployment.spec;
  return { ...facts, mostOfStable: replicas };
}

/** No release: stable is as declared, ready, and nothing else of ours is left. */
async function steady(run: Run): Promise<void> {
  const { member, record } = run;
  const stable = stableNow(run);
  const { live } = await applyStable(run, stable);
  await sweep(run, live.metadata.uid);
  await waitForStable(run, stable);
  if (record.facts.settled !== record.ledger.stable) {
    await save(run, record.ledger, { ...record.facts, settled: record.ledger.stable });
    await tellStory(run, live, `revision ${revisionOf(member.deployment.spec.template)} is stable`);
  }
}

/** The declared Deployment with stable's template. */
export function stableNow({ member, record }: Run) {
  const { deployment } = member;
  return { ...deployment, spec: { ...deployment.spec, template: record.ledger.templates.stable } };
}

/** The rollout of a run, to ask about its facts. */
export function liveRollout({ engine, key, record, member }: Run): LiveRollout {
  const { deployment, plan } = member;
  return { api: engine.api, key, record, deployment, plan };
}

/** @param evidence by which the stage before has settled */
async function announce(run: Run, { stage }: Standing, evidence: readonly string[]): Promise<void> {
  tell(run, { is: 'stage', stage: stage.id });
  const live = await run.engine.api.get(refOf(run.member.deployment));
  const { release } = run.record.ledger;
  const because = evidence.length > 0 ? ` (${evidence.join(', ')})` : '';
  if (live) await tellStory(run, live, `release ${release!.number} of ${run.key.name}: ${stage.id}${because}`);
}

/** @param until the end of the pause, or the next time that its checks are asked */
async function waitAtGate(run: Run, until: number, { told }: { readonly told: boolean }): Promise<void> {
  const { clock } = run.engine;
  const end = pauseEnd(run.record.ledger, run.member.plan) ?? until;
  if (!told) tell(run, { is: 'waiting', what: `the pause ends at ${new Date(end).toISOString()}` });
  await clock.sleep(until - clock.now(), run.signal);
  run.signal.throwIfAborted();
}

/** Where the run has ended, in data and in words. */
export function outcome({ key, record, member }: Run): Outcome {
  return outcomeOf(key, record.ledger, member.plan);
}
