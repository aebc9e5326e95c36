/** What somebody has deleted or edited by hand: seen, told in the preview, and put right by one update. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError, kinds } from '../../lib/cluster';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { approvalOf } from '../cluster/approvals';
import { find, ingressKind, ours, versions } from '../cluster/world';
import { inLane, lane, web, workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';
import { forbidding, troubled } from './trouble';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
  await stack.up(web('v1'));
});

type Kind = { readonly apiVersion: string; readonly kind: string };

const remove = (kind: Kind, name: string) => here.world.user.delete({ ...kind, name, namespace: here.world.namespace });
const patch = (kind: Kind, name: string, change: object) =>
  here.world.user.patch({ ...kind, name, namespace: here.world.namespace }, change);

/** The preview names it, a refresh shows it, and one update puts it right: after it nothing is to do. */
async function expectRepair(program: DeclaredRollout, what: string): Promise<void> {
  const shown = await stack.preview(program);
  expect(shown).toMatchObject({ operation: 'update', error: '' });
  expect(shown.inputs.__plan).toContain(`web: puts right: ${what}`);
  expect(await stack.refresh()).toBe(true);
  expect(stack.kept!.outputs.message).toContain(what);
  // A refresh shows no outputs.
  expect(here.log.at(-1)).toContain(what);
  const done = await stack.up(program);
  expect(done.error).toBe('');
  expect(done.outputs.stage).toBe(shown.inputs.stage);
  expect(done.outputs.message).not.toContain(what);
  expect((await stack.up(program)).operation).toBe('same');
  await stack.refresh();
  expect((await stack.preview(program)).operation).toBe('same');
}

describe('at rest', () => {
  test('the Deployment is gone', async () => {
    await remove(kinds.deployment, 'web');
    await expectRepair(web('v1'), 'Deployment web is gone');
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
  });

  test('once more, although the repair before it has changed no ledger', async () => {
    for (let i = 0; i < 3; i++) {
      await remove(kinds.deployment, 'web');
      expect((await stack.up(web('v1'))).operation).toBe('update');
      expect(await find(here.world, kinds.deployment, 'web')).toBeDefined();
    }
    expect(await stack.refresh()).toBe(false);
  });

  test('without a refresh, seen by an update of the same program', async () => {
    await remove(kinds.deployment, 'web');
    expect((await stack.up(web('v1'))).operation).toBe('update');
    expect((await stack.up(web('v1'))).operation).toBe('same');
  });

  test('replicas that somebody has set are shown by a refresh, and set back', async () => {
    await patch(kinds.deployment, 'web', { spec: { replicas: 5 } });
    expect((await stack.preview(web('v1'))).operation).toBe('same');
    expect(await stack.refresh()).toBe(true);
    expect(stack.kept!.outputs).toMatchObject({ workload: { spec: { replicas: 5 } } });
    expect((await stack.up(web('v1'))).operation).toBe('update');
    expect(await versions(here.world, { app: 'web' })).toHaveLength(2);
    expect(await stack.refresh()).toBe(false);
  });

  test('replicas that nobody declares are left to whoever sets them', async () => {
    const { metadata, spec } = workload('web');
    const { replicas: _, ...free } = spec;
    const scaled = web('v1', { workload: { metadata, spec: free } });
    await stack.up(scaled);
    await patch(kinds.deployment, 'web', { spec: { replicas: 5 } });
    expect(await stack.refresh()).toBe(false);
    expect((await stack.up(scaled)).operation).toBe('same');
  });

  test('any field that is declared is shown by a refresh, and set back; what others have put beside it is none', async () => {
    const { metadata, spec } = workload('web');
    const patient = web('v1', { workload: { metadata, spec: { ...spec, minReadySeconds: 1 } } });
    await stack.up(patient);
    await patch(kinds.deployment, 'web', { spec: { revisionHistoryLimit: 3 } });
    expect(await stack.refresh()).toBe(false);
    await patch(kinds.deployment, 'web', { spec: { minReadySeconds: 9 } });
    expect((await stack.preview(patient)).operation).toBe('same');
    expect(await stack.refresh()).toBe(true);
    expect(stack.kept!.outputs).toMatchObject({ workload: { spec: { minReadySeconds: 9 } } });
    expect((await stack.up(patient)).operation).toBe('update');
    expect((await find(here.world, kinds.deployment, 'web'))!.spec).toMatchObject({ minReadySeconds: 1 });
  });

  test('somebody who may not try has a refresh all the same', async () => {
    await patch(kinds.deployment, 'web', { spec: { replicas: 5 } });
    here.use(forbidding(here.world.api, 'Deployment'));
    expect(await stack.refresh()).toBe(false);
  });

  test('the ledger is gone: a refresh shows it, and the update says what to do', async () => {
    await remove(kinds.configMap, 'graylane-rollout-web');
    expect(await stack.refresh()).toBe(true);
    expect(stack.kept!.outputs.message).toContain('ConfigMap graylane-rollout-web is gone');
    expect((await stack.up(web('v1'))).error).toMatch(/adopt: true/);
    expect((await stack.up(web('v1', { adopt: true }))).error).toBe('');
    expect(await stack.refresh()).toBe(false);
  });

  test('the namespace is gone: so is the rollout, for a refresh and for a destroy', async () => {
    const { namespace, user, clock } = here.world;
    const namespaceKind = { apiVersion: 'v1', kind: 'Namespace' };
    await user.apply({ ...namespaceKind, metadata: { name: namespace } });
    await user.delete({ ...namespaceKind, name: namespace });
    await clock.sleep(1000);
    const before = stack.kept;
    expect(await stack.refresh()).toBe(true);
    expect(stack.kept).toBeUndefined();
    stack.kept = before;
    expect(await stack.destroy()).toBeUndefined();
    expect((await stack.up(web('v1'))).error).toMatch(/make it first.*namespace-missing/);
  });

  test('an image that somebody has set is shown by a refresh; the update says why it is not put right', async () => {
    const { template } = workload('web', 'v9').spec;
    await patch(kinds.deployment, 'web', { spec: { template: { spec: template.spec } } });
    expect(await stack.refresh()).toBe(true);
    const done = await stack.up(web('v1'));
    expect(done.error).toMatch(/another template than the ledger says.*stable-drifted/);
  });
});

