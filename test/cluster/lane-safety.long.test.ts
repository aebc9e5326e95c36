/** R1, R3 and R4 at every single moment of two releases in one lane, over a gateway and a mesh. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Live } from '../../lib/cluster';
import { isOurs, isService, routesOf, selects, type Service } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';
import { A, B, meshBase, meshes, meshSample } from './mesh.app';
import { mortal } from './mortal';
import { worldOf } from './simulated.world';
import { ours, release, userApplies } from './world';

const rollouts = { 'rollout-a': A, 'rollout-b': B };

/** One `graylane up` of one of the two: with which image, past its gate or not, and after how many writes it is killed. */
interface Up {
  readonly rollout: keyof typeof rollouts;
  readonly version: string;
  readonly approved: boolean;
  readonly dies: number;
}

const upOf: fc.Arbitrary<Up> = fc.record({
  rollout: fc.constantFrom('rollout-a', 'rollout-b'),
  version: fc.constantFrom('v1', 'v2', 'v2', 'v3'),
  approved: fc.boolean(),
  dies: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 25 })),
});

/** Routes that send requests to pods that are not there. */
function holes(objects: readonly Live[]): string[] {
  return routesOf(objects)
    .map(({ route }) => route)
    .filter(({ warmUp }) => !warmUp)
    .map(({ service, to }) => (to === 'stable' ? service : 'service' in to ? to.service : service))
    .filter((name) => readyPods(objects, name) === 0);
}

function readyPods(objects: readonly Live[], name: string): number {
  const service = objects.find((one) => isService(one) && one.metadata.name === name) as Service | undefined;
  const behind = objects.filter(
    ({ kind, metadata }) => kind === 'Pod' && selects(service?.spec.selector, metadata.labels),
  );
  return behind.filter(({ status }) =>
    ((status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? []).some(
      (one) => one.type === 'Ready' && one.status === 'True',
    ),
  ).length;
}

test.each(Object.entries(meshes))(
  '%s: no route leads into a hole, whoever holds the lane, leaves it or is killed',
  async (_, mesh) => {
    let opened = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(upOf, { minLength: 2, maxLength: 6 }), async (ups) => {
        const cluster = new SimulatedCluster();
        const world = worldOf(cluster);
        const versions = new Map([A, B].map((name) => [name, 'v1']));
        const declared = () => meshSample(mesh, { version: versions.get(A) }, { version: versions.get(B) });
        await userApplies(world, meshBase(mesh));
        for (const rollout of Object.keys(rollouts)) await release(world, declared(), { rollout });
        const before = routing(cluster.objects());
        const seen = new Set<string>();
        cluster.listen(() => holes(cluster.objects()).forEach((one) => seen.add(one)));
        for (const { rollout, version, approved, dies } of ups) {
          versions.set(rollouts[rollout], version);
          const { api, died } = mortal(world.api, dies, false);
          const { gate } = await release(world, declared(), { rollout }, { api }).catch(unless(died));
          if (gate) opened += 1;
          if (gate && approved) {
            await release(world, declared(), { rollout, approve: [gate.approval] }, { api }).catch(unless(died));
          }
        }
        for (const rollout of Object.keys(rollouts)) await release(world, declared(), { rollout, abort: true });
        expect([...seen]).toEqual([]);
        expect(await ours(world)).toEqual([]);
        expect(routing(cluster.objects())).toEqual(before);
      }),
      { numRuns: 100 },
    );
    expect(opened).toBeGreaterThan(50);
  },
  120_000,
);

/** The routing objects, as they are declared. */
function routing(objects: readonly Live[]) {
  const routes = objects.filter(({ kind }) => kind === 'HTTPRoute' || kind === 'VirtualService');
  expect(routes.filter(isOurs)).toEqual([]);
  return routes.map(({ kind, metadata, spec }) => [kind, metadata.name, metadata.annotations ?? {}, spec]);
}

function unless(died: () => boolean) {
  return (error: Error): { gate?: undefined } => {
    if (!died()) throw error;
    return {};
  };
}
