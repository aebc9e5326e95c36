/** A Deployment of another name is another one: nobody would have approved its pods, and the old one would stay. */
import { describe, expect, test } from 'vitest';
import { kinds, type Progress, type UpRequest } from '../../lib/cluster';
import type { Declarations, RolloutSpec, Step } from '../../lib/core';
import { joined, laneRollout, sample, sampleBase, type Variant, web, webBase } from './app';
import { find, release, userApplies, type World, type Worlds } from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];

/** The same declarations with Deployment and rollout under other names; its pods keep their labels. */
function renamed(declared: Declarations, workload: string, rollout: (spec: RolloutSpec) => string): Declarations {
  return {
    ...declared,
    objects: declared.objects.map((object) => ({ ...object, metadata: { ...object.metadata, name: workload } })),
    rollouts: declared.rollouts.map((spec) => ({ ...spec, name: rollout(spec), workloadRef: { name: workload } })),
  };
}

/** Releases, and gives what was warned of. */
async function warned(world: World, declared: Declarations, request: Partial<UpRequest> = {}): Promise<string[]> {
  const told: Progress[] = [];
  await release(world, declared, request, { report: (one) => told.push(one) });
  return told.flatMap((one) => (one.is === 'warning' ? [one.what] : []));
}

const kept = ({ name }: RolloutSpec) => name;
const anew = () => 'shop';

interface Way {
  readonly name: string;
  readonly declare: (variant?: Variant) => Declarations;
}

const ways: readonly Way[] = [
  { name: 'with routing of its own', declare: (variant) => web(steps, variant) },
  { name: 'without a route', declare: (variant) => joined([{ replicas: 1 }], variant) },
  {
    name: 'in a lane',
    declare: (a = {}) => {
      const { objects, lanes } = sample({ a });
      return { objects: [objects[0]!], lanes, rollouts: [laneRollout('web', 'spring-cloud-a')] };
    },
  },
];

export function renamedScenarios({ make }: Worlds): void {
  describe.each(ways)('a renamed Deployment $name', ({ declare }) => {
    const before = declare().objects[0]!.metadata.name!;

    async function running(): Promise<World> {
      const world = await make();
      await userApplies(world, [...webBase, ...sampleBase]);
      await release(world, declare());
      return world;
    }

    const exists = async (world: World) => (await find(world, kinds.deployment, 'shop')) !== undefined;

    test.each([
      ['with a new image', declare({ version: 'v2' }), {}],
      ['with the same image', declare(), {}],
      ['with a new image, directly', declare({ version: 'v2' }), { direct: true }],
    ] as [string, Declarations, Partial<UpRequest>][])(
      'of the same rollout, %s: refused',
      async (_, declared, options) => {
        const world = await running();
        await expect(release(world, renamed(declared, 'shop', kept), options)).rejects.toMatchObject({
          problems: [
            {
              code: 'workload-renamed',
              subject: ['rollout web'],
              path: 'workloadRef.name',
              given: `shop, and was ${before}`,
            },
          ],
        });
        expect(await exists(world)).toBe(false);
      },
    );

    test('in mid-release: refused, and the old names go on', async () => {
      const world = await running();
      const v2 = declare({ version: 'v2' });
      await release(world, v2);
      for (const abort of [false, true])
        await expect(release(world, renamed(v2, 'shop', kept), { abort })).rejects.toThrow(/workload-renamed/);
      expect((await release(world, v2, { abort: true })).stage).toBe('stable');
    });

    test('of a rollout that is renamed, too: refused, unless it is made directly', async () => {
      const world = await running();
      const shop = renamed(declare({ version: 'v2' }), 'shop', anew);
      await expect(release(world, shop)).rejects.toMatchObject({
        problems: [
          {
            code: 'workload-renamed',
            subject: ['rollout shop'],
            given: expect.stringContaining(`/${before} of rollout web`) as string,
          },
        ],
      });
      expect(await exists(world)).toBe(false);
      await release(world, shop, { direct: true });
      expect(await exists(world)).toBe(true);
    });

    test('of a rollout that is renamed, too, as it runs: made, and what is left is told', async () => {
      const world = await running();
      const left = await warned(world, renamed(declare(), 'shop', anew));
      expect(await exists(world)).toBe(true);
      expect(left).toContainEqual(
        expect.stringMatching(new RegExp(`/${before} of rollout web is left behind, and serves beside .*shop until`)),
      );
    });

    test('beside which the old one stays declared, as it runs: made without a word', async () => {
      const world = await running();
      const shop = renamed(declare(), 'shop', anew);
      const both = {
        ...shop,
        objects: [...declare().objects, ...shop.objects],
        rollouts: [...declare().rollouts, ...shop.rollouts],
      };
      expect(await warned(world, both, { rollout: 'shop' })).not.toContainEqual(expect.stringContaining('left behind'));
    });
  });
}
