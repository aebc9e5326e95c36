import type { Prospect } from '../app/prospect';
import { type Manifest, objectName } from '../manifests/manifest';

/** Something around a release that will make it lose requests, pods or protection; it is no reason to stop. */
export interface Warning {
  /** Name of the check that found it. */
  readonly check: string;
  readonly object: WarnedObject;
  /** What the object does to the release: it goes on from the object's name. */
  readonly reason: string;
  readonly wayOut: string;
}

/** The object that a warning is about. */
export interface WarnedObject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** What a check finds, about the object that it looked at unless it names another. */
export type Finding = Omit<Warning, 'check' | 'object'> & { readonly object?: WarnedObject };

/** What not every front end knows. */
export type Fact = Extract<keyof Prospect, 'stable' | 'replicas'>;

/** A prospect of which these are known. */
export type Known<F extends Fact> = Prospect & Required<Pick<Prospect, F>>;

/** One look at what is around a release. */
export interface Check {
  readonly name: string;
  /** What it looks for, for the documentation. */
  readonly about: string;
  /** What happens where it is found, for the documentation. */
  readonly effect: string;
  /**
   * The kind of objects that it looks at, one by one: those of the input, or in a cluster those that are there.
   * @default - none: what the rollout declares is enough
   */
  readonly objects?: ObjectKind;
  /** Facts without which it is left out. */
  readonly needs: readonly Fact[];
  readonly findings: (prospect: Prospect, object: Manifest) => readonly Finding[];
}

export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A check with its facts known, of objects by their spec. */
export function checkOf<F extends Fact, Spec extends object>(
  check: Omit<Check, 'needs' | 'findings'> & {
    readonly needs: readonly F[];
    readonly findings: (prospect: Known<F>, spec: Spec) => readonly Finding[] | Finding | false;
  },
): Check {
  const { findings } = check;
  return {
    ...check,
    findings: (prospect, { spec }) => [findings(prospect as Known<F>, (spec ?? {}) as Spec) || []].flat(),
  };
}

/** `PodDisruptionBudget shop/web counts canary pods too: ...; to fix: ...`, for people. */
export function formatWarning({ object: { kind, ...metadata }, reason, wayOut }: Warning): string {
  return `${objectName({ apiVersion: '', kind, metadata })} ${reason}; to fix: ${wayOut}`;
}
