/** What has the name of an object that a release will make, or is in the way of its routes: seen before it begins. */
import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import type { Declarations, Manifest, Step } from '../../lib/core';
import { deployment, ingress, service, type Variant, web, webBase } from './app';
import {
  find,
  getDeployment,
  ingressKind,
  ours,
  release,
  userApplies,
  versions,
  type World,
  type Worlds,
} from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const NGINX = 'nginx.ingress.kubernetes.io/';

export function rivalScenarios({ make }: Worlds): void {
  describe('R10 a name that the release needs', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await userApplies(world, webBase);
      await release(world, web(steps));
    });

    test.each<[string, Manifest]>([
      ['Deployment', deployment('web-canary', { replicas: 0 })],
      ['Service', service('web-canary', { selector: { other: 'app' } })],
      ['Ingress', { ...ingress('other'), metadata: { name: 'web-canary' } }],
    ])(
      'R10 taken by a %s of the user: refused before anything is done, and free again without it',
      async (_, taken) => {
        await userApplies(world, [taken]);
        await expect(release(world, web(steps, { version: 'v2' }))).rejects.toThrow(
          new RegExp(`${taken.kind} (\\S+/)?web-canary`),
        );
        await untouched(world, 'web');
        const ref = { apiVersion: taken.apiVersion, kind: taken.kind, name: 'web-canary', namespace: world.namespace };
        expect((await world.user.get(ref))?.metadata.labels ?? {}).toEqual({});
        await world.user.delete(ref);
        expect((await release(world, web(steps, { version: 'v2' }))).gate?.step).toBe(1);
      },
    );
  });

  describe('R10 two Deployments behind one Service, in repositories of their own', () => {
    const pods = (name: string, { version = 'v1' }: Variant = {}) => {
      const labels = { app: 'web', part: name };
      const containers = [{ name: 'main', image: `example.com/shop/web:${version}` }];
      const template = { metadata: { labels }, spec: { containers } };
      return deployment(name, { spec: { selector: { matchLabels: labels }, template } });
    };
    const repository = (name: string, variant: Variant = {}): Declarations => ({
      objects: [pods(name, variant)],
      lanes: [],
      rollouts: [
        {
          name,
          workloadRef: { name },
          steps,
          trafficRoutings: [{ service: 'web', gracePeriodSeconds: 1, ingress: { classType: 'mse', name } }],
        },
      ],
    });

    test('R10 the second waits for the release of the first, whose object it would need', async () => {
      const world = await make();
      const doors = ['one', 'two'].map((name) => ({ ...ingress('web'), metadata: { name } }));
      await userApplies(world, [service('web'), ...doors]);
      for (const name of ['one', 'two']) await release(world, repository(name));
      await release(world, repository('one', { version: 'v2' }));
      const refused = release(world, repository('two', { version: 'v2' }));
      await expect(refused).rejects.toMatchObject({ code: 'object-foreign' });
      await expect(refused).rejects.toThrow(/Service \S+\/web-canary exists and is of rollout one.* end/);
      await untouched(world, 'two');
      await release(world, repository('one', { version: 'v2' }), { approve: ['one#1/step-1'] });
      expect((await release(world, repository('two', { version: 'v2' }))).gate?.step).toBe(1);
      expect(await versions(world, { app: 'web', part: 'one' })).toEqual(['v2', 'v2', 'v2']);
    });
  });

  describe('R12 what is in the way of a route', () => {
    const rollout = (variant: Variant = {}) => {
      const trafficRoutings = [{ service: 'web', gracePeriodSeconds: 1, ingress: { classType: 'nginx', name: 'web' } }];
      return web(steps, variant, { trafficRoutings });
    };
    const named = (name: string, to = 'web', annotations: Record<string, string> = {}): Manifest => ({
      ...ingress(to, 'nginx'),
      metadata: { name, annotations },
    });

    test.each<[string, Manifest, RegExp]>([
      ['another Ingress of the class', named('second'), /no other Ingress of the class that leads to web/],
      ['one to the canary Service', named('preview', 'web-canary'), /no Ingress of yours that leads to web-canary/],
      [
        'a canary Ingress of somebody else',
        named('theirs', 'web', { [`${NGINX}canary`]: 'true', [`${NGINX}canary-weight`]: '0' }),
        /no canary Ingress of others/,
      ],
    ])('R12 %s: refused as by a plan, before the release begins', async (_, rival, words) => {
      const world = await make();
      await userApplies(world, [service('web'), named('web')]);
      await release(world, rollout());
      await userApplies(world, [rival]);
      await expect(release(world, rollout({ version: 'v2' }))).rejects.toThrow(words);
      await untouched(world, 'web');
      await world.user.delete({ ...ingressKind, name: rival.metadata.name!, namespace: world.namespace });
      expect((await release(world, rollout({ version: 'v2' }))).gate?.step).toBe(1);
      // What comes later does not stop it.
      await userApplies(world, [rival]);
      expect((await release(world, rollout({ version: 'v2' }))).gate?.step).toBe(1);
    });
  });
}

/** No release has begun. */
async function untouched(world: World, name: string): Promise<void> {
  expect((await getDeployment(world, name)).spec.paused ?? false).toBe(false);
  expect((await ours(world)).filter((one) => one.startsWith(`Deployment ${name}-`))).toEqual([]);
  const record = await find(world, kinds.configMap, `graylane-rollout-${name}`);
  expect(JSON.stringify(record)).not.toContain('step-1');
}
