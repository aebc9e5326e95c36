import {
  abortOf,
  type Again,
  type Declarations,
  type GateApproval,
  identified,
  type Ledger,
  type NamedAbort,
  naming,
  parseAbort,
  type PodTemplate,
  refuseUnnamed,
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
  /** Walks the way back of these releases, such as `rollout-a#12-5f0c1e9ab3d2`, whatever is declared; and of no others. */
  readonly abortOf?: readonly string[];
  /**
   * Goes to the declared revision by a plain rolling update, without a canary; with `abort`, back to stable. Neither waits
   * until stable has the pods for the requests that come back. @default false
   */
  readonly direct?: boolean;
  /** Goes to this step instead of the next stage. */
  readonly to?: number;
  /** Releases once more what a check has taken back. @default false */
  readonly again?: boolean;
  /** Releases once more what checks took back in these releases, such as `rollout-a#12`, and in no others. */
  readonly againAfter?: readonly string[];
  /** Goes nowhere: only sees to it that the stage is as it should be. @default false */
  readonly hold?: boolean;
  /** A Deployment that exists may be taken over. @default false */
  readonly adopt?: boolean;
  /** Seconds that a wait may take. @default - the Deployment's progressDeadlineSeconds, or 600 */
  readonly timeout?: number;
  /** Seconds that a timed gate is waited for. @default - as long as it takes */
  readonly longestPause?: number;
}

type Wishes = Omit<UpRequest, 'declarations' | 'namespace' | 'approve'>;

/** What a request is about: the rollout, with what is declared and where it stands. */
interface Asked {
  readonly rollout: string;
  readonly template: PodTemplate;
  readonly ledger: Ledger;
}

/**
 * A request, as core knows it. Where no gate is passed it has no approvals: what is left over must not stand in the way back.
 * @throws GraylaneError release-by-number, abort-unnamed and abort-invalid
 */
export function releaseRequest(wishes: Wishes, asked: Asked, approvals: readonly GateApproval[]): ReleaseRequest {
  const { rollout, template, ledger } = asked;
  const aborts = abortsOf(wishes, rollout);
  const abort = isAbort(wishes, rollout, ledger);
  // An abort is meant now; the rest may have been declared long ago.
  const { hold, direct, to, by } = abort ? ({} as Wishes) : wishes;
  const { target } = ledger.release ?? {};
  const goesForward = !hold && !abort && !direct && (target === undefined || target === revisionOf(template));
  if (goesForward) naming(`rollout ${rollout}`, () => refuseUnnamed(aborts, ledger));
  const own = goesForward ? approvals.filter((one) => one.rollout === rollout) : [];
  return {
    template,
    again: againOf(wishes, rollout, ledger, abortOf(aborts, ledger) === 'stay'),
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

/** Whoever runs it again means what is declared, unless he still gives the abort of it, or a check took it back. */
function againOf({ again, againAfter = [] }: Wishes, rollout: string, { releases }: Ledger, stays: boolean): Again {
  const after = againAfter.map(parseAbort).some((one) => one.rollout === rollout && one.number === releases);
  if (again || after) return 'always';
  return stays ? 'never' : 'after-abort';
}

/**
 * Whether the way back is asked for, whatever is declared.
 * @throws GraylaneError abort-invalid
 */
export function isAbort(wishes: Wishes, rollout: string, ledger: Ledger): boolean {
  return wishes.abort || abortOf(abortsOf(wishes, rollout), ledger) === 'back';
}

/**
 * Those of this rollout.
 * @throws GraylaneError abort-invalid
 */
export function abortsOf({ abortOf = [] }: Pick<UpRequest, 'abortOf'>, rollout: string): NamedAbort[] {
  return abortOf.map(parseAbort).filter((one) => one.rollout === rollout);
}
