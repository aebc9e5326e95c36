/** Whose a Deployment is, on the real engine: adoption and the way back, renames, moves. What serves is never deleted. */
import { beforeEach, describe, expect, test } from 'vitest';
import { kinds, ownersOf } from '../../lib/cluster';
import { deployment } from '../cluster/app';
import { eventually, find, getDeployment, ours, userApplies, versions } from '../cluster/world';
import { alone, type Program, rolloutArgs } from './programs';
import { leftovers, type Scene, scenes } from './suite';

const scene = scenes();
const APP = 'spring-cloud-a';
let here: Scene;

beforeEach(async () => {
  here = await scene();
});

const ready = () =>
  eventually(
    here.world,
    'its pods',
    async () => (await getDeployment(here.world, APP)).status?.availableReplicas === 2,
  );
const pods = async () => {
  const all = await here.world.user.list(kinds.pod, { namespace: here.namespace, labels: { app: APP } });
  return all.map(({ metadata }) => metadata.uid).sort();
};
/** Managers of the image, apart from us: fields that a server fills in by itself stay with whoever made the Deployment. */
const otherManagers = async () =>
  ownersOf(await getDeployment(here.world, APP), [
    'f:spec',
    'f:template',
    'f:spec',
    'f:containers',
    'k:{"name":"main"}',
    'f:image',
  ]);

describe('a Deployment that exists is adopted without a restart, released, and left as it was', () => {
  const object = deployment(APP, { replicas: 2 });

  test.each([
    ['that kubectl has applied', () => userApplies(here.world, [object])],
    [
      'that nobody has applied',
      () => here.cluster.api.create(`/apis/apps/v1/namespaces/${here.namespace}/deployments`, object as never),
    ],
  ])('%s', async (_, make) => {
    const { stack, namespace } = here;
    await make();
    await ready();
    const before = await pods();
    await expect(stack.preview(alone(namespace, 'v1'))).rejects.toThrow(/adopt: true.*retainOnDelete/);
    await stack.upAsShown(alone(namespace, 'v1', { adopt: true }));
    expect(await pods()).toEqual(before);
    expect(await otherManagers()).toEqual([]);
    await stack.upAsShown(alone(namespace, 'v2', { adopt: true }));
    expect(await versions(here.world, { 'graylane.io/track': 'canary' })).toEqual(['v2']);
    await stack.destroy();
    expect(await pods()).toEqual(before);
    expect(await leftovers(here.world)).toEqual([`Deployment ${APP}`]);
  });
});

describe('a rename', () => {
  const named =
    (resource: string, version: string, opts: { aliases?: { name: string }[] } = {}, name?: string): Program =>
    async ({ graylane: { CanaryRollout } }) => {
      const args = { ...rolloutArgs(here.namespace, APP, version), ...(name !== undefined && { metadata: { name } }) };
      return { stage: new CanaryRollout(resource, args, opts).stage };
    };

  test('with an alias changes nothing in the cluster', async () => {
    await here.stack.up(named('rollout-a', 'v1'));
    const { metadata } = await getDeployment(here.world, APP);
    const { changes } = await here.stack.upAsShown(named('shop', 'v1', { aliases: [{ name: 'rollout-a' }] }));
    expect(changes).toEqual({ same: 2 });
    expect((await getDeployment(here.world, APP)).metadata.generation).toBe(metadata.generation);
  });

  test('without one is refused, and the old one goes on serving; with metadata.name it goes on in mid-release', async () => {
    await here.stack.up(named('rollout-a', 'v1'));
    expect(await here.stack.upFails(named('shop', 'v1'))).toMatch(/CanaryRollout.*shop.*\(adoption-needed\)/s);
    expect(await versions(here.world, { app: APP })).toEqual(['v1', 'v1']);
    await here.stack.up(named('rollout-a', 'v2'));
    const renamed = await here.stack.up(named('shop', 'v2', {}, 'rollout-a'));
    expect(renamed).toMatchObject({ changes: { create: 1, delete: 1 }, outputs: { stage: 'step-1/canary' } });
    expect(await ours(here.world)).toEqual([`Deployment ${APP}-canary`]);
    await here.stack.destroy();
    expect(await leftovers(here.world)).toEqual([]);
  });
});

test('another namespace: made there before it goes here; an error in mid-release', async () => {
  const { stack, world, namespace } = here;
  const there = await world.newNamespace();
  await stack.up(alone(namespace, 'v1'));
  expect((await stack.upAsShown(alone(there, 'v1'))).changes).toMatchObject({ replace: 1 });
  expect(await find(world, kinds.deployment, APP)).toBeUndefined();
  expect((await find(world, kinds.deployment, APP, there))?.status).toMatchObject({ availableReplicas: 2 });
  await stack.up(alone(there, 'v2'));
  expect(await stack.upFails(alone(namespace, 'v2'))).toMatch(
    /rollout-a: its namespace would change at step-1\/canary.*\(cluster-changed\)/,
  );
  expect(await find(world, kinds.deployment, `${APP}-canary`, there)).toBeDefined();
});
