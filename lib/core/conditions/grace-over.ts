import { holds } from '../answer';
import type { Condition } from './condition';

/** Time for requests under way, and for gateways that say nothing: it runs whole after each change of a route. */
export const graceOver: Condition = {
  words: ({ gracePeriodSeconds }) => `grace period of ${gracePeriodSeconds} s over`,
  answer: ({ gracePeriodSeconds, routeChangedAt }, { now }) => {
    const over = (routeChangedAt ?? -Infinity) + gracePeriodSeconds * 1000;
    if (now >= over) return holds(`grace period of ${gracePeriodSeconds} s over`);
    const times = { since: new Date(routeChangedAt!).toISOString(), until: new Date(over).toISOString() };
    return { is: 'not-yet', awaited: `the grace period ends at ${times.until}`, ...times };
  },
};
