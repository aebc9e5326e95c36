import { defined } from '../manifests/manifest';
import type { Revision } from '../manifests/revision';
import { formatApproval } from './approval';
import type { Ledger, Release } from './ledger';
import { pausedUntil } from './move';
import { type StageId, stepName } from './stage-id';
import type { Plan } from './stages';
import { waitsAt } from './transition';

/** What has happened to a release, for whoever wants to be told. */
export interface ReleaseEvent {
  /**
   * `stage`: it is at another stage, also the first. `gate`: it has reached a gate. `approved`: somebody let it pass one.
   * `aborted`: it goes back. `broken`: a run could not go on. `over`: at its end, or taken back.
   */
  readonly event: 'stage' | 'gate' | 'approved' | 'aborted' | 'broken' | 'over';
  readonly rollout: string;
  readonly namespace: string;
  /** Its number, and the id that no other has. */
  readonly release: number;
  readonly id: string;
  /** Where it stands, or stood at its end. */
  readonly stage: StageId;
  readonly stable: Revision;
  readonly target: Revision;
  /** Of a gate, or of an approval. @default - of a promoted revision that is watched */
  readonly step?: number;
  /** What passes the gate. */
  readonly approval?: string;
  /** When a timed gate passes, ISO 8601. */
  readonly until?: string;
  /** Who has approved. */
  readonly by?: string;
  /** Of a release that is over: whether stable is the target. */
  readonly promoted?: boolean;
  /** Why a run could not go on: the code of the error. */
  readonly code?: string;
  /** What was seen, where a run could not go on or a check took the release back. */
  readonly why?: string;
  /** All of it in a sentence. */
  readonly message: string;
}

type Told = Pick<ReleaseEvent, 'event'> &
  Partial<Pick<ReleaseEvent, 'step' | 'approval' | 'until' | 'by' | 'promoted' | 'code' | 'why'>>;

interface Named {
  readonly name: string;
  readonly namespace: string;
}

/** What has happened between two states of a ledger, in the order in which it did. */
export function eventsBetween(key: Named, before: Ledger, after: Ledger, plan: Plan): ReleaseEvent[] {
  const [old, now] = [before.release, after.release];
  const gone = old && old.number !== now?.number ? [over(key, old, after)] : [];
  if (now === undefined) return gone;
  const same = gone.length > 0 ? undefined : old;
  const told: Told[] = [
    ...now.approved
      .filter(({ step }) => !same?.approved.some((one) => one.step === step))
      .map(({ step, by }) => defined({ event: 'approved' as const, step, by })),
    ...(now.abortedAt !== undefined && same?.abortedAt === undefined
      ? [defined({ event: 'aborted' as const, why: now.because })]
      : []),
    ...(now.stage !== same?.stage ? [{ event: 'stage' as const }] : []),
    ...(now.settledAt !== undefined && now.settledAt !== same?.settledAt ? gateOf(key, after, plan) : []),
  ];
  return [...gone, ...told.map((one) => eventOf(key, now, after, one))];
}

/** A run could not go on. */
export function brokenEvent(key: Named, ledger: Ledger, code: string, why: string): ReleaseEvent[] {
  return ledger.release ? [eventOf(key, ledger.release, ledger, { event: 'broken', code, why })] : [];
}

function over(key: Named, release: Release, after: Ledger): ReleaseEvent {
  return eventOf(key, release, after, { event: 'over', promoted: after.stable === release.target });
}

function gateOf({ name }: Named, ledger: Ledger, plan: Plan): Told[] {
  const { release } = ledger;
  const gate = waitsAt(ledger, plan);
  if (release === undefined || gate === undefined) return [];
  const until = pausedUntil(ledger, plan);
  const approval = gate.step === undefined ? undefined : formatApproval(name, release, gate.step);
  return [defined({ event: 'gate' as const, step: gate.step, approval, until })];
}

function eventOf({ name, namespace }: Named, release: Release, { stable }: Ledger, told: Told): ReleaseEvent {
  const { number, id, stage, target } = release;
  const { event, ...more } = told;
  const message = `${namespace}/${name}: release ${number} ${words(told, stage, stable)}`;
  return { event, rollout: name, namespace, release: number, id, stage, stable, target, ...more, message };
}

function words({ event, step, approval, until, by, promoted, why }: Told, stage: StageId, stable: Revision): string {
  switch (event) {
    case 'stage':
      return `is at ${stage}`;
    case 'gate':
      if (step === undefined) return `is promoted, and watched until ${until}`;
      return `waits at ${stepName(step)}${until === undefined ? '' : ` until ${until}`}; to go on: ${approval}`;
    case 'approved':
      return `may pass ${stepName(step!)}${by === undefined ? '' : `, approved by ${by}`}`;
    case 'aborted':
      return `goes back to ${stable}${why === undefined ? '' : `: ${why}`}`;
    case 'broken':
      return `has stopped at ${stage}: ${why}`;
    case 'over':
      return promoted ? `is over; ${stable} is stable` : `was taken back; ${stable} is stable`;
  }
}
