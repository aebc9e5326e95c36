/** The seed's story: gateway, a, b, and one lane. */
import { describe, expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import { sample, sampleBase } from './app';
import { approvalOf } from './approvals';
import {
  find,
  getDeployment,
  ingressKind,
  ours,
  release,
  userApplies,
  usersObjects,
  versions,
  type World,
  type Worlds,
} from './world';

export function seedScenarios({ make }: Worlds): void {
  describe("the seed's sample", () => {
    test('a release of a: canary and route at the gate, promotion, and nothing left', async () => {
      const world = await make();
      await userApplies(world, sampleBase);
      await release(world, sample(), { rollout: 'rollout-a' });
      const before = await usersObjects(world);

      const waiting = await release(world, sample({ a: { version: 'v2' } }), { rollout: 'rollout-a' });
      expect(waiting).toMatchObject({ stage: 'step-1/route', gate: { approval: approvalOf('rollout-a#1/step-1') } });
      await expectGate(world);

      const standing = await stateOf(world);
      expect(await release(world, sample({ a: { version: 'v2' } }), { rollout: 'rollout-a' })).toEqual(waiting);
      expect(await stateOf(world)).toEqual(standing);

      const approve = [waiting.gate!.approval];
      const done = await release(world, sample({ a: { version: 'v2' } }), { rollout: 'rollout-a', approve });
      expect(done.stage).toBe('stable');
      expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v2', 'v2', 'v2']);
      expect(await ours(world)).toEqual([]);
      expect((await getDeployment(world, 'spring-cloud-a')).spec.paused).toBeUndefined();
      expect(await usersObjects(world)).toEqual(before);
    });
  });
}

async function expectGate(world: World): Promise<void> {
  const stable = await getDeployment(world, 'spring-cloud-a');
  expect(stable.spec).toMatchObject({ paused: true, replicas: 3 });
  expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1', 'v1', 'v2']);
  expect(await versions(world, { 'opensergo.io/canary-gray': 'gray' })).toEqual(['v2']);
  expect(await ours(world)).toEqual(['Deployment spring-cloud-a-canary', 'Ingress spring-cloud-a-canary']);
  const route = await find(world, ingressKind, 'spring-cloud-a-canary');
  expect(route?.metadata.annotations).toMatchObject({
    'nginx.ingress.kubernetes.io/canary-by-header-value': 'foo',
    'mse.ingress.kubernetes.io/service-subset': 'gray',
  });
}

/** Versions of everything that a run may write: equal means that nothing was written. */
async function stateOf(world: World): Promise<string[]> {
  const written = [kinds.deployment, kinds.service, kinds.configMap, ingressKind];
  const all = await Promise.all(written.map((kind) => world.user.list(kind, { namespace: world.namespace })));
  // A Deployment's version changes with its status, its generation does not.
  return all
    .flat()
    .map(
      ({ kind, metadata: { name, generation, resourceVersion } }) => `${kind} ${name} ${generation ?? resourceVersion}`,
    );
}
