/** Lanes that several rollouts share: who holds them, where their route points, and what the dead leave behind. */
import { beforeEach, describe, expect, test } from 'vitest';
import { destroy, kinds, type Progress, readLane, removeLane } from '../../lib/cluster';
import type { Declarations } from '../../lib/core';
import { deployment, lane, laneRollout, sample, sampleBase } from './app';
import {
  engineOf,
  find,
  ingressKind,
  ours,
  release,
  userApplies,
  usersObjects,
  versions,
  type World,
  type Worlds,
} from './world';

const v2 = { version: 'v2' };
const SUBSET = 'mse.ingress.kubernetes.io/service-subset';

export function laneScenarios({ make }: Worlds): void {
  describe('a lane', () => {
    let world: World;
    let users: unknown[];
    beforeEach(async () => {
      world = await make();
      await userApplies(world, sampleBase);
      await release(world, sample(), { rollout: 'rollout-a' });
      await release(world, sample(), { rollout: 'rollout-b' });
      users = await usersObjects(world);
    });

    test('set up: the base has the annotation before any release, and keeps it', async () => {
      expect((await base())?.metadata.annotations).toEqual({ [SUBSET]: '' });
    });

    test('R4 held by b alone: the route leads to the stable pods of a, tagged', async () => {
      const { gate } = await release(world, sample({ b: v2 }), { rollout: 'rollout-b' });
      expect(await holders()).toEqual(['rollout-b']);
      expect((await route())?.metadata.annotations).toMatchObject({
        [SUBSET]: '',
        'mse.ingress.kubernetes.io/request-header-control-update': 'x-mse-tag gray',
      });
      await release(world, sample({ b: v2 }), { rollout: 'rollout-b', approve: [gate!.approval] });
      await expectClosed();
    });

    test('R4 its Service is given other pods at the gate: told once, and the release goes on', async () => {
      const told: Progress[] = [];
      const over = { report: (one: Progress) => told.push(one) };
      const warnings = () =>
        told.flatMap((one) => (one.is === 'warning' && /does not select/.test(one.what) ? one.what : []));
      const selector = (app: string) =>
        world.user.patch(
          { ...kinds.service, name: 'spring-cloud-a', namespace: world.namespace },
          { spec: { selector: { app } } },
        );
      const a = (more = {}) => release(world, sample({ a: v2 }), { rollout: 'rollout-a', ...more }, over);
      await a();
      expect(warnings()).toEqual([]);
      await selector('nobody');
      await a();
      expect(warnings()).toEqual([
        `Service ${world.namespace}/spring-cloud-a of lane mse-traffic does not select the pods of rollout-a any more: requests of the lane do not reach its canary until the selector is what it was`,
      ]);
      expect(await holders()).toEqual(['rollout-a']);
      await selector('spring-cloud-a');
      await a();
      expect(warnings()).toHaveLength(1);
      expect(await subset()).toBe('gray');
      await a({ approve: ['rollout-a#1/step-1'] });
      await expectClosed();
    });

    test('R4 shared by a and b: re-pointed as they come and go, closed by the last', async () => {
      await release(world, sample({ b: v2 }), { rollout: 'rollout-b' });
      await release(world, sample({ a: v2, b: v2 }), { rollout: 'rollout-a' });
      expect(await holders()).toEqual(['rollout-a', 'rollout-b']);
      expect(await subset()).toBe('gray');

      await release(world, sample({ a: v2, b: v2 }), { rollout: 'rollout-a', approve: ['rollout-a#1/step-1'] });
      expect(await holders()).toEqual(['rollout-b']);
      expect(await subset()).toBe('');
      expect(await versions(world, { app: 'spring-cloud-b', 'opensergo.io/canary-gray': 'gray' })).toEqual(['v2']);

      await release(world, sample({ a: v2, b: v2 }), { rollout: 'rollout-b', approve: ['rollout-b#1/step-1'] });
      await expectClosed();
      expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v2', 'v2', 'v2']);
      expect(await versions(world, { app: 'spring-cloud-b' })).toEqual(['v2', 'v2', 'v2']);
    });

    test('R4 aborted by one: the other keeps the lane', async () => {
      await release(world, sample({ a: v2 }), { rollout: 'rollout-a' });
      await release(world, sample({ a: v2, b: v2 }), { rollout: 'rollout-b' });
      await release(world, sample({ b: v2 }), { rollout: 'rollout-a' });
      expect(await holders()).toEqual(['rollout-b']);
      expect(await subset()).toBe('');
      await release(world, sample(), { rollout: 'rollout-b' });
      await expectClosed();
    });

    test('R6 both at the same time: each waits for the lane, and both hold it', async () => {
      const both = sample({ a: v2, b: v2 });
      await Promise.all(['rollout-a', 'rollout-b'].map((rollout) => release(world, both, { rollout })));
      expect(await holders()).toEqual(['rollout-a', 'rollout-b']);
      expect(await subset()).toBe('gray');
      await Promise.all(['rollout-a', 'rollout-b'].map((rollout) => release(world, both, { rollout, abort: true })));
      await expectClosed();
    });

    test('R14 a holder whose Deployment is gone does not keep it open', async () => {
      await release(world, sample({ b: v2 }), { rollout: 'rollout-b' });
      await world.user.delete({ ...kinds.deployment, name: 'spring-cloud-b', namespace: world.namespace });
      await release(world, sample({ a: v2 }), { rollout: 'rollout-a' });
      expect(await holders()).toEqual(['rollout-a']);
      await release(world, sample(), { rollout: 'rollout-a' });
      expect(await route()).toBeUndefined();
    });

    test('R14 a lane that is held is not deleted; one that nobody holds is, and the base is as before', async () => {
      await release(world, sample({ b: v2 }), { rollout: 'rollout-b' });
      const key = { name: lane.name, namespace: world.namespace };
      await expect(removeLane(engineOf(world), key)).rejects.toMatchObject({ code: 'lane-held' });
      await expect(removeLane(engineOf(world), key)).rejects.toThrow(/rollout-b/);
      const declarations = sample();
      for (const rollout of ['rollout-a', 'rollout-b']) {
        await destroy(engineOf(world), { declarations, namespace: world.namespace, rollout });
      }
      await removeLane(engineOf(world), key);
      expect((await base())?.metadata.annotations ?? {}).toEqual({});
      expect(await readLane(world.api, key)).toBeUndefined();
    });

    describe('with a member in another namespace', () => {
      let other: string;
      beforeEach(async () => {
        other = await world.newNamespace();
        await release(world, far('v1'), { rollout: `${other}/rollout-far` });
      });

      test('R4 it holds the lane where the lane is, and leaves it', async () => {
        await release(world, far('v2'), { rollout: `${other}/rollout-far` });
        expect(await holders()).toEqual(['rollout-far']);
        expect(await subset()).toBe('');
        await release(world, far('v2'), { rollout: `${other}/rollout-far`, approve: ['rollout-far#1/step-1'] });
        await expectClosed();
        expect(await world.user.list(kinds.deployment, { namespace: other })).toHaveLength(1);
      });

      test('R14 a holder whose namespace is gone is dropped by the next one', async () => {
        await release(world, far('v2'), { rollout: `${other}/rollout-far` });
        // Real namespaces are ended by their controller; here it matters only that everything in it is gone.
        for (const kind of [kinds.deployment, kinds.configMap, kinds.lease]) {
          for (const { metadata } of await world.user.list(kind, { namespace: other })) {
            await world.user.delete({ ...kind, name: metadata.name, namespace: other });
          }
        }
        await world.user.delete({ apiVersion: 'v1', kind: 'Namespace', name: other });
        await release(world, sample({ a: v2 }), { rollout: 'rollout-a' });
        expect(await holders()).toEqual(['rollout-a']);
        await release(world, sample(), { rollout: 'rollout-a' });
        await expectClosed();
      });

      /** Of a stack that knows the lane by name only. */
      function far(version: string): Declarations {
        const rollout = laneRollout('rollout-far', 'far', {
          namespace: other,
          trafficRoutingRef: `${world.namespace}/${lane.name}`,
        });
        const object = deployment('far', { version });
        return {
          objects: [{ ...object, metadata: { ...object.metadata, namespace: other } }],
          lanes: [],
          rollouts: [rollout],
        };
      }
    });

    async function holders(): Promise<string[]> {
      const record = await readLane(world.api, { name: lane.name, namespace: world.namespace });
      return record!.holders
        .filter(({ holds }) => holds)
        .map(({ rollout }) => rollout)
        .sort();
    }

    function base() {
      return find(world, ingressKind, 'spring-cloud-a');
    }

    function route() {
      return find(world, ingressKind, 'spring-cloud-a-canary');
    }

    async function subset(): Promise<string | undefined> {
      return (await route())?.metadata.annotations?.[SUBSET];
    }

    async function expectClosed(): Promise<void> {
      expect(await route()).toBeUndefined();
      expect(await holders()).toEqual([]);
      expect(await ours(world)).toEqual([]);
      expect(await usersObjects(world)).toEqual(users);
    }
  });
}
