/** Stacks beside one another: one lane for two of them, and the same names in another namespace. */
import { expect, test } from 'vitest';
import { ours } from '../cluster/world';
import { laneArgs, type Program, rolloutArgs, sample } from './programs';
import { scenes } from './suite';

const scene = scenes();

test('R4 one lane across two stacks: it is held by both, and not destroyed while the other stack holds it', async () => {
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
  expect((await other.upAsShown(b('v2'))).outputs).toEqual({ stage: 'step-1/route' });
  expect(await ours(world)).toEqual(['Deployment spring-cloud-b-canary', 'Ingress spring-cloud-a-canary']);
  await expect(stack.destroy()).rejects.toThrow(new RegExp(`mse-traffic.*held by ${namespace}/rollout-b`, 's'));
  await other.destroy();
  await stack.destroy();
  expect(await ours(world)).toEqual([]);
});

test('the whole sample twice in one cluster: stacks of two namespaces do not touch each other', async () => {
  const [one, two] = [await scene(), await scene()];
  await one.stack.up(sample(one.namespace));
  await two.stack.up(sample(two.namespace));
  await one.stack.up(sample(one.namespace, { a: 'v2' }));
  await two.stack.destroy();
  expect(await ours(one.world)).toEqual(['Deployment spring-cloud-a-canary', 'Ingress spring-cloud-a-canary']);
});
