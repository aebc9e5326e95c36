import type { Condition } from './condition';
import { looksAtWorkload, readyAnswer } from './deployment-ready';

/** Stable is rolled out, and no pod of another template is left. */
export const stableReady: Condition = {
  words: ({ stable }) => `Deployment ${stable.name} ready at ${stable.revision}`,
  looksAt: ({ stable }) => looksAtWorkload(stable),
  answer: ({ stable }, seen) => readyAnswer('stable', stable, seen),
};
