import { labelsOf, type LabelSelector } from '../manifests/manifest';
import { matchesSelector } from '../manifests/selector';
import { shareOf } from '../specs/replicas';
import type { IntOrPercent } from '../specs/spec';
import { checkOf } from './check';

interface BudgetSpec {
  readonly selector?: LabelSelector;
  readonly minAvailable?: IntOrPercent;
  readonly maxUnavailable?: IntOrPercent;
}

/** A budget counts all pods that its selector finds: those of the canary stand for evicted ones of stable. */
export const sharedBudget = checkOf({
  name: 'disruption-budget',
  about: 'a disruption budget that counts canary pods too',
  effect: 'more stable pods may be evicted at once',
  objects: [{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }],
  needs: ['stable', 'replicas'],
  findings: ({ stable, canaryLabels, replicas }, spec: BudgetSpec) => {
    const labels = [labelsOf(stable), canaryLabels];
    if (!labels.every((pods) => matchesSelector(spec.selector, pods))) return false;
    const before = evictable(spec, replicas.stable);
    const more = Math.min(replicas.stable, evictable(spec, replicas.stable + replicas.canary)) - before;
    if (!(more > 0)) return false;
    return {
      reason: `counts canary pods too: of ${replicas.stable} stable pods ${more} more than before may be evicted`,
      wayOut: `say it as maxUnavailable: ${before}, a number that does not grow with the canary`,
    };
  },
});

/** How many of so many healthy pods may be evicted. */
function evictable({ minAvailable, maxUnavailable }: BudgetSpec, pods: number): number {
  if (maxUnavailable !== undefined) return Math.min(pods, shareOf(pods, maxUnavailable));
  return Math.max(0, pods - shareOf(pods, minAvailable ?? 0));
}
