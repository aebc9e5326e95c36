import type { Prospect, ServiceTraits } from '../app/prospect';
import { type ErrorCode, type Problem, problem } from '../errors';
import { defined, type Manifest, objectName, type StringMap } from '../manifests/manifest';

/** Something around a release that will make it lose requests, pods or protection; it is no reason to stop. */
export interface Warning {
  /** Name of the check that found it. */
  readonly check: string;
  readonly object: WarnedObject;
  /** What the object does to the release: it goes on from the object's name. */
  readonly reason: string;
  readonly wayOut: string;
  /**
   * The field for which no release begins, and as which error; what leaves out stable stops one that is under way, too.
   * @default - it is told, and stops nothing
   */
  readonly refused?: {
    readonly code: Extract<ErrorCode, 'canary-left-out' | 'stable-left-out' | 'readiness-gate'>;
    readonly field: string;
  };
}

/** On an object around a release: that the canary goes without it is meant. */
export const MEANT: Readonly<{ key: string; value: string }> = { key: 'graylane.io/canary', value: 'left-out' };

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

/** What is around, for checks that look at more than one object. */
export interface Neighbours {
  readonly all: readonly Manifest[];
  /** Those of an object's kind, in the order of the app, itself among them. */
  alike(object: Manifest): readonly Manifest[];
}

/** One look at what is around a release. */
export interface Check {
  readonly name: string;
  /** What it looks for, for the documentation. */
  readonly about: string;
  /** What happens where it is found, for the documentation. */
  readonly effect: string;
  /**
   * The kinds of objects that it looks at, one by one: those of the input, or in a cluster those that are there.
   * @default - none: what the rollout declares is enough
   */
  readonly objects?: readonly ObjectKind[];
  /** The namespace of its objects: that of the workload, or those of what routes take. @default 'workload' */
  readonly where?: 'workload' | 'routes';
  /** Kinds that it looks at in manifests only. @default - none */
  readonly given?: readonly ObjectKind[];
  /** What it looks at as well, of any kind: in a cluster nobody knows all kinds. @default - nothing */
  readonly alsoLooksAt?: (object: Manifest) => boolean;
  /** Whether an object of another namespace, or of none, is about this one. In a cluster those are not listed. @default - no */
  readonly reaches?: (object: Manifest, namespace: string | undefined) => boolean;
  /** Keys that the objects share with a release which they may concern. @default - it looks at all of its namespaces */
  readonly foundBy?: {
    readonly keysOf: (object: Manifest) => readonly string[];
    readonly keysFor: (prospect: Prospect) => readonly string[];
  };
  /** Facts without which it is left out. */
  readonly needs: readonly Fact[];
  readonly findings: (prospect: Prospect, object: Manifest, neighbours: Neighbours) => readonly Finding[];
}

export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
}

const NONE: readonly Finding[] = [];

function isList(found: readonly Finding[] | Finding): found is readonly Finding[] {
  return Array.isArray(found);
}

/** A check with its facts known, of objects by their spec. */
export function checkOf<F extends Fact, Spec extends object>(
  check: Omit<Check, 'needs' | 'findings'> & {
    readonly needs: readonly F[];
    readonly findings: (
      prospect: Known<F>,
      spec: Spec,
      object: Manifest,
      neighbours: Neighbours,
    ) => readonly Finding[] | Finding | false;
  },
): Check {
  const { findings } = check;
  return {
    ...check,
    findings: (prospect, object, neighbours) => {
      const found = findings(prospect as Known<F>, (object.spec ?? {}) as Spec, object, neighbours);
      return found === false ? NONE : isList(found) ? found : [found];
    },
  };
}

/** `PodDisruptionBudget shop/web counts canary pods too: ...; to fix: ...`, for people. */
export function formatWarning({ object, reason, wayOut }: Warning): string {
  return `${nameOf(object)} ${reason}; to fix: ${wayOut}`;
}

/** The warnings for which no release may begin, as what is wrong with their objects. */
export function problemsOfWarnings(warnings: readonly Warning[]): Problem[] {
  return warnings.flatMap(({ object, reason, wayOut, refused }) =>
    refused ? [problem(refused.code, refused.field, reason, { subject: [nameOf(object)], fix: wayOut })] : [],
  );
}

/** A Service as the object of a finding. */
export function serviceObject({ name, namespace }: ServiceTraits): WarnedObject {
  return { kind: 'Service', name: name!, ...defined({ namespace }) };
}

/** `app: web, tier: public`. */
export function labelsInWords(labels: StringMap): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');
}

function nameOf({ kind, ...metadata }: WarnedObject): string {
  return objectName({ apiVersion: '', kind, metadata });
}
