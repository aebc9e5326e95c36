/** What the options of a resource mean for its rollout, as they do for a native Deployment. */
import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import { getDeployment, ours } from '../cluster/world';
import { web, workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';
import { troubled } from './trouble';
import type { DeclaredRollout } from '../../lib/pulumi/state';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
});

describe("ignoreChanges: ['workload.spec.replicas']", () => {
  const left = (version: string, over: Partial<DeclaredRollout> = {}) =>
    web(version, { replicasIgnored: true, steps: [{ replicas: '50%', traffic: '20%' }], ...over });
  const replicas = async (name = 'web') => (await getDeployment(here.world, name)).spec.replicas;
  const scale = (to: number) =>
    here.world.user.patch(
      { ...kinds.deployment, name: 'web', namespace: here.world.namespace },
      { spec: { replicas: to } },
    );

  beforeEach(async () => {
    await stack.up(left('v1'));
  });

  test('a Deployment that is made has what is declared', async () => {
    expect(await replicas()).toBe(2);
  });

  test('a release keeps what somebody has set, on its way, back and to its end; percentages are of that', async () => {
    await scale(5);
    const shown = await stack.preview(left('v2'));
    expect((shown.inputs.__plan as string[]).join('\n')).toContain('web-canary (3 x');
    await stack.up(left('v2'));
    expect([await replicas(), await replicas('web-canary')]).toEqual([5, 3]);
    await stack.up(left('v1'));
    expect(await replicas()).toBe(5);
    await stack.up(left('v2'));
    await scale(6);
    await here.approve('web#2/step-1');
    expect((await stack.up(left('v2'))).outputs).toMatchObject({ stage: 'stable' });
    expect(await replicas()).toBe(6);
  });

  test('and so does a direct update, a change beside the template, and a rollout in which it was declared before', async () => {
    await stack.up(web('v1'));
    await scale(5);
    const { metadata, spec } = workload('web');
    const labelled = { metadata: { ...metadata, labels: { team: 'shop' } }, spec };
    expect((await stack.up(left('v1', { workload: labelled }))).operation).toBe('update');
    expect(await replicas()).toBe(5);
  });

  test('nor does the way back of a destroy lower it', async () => {
    await stack.up(left('v2'));
    await scale(5);
    const seen: unknown[] = [];
    const { api } = here.world;
    here.use(
      troubled(api, (verb, kind) => {
        if (verb === 'delete' && kind === 'Deployment') seen.push(replicas());
      }),
    );
    expect(await stack.destroy()).toBeUndefined();
    expect(await seen[0]).toBe(5);
  });

  test('what somebody has set is no change, refreshed or not', async () => {
    await scale(5);
    expect(await stack.refresh()).toBe(false);
    expect((await stack.up(left('v1'))).operation).toBe('same');
    expect(await replicas()).toBe(5);
    expect(stack.kept!.outputs).toMatchObject({ workload: { spec: { replicas: 2 } } });
  });

  test('a Deployment that is gone is made with what is declared', async () => {
    await here.world.user.delete({ ...kinds.deployment, name: 'web', namespace: here.world.namespace });
    await stack.up(left('v1'));
    expect(await replicas()).toBe(2);
  });

  test('one that is adopted keeps its number', async () => {
    await scale(5);
    const other = here.stack();
    expect((await other.up(left('v1', { resource: 'shop', adopt: true }))).error).toBe('');
    expect(await replicas()).toBe(5);
    expect(await ours(here.world)).toEqual([]);
  });
});

describe('customTimeouts', () => {
  const hasty = (version: string, over: Partial<DeclaredRollout> = {}) =>
    web(version, { customTimeouts: { create: 20, update: 30, delete: 40 }, ...over });
  /** Seconds until it fails. */
  const patience = async (act: () => Promise<{ readonly error: string }>) => {
    const begun = here.world.clock.now();
    expect((await act()).error).toMatch(/\(deadline\)/);
    return Math.round((here.world.clock.now() - begun) / 1000);
  };

  test('a create waits as long as they say', async () => {
    expect(await patience(() => stack.up(hasty('broken')))).toBe(20);
  });

  test('and so does an update', async () => {
    await stack.up(hasty('v1'));
    expect(await patience(() => stack.up(hasty('broken')))).toBe(30);
  });

  test('timeout precedes them', async () => {
    await stack.up(hasty('v1'));
    expect(await patience(() => stack.up(hasty('broken', { timeout: 50 })))).toBe(50);
  });

  test('one that is changed is a change', async () => {
    await stack.up(hasty('v1'));
    expect((await stack.up(hasty('v1', { customTimeouts: { delete: 5 } }))).operation).toBe('update');
    expect(stack.kept!.outputs).toMatchObject({ customTimeouts: { delete: 5 } });
  });
});
