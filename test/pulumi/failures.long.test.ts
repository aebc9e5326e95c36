/** Every way in which an update can fail: what the user reads, what Pulumi keeps, and what the next update does. */
import { beforeEach, describe, expect, test } from 'vitest';
import { acquire, kinds } from '../../lib/cluster';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { engineOf, ours, versions } from '../cluster/world';
import { inLane, web } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';
import { away, forbidding, killedAt, troubled } from './trouble';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
});

const hasty = { timeout: 20 };

describe('an update that fails', () => {
  beforeEach(async () => {
    await stack.up(web('v1', hasty));
  });

  test('because the canary does not get ready: says which pod and why, keeps its outputs, and the same again resumes', async () => {
    const failed = await stack.up(web('broken', hasty));
    expect(failed.error).toMatch(/web-canary.*pod web-canary-\S+ ImagePullBackOff.*deadline/s);
    expect(stack.kept!.outputs).toMatchObject({
      stage: 'step-1/canary',
      cluster: 'simulated',
      workload: { metadata: { name: 'web' } },
    });
    const { operation, inputs } = await stack.preview(web('broken', hasty));
    expect(operation).toBe('update');
    expect((inputs.__plan as string[])[0]).toMatch(/^web: step-1\/canary: /);
    expect((await stack.up(web('v1', hasty))).outputs).toMatchObject({ stage: 'stable' });
    expect(await ours(here.world)).toEqual([]);
  });

  test('and is refreshed, still has something to do', async () => {
    await stack.up(web('broken', hasty));
    await stack.refresh();
    expect((await stack.preview(web('broken', hasty))).operation).toBe('update');
    expect((await stack.preview(web('v1', hasty))).operation).toBe('update');
  });

  test('because the API server is away: the preview warns and counts it as a change; nothing is wiped', async () => {
    const before = stack.kept!.outputs;
    here.use(away(here.world.api));
    const shown = await stack.preview(web('v1', hasty));
    expect(shown).toMatchObject({ operation: 'update', error: '' });
    expect(shown.inputs.__plan).toEqual([expect.stringContaining('ECONNREFUSED')]);
    expect((await stack.up(web('v2', hasty))).error).toMatch(/ECONNREFUSED.*\(unreachable\)/);
    expect(stack.kept!.outputs).toMatchObject({ stage: before.stage, workload: before.workload });
    here.use(here.world.api);
    expect((await stack.up(web('v2', hasty))).outputs).toMatchObject({ stage: 'step-1/route' });
  });

  test('because the user may not: says what', async () => {
    here.use(forbidding(here.world.api, 'Ingress'));
    expect((await stack.up(web('v2', hasty))).error).toMatch(/step-1\/route: cannot apply Ingress.*\(forbidden\)/);
    here.use(here.world.api);
    expect((await stack.up(web('v2', hasty))).outputs).toMatchObject({ stage: 'step-1/route' });
  });

  test('because somebody else is at it: says who, and within its time', async () => {
    const holder = await acquire(engineOf(here.world), {
      name: 'graylane-rollout-web',
      rollout: 'web',
      namespace: here.world.namespace,
      labels: {},
      patience: 0,
    });
    expect((await stack.up(web('v2', hasty))).error).toMatch(/held by \S+ since .*\(lease-held\)/);
    await holder.release();
  });

  test.each([
    ['steps: none', { steps: [] }, /steps.*steps-count/],
    ['replicas: 0', { steps: [{ replicas: 0 }] }, /steps\[0\]\.replicas.*replicas-invalid/],
    [
      'a workload without a name',
      { workload: { metadata: {}, spec: web('v1').workload.spec } },
      /workload\.metadata\.name.*workload-missing/,
    ],
    ['a StatefulSet', { workload: { ...web('v1').workload, kind: 'StatefulSet' } }, /workload-kind/],
    ['a secret in the workload', { secretWorkload: ['workload.spec'] }, /workload\.spec: .*unsecret.*workload-secret/],
  ])('of a bad spec already in the preview: %s', async (_, over, message) => {
    const shown = await stack.preview(web('v2', over));
    expect(shown.operation).toBe('failed');
    expect(shown.error).toMatch(message);
  });

  test('of a lane that is not there', async () => {
    expect((await here.stack().up(inLane('rollout-a', 'spring-cloud-a', 'v1'))).error).toMatch(/lane-not-found/);
  });

  test('of another cluster in mid-release', async () => {
    await stack.up(web('v2', hasty));
    here.use(troubled(here.world.api, () => {}, 'https://other'));
    expect((await stack.preview(web('v2', hasty))).error).toMatch(
      /cluster would change at step-1\/route.*\(cluster-changed\)/,
    );
  });
});

