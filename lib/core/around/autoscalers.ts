import type { Outlook } from '../app/prospect';
import { leastOfStable } from '../specs/replicas';
import { checkOf, type ObjectKind } from './check';

const objects: readonly ObjectKind[] = [{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' }];

interface AutoscalerSpec {
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
}

/** Two who write the same field. */
export const declaredReplicas = checkOf({
  name: 'autoscaler-replicas',
  about: 'an autoscaler of stable beside declared replicas',
  effect: 'stable is set back to what is declared',
  objects,
  needs: [],
  findings: ({ workload }, spec: AutoscalerSpec) =>
    workload.replicas !== undefined &&
    scales(spec, workload) && {
      reason: 'scales stable, but spec.replicas is declared: each run sets it back',
      wayOut: `leave spec.replicas out of Deployment ${workload.name}`,
    },
});

/** An autoscaler averages over all pods that the Deployment's selector finds, and those of a canary may be among them. */
export const sharedAverage = checkOf({
  name: 'autoscaler-average',
  about: 'an autoscaler of stable whose pods the canary shares labels with (by subset, or without a route)',
  effect: 'stable is scaled by the load of both',
  objects,
  needs: [],
  findings: ({ workload, separation, replicas }, spec: AutoscalerSpec) =>
    separation !== 'apart' &&
    scales(spec, workload) && {
      reason: `averages the load over ${podsOfBoth(replicas)}, and scales stable only`,
      wayOut: 'until the release is over, let its minReplicas be what stable needs',
    },
});

/** R3: requests come back to stable when it has the pods for them, and whoever scales it by its load takes them away. */
export const lowMinimum = checkOf({
  name: 'autoscaler-minimum',
  about: 'an autoscaler of stable that may take the pods away which requests need when they come back',
  effect: 'promotion and the way back wait for them',
  objects,
  needs: [],
  findings: ({ workload, replicas, mostMoved }, spec: AutoscalerSpec) => {
    if (workload.replicas !== undefined || !scales(spec, workload)) return false;
    // The load on the rest decides; where nobody can be asked, of the most that it may have.
    const { minReplicas = 1, maxReplicas = 1 } = spec;
    const most = replicas?.stable ?? maxReplicas;
    const left = Math.max(minReplicas, Math.ceil((most * (100 - mostMoved)) / 100));
    const least = leastOfStable(most, 100);
    return (
      left < least && {
        reason: `may leave ${left} of ${most} stable pods while the canary has ${mostMoved}% of the requests: they come back when it has ${least}`,
        wayOut: `until the release is over, let its minReplicas be ${least}`,
      }
    );
  },
});

function scales({ scaleTargetRef: ref }: AutoscalerSpec, { name }: Outlook['workload']): boolean {
  return ref?.kind === 'Deployment' && ref.name === name;
}

function podsOfBoth(replicas: Outlook['replicas']): string {
  return replicas ? `${replicas.stable} stable and up to ${replicas.canary} canary pods` : 'stable and canary pods';
}
