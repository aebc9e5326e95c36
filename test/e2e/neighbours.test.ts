/** Deployments and lanes that others have a hand in: kubectl, another stack, another name in the program. */
import { describe, expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import { deployment } from '../cluster/app';
import { eventually, getDeployment, ours, userApplies, versions } from '../cluster/world';
import { laneArgs, type Program, rolloutArgs, sample } from './release';
import { scenes } from './suite';

const scene = scenes();

test('a Deployment that kubectl made is adopted without a restart, released, and given back', async () => {
  const { stack, world, namespace } = await scene();
  await userApplies(world, [deployment('spring-cloud-a', { replicas: 2 })]);
  const ready = async () => (await getDeployment(world, 'spring-cloud-a')).status?.availableReplicas === 2;
  await eventually(world, 'its pods', ready);
  const pods = async () => (await world.user.list(kinds.pod, { namespace })).map(({ metadata }) => metadata.uid).sort();
  const before = await pods();
  const program =
    (version: string, adopt: boolean): Program =>
    async ({ graylane: { CanaryRollout } }) => {
      new CanaryRollout('rollout-a', { ...rolloutArgs(namespace, 'spring-cloud-a', version), adopt });
    };
  await expect(stack.preview(program('v1', false))).rejects.toThrow(/adopt: true.*retainOnDelete/);
  await stack.up(program('v1', true));
  expect(await pods()).toEqual(before);
  await stack.up(program('v2', true));
  expect(await versions(world, { 'graylane.io/track': 'canary' })).toEqual(['v2']);
  await stack.destroy();
  expect(await pods()).toEqual(before);
  expect(await ours(world)).toEqual([]);
});

describe('one lane across two stacks', () => {
  test('R4 is held by both, and not destroyed while the other stack holds it', async () => {
    const { stack, another, world, namespace } = await scene();
    const other = await another();
    const lane: Program = async ({ graylane: { TrafficRoutingLane } }) => {
      new TrafficRoutingLane('mse-traffic', laneArgs(namespace));
    };
    const b =
      (version: string): Program =>
      async ({ graylane: { CanaryRollout } }) => {
        const args = { ...rolloutArgs(namespace, 'spring-cloud-b', version), lane: `${namespace}/mse-traffic` };
        return { stage: new CanaryRollout('rollout-b', args).stage };
      };
    await stack.up(lane);
    await other.up(b('v1'));
    expect((await other.up(b('v2'))).outputs).toEqual({ stage: 'step-1/route' });
    expect(await ours(world)).toEqual(['Deployment spring-cloud-b-canary', 'Ingress spring-cloud-a-canary']);
    await expect(stack.destroy()).rejects.toThrow(new RegExp(`held by ${namespace}/rollout-b`));
    await other.destroy();
    await stack.destroy();
    expect(await ours(world)).toEqual([]);
  });
});

describe('a rename', () => {
  const renamed =
    (namespace: string, name: string, opts: { aliases?: { name: string }[] }): Program =>
    async ({ graylane: { CanaryRollout } }) => {
      new CanaryRollout(name, rolloutArgs(namespace, 'spring-cloud-a', 'v1'), opts);
    };

  test('with an alias changes nothing in the cluster', async () => {
    const { stack, world, namespace } = await scene();
    await stack.up(renamed(namespace, 'rollout-a', {}));
    const { metadata } = await getDeployment(world, 'spring-cloud-a');
    const { changes } = await stack.up(renamed(namespace, 'shop', { aliases: [{ name: 'rollout-a' }] }));
    expect(changes).toEqual({ same: 2 });
    expect((await getDeployment(world, 'spring-cloud-a')).metadata.generation).toBe(metadata.generation);
  });

  test('without one is refused, and the old one goes on serving', async () => {
    const { stack, world, namespace } = await scene();
    await stack.up(renamed(namespace, 'rollout-a', {}));
    expect(await stack.upFails(renamed(namespace, 'shop', {}))).toMatch(/adoption-needed/);
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1']);
  });
});

test('the whole sample twice in one cluster: stacks of two namespaces do not touch each other', async () => {
  const [one, two] = [await scene(), await scene()];
  await one.stack.up(sample(one.namespace));
  await two.stack.up(sample(two.namespace));
  await one.stack.up(sample(one.namespace, { a: 'v2' }));
  await two.stack.destroy();
  expect(await ours(one.world)).toEqual(['Deployment spring-cloud-a-canary', 'Ingress spring-cloud-a-canary']);
});
