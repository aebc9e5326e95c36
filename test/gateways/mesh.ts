/**
 * A lane over a gateway and a mesh: gateway -> a -> b, where b's requests are routed by a mesh (an HTTPRoute whose parent
 * is the Service, or a VirtualService of its host), and a passes the tag on.
 */
import type { Declarations, LaneSpec, Manifest, RolloutSpec } from '../../lib/core';
import { deployment, service } from '../core/fixtures';
import { gatewayApi } from './decision/gateway-api';
import { istio } from './decision/istio';
import type { Model, Outcome, Request } from './decision/traffic';

export type Kind = 'gateway-api' | 'istio';

export const TAG = 'x-lane';
/** How a lane is tagged, what its requests bear then, and what the client sent of it. */
export const tags = {
  'a header': { lane: {}, header: TAG, before: undefined, after: 'beta' },
  'an entry of the baggage': {
    lane: { tag: { baggage: 'lane=beta' }, requestHeaderModifier: undefined },
    header: 'baggage',
    before: 'user=1;p=v,lane=other',
    after: 'user=1;p=v,lane=other,lane=beta',
  },
} as const;
const models: Record<Kind, Model> = { 'gateway-api': gatewayApi, istio };
export const kinds = ['gateway-api', 'istio'] as const;

/** The base of a Service: behind a gateway, whose host has a path for b too, or in the mesh. */
export function baseOf(kind: Kind, name: string, host?: string): Manifest {
  const metadata = { name, namespace: 'shop' };
  if (kind === 'istio') {
    const toB = { match: [{ uri: { prefix: '/b' } }], route: [{ destination: { host: 'b' } }] };
    const http = [...(host === undefined ? [] : [toB]), { route: [{ destination: { host: name } }] }];
    const spec = { hosts: [host ?? name], http };
    return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec };
  }
  const parent = host === undefined ? { group: '', kind: 'Service', name, port: 80 } : { name: 'public' };
  const toB = { matches: [{ path: { type: 'PathPrefix', value: '/b' } }], backendRefs: [{ name: 'b', port: 80 }] };
  const rules = [...(host === undefined ? [] : [toB]), { backendRefs: [{ name, port: 80 }] }];
  const spec = { parentRefs: [parent], ...(host !== undefined && { hostnames: [host] }), rules };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata, spec };
}

export function refOf(kind: Kind, name: string) {
  if (kind === 'gateway-api') return { service: name, gateway: { httpRouteName: name } };
  const apiVersion = 'networking.istio.io/v1';
  return { service: name, customNetworkRefs: [{ apiVersion, kind: 'VirtualService', name }] };
}

export function rollout(name: string): RolloutSpec {
  const steps = [{ replicas: 1, pause: {} }, { replicas: 2 }];
  return { name: `rollout-${name}`, namespace: 'shop', workloadRef: { name }, steps, trafficRoutingRef: 'beta' };
}

export function lane(gateway: Kind, mesh: Kind, over: Partial<LaneSpec> = {}): LaneSpec {
  return {
    name: 'beta',
    namespace: 'shop',
    objectRef: [refOf(gateway, 'a')],
    hops: [refOf(mesh, 'b')],
    matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: TAG, value: 'beta' }] },
    ...over,
  };
}

export function app(gateway: Kind, mesh: Kind, over: Partial<LaneSpec> = {}): Declarations {
  return {
    objects: [
      ...['a', 'b'].flatMap((name) => [deployment(name, {}, 'shop'), service(name, {}, 'shop')]),
      baseOf(gateway, 'a', 'shop.example.com'),
      baseOf(mesh, 'b'),
    ],
    lanes: [lane(gateway, mesh, over)],
    rollouts: [rollout('a'), rollout('b')],
  };
}

/** Where a request ends up that comes to the host: the gateway's objects name hosts, the mesh's Services. */
export function send(
  objects: readonly Manifest[],
  kind: Kind,
  host: string,
  headers: Record<string, string>,
  path = '/',
): Outcome[] {
  const request: Request = { host, path, method: 'GET', headers, query: {}, cookies: {} };
  return models[kind](
    objects.filter((object) => serves(object, host)),
    request,
  );
}

function serves({ spec }: Manifest, host: string): boolean {
  const {
    hosts,
    hostnames,
    parentRefs = [],
  } = (spec ?? {}) as {
    hosts?: string[];
    hostnames?: string[];
    parentRefs?: { kind?: string; name: string }[];
  };
  const parents = parentRefs.filter(({ kind }) => kind === 'Service').map(({ name }) => name);
  return (hosts ?? hostnames ?? parents).includes(host);
}
