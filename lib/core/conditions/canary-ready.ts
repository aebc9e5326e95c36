import type { Condition } from './condition';
import { looksAtWorkload, readyAnswer } from './deployment-ready';

/** R1: the canary has all its replicas, and at least one. */
export const canaryReady: Condition = {
  words: ({ canary }) => `Deployment ${canary.name} ready at ${canary.revision}`,
  looksAt: ({ canary }) => looksAtWorkload(canary),
  answer: ({ canary }, seen) => readyAnswer('canary', canary, seen),
};
