import { defined } from '../manifests/manifest';
import type { Ledger } from './ledger';
import type { Plan } from './stages';
import { type RolloutPlan, transition, waitsAt } from './transition';

/** How a release goes on when the conditions of its stage hold. */
export type Move =
  /** The ledger names the next stage, which is to be reached now. */
  | { readonly is: 'next'; readonly ledger: Ledger }
  | { readonly is: 'over'; readonly ledger: Ledger }
  /** A gate that passes by itself, at a time (milliseconds since 1970) that is worth waiting for. */
  | { readonly is: 'wait'; readonly ledger: Ledger; readonly until: number }
  /** A gate that is somebody's decision, or too far away; or the release is held where it is. */
  | { readonly is: 'stop'; readonly ledger: Ledger };

/** What limits a walk. */
export interface Limits {
  /** Passes no stage. @default false */
  readonly hold?: boolean;
  /** Seconds that a timed gate is waited for. @default - as long as it takes */
  readonly longestPause?: number;
}

/**
 * How a ledger whose release is under way goes on. Pure; whoever walks says that the conditions of the stage hold.
 * @param seen when, and how many replicas the canary has
 */
export function goOn(
  ledger: Ledger,
  seen: { readonly now: number; readonly canaryReplicas?: number },
  { hold = false, longestPause = Infinity }: Limits,
  plan: RolloutPlan,
): Move {
  const { now, canaryReplicas } = seen;
  const settled = { is: 'settled', at: new Date(now).toISOString(), ...defined({ canaryReplicas }) } as const;
  const next = transition(ledger, settled, plan);
  const stays = next.release?.stage === ledger.release!.stage;
  if (hold) return { is: 'stop', ledger: stays ? next : ledger };
  if (next.release === undefined) return { is: 'over', ledger: next };
  if (!stays) return { is: 'next', ledger: next };
  const until = pauseEnd(next, plan);
  if (until === undefined || until - now > longestPause * 1000) return { is: 'stop', ledger: next };
  return { is: 'wait', ledger: next, until };
}

/** When a timed gate at which the release waits passes, in milliseconds since 1970. */
export function pauseEnd(ledger: Ledger, plan: Plan): number | undefined {
  const duration = waitsAt(ledger, plan)?.pause.duration;
  return duration === undefined ? undefined : Date.parse(ledger.release!.settledAt!) + duration * 1000;
}