describe('a create that fails', () => {
  test('is kept once something was made; the next update goes on with it', async () => {
    const failed = await stack.up(web('broken', hasty));
    expect(failed.error).toMatch(/stable web: .*ImagePullBackOff/);
    expect(stack.kept).toMatchObject({ unfinished: true, outputs: { stage: 'stable', schemaVersion: 1 } });
    await stack.refresh();
    expect((await stack.preview(web('broken', hasty))).operation).toBe('update');
    const { operation, outputs } = await stack.up(web('v1', hasty));
    expect({ operation, stage: outputs.stage }).toEqual({ operation: 'update', stage: 'stable' });
    expect(await stack.destroy()).toBeUndefined();
    expect(await here.world.user.list(kinds.configMap, { namespace: here.world.namespace })).toEqual([]);
  });

  test('before anything was made leaves nothing in the state', async () => {
    here.use(away(here.world.api));
    expect((await stack.up(web('v1', hasty))).error).toMatch(/unreachable/);
    expect(stack.kept).toBeUndefined();
  });
});

test('somebody else goes on with the command line: the next preview knows, and a refresh tells', async () => {
  await stack.up(web('v1'));
  await stack.up(web('v2'));
  const other = here.stack();
  other.kept = stack.kept;
  await here.approve('web#1/step-1');
  await other.up(web('v2'));
  here.environment.GRAYLANE_APPROVE = '';
  expect((await stack.preview(web('v2'))).inputs).toMatchObject({ stage: 'stable', __plan: [] });
  expect(await stack.refresh()).toBe(true);
  expect(stack.kept!.outputs).toMatchObject({ stage: 'stable' });
  expect((await stack.up(web('v2'))).operation).toBe('same');
});

/** Each of them plays a release once for each write. */
describe('R5 killed before any of its writes', { timeout: 120_000 }, () => {
  test.each([
    ['the same program', 'v2'],
    ['a third revision', 'v3'],
    ['the old image', 'v1'],
  ])('on the way to a gate, then %s: the right end', async (_, next) => {
    await everyKill({ next, atGate: next !== 'v1' });
  });

  test.each([
    ['the same program', 'v2'],
    ['a third revision', 'v3'],
    ['the old image', 'v1'],
  ])('on the way from the gate, then %s: the right end', async (_, next) => {
    await everyKill({ approve: 'web#1/step-1', next });
  });
});

interface Kill {
  /** The killed update starts at the gate, with this approval; without it, before the release. */
  readonly approve?: string;
  /** Image of the program after it. */
  readonly next: string;
  /** Whether the update after it must end at a gate; undefined where that depends on how far the killed one came. */
  readonly atGate?: boolean;
}

/** Kills an update before its first write, its second and so on, until one gets through. */
async function everyKill({ approve = '', next, atGate }: Kill): Promise<void> {
  for (let write = 0; ; write++) {
    here = await scene();
    stack = here.stack();
    await stack.up(web('v1'));
    if (approve) await stack.up(web('v2'));
    const { kept } = stack;
    const killed = killedAt(here.world.api, write);
    here.use(killed.api);
    if (approve) await here.approve(approve);
    await stack.up(web('v2'));
    if (!killed.isDead()) return expect(write).toBeGreaterThan(5);
    // Nobody was there to write the state.
    stack.kept = kept;
    here.use(here.world.api);
    here.environment.GRAYLANE_APPROVE = '';
    await expectRightEnd(next, atGate);
  }
}

async function expectRightEnd(next: string, atGate: boolean | undefined): Promise<void> {
  const shown = await stack.preview(web(next));
  const { error, outputs } = await stack.up(web(next));
  expect(error).toBe('');
  expect(outputs.stage).toBe(shown.inputs.stage);
  if (atGate !== undefined) expect(outputs.stage).toBe(atGate ? 'step-1/route' : 'stable');
  // v3 never replaces what serves without a gate.
  if (next === 'v3') expect(outputs.stage).toBe('step-1/route');
  const atRest = outputs.stage === 'stable';
  expect(await versions(here.world, { app: atRest ? 'web' : 'web-canary' })).toEqual(atRest ? [next, next] : [next]);
  if (atRest) expect(await ours(here.world)).toEqual([]);
  expect((await stack.up(web(next))).operation).toBe('same');
}
