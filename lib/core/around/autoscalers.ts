import type { Outlook } from '../app/prospect';
import { checkOf, type ObjectKind } from './check';

const objects: readonly ObjectKind[] = [{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' }];

interface AutoscalerSpec {
  readonly minReplicas?: number;
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
  about:
    'an autoscaler of stable with minReplicas below its replicas, whose pods the canary shares labels with (by subset, or without a route)',
  effect: 'stable is scaled by the load of both',
  objects,
  needs: [],
  findings: ({ workload, separation, replicas }, spec: AutoscalerSpec) =>
    separation !== 'apart' &&
    scales(spec, workload) &&
    (spec.minReplicas ?? 1) < (replicas?.stable ?? Infinity) && {
      reason: `averages the load over ${podsOfBoth(replicas)}, and scales stable only`,
      wayOut: `until the release is over, let its minReplicas be what stable ${replicas ? `has, ${replicas.stable}` : 'needs'}`,
    },
});

function scales({ scaleTargetRef: ref }: AutoscalerSpec, { name }: Outlook['workload']): boolean {
  return ref?.kind === 'Deployment' && ref.name === name;
}

function podsOfBoth(replicas: Outlook['replicas']): string {
  return replicas ? `${replicas.stable} stable and up to ${replicas.canary} canary pods` : 'stable and canary pods';
}
