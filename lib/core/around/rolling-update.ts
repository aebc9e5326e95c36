import { shareOf } from '../specs/replicas';
import type { IntOrPercent } from '../specs/spec';
import { checkOf } from './check';

/** Promotion is a rolling update of stable: of few pods, one that may be missing is many. */
export const remainingPods = checkOf({
  name: 'max-unavailable',
  about: 'a rolling update that may leave half of the stable pods or fewer',
  effect: 'users get slow answers, or none, during promotion',
  needs: ['replicas'],
  findings: ({ workload: { strategy }, services, replicas: { stable } }) => {
    const left = stable - rollingBounds(strategy, stable).unavailable;
    if (services.length === 0 || stable === 0 || !(left <= stable / 2)) return false;
    return {
      reason: `may be left with ${Math.max(0, left)} of ${stable} pods in promotion, by spec.strategy.rollingUpdate.maxUnavailable`,
      wayOut: 'set maxUnavailable: 0 and maxSurge: 1',
    };
  },
});

/** How many of so many pods may be there beside them, and missing, as the Deployment controller rounds. */
export function rollingBounds(strategy: object | undefined, pods: number): { surge: number; unavailable: number } {
  const { rollingUpdate = {} } = (strategy ?? {}) as {
    rollingUpdate?: { maxSurge?: IntOrPercent; maxUnavailable?: IntOrPercent };
  };
  const surge = shareOf(pods, rollingUpdate.maxSurge ?? '25%');
  const unavailable = shareOf(pods, rollingUpdate.maxUnavailable ?? '25%', Math.floor);
  // One of both must let it begin.
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
