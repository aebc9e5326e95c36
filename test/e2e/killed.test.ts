/** R5 a `pulumi` that is killed: the next update goes on and reaches the right end, with no look into the state. */
import { describe, expect, test } from 'vitest';
import { ours, versions } from '../cluster/world';
import { approve, sample } from './release';
import { scenes } from './suite';

const scene = scenes();

/** Every write of an update is tried on the simulated cluster, in test/pulumi/failures.test.ts. */
const cases = [
  { stage: 'step-1/canary', next: 'v2', end: 'step-1/route' },
  { stage: 'step-1/canary', next: 'v1', end: 'stable' },
  { stage: 'step-1/route', next: 'v3', end: 'step-1/route' },
  { stage: 'promote/stable', next: 'v2', end: 'stable' },
  { stage: 'promote/stable', next: 'v1', end: 'stable' },
  { stage: 'promote/unroute', next: 'v2', end: 'stable' },
  { stage: 'promote/unroute', next: 'v3', end: 'step-1/route' },
];

describe('R5 killed at a stage', () => {
  test.each(cases)('$stage, then $next', async ({ stage, next, end }) => {
    const { stack, world, namespace } = await scene();
    // Slow enough to be killed while the stage settles.
    const readyAfter = '3s';
    await stack.up(sample(namespace, { readyAfter }));
    const v2 = sample(namespace, { a: 'v2', readyAfter });
    const promotes = stage.startsWith('promote/');
    if (promotes) await stack.up(v2);
    await stack.upKilledAt(`rollout-a: ${stage}`, v2, promotes ? approve('rollout-a#1/step-1') : {});

    const program = sample(namespace, { a: next, readyAfter });
    const shown = await stack.preview(program);
    expect(shown.changes).toMatchObject({ update: 1 });
    const { outputs } = await stack.up(program);
    expect(outputs).toMatchObject({ a: { stage: end } });
    const atRest = end === 'stable';
    expect(await versions(world, atRest ? { app: 'spring-cloud-a' } : { 'graylane.io/track': 'canary' })).toEqual(
      atRest ? [next, next] : [next],
    );
    expect(await ours(world)).toHaveLength(atRest ? 0 : 2);
    expect((await stack.up(program)).changes).toEqual({ same: 4 });
  });
});
