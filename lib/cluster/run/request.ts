import type { Declarations, ReleaseRequest } from '../../core';
import type { GateApproval } from './approval';

/** What to do with a rollout. */
export interface UpRequest {
  readonly declarations: Declarations;
  /** Name, or `namespace/name`. @default - the only one that is declared */
  readonly rollout?: string;
  /** For what is declared without a namespace. */
  readonly namespace: string;
  /** Approvals such as `rollout-a#12/step-1`; those of other rollouts and releases pass nothing. */
  readonly approve?: readonly string[];
  /** Who approves, for the ledger. */
  readonly by?: string;
  /** Walks the way back, whatever is declared. @default false */
  readonly abort?: boolean;
  /** Goes to the declared revision by a plain rolling update, without a canary. @default false */
  readonly direct?: boolean;
  /** Goes to this step instead of the next stage. */
  readonly to?: number;
  /** Goes nowhere: only sees to it that the stage is as it should be. @default false */
  readonly hold?: boolean;
  /** A Deployment that exists may be taken over. @default false */
  readonly adopt?: boolean;
  /** Seconds that a wait may take. @default - the Deployment's progressDeadlineSeconds, or 600 */
  readonly timeout?: number;
  /** Seconds that a timed gate is waited for. @default - as long as it takes */
  readonly longestPause?: number;
}

/** A request, as core knows it. */
export function releaseRequest(
  { hold, abort, direct, to, by }: UpRequest,
  template: ReleaseRequest['template'],
  approvals: readonly GateApproval[],
): ReleaseRequest {
  return {
    template,
    // Whoever runs it again means what is declared.
    again: true,
    approvals: approvals.map(({ release, step }) => ({ release, step, ...(by !== undefined && { by }) })),
    ...(hold && { hold }),
    ...(abort && { abort }),
    ...(direct && { direct }),
    ...(to !== undefined && { to }),
  };
}
