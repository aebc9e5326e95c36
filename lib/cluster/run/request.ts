import {
  type Declarations,
  type GateApproval,
  identified,
  type Ledger,
  naming,
  type PodTemplate,
  type ReleaseRequest,
  revisionOf,
  stepName,
} from '../../core';

/** What to do with a rollout. */
export interface UpRequest {
  readonly declarations: Declarations;
  /** Name, or `namespace/name`. @default - the only one that is declared */
  readonly rollout?: string;
  /** For what is declared without a namespace. */
  readonly namespace: string;
  /** Approvals such as `rollout-a#12-5f0c1e9ab3d2/step-1`; those of other rollouts and releases pass nothing. */
  readonly approve?: readonly string[];
  /** Who approves, for the ledger. */
  readonly by?: string;
  /** Walks the way back, whatever is declared. @default false */
  readonly abort?: boolean;
  /**
   * Goes to the declared revision by a plain rolling update, without a canary; with `abort`, back to stable. Neither waits
   * until stable has the pods for the requests that come back. @default false
   */
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

/**
 * A request, as core knows it. Where no gate is passed it has no approvals: what is left over must not stand in the way back.
 * @throws GraylaneError release-by-number
 */
export function releaseRequest(
  { hold, abort, direct, to, by }: UpRequest,
  { rollout, template, ledger }: { readonly rollout: string; readonly template: PodTemplate; readonly ledger: Ledger },
  approvals: readonly GateApproval[],
): ReleaseRequest {
  const { target } = ledger.release ?? {};
  const passesGates = !hold && !abort && !direct && (target === undefined || target === revisionOf(template));
  const own = passesGates ? approvals.filter((one) => one.rollout === rollout) : [];
  return {
    template,
    // Whoever runs it again means what is declared.
    again: true,
    approvals: own.map((one) => {
      const release = naming(`rollout ${rollout}`, () => identified(one, stepName(one.step), ledger));
      return { release, step: one.step, ...(by !== undefined && { by }) };
    }),
    ...(hold && { hold }),
    ...(abort && { abort }),
    ...(direct && { direct }),
    ...(to !== undefined && { to }),
  };
}
