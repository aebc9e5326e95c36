import type { Answer } from '../answer';
import { defined } from '../manifests/manifest';
import type { Ledger } from './ledger';
import type { Plan } from './stages';
import { endOf } from '../conditions/time-over';
import { currentStage, gateOf, type RolloutPlan, transition, waitsAt } from './transition';

/** How a release goes on when the conditions of its stage hold. */
export type Move =
  /** The ledger names the next stage, which is to be reached now. */
  | { readonly is: 'next'; readonly ledger: Ledger }
  | { readonly is: 'over'; readonly ledger: Ledger }
  /** The stage has settled; now its checks are to be asked. */
  | { readonly is: 'ask'; readonly ledger: Ledger }
  /** Something may happen by itself until then (milliseconds since 1970), and is worth waiting for. */
  | { readonly is: 'wait'; readonly ledger: Ledger; readonly until: number }
  /** A gate that is somebody's decision, undecided, or too far away; or the release is held where it is. */
  | { readonly is: 'stop'; readonly ledger: Ledger };

/** What limits a walk. */
export interface Limits {
  /** Passes no stage. @default false */
  readonly hold?: boolean;
  /** Seconds that a timed gate is waited for. @default - as long as it takes */
  readonly longestPause?: number;
}

/** What whoever walks has seen when the conditions of a stage hold. */
export interface SeenAtStage {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly canaryReplicas?: number;
  /** What the checks of the stage say. @default - not asked */
  readonly checks?: Answer;
}

/** Milliseconds between two questions of the checks. */
export const CHECKED_EVERY = 15_000;

/** How a ledger whose release is under way goes on. Pure; whoever walks says that the conditions of the stage hold. */
export function goOn(
  ledger: Ledger,
  seen: SeenAtStage,
  { hold = false, longestPause = Infinity }: Limits,
  plan: RolloutPlan,
): Move {
  const { now, canaryReplicas, checks } = seen;
  const back = checks?.is === 'broken' && !hold ? takenBack(ledger, checks.why, plan) : undefined;
  if (back) return { is: 'next', ledger: back };
  const settled = {
    is: 'settled',
    at: new Date(now).toISOString(),
    ...defined({ canaryReplicas, checks: checks?.is }),
  } as const;
  const next = transition(ledger, settled, plan);
  const stays = next.release?.stage === ledger.release!.stage;
  if (hold) return { is: 'stop', ledger: stays ? next : ledger };
  if (next.release === undefined) return { is: 'over', ledger: next };
  if (!stays) return { is: 'next', ledger: next };
  const isAsked = currentStage(next, plan).checks !== undefined;
  if (isAsked && checks === undefined) return { is: 'ask', ledger: next };
  const until = pauseEnd(next, plan);
  // What is undecided when its time is over may stay so for ever.
  if (until === undefined || until <= now || until - now > longestPause * 1000) return { is: 'stop', ledger: next };
  return { is: 'wait', ledger: next, until: isAsked ? Math.min(until, now + CHECKED_EVERY) : until };
}

/** The ledger on its way back; undefined where the rollout holds what a check takes exception to. */
export function takenBack(ledger: Ledger, why: string, plan: RolloutPlan): Ledger | undefined {
  const back = transition(ledger, { is: 'check-broken', why }, plan);
  return back.release?.stage === ledger.release?.stage ? undefined : back;
}

/** When a timed gate at which the release waits passes, in milliseconds since 1970. */
export function pauseEnd(ledger: Ledger, plan: Plan): number | undefined {
  const gate = waitsAt(ledger, plan);
  return gate?.pause.duration === undefined ? undefined : endOf(gateOf(gate, ledger.release!));
}

/** The same as ISO 8601. */
export function pausedUntil(ledger: Ledger, plan: Plan): string | undefined {
  const end = pauseEnd(ledger, plan);
  return end === undefined ? undefined : new Date(end).toISOString();
}
