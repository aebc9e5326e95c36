/** A Deployment that goes on without us: whoever has it next applies his changes without a conflict. */
import { beforeEach, describe, expect, test } from 'vitest';
import { destroy, kinds } from '../../lib/cluster';
import type { Step } from '../../lib/core';
import { deployment, type Variant, web, webBase } from './app';
import { engineOf, eventually, getDeployment, release, userApplies, versions, type World, type Worlds } from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];

export function givenBackScenarios({ make }: Worlds): void {
  describe('given back', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await userApplies(world, webBase);
    });

    const ready = () =>
      eventually(world, 'its pods', async () => (await getDeployment(world, 'web')).status?.availableReplicas === 3);
    const noted = { annotations: { 'graylane.io/somebody': 'x' } };
    const declared = (variant: Variant) => {
      const { objects, ...rest } = web(steps, variant);
      const of = (one: (typeof objects)[number]) =>
        one.kind === 'Deployment' ? { ...one, metadata: { ...one.metadata, ...noted } } : one;
      return { objects: objects.map(of), ...rest };
    };
    /** As a provider does that does not know of us: server-side apply, without force. */
    const appliesNext = async (version: string) => {
      const next = deployment('web', { version });
      await world.user.apply({ ...next, metadata: { ...next.metadata, namespace: world.namespace } });
    };

    test('by a destroy, what was adopted: nobody owns its fields, nothing of ours is on it, and no pod restarts', async () => {
      await userApplies(world, [deployment('web')]);
      await ready();
      await release(world, declared({}), { adopt: true });
      const { gate } = await release(world, declared({ version: 'v2' }));
      await release(world, declared({ version: 'v2' }), { approve: [gate!.approval] });
      const before = await getDeployment(world, 'web');
      await expect(appliesNext('v3')).rejects.toThrow(/conflict/i);
      await destroy(engineOf(world), { declarations: declared({ version: 'v2' }), namespace: world.namespace });
      const after = await getDeployment(world, 'web');
      expect(after.spec).toEqual(before.spec);
      expect(after.metadata.managedFields?.filter(({ manager }) => manager === 'graylane')).toEqual([]);
      expect(Object.keys(after.metadata.annotations ?? {}).filter((key) => key.startsWith('graylane.io/'))).toEqual([]);
      await appliesNext('v3');
      await eventually(world, 'v3', async () => (await versions(world, { app: 'web' })).join() === 'v3,v3,v3');
    });

    test('by the recipe of the documentation, what we have made and Pulumi has retained', async () => {
      await release(world, declared({}));
      await expect(appliesNext('v2')).rejects.toThrow(/conflict/i);
      const ref = { ...kinds.deployment, name: 'web', namespace: world.namespace };
      const { managedFields = [] } = (await getDeployment(world, 'web')).metadata;
      const others = managedFields.filter(({ manager }) => manager !== 'graylane');
      await world.user.patch(ref, { metadata: { managedFields: others } });
      await appliesNext('v2');
      await eventually(world, 'v2', async () => (await versions(world, { app: 'web' })).join() === 'v2,v2,v2');
    });
  });
}
