/** A cluster that does not answer: an error that says how to go on without it, or what was asked for instead. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError, kinds, readLane } from '../../lib/cluster';
import type { DeclaredLane, DeclaredRollout } from '../../lib/pulumi/state';
import { approvalOf } from '../cluster/approvals';
import { find, ours } from '../cluster/world';
import { inLane, lane, web } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';
import { away, killedAt, troubled } from './trouble';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
  await stack.up(web('v1'));
  await stack.up(web('v2'));
});

const goAway = () => here.use(away(here.world.api));
const comeBack = () => here.use(here.world.api);
const exists = async () => (await find(here.world, kinds.deployment, 'web')) !== undefined;

type Setting = readonly [how: string, set: () => void];

const skip: readonly Setting[] = [
  ['PULUMI_K8S_SKIP_UPDATE_UNREACHABLE', () => void (here.environment.PULUMI_K8S_SKIP_UPDATE_UNREACHABLE = 'true')],
  ['kubernetes:skipUpdateUnreachable', () => void (here.config['kubernetes:skipUpdateUnreachable'] = 'true')],
];
const forget: readonly Setting[] = [
  ['PULUMI_K8S_DELETE_UNREACHABLE', () => void (here.environment.PULUMI_K8S_DELETE_UNREACHABLE = 'true')],
  ['kubernetes:deleteUnreachable', () => void (here.config['kubernetes:deleteUnreachable'] = 'true')],
];

describe('without a word about it', () => {
  const ways = /PULUMI_K8S_SKIP_UPDATE_UNREACHABLE=true.*PULUMI_K8S_DELETE_UNREACHABLE=true.*\(unreachable\)/;

  test.each([
    ['a server that is away', () => goAway()],
    ['no server', () => here.use(undefined)],
  ])('%s: refresh, update and destroy fail with both ways out, and keep the state', async (_, begin) => {
    const before = stack.kept;
    begin();
    await expect(stack.refresh()).rejects.toThrow(ways);
    expect(await stack.destroy()).toMatch(ways);
    expect((await stack.up(web('v1'))).error).toMatch(ways);
    expect(stack.kept).toEqual(before);
  });
});

describe.each(skip)('%s', (_, set) => {
  beforeEach(set);

  test('a refresh and an update leave the resource as it is, and say so', async () => {
    const before = stack.kept!.outputs;
    goAway();
    expect(await stack.refresh()).toBe(false);
    const done = await stack.up(web('v3'));
    expect([done.error, done.outputs]).toEqual(['', before]);
    expect(
      here.log.filter((line) => /^web: skipped, for its cluster does not answer: .*ECONNREFUSED/.test(line)),
    ).toHaveLength(2);
    comeBack();
    // What was skipped is to be done still.
    expect((await stack.preview(web('v3'))).operation).toBe('update');
    expect((await stack.up(web('v3'))).outputs).toMatchObject({ gate: approvalOf('web#2/step-1') });
  });

  test('a destroy fails all the same: nothing would be left that knows of it', async () => {
    goAway();
    expect(await stack.destroy()).toMatch(/ECONNREFUSED/);
    expect(stack.kept).toBeDefined();
  });

  test('a create fails all the same', async () => {
    goAway();
    const other = here.stack();
    expect((await other.up(web('v1', { resource: 'other' }))).error).toMatch(/ECONNREFUSED/);
    expect(other.kept).toBeUndefined();
  });

  test('nothing is skipped of a cluster that answers', async () => {
    expect((await stack.up(web('v1'))).outputs).toMatchObject({ stage: 'stable' });
    here.use(
      troubled(here.world.api, () => {
        throw new ApiError(403, 'Forbidden', 'not you');
      }),
    );
    await expect(stack.refresh()).rejects.toThrow(/forbidden/);
  });
});

describe.each(forget)('%s', (_, set) => {
  beforeEach(set);

  test.each([
    ['refresh', () => stack.refresh()],
    ['destroy', () => stack.destroy()],
  ])('a %s takes the resource out of the state, and says so', async (_, forgets) => {
    goAway();
    await forgets();
    expect(stack.kept).toBeUndefined();
    expect(here.log).toContainEqual(
      expect.stringMatching(/^web: taken out of the state, for its cluster does not answer/),
    );
    expect(await exists()).toBe(true);
  });

  test('a lane too', async () => {
    const lanes: ModelStack<DeclaredLane> = here.lane();
    await lanes.up(lane());
    goAway();
    expect(await lanes.destroy()).toBeUndefined();
    expect(lanes.kept).toBeUndefined();
  });

  test('an update fails all the same', async () => {
    goAway();
    expect((await stack.up(web('v1'))).error).toMatch(/ECONNREFUSED/);
    expect(stack.kept).toBeDefined();
  });

  test('a cluster that goes away while it is cleared is not given up', async () => {
    here.use(killedAt(here.world.api, 6).api);
    expect(await stack.destroy()).toMatch(/killed/);
    expect(stack.kept).toBeDefined();
    comeBack();
    expect(await stack.destroy()).toBeUndefined();
    expect(await ours(here.world)).toEqual([]);
  });

  test('a cluster that answers is cleared as ever', async () => {
    expect(await stack.refresh()).toBe(false);
    expect(await stack.destroy()).toBeUndefined();
    expect(await exists()).toBe(false);
  });
});

test('one of two clusters that is away leaves the other to the rest of the program', async () => {
  here.environment.PULUMI_K8S_DELETE_UNREACHABLE = 'true';
  await here.lane().up(lane());
  const there = here.stack();
  await there.up(inLane('rollout-a', 'spring-cloud-a', 'v1'));
  goAway();
  await stack.refresh();
  comeBack();
  expect(await there.refresh()).toBe(false);
  expect(await there.destroy()).toBeUndefined();
  const { namespace } = here.world;
  expect(await readLane(here.world.api, { name: 'mse-traffic', namespace })).toBeDefined();
});
