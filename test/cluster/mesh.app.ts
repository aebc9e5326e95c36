/** The seed's sample on Gateway API, with a mesh that routes the calls of its hop. */
import type { Declarations, LaneSpec, Manifest, ObjectRef } from '../../lib/core';
import { deployment, lane, laneRollout, service, type Variant } from './app';

export const A = 'spring-cloud-a';
export const B = 'spring-cloud-b';
export const routeKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };
export const istioKind = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };

function httpRoute(name: string, parent: object, hosts: object = {}): Manifest {
  const backendRefs = [{ group: '', kind: 'Service', name, port: 80, weight: 1 }];
  const rules = [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs }];
  return { ...routeKind, metadata: { name }, spec: { parentRefs: [parent], ...hosts, rules } };
}

function virtualService(name: string): Manifest {
  const spec = { hosts: [name], http: [{ route: [{ destination: { host: name } }] }] };
  return { ...istioKind, metadata: { name }, spec };
}

const entry = httpRoute(
  A,
  { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' },
  { hostnames: ['shop.example.com'] },
);

export interface Mesh {
  readonly base: Manifest;
  readonly ref: ObjectRef;
}

/** How each mesh routes the calls of b. */
export const meshes: Readonly<Record<string, Mesh>> = {
  'Gateway API': {
    base: httpRoute(B, { group: '', kind: 'Service', name: B, port: 80 }),
    ref: { service: B, gracePeriodSeconds: 1, gateway: { httpRouteName: B } },
  },
  Istio: {
    base: virtualService(B),
    ref: { service: B, gracePeriodSeconds: 1, customNetworkRefs: [{ ...istioKind, name: B }] },
  },
};

/** What the user applies himself. */
export function meshBase({ base }: Mesh): Manifest[] {
  return [service(A), service(B), entry, base];
}

/** @param over what the lane has otherwise */
export function meshSample(
  { ref }: Mesh,
  a: Variant = {},
  b: Variant = {},
  over: Partial<LaneSpec> = {},
): Declarations {
  const objectRef = [{ service: A, gracePeriodSeconds: 1, gateway: { httpRouteName: A } }];
  return {
    objects: [deployment(A, a), deployment(B, b)],
    lanes: [{ ...lane, objectRef, hops: [ref], ...over }],
    rollouts: [laneRollout('rollout-a', A), laneRollout('rollout-b', B)],
  };
}
