/** R5 on the real API server: runs that die at some of their writes; the next one goes on and reaches the same end. */
import { expect, test } from 'vitest';
import { sample, sampleBase } from '../app';
import { mortal } from '../mortal';
import { getDeployment, ours, release, userApplies, usersObjects, versions } from '../world';
import { real } from './world';

const worlds = real();
const v2 = sample({ a: { version: 'v2' } });
const request = { rollout: 'rollout-a', approve: ['rollout-a#1/step-1'] };

/** Spread over the whole release; the simulated cluster tries every write. */
const deaths = [3, 8, 13, 18, 23, 28, 33, 38];

test.each(deaths.map((nth, i) => [nth, i % 2 === 0 ? 'before' : 'after'] as const))(
  'R5 dies at write %i, %s it is done',
  async (nth, when) => {
    const world = await worlds.make();
    await userApplies(world, sampleBase);
    await release(world, sample(), { rollout: 'rollout-a' });
    const users = await usersObjects(world);
    const { api, died } = mortal(world.api, nth, when === 'after');
    await release(world, v2, request, { api }).catch((error: unknown) => {
      if (!died()) throw error;
    });
    const done = await release(world, v2, request);
    expect(done.stage).toBe('stable');
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v2', 'v2', 'v2']);
    expect((await getDeployment(world, 'spring-cloud-a')).spec.paused).toBeUndefined();
    expect(await ours(world)).toEqual([]);
    expect(await usersObjects(world)).toEqual(users);
  },
);
