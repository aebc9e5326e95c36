import type { Prospect, ServiceTraits } from '../app/prospect';
import { isJsonObject } from '../manifests/json';
import { isCustom } from '../manifests/kinds';
import { type Manifest, objectName, selects, type StringMap } from '../manifests/manifest';
import { isOurs } from '../manifests/names';
import { checkOf, type ObjectKind, serviceObject } from './check';

const objects: readonly ObjectKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'].map((kind) => ({
  apiVersion: 'apps/v1',
  kind,
}));

/** In a cluster they are there for a while, or belong to one of those. */
const given: readonly ObjectKind[] = [
  { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  { apiVersion: 'v1', kind: 'ReplicationController' },
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
];

interface Templated {
  readonly template?: { readonly metadata?: Manifest['metadata'] };
  readonly jobTemplate?: { readonly spec?: Templated };
}

/** A Service leads to all pods that it selects, whoever made them. */
export const otherPods = checkOf({
  name: 'other-pods',
  about: 'a Service of the rollout that selects pods of another workload too',
  effect: 'who gets no canary gets stable or the other workload, whatever the plan says',
  objects,
  given,
  alsoLooksAt: ({ apiVersion, spec }) => isCustom(apiVersion) && isJsonObject(spec) && isJsonObject(spec.template),
  foundBy: {
    keysOf: (object) => termsOf(podLabelsOf(object, (object.spec ?? {}) as Templated)),
    // Who selects a pod has its first term among the pod's labels.
    keysFor: ({ services }) => services.flatMap(({ selector }) => termsOf(selector).slice(0, 1)),
  },
  needs: [],
  findings: ({ services, separation, workload }, spec: Templated, other) =>
    isOurs(other) || (other.kind === 'Deployment' && other.metadata.name === workload.name)
      ? []
      : withCanary(services, separation)
          .filter(({ selector }) => selects(selector, podLabelsOf(other, spec)))
          .map((service) => ({
            object: serviceObject(service),
            reason: `leads to ${objectName(other)} as well: "everyone else" gets that or Deployment ${workload.name}, and a release changes only the latter`,
            wayOut: `give Deployment ${workload.name} a Service of its own and route that one, or take the plan as it is for the pods of Deployment ${workload.name} only`,
          })),
});

function podLabelsOf({ kind, metadata }: Manifest, { template, jobTemplate }: Templated): StringMap | undefined {
  if (kind === 'Pod') return metadata.labels;
  return (template ?? jobTemplate?.spec?.template)?.metadata?.labels;
}

function termsOf(labels: StringMap | null | undefined): string[] {
  return Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
}

/** Apart, only routes lead to the canary: of the Services beside them a release changes nothing. */
function withCanary(services: readonly ServiceTraits[], separation: Prospect['separation']): readonly ServiceTraits[] {
  const routed = services.filter((service) => service.routed);
  return separation === 'apart' && routed.length > 0 ? routed : services;
}

/** By subset the canary is behind all Services of stable; only the gateway tells its pods apart. */
export const waysAround = checkOf({
  name: 'way-around-the-gateway',
  about: 'a Service of type LoadBalancer or NodePort where the gateway divides by subset',
  effect: 'requests that come by it reach the canary without matching',
  needs: [],
  findings: ({ services, separation }) =>
    separation === 'subset'
      ? services
          .filter(({ external }) => external)
          .map((service) => ({
            object: serviceObject(service),
            reason: 'is reached from outside past the gateway, and leads to canary pods too',
            wayOut: 'let requests come by the gateway only, with a Service of type ClusterIP',
          }))
      : [],
});
