/** Objects of ours that the real API server refuses, though graylane may write them: by quotas and policies of others. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError, kinds } from '../../../lib/cluster';
import type { Manifest, Step } from '../../../lib/core';
import { ingress, web, webBase } from '../app';
import { eventually, ours, release, userApplies, versions, type World } from '../world';
import { real } from './world';

const worlds = real();
const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const MESSAGE = 'a new door of the shop has a label team';

/** New Ingresses in this namespace have a label. */
function policy(namespace: string): Manifest[] {
  const kind = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: `${namespace}-doors` } };
  const group = { apiGroups: ['networking.k8s.io'], apiVersions: ['*'] };
  const resourceRules = [{ ...group, operations: ['CREATE'], resources: ['ingresses'] }];
  const expression = "has(object.metadata.labels) && 'team' in object.metadata.labels";
  return [
    {
      ...kind,
      kind: 'ValidatingAdmissionPolicy',
      spec: { matchConstraints: { resourceRules }, validations: [{ expression, message: MESSAGE }] },
    },
    {
      ...kind,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: {
        policyName: kind.metadata.name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
      },
    },
  ];
}

describe('the release stops in the words of the server, and the way back is free', () => {
  let world: World;
  beforeEach(async () => {
    world = await worlds.make();
    await userApplies(world, webBase);
    await release(world, web(steps));
  });

  test.each([['services'], ['deployments.apps'], ['ingresses.networking.k8s.io']])(
    'a quota of %s',
    async (resource) => {
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few', namespace: world.namespace } };
      await world.user.create({ ...quota, spec: { hard: { [`count/${resource}`]: '1' } } });
      await eventually(world, 'the quota counted', async () => {
        const live = await world.user.get({ ...quota, name: 'few', namespace: world.namespace });
        const { used = {} } = (live as { status?: { used?: Record<string, string> } }).status ?? {};
        return used[`count/${resource}`] === '1';
      });
      await stopsWith('exceeded quota: few');
    },
  );

  test('a policy, of the route after the canary', async () => {
    for (const object of policy(world.namespace)) await world.user.apply(object, { force: true });
    await eventually(world, 'the policy in force', isRefused);
    await stopsWith(MESSAGE);
  });

  async function isRefused(): Promise<boolean> {
    const probe = { ...ingress('probe'), metadata: { name: 'probe', namespace: world.namespace } };
    try {
      await world.user.apply(probe, { dryRun: true });
      return false;
    } catch (error) {
      if (error instanceof ApiError) return error.message.includes(MESSAGE);
      throw error;
    }
  }

  async function stopsWith(words: string): Promise<void> {
    const stopped = release(world, web(steps, { version: 'v2' }));
    await expect(stopped).rejects.toMatchObject({ code: 'refused', what: expect.stringContaining(words) as string });
    await expect(stopped).rejects.toThrow(/what the policy asks for/);
    expect(await release(world, web(steps))).toMatchObject({ stage: 'stable' });
    expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
    expect(await ours(world)).toEqual([]);
    const { spec } = (await world.user.get({ ...kinds.deployment, name: 'web', namespace: world.namespace }))!;
    expect((spec as { paused?: boolean }).paused ?? false).toBe(false);
  }
});
