/** What the engine relies on in an API server and its controllers: facts, which the simulated one has to share. */
import { beforeEach, describe, expect, test } from 'vitest';
import { kinds, type Live, type LiveDeployment, refOf } from '../../lib/cluster';
import { notReady } from '../../lib/core';
import type { Deployment } from '../../lib/core';
import { deployment, service, type Variant } from './app';
import { eventually, getDeployment, versions, type World, type Worlds } from './world';

export function apiScenarios({ make }: Worlds): void {
  describe('server-side apply', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await world.api.apply(web(), { force: true });
    });

    test('an identical one keeps generation and resourceVersion', async () => {
      const live = await world.api.apply(web(), { force: true });
      const again = await world.api.apply(web(), { force: true });
      expect(again.metadata.generation).toBe(live.metadata.generation);
    });

    test('a field that we no longer apply goes; one that somebody else owns too stays', async () => {
      const noted = web({ spec: { minReadySeconds: 2, revisionHistoryLimit: 4 } });
      await world.api.apply(noted, { force: true });
      await world.user.apply({ ...bare(), spec: { minReadySeconds: 2 } });
      await world.api.apply(web(), { force: true });
      const { spec } = await getDeployment(world, 'web');
      expect(spec.minReadySeconds).toBe(2);
      expect(spec.revisionHistoryLimit).not.toBe(4);
    });

    test('another value without force is a conflict that names the owner', async () => {
      const theirs = world.user.apply({ ...bare(), spec: { replicas: 5 } });
      await expect(theirs).rejects.toMatchObject({ status: 409 });
      await expect(theirs).rejects.toThrow(/conflict with "graylane".*: \.spec\.replicas/);
    });

    test('with the uid and version of what was read: a conflict where it has changed, is gone, or was made anew', async () => {
      const { uid, resourceVersion } = (await getDeployment(world, 'web')).metadata;
      const over = () => ({ ...web(), metadata: { ...web().metadata, uid, resourceVersion } });
      await world.user.patch(refTo('web'), { spec: { minReadySeconds: 1 } });
      await expect(world.api.apply(over(), { force: true })).rejects.toMatchObject({ status: 409 });
      await world.user.delete(refTo('web'));
      await eventually(world, 'deleted', async () => (await world.user.get(refTo('web'))) === undefined);
      await expect(world.api.apply(over(), { force: true })).rejects.toMatchObject({ status: 409 });
      expect(await world.user.get(refTo('web'))).toBeUndefined();
      await world.api.apply(web(), { force: true });
      await expect(world.api.apply(over(), { force: true })).rejects.toMatchObject({ status: 409 });
    });

    test('an update takes the field over; a forced apply takes it back', async () => {
      await world.user.patch(refTo('web'), { spec: { replicas: 5 } });
      expect(await ownersOf('f:replicas')).toEqual(['kubectl']);
      await world.api.apply(web(), { force: true });
      expect((await getDeployment(world, 'web')).spec.replicas).toBe(3);
      expect(await ownersOf('f:replicas')).toEqual(['graylane']);
    });

    test('replicas that we drop are reset to 1, unless somebody else has changed them meanwhile', async () => {
      await world.api.apply(web({ replicas: null }), { force: true });
      expect((await getDeployment(world, 'web')).spec.replicas).toBe(1);
      await world.api.apply(web(), { force: true });
      await world.user.patch(refTo('web'), { spec: { replicas: 7 } });
      await world.api.apply(web({ replicas: null }), { force: true });
      expect((await getDeployment(world, 'web')).spec.replicas).toBe(7);
    });

    test('items of a keyed list are owned one by one', async () => {
      const sidecar = { name: 'sidecar', image: 'example.com/shop/sidecar:v1' };
      await world.user.apply({
        ...bare(),
        spec: { template: { spec: { containers: [sidecar] } } },
      });
      await world.api.apply(web({ version: 'v2' }), { force: true });
      const { containers } = (await getDeployment(world, 'web')).spec.template.spec as {
        containers: { name: string }[];
      };
      expect(containers.map(({ name }) => name).sort()).toEqual(['main', 'sidecar']);
    });

    test('a dry run answers with the result and writes nothing', async () => {
      const before = await getDeployment(world, 'web');
      const tried = (await world.api.apply(web({ version: 'v2' }), { force: true, dryRun: true })) as LiveDeployment;
      expect(JSON.stringify(tried.spec.template)).toContain(':v2');
      expect(tried.metadata.generation).toBe(before.metadata.generation! + 1);
      expect((await getDeployment(world, 'web')).metadata.generation).toBe(before.metadata.generation);
    });

    test('an old resourceVersion in the body is a conflict', async () => {
      const { resourceVersion } = (await getDeployment(world, 'web')).metadata;
      await world.user.patch(refTo('web'), { metadata: { annotations: { 'example.com/seen': 'yes' } } });
      const object = web();
      const old = { ...object, metadata: { ...object.metadata, resourceVersion } };
      await expect(world.api.apply(old, { force: true })).rejects.toMatchObject({ status: 409 });
    });

    test('whoever is written out of managedFields owns nothing any more', async () => {
      // An empty list would mean: leave them as they are.
      await world.user.patch(refTo('web'), { metadata: { annotations: { 'example.com/seen': 'yes' } } });
      // Its controllers write, too: a conflict is for trying again.
      await eventually(world, 'no field of ours', async () => {
        const { resourceVersion, managedFields = [] } = (await getDeployment(world, 'web')).metadata;
        const others = managedFields.filter(({ manager }) => manager !== 'graylane');
        const change = { metadata: { resourceVersion, managedFields: others } };
        const written = await world.api.patch(refTo('web'), change).catch(() => undefined);
        return written !== undefined;
      });
      expect(await ownersOf('f:replicas')).toEqual([]);
      await world.api.apply(web({ replicas: null }), { force: true });
      expect((await getDeployment(world, 'web')).spec.replicas).toBe(3);
    });

    async function ownersOf(field: string): Promise<string[]> {
      const { managedFields = [] } = (await getDeployment(world, 'web')).metadata;
      return managedFields
        .filter(({ fieldsV1 }) => fieldsV1?.['f:spec']?.[field] !== undefined)
        .map(({ manager }) => manager!);
    }

    function bare() {
      return { ...kinds.deployment, metadata: { name: 'web', namespace: world.namespace } };
    }

    function web(variant: Variant = {}): Deployment {
      const object = deployment('web', variant);
      return { ...object, metadata: { ...object.metadata, namespace: world.namespace } };
    }

    function refTo(name: string) {
      return { ...kinds.deployment, name, namespace: world.namespace };
    }
  });

  describe('other writes', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
    });
    const inside = <T extends { metadata: object }>(object: T): T => ({
      ...object,
      metadata: { ...object.metadata, namespace: world.namespace },
    });

    test('create what is there: conflict; update with an old resourceVersion: conflict', async () => {
      const lease = inside({ ...kinds.lease, metadata: { name: 'one' }, spec: { holderIdentity: 'a' } });
      const first = await world.api.create(lease);
      await expect(world.api.create(lease)).rejects.toMatchObject({ status: 409 });
      await world.api.update({ ...first, spec: { holderIdentity: 'b' } });
      await expect(world.api.update({ ...first, spec: { holderIdentity: 'c' } })).rejects.toMatchObject({
        status: 409,
      });
    });

    test('delete: only with the right uid, and gone is gone', async () => {
      const live = await world.api.apply(inside(deployment('web', { replicas: 0 })), { force: true });
      const ref = { ...kinds.deployment, name: 'web', namespace: world.namespace };
      await expect(world.api.delete(ref, 'another')).rejects.toMatchObject({ status: 409 });
      await world.api.delete(ref, live.metadata.uid);
      expect(await world.api.get(ref)).toBeUndefined();
      await world.api.delete(ref);
    });

    test('delete: only as it was read', async () => {
      const lease = inside({ ...kinds.lease, metadata: { name: 'one' }, spec: { holderIdentity: 'a' } });
      const first = await world.api.create(lease);
      const { uid, resourceVersion } = first.metadata;
      const second = await world.api.update({ ...first, spec: { holderIdentity: 'b' } });
      await expect(world.api.delete(refOf(first), uid, resourceVersion)).rejects.toMatchObject({ status: 409 });
      await world.api.delete(refOf(first), uid, second.metadata.resourceVersion);
      expect(await world.api.get(refOf(first))).toBeUndefined();
    });

    const refused: [what: string, object: () => Live | Deployment | ReturnType<typeof service>][] = [
      ['a Service name of 64 characters', () => service('a'.repeat(64))],
      [
        'a template without the labels of the selector',
        () => deployment('web', { spec: { selector: { matchLabels: { app: 'other' } } } }),
      ],
    ];
    test.each(refused)('422: %s', async (_, object) => {
      await expect(world.api.apply(inside(object()), { force: true })).rejects.toMatchObject({ status: 422 });
    });

    test('422: a selector that changes', async () => {
      await world.api.apply(inside(deployment('web', { replicas: 0 })), { force: true });
      const labels = { app: 'web', tier: 'x' };
      const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'x:v1' }] } };
      const other = deployment('web', { replicas: 0, spec: { selector: { matchLabels: labels }, template } });
      await expect(world.api.apply(inside(other), { force: true })).rejects.toMatchObject({ status: 422 });
    });

    test('a watch reports a change', async () => {
      await world.api.apply(inside(deployment('web', { replicas: 0 })), { force: true });
      let changes = 0;
      const watch = world.api.watch(kinds.deployment, { namespace: world.namespace, name: 'web' }, () => changes++);
      await eventually(world, 'a change', async () => {
        await world.user.patch(
          { ...kinds.deployment, name: 'web', namespace: world.namespace },
          { metadata: { annotations: { 'example.com/now': String(world.clock.now()) } } },
        );
        return changes > 0;
      });
      watch.close();
    });
  });

  describe('a Deployment', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
    });

    test('that is paused does not roll, and scales the pods that it has', async () => {
      await put({});
      await ready();
      await put({ version: 'v2', replicas: 4, spec: { paused: true } });
      await eventually(world, 'four pods', async () => (await versions(world, { app: 'web' })).length === 4);
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1', 'v1']);
      expect(notReady(await getDeployment(world, 'web'), 0)).toBeDefined();
      await put({ version: 'v2', replicas: 4 });
      await ready();
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2', 'v2']);
    });

    test('that is new and paused has no pods', async () => {
      await put({ spec: { paused: true } });
      await eventually(world, 'its controller', async () => {
        const { status, metadata } = await getDeployment(world, 'web');
        return status?.observedGeneration === metadata.generation;
      });
      expect(await versions(world, { app: 'web' })).toEqual([]);
    });

    test('with a broken image keeps its old pods, and is Available nevertheless', async () => {
      await put({ replicas: 4 });
      await ready();
      await put({ replicas: 4, version: 'broken' });
      await eventually(world, 'a broken pod', async () => (await versions(world, { app: 'web' })).includes('broken'));
      const { status } = await getDeployment(world, 'web');
      expect(status?.conditions?.find(({ type }) => type === 'Available')?.status).toBe('True');
      expect(notReady(await getDeployment(world, 'web'), 0)).toBeDefined();
    });

    test('whose selector selects the pods of another one neither counts nor adopts them', async () => {
      await put({});
      const labels = { app: 'web', 'example.com/track': 'canary' };
      const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'x:v2' }] } };
      const other = deployment('other', { replicas: 2, spec: { selector: { matchLabels: labels }, template } });
      await world.user.apply({ ...other, metadata: { ...other.metadata, namespace: world.namespace } });
      await eventually(world, 'five pods', async () => (await versions(world, { app: 'web' })).length === 5);
      await ready();
      expect((await getDeployment(world, 'web')).status?.replicas).toBe(3);
      await world.user.delete({ ...kinds.deployment, name: 'other', namespace: world.namespace });
      await eventually(world, 'three pods', async () => (await versions(world, { app: 'web' })).length === 3);
      expect((await getDeployment(world, 'web')).status?.replicas).toBe(3);
    });

    async function put(variant: Variant): Promise<void> {
      const object = deployment('web', variant);
      await world.user.apply(
        { ...object, metadata: { ...object.metadata, namespace: world.namespace } },
        { force: true },
      );
    }

    function ready(): Promise<void> {
      return eventually(world, 'ready', async () => notReady(await getDeployment(world, 'web'), 1) === undefined);
    }
  });
}
