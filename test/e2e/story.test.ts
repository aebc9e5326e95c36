/** The seed's story, by the real `pulumi` on a real API server, from the packed tarball. */
import { describe, expect, test } from 'vitest';
import { ours, versions } from '../cluster/world';
import { sample } from './release';
import { scenes } from './suite';

const scene = scenes();

describe('a release of a, then of b while a waits', () => {
  test('goes gate by gate', async () => {
    const { stack, world, namespace } = await scene();
    const first = await stack.up(sample(namespace));
    console.log(first.text, first.outputs);
    expect(first.outputs).toMatchObject({ a: { stage: 'stable' }, b: { stage: 'stable' } });
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1']);

    const previewed = await stack.preview(sample(namespace, { a: 'v2' }));
    console.log(previewed.text);
    const waiting = await stack.up(sample(namespace, { a: 'v2' }));
    console.log(waiting.text, waiting.outputs);
    const again = await stack.up(sample(namespace, { a: 'v2' }));
    console.log(again.text, again.outputs);
    const done = await stack.up(sample(namespace, { a: 'v2' }), { GRAYLANE_APPROVE: 'rollout-a#1/step-1' });
    console.log(done.text, done.outputs);
    expect(await ours(world)).toEqual([]);
    const destroyed = await stack.destroy();
    console.log(destroyed.text);
  });
});
