import { kinds, type Live } from '../cluster';
import { isJsonObject, isOurs, loadBalancerOf, readinessGates, selects, type StringMap } from '../core';
import type { Store } from './store';
import type { LivePod } from './workloads';

/** Kinds of routes that cloud controllers read. */
const routes = [
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GRPCRoute' },
];

/** Whether such a change may lead a load balancer to other pods. */
export function leadsElsewhere({ kind }: Live): boolean {
  return [kinds.service, ...routes].some((one) => one.kind === kind);
}

/**
 * The readiness gates of a pod that are not set. A load balancer sets its own once it leads to the pod: the user's Services
 * have theirs, whether or not the simulation knows what leads there; one of ours has it while a route names it. All other
 * controllers are taken to do their work.
 */
export function unmetGatesOf(store: Store, pod: LivePod): string[] {
  const gates = readinessGates(pod).filter((gate) => loadBalancerOf(gate) !== undefined);
  if (gates.length === 0) return [];
  const { namespace, labels = {} } = pod.metadata;
  const services = store
    .list(kinds.service, { namespace })
    .filter(({ spec }) => selects((spec as { selector?: StringMap }).selector ?? {}, labels));
  const led = services.length === 0 || services.some((service) => !isOurs(service) || isNamed(store, service));
  return led ? [] : gates;
}

function isNamed(store: Store, { metadata: { name, namespace } }: Live): boolean {
  return routes.some((kind) => store.list(kind, { namespace }).some(({ spec }) => names(spec, name)));
}

/** Somewhere below, a backend has this name. */
function names(value: unknown, name: string): boolean {
  if (Array.isArray(value)) return value.some((item) => names(item, name));
  return isJsonObject(value) && (value.name === name || Object.values(value).some((field) => names(field, name)));
}
