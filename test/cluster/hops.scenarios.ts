/** Lanes whose hops are routed by a mesh: a route per hop, exactly while the hop holds the lane. */
import { beforeEach, describe, expect, test } from 'vitest';
import { isOurs, routesOf } from '../../lib/core';
import type { Variant } from './app';
import { A, B, istioKind, meshBase, meshes, meshSample, routeKind } from './mesh.app';
import { ours, release, userApplies, type World, type Worlds } from './world';

const v2 = { version: 'v2' };

export function hopScenarios({ make }: Worlds): void {
  describe.each(Object.entries(meshes))('hops in a mesh of %s', (_, mesh) => {
    const app = (a?: Variant, b?: Variant) => meshSample(mesh, a, b);
    let world: World;
    let before: unknown[];
    beforeEach(async () => {
      world = await make();
      await userApplies(world, meshBase(mesh));
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

    test('R4 shared by a and b, and told by the baggage: the route of each comes and goes with it', async () => {
      const tag = { tag: { baggage: 'lane=gray' } };
      const app = (a?: Variant, b?: Variant) => meshSample(mesh, a, b, tag);
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
      return routesOf(await routes())
        .map(({ route }) => route)
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