describe('at a gate', () => {
  beforeEach(async () => {
    await stack.up(web('v2'));
  });

  const asBefore = async () => {
    expect(await ours(here.world)).toEqual(['Deployment web-canary', 'Ingress web-canary', 'Service web-canary']);
    expect(await versions(here.world, { app: 'web-canary' })).toEqual(['v2']);
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    expect(stack.kept!.outputs).toMatchObject({ gate: approvalOf('web#1/step-1'), stage: 'step-1/route' });
  };

  test.each([
    ['Deployment', 'web', kinds.deployment],
    ['Deployment', 'web-canary', kinds.deployment],
    ['Service', 'web-canary', kinds.service],
    ['Ingress', 'web-canary', ingressKind],
  ])('%s %s is gone', async (kind, name, ref) => {
    await remove(ref, name);
    await expectRepair(web('v2'), `${kind} ${name} is gone`);
    await asBefore();
  });

  test.each([
    ['Deployment', 'web', kinds.deployment, { spec: { replicas: 5 } }, 'spec.replicas'],
    ['Deployment', 'web', kinds.deployment, { spec: { paused: null } }, 'spec.paused'],
    ['Deployment', 'web-canary', kinds.deployment, { spec: { replicas: 3 } }, 'spec.replicas'],
    ['Service', 'web-canary', kinds.service, { spec: { selector: { app: 'other' } } }, 'spec.selector.app'],
    ['Ingress', 'web-canary', ingressKind, { spec: { rules: [] } }, 'spec.rules[0]'],
  ])('%s %s was changed: %j', async (kind, name, ref, change, field) => {
    await patch(ref, name, change);
    await expectRepair(web('v2'), `${kind} ${name} was changed: ${field}`);
    await asBefore();
  });

  test("what the program itself changes is nobody else's doing", async () => {
    const program = web('v2', { workload: workload('web', 'v2', 4) });
    const shown = await stack.preview(program);
    expect(shown.operation).toBe('update');
    expect(shown.inputs.__plan).toEqual([]);
    expect((await stack.up(program)).error).toBe('');
    expect((await find(here.world, kinds.deployment, 'web'))!.spec).toMatchObject({ replicas: 4 });
    expect(await stack.refresh()).toBe(false);
    expect((await stack.up(program)).operation).toBe('same');
  });

  test('the way back makes nothing anew, and its preview does not say so', async () => {
    await remove(kinds.service, 'web-canary');
    const shown = await stack.preview(web('v1'));
    expect((shown.inputs.__plan as string[]).filter((line) => line.includes('puts right'))).toEqual([]);
    expect((await stack.up(web('v1'))).outputs).toMatchObject({ stage: 'stable' });
    expect(await ours(here.world)).toEqual([]);
  });

  test('no pod of the canary is available', async () => {
    await patch(kinds.deployment, 'web-canary', { spec: { replicas: 0 } });
    await here.world.clock.sleep(5000);
    await expectRepair(web('v2'), 'Deployment web-canary has no pod that is available');
    await asBefore();
  });

  test('the base is gone: the update says so', async () => {
    await remove(ingressKind, 'web');
    const shown = await stack.preview(web('v2'));
    expect(shown.operation).toBe('update');
    expect(shown.inputs.__plan).toEqual([expect.stringMatching(/Ingress .*web is not in the cluster.*object-missing/)]);
    expect((await stack.up(web('v2'))).error).toMatch(/object-missing/);
  });

  test('somebody who may not read all of it has a preview all the same', async () => {
    const api = troubled(here.world.api, (verb, kind) => {
      if (verb === 'list' && kind === 'Service') throw new ApiError(403, 'Forbidden', 'cannot list Service');
    });
    here.use(api);
    expect(await stack.preview(web('v2'))).toMatchObject({ operation: 'same', error: '' });
  });
});

test("a lane's route is gone while a rollout holds it", async () => {
  await here.lane().up(lane());
  stack = here.stack();
  const program = (version: string) => inLane('rollout-a', 'spring-cloud-a', version);
  await stack.up(program('v1'));
  await stack.up(program('v2'));
  await remove(ingressKind, 'spring-cloud-a-canary');
  expect((await stack.preview(program('v2'))).inputs.__plan).toEqual([
    'rollout-a: puts right: Ingress spring-cloud-a-canary is gone',
  ]);
  expect((await stack.up(program('v2'))).error).toBe('');
  expect(await find(here.world, ingressKind, 'spring-cloud-a-canary')).toBeDefined();
});
