/** The Job that walks a release: what is made, what goes with it, and what status tells of it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { detach, kinds, readStatus } from '../../lib/cluster';
import type { Step } from '../../lib/core';
import { web, webBase } from './app';
import { engineOf, eventually, release, userApplies, type World, type Worlds } from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const what = {
  image: 'example.com/graylane:0.1.0',
  serviceAccount: 'graylane',
  manifests: '{}\n',
  args: ['--follow', 'end'],
};

export function detachedScenarios({ make }: Worlds): void {
  describe('a Job that walks a release', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await userApplies(world, webBase);
      await release(world, web(steps));
    });

    const leave = (over: Partial<Parameters<typeof detach>[2]> = {}) =>
      detach(engineOf(world), { name: 'web', namespace: world.namespace }, { ...what, ...over });

    const named = async (kind: { apiVersion: string; kind: string }) => {
      const all = await world.user.list(kind, { namespace: world.namespace });
      return all.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('graylane-up-'));
    };

    test('a ServiceAccount that is not there is refused, and nothing is made', async () => {
      await expect(leave()).rejects.toMatchObject({ code: 'object-missing' });
      await expect(leave()).rejects.toThrow(/there is no ServiceAccount \S+\/graylane\. To fix: kubectl apply/);
      expect(await named(kinds.job)).toEqual([]);
      expect(await named(kinds.configMap)).toEqual([]);
    });

    test('it has its input in a ConfigMap that goes with it, another one takes its place, and status tells', async () => {
      await userApplies(world, [{ ...kinds.serviceAccount, metadata: { name: 'graylane' } }]);
      const first = await leave();
      expect([await named(kinds.job), await named(kinds.configMap)]).toEqual([[first], [first]]);
      const second = await leave({ secret: 'notifications' });
      expect(second).not.toBe(first);
      await eventually(world, 'the end of the first', async () => (await named(kinds.configMap)).length === 1);
      expect([await named(kinds.job), await named(kinds.configMap)]).toEqual([[second], [second]]);
      const { rollouts } = await readStatus(world, world.namespace);
      expect(rollouts[0]?.job?.name).toBe(second);
      await world.user.delete({ ...kinds.job, name: second, namespace: world.namespace });
      await eventually(world, 'the end of its input', async () => (await named(kinds.configMap)).length === 0);
      expect((await readStatus(world, world.namespace)).rollouts[0]?.job).toBeUndefined();
    });
  });
}
