/** Lanes whose hops are routed by a mesh: a route per hop, exactly while the hop holds the lane. */
import { beforeEach, describe, expect, test } from 'vitest';
import { gatewayApi } from '../../lib/gateways/gateway-api';
import { istio } from '../../lib/gateways/istio';
import { type Declarations, isOurs, type Manifest, type ObjectRef } from '../../lib/core';
import { deployment, lane, laneRollout, service, type Variant } from './app';
import { ours, release, userApplies, type World, type Worlds } from './world';

const A = 'spring-cloud-a';
const B = 'spring-cloud-b';
const v2 = { version: 'v2' };
const routeKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };
const istioKind = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };

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

/** How each mesh routes the calls of b. */
const meshes: Record<string, { base: Manifest; ref: ObjectRef }> = {
  'Gateway API': {
    base: httpRoute(B, { group: '', kind: 'Service', name: B, port: 80 }),
    ref: { service: B, gracePeriodSeconds: 1, gateway: { httpRouteName: B } },
  },
  Istio: {
    base: virtualService(B),
    ref: { service: B, gracePeriodSeconds: 1, customNetworkRefs: [{ ...istioKind, name: B }] },
  },
};

export function hopScenarios({ make }: Worlds): void {
  describe.each(Object.entries(meshes))('hops in a mesh of %s', (_, { base, ref }) => {
    const app = (a: Variant = {}, b: Variant = {}): Declarations => ({
      objects: [deployment(A, a), deployment(B, b)],
      lanes: [
        { ...lane, objectRef: [{ service: A, gracePeriodSeconds: 1, gateway: { httpRouteName: A } }], hops: [ref] },
      ],
      rollouts: [laneRollout('rollout-a', A), laneRollout('rollout-b', B)],
    });
    let world: World;
    let before: unknown[];
    beforeEach(async () => {
      world = await make();
      await userApplies(world, [service(A), service(B), entry, base]);
      for (const rollout of ['rollout-a', 'rollout-b']) await release(world, app(), { rollout });
      before = await bases();
    });

    test('R4 held by b alone: the route to a leads to its stable pods, that of tagged calls to the canary of b', async () => {
      const { gate } = await release(world, app({}, v2), { rollout: 'rollout-b' });
      expect(await open()).toEqual([
        [A, 'stable'],
        [B, { service: `${B}-canary` }],
      ]);
      await release(world, app({}, v2), { rollout: 'rollout-b', approve: [gate!.approval] });
      await expectClosed();
    });

    test('R4 shared by a and b: the route of each comes and goes with it', async () => {
      await release(world, app(v2, v2), { rollout: 'rollout-a' });
      expect(await open()).toEqual([[A, { service: `${A}-canary` }]]);
      await release(world, app(v2, v2), { rollout: 'rollout-b' });
      expect(await open()).toEqual([
        [A, { service: `${A}-canary` }],
        [B, { service: `${B}-canary` }],
      ]);
      await release(world, app({}, v2), { rollout: 'rollout-a', abort: true });
      expect(await open()).toEqual([
        [A, 'stable'],
        [B, { service: `${B}-canary` }],
      ]);
      await release(world, app(), { rollout: 'rollout-b' });
      await expectClosed();
    });

    /** Whose requests are led where, apart from warm-ups. */
    async function open() {
      const all = (await routes()).map(({ status: _, ...live }) => live);
      return [gatewayApi, istio]
        .flatMap((gateway) => gateway.read(all))
        .filter(({ warmUp }) => !warmUp)
        .map(({ service, to }) => [service, to] as const)
        .sort(([one], [other]) => one.localeCompare(other));
    }

    async function routes() {
      const listed = [routeKind, istioKind].map((kind) => world.user.list(kind, { namespace: world.namespace }));
      return (await Promise.all(listed)).flat();
    }

    async function bases(): Promise<unknown[]> {
      const users = (await routes()).filter((live) => !isOurs(live));
      return users.map(({ kind, metadata, spec }) => [kind, metadata.name, spec]);
    }

    async function expectClosed(): Promise<void> {
      expect(await bases()).toEqual(before);
      expect((await routes()).filter(isOurs)).toEqual([]);
      expect(await ours(world)).toEqual([]);
    }
  });
}
