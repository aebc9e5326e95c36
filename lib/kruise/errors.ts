import { errorCodes as core, type Problem, problemsOf } from '../core';

/** What can be wrong with Kruise's objects. */
export const errorCodes = {
  'kruise-version': {
    allowed: 'a version of rollouts.kruise.io that graylane reads',
    fix: 'convert the object to one of these versions',
  },
  'kruise-unsupported': {
    allowed: 'a canary style release of a Deployment',
    fix: 'remove it: a release here has nothing like it',
  },
  'kruise-lost': {
    allowed: "what Kruise's API can say",
    fix: 'remove it: printed, it would be lost',
  },
  'kruise-kind': {
    allowed: 'Rollout and TrafficRouting',
    fix: 'remove the object: the controller makes the other kinds of its group itself',
  },
} as const;

export const problem = problemsOf({ ...core, ...errorCodes });

interface Details {
  readonly allowed?: string;
  readonly fix?: string;
}

/** What Kruise can and a release here cannot. */
export function refusedIf(is: unknown, path: string, given: unknown, details: Details): Problem[] {
  return is ? [problem('kruise-unsupported', path, given, details)] : [];
}

/** What would be lost in print. */
export function lostIf(is: unknown, path: string, given: unknown, details: Details = {}): Problem[] {
  return is ? [problem('kruise-lost', path, given, details)] : [];
}
