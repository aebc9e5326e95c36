/** Gates: what passes them, and what does not. */
import { beforeEach, describe, expect, test } from 'vitest';
import { approvalTexts, type Percentage, revisionOf } from '../../lib/core';
import { requestOf } from '../../lib/pulumi/resource-kinds/rollout-request';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { approvalOf } from '../cluster/approvals';
import { ours, release, versions } from '../cluster/world';
import { web, workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack, Result } from './stack';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
  await stack.up(web('v1'));
});

/** An update; what it does must be what its preview said: the stages that it goes through, and where it ends. */
async function up(declared: DeclaredRollout, approve = ''): Promise<Result> {
  await here.approve(...approvalTexts(approve));
  const shown = await stack.preview(declared);
  here.log.length = 0;
  const done = await stack.up(declared);
  expect(done.error).toBe('');
  const stages = (lines: readonly string[]) =>
    lines
      .map((line) => /^web: (step-\d\/\w+|promote\/\w+|abort\/\w+|stable|start)(:|$)/.exec(line)?.[1])
      .filter(Boolean);
  expect(stages(here.log)).toEqual(stages(shown.inputs.__plan as string[]));
  expect(done.outputs).toMatchObject({ stage: shown.inputs.stage });
  if (done.operation !== 'same') expect(done.outputs.gate).toBe(shown.inputs.gate);
  return done;
}

const two: Pick<DeclaredRollout, 'steps'> = {
  steps: [
    { replicas: 1, traffic: '20%' },
    { replicas: 2, traffic: '50%' },
  ],
};

