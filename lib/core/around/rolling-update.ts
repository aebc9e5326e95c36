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
    const { rollingUpdate } = (strategy ?? {}) as {
      rollingUpdate?: { maxSurge?: IntOrPercent; maxUnavailable?: IntOrPercent };
    };
    const left = stable - missing(rollingUpdate?.maxSurge, rollingUpdate?.maxUnavailable, stable);
    if (services.length === 0 || stable === 0 || !(left <= stable / 2)) return false;
    return {
      reason: `may be left with ${Math.max(0, left)} of ${stable} pods in promotion, by spec.strategy.rollingUpdate.maxUnavailable`,
      wayOut: 'set maxUnavailable: 0 and maxSurge: 1',
    };
  },
});

/** How many pods may be missing, as the Deployment controller rounds: one of both bounds must let it begin. */
function missing(maxSurge: IntOrPercent = '25%', maxUnavailable: IntOrPercent = '25%', pods: number): number {
  const surge = shareOf(pods, maxSurge);
  const unavailable = shareOf(pods, maxUnavailable, Math.floor);
  return surge === 0 && unavailable === 0 ? 1 : unavailable;
}
