/** Network policies of the user's: while there is a canary, others give it what they give stable. */
import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import type { Manifest, Step } from '../../lib/core';
import { web, webBase } from './app';
import { release, userApplies, type World, type Worlds } from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];

const policy = (name: string, app: string, from: string): Manifest => ({
  ...kinds.networkPolicy,
  metadata: { name },
  spec: {
    podSelector: { matchLabels: { app } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: from } } }] }],
  },
});

export function policiesScenarios({ make }: Worlds): void {
  describe('network policies', () => {
    let world: World;
    const names = async () =>
      (await world.api.list(kinds.networkPolicy, { namespace: world.namespace })).map(({ metadata }) => metadata.name);

    beforeEach(async () => {
      world = await make();
      await userApplies(world, [...webBase, policy('of-web', 'web', 'shop'), policy('of-db', 'db', 'web')]);
      await release(world, web(steps));
    });

    test('come with the canary and go with it', async () => {
      const users = ['of-db', 'of-web'];
      expect(await names()).toEqual(expect.arrayContaining(users));
      const { gate } = await release(world, web(steps, { version: 'v2' }));
      expect((await names()).sort()).toEqual(['of-db', 'of-db-peers-web-canary', 'of-web', 'of-web-web-canary']);
      const ours = { ...kinds.networkPolicy, name: 'of-db-peers-web-canary', namespace: world.namespace };
      expect((await world.api.get(ours))!.spec).toMatchObject({
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web-canary' } } }] }],
      });
      await release(world, web(steps, { version: 'v2' }), { approve: [gate!.approval] });
      expect((await names()).sort()).toEqual(users);
    });

    test('stay on the way back as long as the canary', async () => {
      await release(world, web(steps, { version: 'v2' }));
      await release(world, web(steps));
      expect((await names()).sort()).toEqual(['of-db', 'of-web']);
    });
  });
}
