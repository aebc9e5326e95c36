import { holds } from '../answer';
import type { Condition } from './condition';
import { counted, podsOf } from './deployment-ready';

/** The canary's pods have ended, those that are on their way out included. */
export const canaryGone: Condition = {
  words: ({ canary }) => `pods of ${canary.name} gone`,
  looksAt: ({ canary }) => [podsOf(canary)],
  answer: ({ canary }, seen) => {
    const left = seen.found(podsOf(canary)).length;
    if (left === 0) return holds(`no pod of ${canary.name} left`);
    return { is: 'not-yet', awaited: `canary: ${counted(left, 'pod')} still ending` };
  },
};
