import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runningInCluster } from '../../lib/cli/terminal/running';
import { type Deployment, GraylaneError, type RolloutRecording, revisionOf, locationOf } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';
import { objects, sample } from './fixtures';

const deployment = (image = 'v1'): Deployment => {
  const text = readFileSync(sample()[0]!, 'utf8').replace(':v1', `:${image}`);
  const [found] = objects(text) as [Deployment];
  return { ...found, metadata: { ...found.metadata, namespace: 'shop' } };
};

const declared = ({ spec: { template } }: Deployment): RolloutRecording => ({
  name: 'rollout-a',
  template,
  revision: revisionOf(template),
  plan: { workloadRef: { name: 'spring-cloud-a' }, steps: [{ replicas: 1 }] },
});

async function clusterWith(...running: Deployment[]): Promise<SimulatedCluster> {
  const cluster = new SimulatedCluster();
  for (const one of running) await cluster.client('kubectl').apply(one, {});
  return cluster;
}

test('the declared template, where applying it changes nothing', async () => {
  const cluster = await clusterWith(deployment());
  const before = JSON.stringify(cluster.objects());
  const rollout = declared(deployment());
  expect(await runningInCluster(cluster.client(), 'shop', rollout)).toEqual(rollout.template);
  expect(await runningInCluster(cluster.client(), 'default', { ...rollout, namespace: 'shop' })).toEqual(
    rollout.template,
  );
  expect(JSON.stringify(cluster.objects())).toBe(before);
});

test.each<[string, Deployment[], string]>([
  [
    'another image',
    [deployment('v0')],
    'template-differs rollout rollout-a: --from-cluster another value of spec.containers[0].image',
  ],
  ['no Deployment', [], 'workload-not-found rollout rollout-a: --from-cluster spring-cloud-a'],
])('%s runs', async (_, running, wanted) => {
  const cluster = await clusterWith(...running);
  const found = await runningInCluster(cluster.client(), 'shop', declared(deployment())).catch(
    (error: unknown) => error,
  );
  expect(found).toBeInstanceOf(GraylaneError);
  const [one] = (found as GraylaneError).problems as [GraylaneError['problems'][number]];
  expect(`${one.code} ${locationOf(one)} ${one.given}`).toBe(wanted);
});
