/** ^C at any moment: the run ends at the next safe point, gives its Leases back, and the next one goes on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EngineError, kinds } from '../../lib/cluster';
import { isOurs } from '../../lib/core';
import { sample, sampleBase } from './app';
import { simulated } from './simulated.world';
import { find, ours, release, userApplies, versions } from './world';

const v2 = sample({ a: { version: 'v2' } });
const request = { rollout: 'rollout-a', approve: ['rollout-a#1/step-1'] };

test('R5 interrupted at any moment, as often as you like', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 5 }), async (moments) => {
      const world = await simulated.make();
      await userApplies(world, sampleBase);
      await release(world, sample(), { rollout: 'rollout-a' });
      for (const moment of moments) {
        const interruption = new AbortController();
        const timer = world.clock
          .sleep(moment)
          .then(() => interruption.abort(new EngineError('interrupted', 'test', 'stopped')));
        const ended = await release(world, v2, request, { signal: interruption.signal }).catch(
          (error: EngineError) => error,
        );
        if (ended instanceof EngineError) {
          expect(ended).toMatchObject({ code: 'interrupted' });
          expect(ended.at).toMatch(/^rollout-a/);
        }
        const leases = await world.user.list(kinds.lease, { namespace: world.namespace });
        expect(leases.map(({ spec }) => (spec as { holderIdentity?: string }).holderIdentity)).toEqual(
          leases.map(() => undefined),
        );
        await timer;
      }
      await release(world, v2, request);
      expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v2', 'v2', 'v2']);
      expect(await ours(world)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test('R6 a run whose Lease was taken writes nothing more', async () => {
  const world = await simulated.make();
  await userApplies(world, sampleBase);
  await release(world, sample(), { rollout: 'rollout-a' });
  const running = release(world, sample({ a: { version: 'unready' } }), { rollout: 'rollout-a', timeout: 60 });
  await world.clock.sleep(3000);
  await world.user.patch(
    { ...kinds.lease, name: 'graylane-rollout-rollout-a', namespace: world.namespace },
    { spec: { holderIdentity: 'other' } },
  );
  await expect(running).rejects.toMatchObject({ code: 'lease-lost' });
  const lease = await find(world, kinds.lease, 'graylane-rollout-rollout-a');
  expect((lease?.spec as { holderIdentity?: string }).holderIdentity).toBe('other');
  expect(isOurs(lease!)).toBe(true);
});
