import {
  defined,
  formatApproval,
  type Ledger,
  pausedUntil,
  type Plan,
  type Revision,
  type StageId,
  stepName,
  waitsAt,
} from '../../core';
import type { RolloutKey } from '../records/rollout-record';

/** Where a run has ended. */
export interface Outcome {
  readonly rollout: string;
  readonly namespace: string;
  /** Where the rollout stands; `stable` while no release is under way. */
  readonly stage: StageId;
  /** What stable runs, or is to run at the end of the way back. */
  readonly stable: Revision;
  /** How many releases there have been. */
  readonly releases: number;
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
  /** Until when a promoted revision is watched before its canary goes, ISO 8601. @default - it is not */
  readonly bakesUntil?: string;
  /** What a check took back: it is released again only where that is asked for. */
  readonly takenBack?: { readonly revision: Revision; readonly because: string };
  readonly message: string;
}

/** What a ledger says of where its rollout stands. */
export function outcomeOf(key: RolloutKey, ledger: Ledger, plan: Plan): Outcome {
  const takenBack = takenBackBy(ledger);
  const { releases, stable } = ledger;
  const base = { rollout: key.name, namespace: key.namespace, stable, releases, ...defined({ takenBack }) };
  const { release } = ledger;
  if (release === undefined) {
    const told = takenBack ? `; ${takenBack.revision} was taken back: ${takenBack.because}` : '';
    return { ...base, stage: 'stable', message: `${key.name} is stable at ${ledger.stable}${told}` };
  }
  const gate = gateOf(key, ledger, plan);
  const bakesUntil = waitsAt(ledger, plan)?.step === undefined ? pausedUntil(ledger, plan) : undefined;
  return {
    ...base,
    stage: release.stage,
    release: release.number,
    target: release.target,
    ...(release.abortedAt !== undefined && { aborting: true }),
    ...defined({ gate, bakesUntil }),
    message: messageOf(key.name, release.stage, defined({ gate, bakesUntil })),
  };
}

function messageOf(
  rollout: string,
  stage: StageId,
  { gate, bakesUntil }: Pick<Outcome, 'gate' | 'bakesUntil'>,
): string {
  if (bakesUntil !== undefined) return bakesWords(rollout, bakesUntil);
  if (gate === undefined) return `${rollout} stopped at ${stage}`;
  const until = gate.until ? ` until ${gate.until}` : '';
  return `${rollout} waits at ${stepName(gate.step)}${until}; to go on: ${gate.approval}`;
}

/** `rollout-a is promoted, and watched until 2026-01-01T00:00:00.000Z`. */
export function bakesWords(rollout: string, until: string): string {
  return `${rollout} is promoted, and watched until ${until}`;
}

function takenBackBy({ release, aborted, because }: Ledger): Outcome['takenBack'] {
  const [revision, why] = release ? [release.target, release.because] : [aborted, because];
  return revision === undefined || why === undefined ? undefined : { revision, because: why };
}

function gateOf(key: RolloutKey, ledger: Ledger, plan: Plan): Outcome['gate'] {
  const step = waitsAt(ledger, plan)?.step;
  if (step === undefined) return undefined;
  return defined({ step, approval: formatApproval(key.name, ledger.release!, step), until: pausedUntil(ledger, plan) });
}
