import type { Outlook } from '../app/prospect';
import type { Manifest } from '../manifests/manifest';
import { canaryName } from '../manifests/names';
import { leastOfStable } from '../specs/replicas';
import { checkOf, type ObjectKind } from './check';

const objects: readonly ObjectKind[] = [{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' }];

/** In a cluster it has a HorizontalPodAutoscaler of its own. */
const given: readonly ObjectKind[] = [{ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' }];

interface AutoscalerSpec {
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  /** KEDA's names of them. */
  readonly minReplicaCount?: number;
  readonly maxReplicaCount?: number;
  readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
}

/** Two who write the same field. */
export const declaredReplicas = checkOf({
  name: 'autoscaler-replicas',
  about: 'an autoscaler of stable beside declared replicas',
  effect: 'stable is set back to what is declared',
  objects,
  given,
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
  given,
  needs: [],
  findings: ({ workload, separation, replicas }, spec: AutoscalerSpec, object) =>
    separation !== 'apart' &&
    scales(spec, workload) && {
      reason: `averages the load over ${podsOfBoth(replicas)}, and scales stable only`,
      wayOut: `until the release is over, let its ${boundsOf(object, spec).minimum} be what stable needs`,
    },
});

/** R3: requests come back to stable when it has the pods for them, and whoever scales it by its load takes them away. */
export const lowMinimum = checkOf({
  name: 'autoscaler-minimum',
  about: 'an autoscaler of stable that may take the pods away which requests need when they come back',
  effect: 'promotion and the way back wait for them',
  objects,
  given,
  needs: [],
  findings: ({ workload, replicas, mostMoved }, spec: AutoscalerSpec, object) => {
    if (workload.replicas !== undefined || !scales(spec, workload)) return false;
    // The load on the rest decides; where nobody can be asked, of the most that it may have.
    const { least: declared, most: all, minimum } = boundsOf(object, spec);
    const most = replicas?.stable ?? all;
    const left = Math.max(declared, Math.ceil((most * (100 - mostMoved)) / 100));
    const least = leastOfStable(most, 100);
    return (
      left < least && {
        reason: `may leave ${left} of ${most} stable pods while the canary has ${mostMoved}% of the requests: they come back when it has ${least}`,
        wayOut: `until the release is over, let its ${minimum} be ${least}`,
      }
    );
  },
});

interface VerticalSpec {
  readonly targetRef?: { readonly kind?: string; readonly name?: string };
  readonly updatePolicy?: { readonly updateMode?: string };
}

/** What it says of a Deployment's pods, it does not say of the canary's. */
export const verticalAutoscaler = checkOf({
  name: 'vertical-autoscaler',
  about: "a vertical autoscaler of stable's pods",
  effect: "the canary's pods have the requests of the template, and stable's have others",
  objects: [{ apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler' }],
  needs: [],
  findings: ({ workload: { name } }, { targetRef, updatePolicy }: VerticalSpec, object, neighbours) => {
    const canary = canaryName(name!);
    const isCovered = () =>
      neighbours.alike(object).some(({ spec }) => (spec as VerticalSpec).targetRef?.name === canary);
    return (
      targetRef?.kind === 'Deployment' &&
      targetRef.name === name &&
      updatePolicy?.updateMode !== 'Off' &&
      !isCovered() && {
        reason: `sets what stable's pods request, and not those of the canary: they have what the template says`,
        wayOut: `add another for Deployment ${canary}, or let the template say what its pods need, and set updatePolicy.updateMode: Off`,
      }
    );
  },
});

function scales({ scaleTargetRef: ref }: AutoscalerSpec, { name }: Outlook['workload']): boolean {
  return ref !== undefined && (ref.kind ?? 'Deployment') === 'Deployment' && ref.name === name;
}

/** How few and how many pods it may make of the Deployment, and what it calls the former. */
function boundsOf({ kind }: Pick<Manifest, 'kind'>, spec: AutoscalerSpec) {
  return kind === 'ScaledObject'
    ? { least: spec.minReplicaCount ?? 0, most: spec.maxReplicaCount ?? 100, minimum: 'minReplicaCount' }
    : { least: spec.minReplicas ?? 1, most: spec.maxReplicas ?? 1, minimum: 'minReplicas' };
}

function podsOfBoth(replicas: Outlook['replicas']): string {
  return replicas ? `${replicas.stable} stable and up to ${replicas.canary} canary pods` : 'stable and canary pods';
}
