import { currentStage, gateIsOpen, gateOf, passesByItself, pauseEnd, sameJson, waitsAt } from '../../core';
import type { Engine } from '../port/engine';
import { EngineError, type FailureCode } from '../port/failure';
import { ApiError } from '../port/port';
import { readRecord, type RolloutKey, type RolloutRecord } from '../records/rollout-record';
import { declaredDigest, findRollout } from '../routes/observe';
import { type Outcome, outcomeOf } from '../run/outcome';
import type { UpRequest } from '../run/request';
import { tell } from '../run/run';
import { answerOfRecord, repeatedly } from './checks';
import { canaryLost } from './facts';
import { up } from './up';

/** Milliseconds between looks at a gate. */
const LOOK = 5000;
/** Milliseconds before the second attempt; each later wait is twice as long, up to the longest. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/** What a run that stays bears: it goes on when that is over. */
const PASSES: ReadonlySet<FailureCode> = new Set(['unreachable', 'conflict', 'lease-held', 'lease-lost']);

export interface FollowRequest extends Omit<UpRequest, 'following' | 'longestPause' | 'hold' | 'direct'> {
  /**
   * How far it goes: to the gate that needs an approval, or past such gates, once somebody has approved them, to the end.
   * @default approval
   */
  readonly until?: 'approval' | 'end';
  /**
   * Goes on with what was declared before, by its digest, and does nothing if that is not what was declared last.
   * @default - what this request declares, whatever was declared before
   */
  readonly declared?: string;
}

/**
 * Walks on by itself, gate after gate. At a gate it only looks, without the Lease: others approve and abort meanwhile, and
 * whoever wants the Lease while it walks gets it. A server that is away is waited for; a canary that dies at its gate is
 * taken care of as by any run that finds it so (R5).
 * @param reached called at the first gate, or at the end
 * @returns where it has ended; undefined once another run has declared something else
 * @throws as `up`, but for what passes by waiting
 */
export async function follow(
  engine: Engine,
  { until = 'approval', declared: before, ...request }: FollowRequest,
  reached: () => void = () => {},
): Promise<Outcome | undefined> {
  const { key } = findRollout(request.declarations, request.namespace, request.rollout);
  const declared = before ?? declaredDigest(request);
  // What is asked for once is done with as soon as it is stored: what others do since then is not undone.
  const { approve: _, abort: __, abortOf: ___, to: ____, ...always } = request;
  const further: UpRequest = { ...always, longestPause: 0, following: { declared } };
  let wishes: UpRequest = before === undefined ? { ...request, longestPause: 0, following: {} } : further;
  const stored = () => void (wishes = further);
  for (;;) {
    const outcome = await patiently(engine, key, () => unlessSuperseded(() => up(engine, wishes, stored)));
    reached();
    if (outcome?.release === undefined) return outcome;
    const stood = await patiently(engine, key, () => readRecord(engine.api, key));
    if (until === 'approval' && stood && needsApproval(stood)) return outcome;
    if (stood && sameJson(outcomeOf(key, stood.ledger, stood.facts.plan), outcome)) {
      tell({ engine, key }, { is: 'waiting', what: outcome.message });
      await patiently(engine, key, () => stayAtGate(engine, key, stood));
    }
  }
}

/** Until the release can go on, or back: another run has moved it, its canary is lost, its gate opens, a check is broken. */
async function stayAtGate(engine: Engine, key: RolloutKey, stood: RolloutRecord): Promise<void> {
  const { api, clock, signal } = engine;
  const { ledger, facts } = stood;
  const { gate, checks } = currentStage(ledger, facts.plan);
  const askChecks = repeatedly(clock, () => answerOfRecord(engine, stood));
  for (let holds = checks === undefined; ;) {
    const record = await readRecord(api, key);
    if (record?.resourceVersion !== stood.resourceVersion) return;
    const answer = await askChecks();
    if (answer?.is === 'broken' && facts.plan.onBroken !== 'hold') return;
    if (answer !== undefined) holds = answer.is === 'holds';
    const isOpen = !gate || gateIsOpen(gateOf(gate, ledger.release!), clock.now());
    if (isOpen && (holds || gate?.step === undefined)) return;
    if (await canaryLost({ api, key, record: stood })) return;
    const end = pauseEnd(ledger, facts.plan) ?? Infinity;
    const left = end > clock.now() ? end - clock.now() : Infinity;
    await clock.sleep(Math.max(1, Math.min(LOOK, left)), signal);
    signal?.throwIfAborted();
  }
}

function needsApproval({ ledger, facts }: RolloutRecord): boolean {
  const gate = waitsAt(ledger, facts.plan);
  return gate !== undefined && !passesByItself(gate) && !gateOf(gate, ledger.release!).approved;
}

/** Again and again, while the server is away or somebody else is at it; told once. */
async function patiently<T>(engine: Engine, key: RolloutKey, work: () => Promise<T>): Promise<T> {
  const { clock, signal } = engine;
  for (let wait = FIRST_WAIT, told = false; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error)) throw error;
      const what = `${error instanceof EngineError ? error.what : error.message}; it is tried again until it works`;
      if (!told) tell({ engine, key }, { is: 'warning', what });
      told = true;
    }
    await clock.sleep(wait, signal);
    signal?.throwIfAborted();
  }
}

function passes(error: unknown): error is EngineError | ApiError {
  if (error instanceof EngineError) return PASSES.has(error.code);
  return (
    error instanceof ApiError && (error.status === 0 || [401, 409, 429].includes(error.status) || error.status >= 500)
  );
}

async function unlessSuperseded(work: () => Promise<Outcome>): Promise<Outcome | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EngineError && error.code === 'superseded') return undefined;
    throw error;
  }
}
