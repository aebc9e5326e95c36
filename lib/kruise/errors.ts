import { errorCodes as core, problemsOf } from '../core';

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
    fix: 'remove it, or choose another version with --api: printed, it would be lost',
  },
  'kruise-kind': {
    allowed: 'Rollout and TrafficRouting',
    fix: 'remove the object: the controller makes the other kinds of its group itself',
  },
} as const;

export const problem = problemsOf({ ...core, ...errorCodes });
