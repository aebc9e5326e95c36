/** A Job that walks a release, and what happens to it meanwhile. */
import { describe, expect, test } from 'vitest';
import { kinds } from '../../../lib/cluster';
import type { Step } from '../../../lib/core';
import { eventually, find, ours, versions } from '../world';
import { followScenarios } from '../follow.scenarios';
import { detachedScene } from './detached';
import { real } from './world';

const worlds = real();

followScenarios(worlds);

const manual: Step[] = [{ replicas: 1, traffic: '20%', pause: {} }];
const image = ['--detach', '--image', 'example.com/graylane:0.1.0'];
const timed: Step[] = [
  { replicas: 1, traffic: '20%', pause: { duration: 2 } },
  { replicas: 2, traffic: '60%', pause: { duration: 2 } },
];

describe('a release that is left to a Job', () => {
  const { world, node, up, ends } = detachedScene(worlds);

  test('timed gates pass by themselves, also after a node that lost its power; at rest nothing runs', async () => {
    expect(await up('v2', timed, ...image)).toMatchObject({ code: 0 });
    await eventually(world(), 'the first step', async () => node().output.includes('step-1/canary'));
    node().killAll();
    // Its controller makes another pod after 10 s, and the Lease of the first is free after 15 s.
    await eventually(world(), 'the second pod', async () => node().starts === 2);
    await eventually(world(), 'the last stage', async () => node().output.includes('promote/unroute'));
    await ends();
    expect(node().starts).toBe(2);
    expect(await versions(world(), { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    expect(await ours(world())).toEqual([]);
    // The rest of an hour is left out.
    const [job] = await world().user.list(kinds.job, { namespace: world().namespace });
    const { name } = job!.metadata;
    await world().user.patch(
      { ...kinds.job, name, namespace: world().namespace },
      { spec: { ttlSecondsAfterFinished: 0 } },
    );
    await eventually(world(), 'the end of the Job and its input', async () => {
      return !(await find(world(), kinds.job, name)) && !(await find(world(), kinds.configMap, name));
    });
  });

  test('an abort from outside while it walks: it gives its Lease up, and ends', async () => {
    await up('unready', manual, ...image);
    await eventually(world(), 'the wait for the canary', async () => node().output.includes('waiting: canary'));
    expect(await up('unready', manual, '--abort')).toMatchObject({ code: 0 });
    expect(await ours(world())).toEqual([]);
    await ends();
    expect(await versions(world(), { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
  });
});
