/** A lane as a resource of its own, in the stack of its rollouts or in another. */
import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import type { DeclaredLane } from '../../lib/pulumi/state';
import { approvalOf } from '../cluster/approvals';
import { find, ingressKind, ours } from '../cluster/world';
import { inLane, lane } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';
import { away } from './trouble';

let here: Scene;
let stack: ModelStack<DeclaredLane>;

beforeEach(async () => {
  here = await scene();
  stack = here.lane();
  await stack.up(lane());
});

const annotations = async () => (await find(here.world, ingressKind, 'spring-cloud-a'))?.metadata.annotations;
const a = (version: string) => inLane('rollout-a', 'spring-cloud-a', version);
const b = (version: string) => inLane('rollout-b', 'spring-cloud-b', version);

test('is registered, and its base is set up', async () => {
  expect(stack.kept!.outputs).toMatchObject({ reference: `${here.world.namespace}/mse-traffic`, schemaVersion: 1 });
  expect(await annotations()).toEqual({ 'mse.ingress.kubernetes.io/service-subset': '' });
  expect(await stack.refresh()).toBe(false);
  expect((await stack.up(lane())).operation).toBe('same');
  expect(await stack.refresh()).toBe(false);
});

test('R4 several rollouts share it: the route is there while one of them holds it', async () => {
  const [first, second] = [here.stack(), here.stack()];
  await first.up(a('v1'));
  await second.up(b('v1'));
  await first.up(a('v2'));
  await second.up(b('v2'));
  await first.up(a('v1'));
  expect(await ours(here.world)).toEqual(['Deployment spring-cloud-b-canary', 'Ingress spring-cloud-a-canary']);
  expect(second.kept!.outputs).toMatchObject({ gate: approvalOf('rollout-b#1/step-1') });
  expect((await second.up(b('v2'))).operation).toBe('same');
  await second.up(b('v1'));
  expect(await ours(here.world)).toEqual([]);
});

describe('while it is held', () => {
  beforeEach(async () => {
    const rollout = here.stack();
    await rollout.up(a('v1'));
    await rollout.up(a('v2'));
  });

  test('it is not deleted; the error names the holders', async () => {
    expect(await stack.destroy()).toMatch(new RegExp(`held by ${here.world.namespace}/rollout-a.*lane-held`));
    expect(stack.kept).toBeDefined();
  });

  test('it is not changed; the preview says so', async () => {
    const other = lane({ matches: [{ headers: [{ name: 'user', value: 'a' }] }] });
    const shown = await stack.preview(other);
    expect(shown.inputs.__plan).toEqual([
      expect.stringContaining(`not while it is held by ${here.world.namespace}/rollout-a`),
    ]);
    expect((await stack.up(other)).error).toMatch(/lane-held/);
  });
});

test('deleted, it gives back what its base was given', async () => {
  expect(await stack.destroy()).toBeUndefined();
  expect(await annotations()).toBeUndefined();
});

test('a change that was killed is seen, whatever is declared then', async () => {
  const before = stack.kept;
  await stack.up(lane({ matches: [{ headers: [{ name: 'user', value: 'a' }] }] }));
  stack.kept = before;
  expect((await stack.up(lane())).operation).toBe('update');
});

test('what somebody has made of its record is shown by a refresh, and set back', async () => {
  const { namespace, user } = here.world;
  const ref = { ...kinds.configMap, name: 'graylane-lane-mse-traffic', namespace };
  const spec = (await user.get(ref))!.data as { spec: string };
  await user.patch(ref, { data: { spec: spec.spec.replace('foo', 'bar') } });
  expect(await stack.refresh()).toBe(true);
  expect(JSON.stringify(stack.kept!.outputs.matches)).toContain('bar');
  expect((await stack.up(lane())).operation).toBe('update');
  expect((await user.get(ref))!.data).toEqual(spec);
  expect(await stack.refresh()).toBe(false);
});

test('its record is gone: a refresh shows it, and it is registered again', async () => {
  const { namespace, user } = here.world;
  await user.delete({ ...kinds.configMap, name: 'graylane-lane-mse-traffic', namespace });
  const before = stack.kept;
  expect(await stack.refresh()).toBe(true);
  expect(stack.kept).toBeUndefined();
  stack.kept = before;
  expect((await stack.up(lane())).operation).toBe('update');
  expect(await stack.refresh()).toBe(false);
});

test('a rename without an alias leaves the lane to its successor', async () => {
  await here.lane().up(lane({ resource: 'other', name: 'mse-traffic' }));
  expect(await stack.destroy()).toBeUndefined();
  expect((await here.stack().up(a('v1'))).error).toBe('');
});

describe('a second stack with the same lane', () => {
  const of = (stackName: string, over: Partial<DeclaredLane> = {}) =>
    lane({ reportAs: `urn:pulumi:${stackName}::shop::graylane:TrafficRoutingLane::mse-traffic`, ...over });
  const taken = /lane \S+mse-traffic is declared by .*stack shop\/dev.*reference.*adopt: true.*\(adoption-needed\)/s;
  let first: ModelStack<DeclaredLane>;
  let second: ModelStack<DeclaredLane>;
  const other = { matches: [{ headers: [{ name: 'user', value: 'a' }] }] };

  beforeEach(async () => {
    await stack.destroy();
    [first, second] = [here.lane(), here.lane()];
    await first.up(of('dev'));
  });

  test.each([
    ['as it is', {}],
    ['with other matches', other],
    ['under another name of the resource', { resource: 'mine', name: 'mse-traffic' }],
  ])('is refused by its preview, and by its update, %s', async (_, over) => {
    expect((await second.preview(of('prod', over))).error).toMatch(taken);
    here.use(away(here.world.api));
    const { inputs } = await second.preview(of('prod', over));
    here.use(here.world.api);
    await expect(here.laneMethods.create({ ...inputs, __plan: [] } as never)).rejects.toThrow(taken);
    expect((await first.up(of('dev'))).operation).toBe('same');
  });

  test('takes it over with adopt; the first one then touches it no more, and its preview says so', async () => {
    expect((await second.preview(of('prod', { adopt: true }))).inputs.__plan).toEqual([
      expect.stringMatching(/lane \S+mse-traffic: is taken over from .*stack shop\/dev/),
    ]);
    expect((await second.up(of('prod', { adopt: true }))).error).toBe('');
    expect((await first.up(of('dev'))).operation).toBe('same');
    for (const one of [await first.preview(of('dev', other)), await first.up(of('dev', other))]) {
      expect(one.error).toMatch(/stack shop\/prod.*pulumi state delete URN/s);
    }
    expect(await first.destroy()).toBeUndefined();
    expect((await second.up(of('prod', { adopt: true }))).operation).toBe('same');
    expect(await second.destroy()).toBeUndefined();
    expect(await annotations()).toBeUndefined();
  });

  test('is none where a resource or a whole stack was renamed', async () => {
    expect((await here.lane().up(of('dev', { resource: 'mine', name: 'mse-traffic' }))).error).toBe('');
    const renamed = here.lane();
    await renamed.up(of('dev'));
    expect((await renamed.up(of('stage', other))).error).toBe('');
  });
});

test('a bad one is refused in the preview', async () => {
  expect((await stack.preview(lane({ matches: [], weight: 0 }))).error).toMatch(/weight-invalid/);
});
