/** A release that is left to a Job: at night, on the real API server, and nobody is there. */
import { describe, expect, test } from 'vitest';
import { kinds } from '../../../lib/cluster';
import type { Step } from '../../../lib/core';
import { eventually, ours, versions } from '../world';
import { detachedScene } from './detached';
import { real } from './world';

const worlds = real();
const manual: Step[] = [{ replicas: 1, traffic: '20%', pause: {} }];
const image = ['--detach', '--image', 'example.com/graylane:0.1.0'];

describe('a release that is left to a Job', () => {
  const { world, node, up, run, isOpen, holder, ends } = detachedScene(worlds);

  test('the night: a canary dies, its route closes within 60 s, and it comes back; in the morning it is approved', async () => {
    const left = await up('v2', manual, ...image);
    expect(left).toMatchObject({ code: 0, err: expect.not.stringContaining('error') as string });
    expect(left.out).toMatch(/^web: Job \S+\/graylane-up-web-\w+ goes on with it: graylane status/m);
    await eventually(world(), 'the gate', async () => node().output.includes('step-1/route') && (await isOpen()));
    // A Lease is given back when the gate is reached.
    await eventually(world(), 'the run at its gate', async () => (await holder()) === undefined);
    expect((await run(['status'])).out).toMatch(/Job graylane-up-web-\w+ {2}goes on with it/);

    const died = Date.now();
    await world().user.delete({ ...kinds.deployment, name: 'web-canary', namespace: world().namespace });
    await eventually(world(), 'the closed route', async () => !(await isOpen()));
    expect(Date.now() - died).toBeLessThan(60_000);
    await eventually(world(), 'the route to the new canary', isOpen);
    expect(await versions(world(), { app: 'web-canary' })).toEqual(['v2']);

    await eventually(world(), 'the gate once more', async () => (await holder()) === undefined);
    const [gate = ''] = /web#1-\w+\/step-1/.exec((await run(['status'])).out) ?? [];
    expect(await up('v2', manual, '--approve', gate)).toMatchObject({ code: 0 });
    expect(await versions(world(), { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    expect(await ours(world())).toEqual([]);
    await ends();
  });
});
