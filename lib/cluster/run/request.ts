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
  /** Stores what is asked for, and leaves the walk of a release to another run. @default false */
  readonly leave?: boolean;
  /** One of the walks of a run that stays, see `follow`. @default - a run of its own */
  readonly following?: Following;
}

/**
 * A run that stays gives its Lease up to whoever asks for it, waits for other runs as long as they take, and does nothing
 * once somebody has declared something else.
 */
export interface Following {
  /** Digest of what it goes on with. @default - it begins: with what this request declares, whatever was declared before */
  readonly declared?: string;
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

/**
 * Whoever runs it again means what is declared, unless he still gives the abort of it, or a check took it back. Who stays has
 * meant it once.
 */
function againOf(
  { again, againAfter = [], following }: Wishes,
  rollout: string,
  { releases }: Ledger,
  aborts: boolean,
): Again {
  if (aborts || following?.declared !== undefined) return 'never';
  const after = againAfter.map(parseAbort).some((one) => one.rollout === rollout && one.number === releases);
  return again || after ? 'always' : 'after-abort';
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
