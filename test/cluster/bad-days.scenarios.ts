/** R5 and R6: sixty deaths, every call of a release that fails once, and ten runs at once on one lane. */
import { describe, expect, test } from 'vitest';
import { EngineError } from '../../lib/cluster';
import { retried } from '../../lib/cluster/port/retried-api';
import { sample, sampleBase } from './app';
import { mortal } from './mortal';
import { stumbling } from './stumbling';
import { getDeployment, ours, release, userApplies, usersObjects, versions, type World, type Worlds } from './world';

const v2 = sample({ a: { version: 'v2' } });
const both = sample({ a: { version: 'v2' }, b: { version: 'v2' } });
const request = { rollout: 'rollout-a', approve: ['rollout-a#1/step-1'] };
const rollouts = ['rollout-a', 'rollout-b'];

const deaths = Array.from({ length: 30 }, (_, i) => i + 1).flatMap((nth) => [
  { nth, after: false },
  { nth, after: true },
]);
/** Of the calls of one release those that fail; in six releases each does once. */
const EVERY = 6;
const ROUNDS = 20;
const AT_ONCE = 10;

export function badDaysScenarios({ name, make }: Worlds): void {
  const atRest = async (): Promise<World> => {
    const world = await make();
    await userApplies(world, sampleBase);
    for (const rollout of rollouts) await release(world, sample(), { rollout });
    return world;
  };

  const expectRest = async (world: World, version: string, users: unknown): Promise<void> => {
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual([version, version, version]);
    expect((await getDeployment(world, 'spring-cloud-a')).spec.paused).toBeUndefined();
    expect(await ours(world)).toEqual([]);
    expect(await usersObjects(world)).toEqual(users);
  };

  describe(`bad days, ${name}`, () => {
    test.each(deaths)('R5 dies at write $nth, after it is done: $after', async ({ nth, after }) => {
      const world = await atRest();
      const users = await usersObjects(world);
      const { api, died } = mortal(world.api, nth, after);
      await release(world, v2, request, { api }).catch((error: unknown) => {
        if (!died()) throw error;
      });
      expect(died()).toBe(true);
      await release(world, v2, request);
      await expectRest(world, 'v2', users);
    });

    test('R5 every call fails once, and no run has to be run again', async () => {
      let failed = 0;
      for (let first = 0; first < EVERY; first++) {
        const world = await atRest();
        const users = await usersObjects(world);
        const { api, stumbled } = stumbling(world.api, first, EVERY);
        const around = { clock: world.clock, jitter: () => 0.5, log: () => {} };
        await release(world, v2, request, { api: retried(api, around) });
        await expectRest(world, 'v2', users);
        failed += stumbled();
      }
      expect(failed).toBeGreaterThanOrEqual(200);
    });

    test('R6 ten runs at once on one lane end as if they had come one after the other', async () => {
      const world = await atRest();
      const users = await usersObjects(world);
      for (let round = 0; round < ROUNDS; round++) {
        const runs = Array.from({ length: AT_ONCE }, (_, i) => {
          const rollout = rollouts[i % 2]!;
          return release(world, both, { rollout, ...(i % 5 === 4 && { abort: true }) });
        });
        for (const run of await Promise.allSettled(runs)) {
          if (run.status === 'rejected') expect(run.reason).toBeInstanceOf(EngineError);
        }
        for (const rollout of rollouts) await release(world, sample(), { rollout, abort: true });
        await expectRest(world, 'v1', users);
      }
    });
  });
}
