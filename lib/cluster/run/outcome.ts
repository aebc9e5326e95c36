import {
  formatApproval,
  type Ledger,
  pauseEnd,
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

/** What a ledger says of where its rollout stands. */
export function outcomeOf(key: RolloutKey, ledger: Ledger, plan: Plan): Outcome {
  const base = { rollout: key.name, namespace: key.namespace, stable: ledger.stable };
  const { release } = ledger;
  if (release === undefined) return { ...base, stage: 'stable', message: `${key.name} is stable at ${ledger.stable}` };
  const gate = gateOf(key, ledger, plan);
  return {
    ...base,
    stage: release.stage,
    release: release.number,
    target: release.target,
    ...(release.abortedAt !== undefined && { aborting: true }),
    ...(gate && { gate }),
    message: gate
      ? `${key.name} waits at ${stepName(gate.step)}${gate.until ? ` until ${gate.until}` : ''}; to go on: ${gate.approval}`
      : `${key.name} stopped at ${release.stage}`,
  };
}

function gateOf(key: RolloutKey, ledger: Ledger, plan: Plan): Outcome['gate'] {
  const waiting = waitsAt(ledger, plan);
  if (waiting === undefined) return undefined;
  const { step } = waiting;
  const end = pauseEnd(ledger, plan);
  return {
    step,
    approval: formatApproval(key.name, ledger.release!, step),
    ...(end !== undefined && { until: new Date(end).toISOString() }),
  };
}