describe('a manual gate', () => {
  test('is an output in every state: empty where nothing waits', async () => {
    const atRest = await stack.preview(web('v1'));
    expect([atRest.inputs.gate, stack.kept!.outputs.gate]).toEqual(['', '']);
    const broken = await stack.up(web('broken', { timeout: 30 }));
    expect(broken.outputs.gate).toBe('');
    await stack.refresh();
    expect(stack.kept!.outputs.gate).toBe('');
  });

  test('stops the release; the message says how to go on', async () => {
    expect(await stack.refresh()).toBe(false);
    const { operation, outputs } = await up(web('v2'));
    const { gate } = outputs;
    expect(operation).toBe('update');
    expect(await stack.refresh()).toBe(false);
    expect(outputs).toMatchObject({
      stage: 'step-1/route',
      message: `web waits at step-1; to go on: GRAYLANE_APPROVE=${gate as string} pulumi up`,
    });
    expect((await up(web('v2'))).operation).toBe('same');
    expect(await stack.refresh()).toBe(false);
  });

  test.each([
    ['the environment', (gate: string) => (here.environment.GRAYLANE_APPROVE = `other#1-5f0c1e9ab3d2/step-1, ${gate}`)],
    ['the configuration', (gate: string) => (here.config['graylane:approve'] = gate)],
  ])('is passed by an approval in %s', async (_, approve) => {
    approve((await up(web('v2'))).outputs.gate as string);
    expect((await stack.up(web('v2'))).outputs).toMatchObject({ stage: 'stable' });
    expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
    expect(await ours(here.world)).toEqual([]);
  });

  test('a job that runs twice passes one gate', async () => {
    await up(web('v2', two));
    expect((await up(web('v2', two), 'web#1/step-1')).outputs).toMatchObject({ gate: approvalOf('web#1/step-2') });
    expect((await up(web('v2', two), 'web#1/step-1')).operation).toBe('same');
  });

  test('a leftover approval does not pass a later release', async () => {
    await up(web('v2'));
    await up(web('v2'), 'web#1/step-1');
    expect((await up(web('v3'), 'web#1/step-1')).outputs).toMatchObject({ gate: approvalOf('web#2/step-1') });
  });

  test('an approval that is none is refused', async () => {
    here.environment.GRAYLANE_APPROVE = 'web';
    expect((await stack.up(web('v2'))).error).toMatch(/ROLLOUT#RELEASE\/step-N/);
  });

  test('one of earlier versions is refused by the preview, with what to give instead, and holds up no way back', async () => {
    const { gate } = (await up(web('v2'))).outputs;
    here.environment.GRAYLANE_APPROVE = 'web#1/step-1';
    const { error } = await stack.preview(web('v2'));
    expect(error).toContain('release: web#1/step-1 names its release by the number alone');
    expect(error).toContain(`write ${gate as string} if you mean the release that is under way, or take it away`);
    expect((await stack.up(web('v1'))).outputs).toMatchObject({ stage: 'stable' });
    expect((await stack.preview(web('v2'))).error).toContain('take it away: release 1 is not under way');
  });

  test('what passed a gate does not pass it again after the release has gone back to it', async () => {
    await up(web('v2', two));
    const { gate } = stack.kept!.outputs;
    await up(web('v2', two), gate as string);
    const declared = { ...web('v2', two), name: 'web', namespace: here.world.namespace, cluster: '' };
    await release(here.world, requestOf(declared).declarations, { to: 1 });
    expect((await up(web('v2', two), gate as string)).outputs).toMatchObject({ stage: 'step-1/route' });
    expect(stack.kept!.outputs.gate).not.toBe(gate);
  });
});

describe('a plan that is edited in mid-release', () => {
  const steps = (...traffic: Percentage[]) => ({
    steps: traffic.map((share, i) => ({ replicas: i + 1, traffic: share })),
  });
  const atSecond = async () => {
    await up(web('v2', two));
    expect((await up(web('v2', two), 'web#1/step-1')).outputs).toMatchObject({ gate: approvalOf('web#1/step-2') });
  };
  const plan = async (declared: DeclaredRollout) => {
    const { inputs, error } = await stack.preview(declared);
    expect(error).toBe('');
    return (inputs.__plan as string[]).join('\n');
  };

  test('at its current step: the preview shows the new route, and the update opens it', async () => {
    await atSecond();
    const edited = web('v2', steps('20%', '70%'));
    expect(await plan(edited)).toMatch(/^web: step-2\/route: .*\(route 70%/m);
    expect((await up(edited)).outputs).toMatchObject({ gate: approvalOf('web#1/step-2') });
  });

  test('at an earlier step: the release stays where it is', async () => {
    await atSecond();
    expect(await plan(web('v2', steps('30%', '50%')))).not.toMatch(/TypeError|not known/);
    expect((await up(web('v2', steps('30%', '50%')))).outputs).toMatchObject({ gate: approvalOf('web#1/step-2') });
  });

  test('to fewer steps: the preview says what becomes of the route of the one that is gone', async () => {
    await atSecond();
    const shortened = web('v2', { steps: [{ replicas: 2, traffic: '20%' }] });
    expect(await plan(shortened)).toMatch(/^web: step-1\/route: .*\(route 20%/m);
    expect((await up(shortened)).outputs).toMatchObject({ gate: approvalOf('web#1/step-1') });
  });

  test('to fewer steps and the old image: the way back', async () => {
    await atSecond();
    const shortened = web('v1', { steps: [{ replicas: 2, traffic: '20%' }] });
    expect(await plan(shortened)).toMatch(/^web: abort\/unroute: .*deleted Ingress/m);
    expect((await up(shortened)).outputs).toMatchObject({ stage: 'stable' });
  });
});

describe("advance: 'onUp'", () => {
  const onUp = { ...two, advance: 'onUp' as const };

  test('each update passes the gate at which the one before ended', async () => {
    const gates = [];
    for (let i = 0; i < 3; i++) gates.push((await up(web('v2', onUp))).outputs.gate);
    expect(gates).toEqual([approvalOf('web#1/step-1'), approvalOf('web#1/step-2'), '']);
    expect((await up(web('v2', onUp))).operation).toBe('same');
  });

  test('an update that failed on its way to the gate passes nothing: the next one stops there', async () => {
    const broken = await stack.up(web('broken', { ...onUp, timeout: 30 }));
    expect(broken.operation).toBe('failed');
    expect((await up(web('v2', onUp))).outputs).toMatchObject({ gate: approvalOf('web#2/step-1') });
  });

  test('a gate that was reached by an update whose end was not seen is not passed', async () => {
    const before = stack.kept;
    await up(web('v2', onUp));
    stack.kept = before;
    expect((await up(web('v2', onUp))).outputs).toMatchObject({ gate: approvalOf('web#1/step-1') });
    expect((await up(web('v2', onUp))).outputs).toMatchObject({ gate: approvalOf('web#1/step-2') });
  });

  test('nor one to which somebody else has gone, refreshed or not', async () => {
    await up(web('v2', onUp));
    await here.stack().up(web('v2', two));
    const kept = stack.kept;
    const other = here.stack();
    other.kept = kept;
    await here.approve('web#1/step-1');
    await other.up(web('v2', two));
    expect(await stack.refresh()).toBe(true);
    expect(await up(web('v2', onUp))).toMatchObject({ operation: 'same', outputs: { stage: 'step-2/route' } });
    expect((await up(web('v2', onUp))).outputs).toMatchObject({ stage: 'stable' });
  });
});

describe('a timed gate', () => {
  const timed = (seconds: number, longestPause?: number): Partial<DeclaredRollout> => ({
    steps: [{ replicas: 1, traffic: '20%', pause: { duration: seconds } }],
    longestPause,
  });

  test('is waited for within an update', async () => {
    expect((await up(web('v2', timed(60)))).outputs).toMatchObject({ stage: 'stable' });
  });

  test('up to a limit; the next update after its time goes on', async () => {
    const { outputs } = await up(web('v2', timed(3600)));
    expect(outputs.message).toMatch(/^web waits at step-1 until 2026-01-01T0\d:\d\d:\d\d/);
    expect((await up(web('v2', timed(3600)))).operation).toBe('same');
    await here.world.clock.sleep(3_600_000);
    expect((await up(web('v2', timed(3600)))).outputs).toMatchObject({ stage: 'stable' });
  });
});

describe('other ways', () => {
  test('hold: no release begins, and one that is under way stays', async () => {
    expect((await up(web('v2', { hold: true }))).outputs).toMatchObject({ stage: 'stable' });
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    await up(web('v2'));
    expect((await up(web('v3', { hold: true }))).outputs).toMatchObject({ stage: 'step-1/route' });
  });

  test('abort: the old image again', async () => {
    await up(web('v2'));
    const { outputs } = await up(web('v1'));
    expect(outputs).toMatchObject({ stage: 'stable' });
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    expect(await ours(here.world)).toEqual([]);
  });

  test('R7 a third revision: the way back, then a release of its own', async () => {
    await up(web('v2'));
    const { outputs } = await up(web('v3'));
    expect(outputs).toMatchObject({ gate: approvalOf('web#2/step-1') });
    expect(await versions(here.world, { app: 'web-canary' })).toEqual(['v3']);
  });

  test('direct: a plain rolling update to the revision that is approved, and to no other', async () => {
    const revision = revisionOf(workload('web', 'v2').spec.template);
    here.environment.GRAYLANE_DIRECT = `web@${revision}`;
    expect((await up(web('v3'))).outputs).toMatchObject({ gate: approvalOf('web#1/step-1') });
    expect((await up(web('v2'))).outputs).toMatchObject({ stage: 'stable' });
    expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
    expect((await up(web('v2'))).operation).toBe('same');
  });

  test('replicas alone: an update, and no release', async () => {
    const { operation, outputs } = await up(web('v1', { workload: workload('web', 'v1', 3) }));
    expect({ operation, stage: outputs.stage }).toEqual({ operation: 'update', stage: 'stable' });
    expect(await versions(here.world, { app: 'web' })).toHaveLength(3);
  });
});
