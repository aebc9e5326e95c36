/** Updates of one program again and again, as an operator makes them: docs/pulumi-operator.md. And who is told. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { kinds } from '../../lib/cluster';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { find, ingressKind, ours, versions } from '../cluster/world';
import { receiver } from '../notify/receiver';
import { web } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
  await stack.up(web('v1'));
});

/** As often as the operator comes until the program has nothing to do any more, or `most` times. */
async function resyncs(declared: DeclaredRollout, most: number, seconds = 60): Promise<string[]> {
  const stages: string[] = [];
  for (let n = 0; n < most; n++) {
    const { error, operation } = await stack.up(declared);
    expect(error).toBe('');
    if (operation !== 'same') stages.push(stack.kept!.outputs.stage as string);
    await here.world.clock.sleep(seconds * 1000);
  }
  return stages;
}

describe('an operator that updates every minute', () => {
  const timed = {
    longestPause: 0,
    steps: [
      { replicas: 1, traffic: '20%', pause: { duration: 150 } },
      { replicas: 2, traffic: '50%', pause: { duration: 90 } },
    ],
  } as const;
  const manual = { longestPause: 0, steps: [{ replicas: 1, traffic: '20%' }] } as const;

  test('timed gates pass by themselves, and no update waits for them', async () => {
    expect(await resyncs(web('v2', timed), 8)).toEqual(['step-1/route', 'step-2/route', 'stable']);
    expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
    expect(await ours(here.world)).toEqual([]);
  });

  test("a gate waits for its approval in the stack's configuration, however often it comes", async () => {
    expect(await resyncs(web('v2', manual), 3)).toEqual(['step-1/route']);
    here.config['graylane:approve'] = stack.kept!.outputs.gate as string;
    expect(await resyncs(web('v2', manual), 3)).toEqual(['stable']);
    expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
  });

  test('R5 a canary that has died is seen by the next update: its route closes, and it comes back', async () => {
    await resyncs(web('v2', manual), 2);
    const ref = { ...kinds.deployment, name: 'web-canary', namespace: here.world.namespace };
    const before = (await find(here.world, ingressKind, 'web-canary'))!.metadata.uid;
    await here.world.user.delete(ref);
    expect(await resyncs(web('v2', manual), 1)).toEqual(['step-1/route']);
    expect((await find(here.world, ingressKind, 'web-canary'))!.metadata.uid).not.toBe(before);
    expect(await versions(here.world, { app: 'web-canary' })).toEqual(['v2']);
  });
});

describe('notifications', () => {
  test.each(['environment', 'config'] as const)('webhooks are told, by the %s of the stack', async (given) => {
    const hook = await receiver();
    try {
      const [url, secret] =
        given === 'environment'
          ? ['GRAYLANE_NOTIFY', 'GRAYLANE_NOTIFY_SECRET']
          : ['graylane:notify', 'graylane:notifySecret'];
      here[given][url] = hook.url;
      here[given][secret] = 'a secret';
      await stack.preview(web('v2'));
      await stack.up(web('v2'));
      const types = () => hook.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
      await vi.waitFor(() => expect(types()).toEqual(['release.stage', 'release.stage', 'release.gate']));
      expect(hook.received.every(({ headers }) => headers['webhook-signature'] !== undefined)).toBe(true);
    } finally {
      await hook.stop();
    }
  });

  test('what is no URL fails before anything is done, and is not shown', async () => {
    here.environment.GRAYLANE_NOTIFY = 'secret-text';
    const { error } = await stack.up(web('v2'));
    expect(error).toContain('notify-invalid');
    expect(error).not.toContain('secret-text');
    expect(await ours(here.world)).toEqual([]);
  });
});
