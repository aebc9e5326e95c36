import {
  eventsBetween,
  type Ledger,
  type Manifest,
  type Member,
  type ReportedDeployment,
  sameJson,
  type StringMap,
} from '../../core';
import { ROLLOUT_LABEL, shorten } from '../../core';
import type { Engine, Progress, Verb } from '../port/engine';
import { type Live, type Ref, refName } from '../port/port';
import type { RolloutFacts, RolloutKey, RolloutRecord } from '../records/rollout-record';
import { writeRecord } from '../records/rollout-record';

/** One operation on one rollout. */
export interface Run {
  readonly engine: Engine;
  readonly key: RolloutKey;
  readonly member: Member;
  /** A base of its routes has other routes as well, as far as is declared. */
  readonly shared: boolean;
  /** Aborted when the Lease is lost or the user interrupts. */
  readonly signal: AbortSignal;
  /** At once: a stage is applied without what it needs. */
  readonly direct: boolean;
  /** Seconds that every wait may take. */
  readonly deadlineSeconds: number;
  /** Seconds that a timed gate is waited for; longer ones are left for the next run. */
  readonly longestPause: number;
  /** Digest of the rollout and its Deployment as they are declared. */
  readonly declared: string;
  /** What it has applied, by the key of the object. */
  readonly applied: Map<string, Application>;
  /** What stands in the cluster; replaced by every write. */
  record: RolloutRecord;
}

/** An object as it was applied, and as it was then. */
export interface Application {
  readonly object: Manifest;
  readonly live: Live;
}

export type LiveDeployment = Live & ReportedDeployment;

type Told = Progress extends infer P ? (P extends Progress ? Omit<P, 'rollout'> : never) : never;

export function tell({ engine, key }: Pick<Run, 'engine' | 'key'>, told: Told): void {
  engine.report({ rollout: key.name, ...told });
}

export function tellChange(run: Pick<Run, 'engine' | 'key'>, verb: Verb, ref: Ref): void {
  if (verb !== 'unchanged') tell(run, { is: 'changed', verb, object: refName(ref) });
}

/** Where the run stands, for errors: `rollout-a: step-1/canary`. */
export function standsAt({ key, record }: Run): string {
  return `${key.name}: ${record.ledger.release?.stage ?? 'stable'}`;
}

/** Stores where the rollout stands, before anything is done about it (R5). */
export async function save(run: Run, ledger: Ledger, facts: RolloutFacts = run.record.facts): Promise<void> {
  run.signal.throwIfAborted();
  const { record } = run;
  const same = sameJson([ledger, facts], [record.ledger, record.facts]);
  if (same && record.resourceVersion !== undefined) return;
  run.record = await writeRecord(run.engine.api, run.key, { ...record, ledger, facts });
  for (const event of eventsBetween(run.key, record.ledger, ledger, run.member.plan)) run.engine.notify?.(event);
}

/** The label by which everything of a rollout is found. */
export function rolloutLabel({ name }: RolloutKey): StringMap {
  return { [ROLLOUT_LABEL]: shorten(name) };
}
