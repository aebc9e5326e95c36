/** R3: requests come back to stable when it has the pods for them, whoever scaled it meanwhile. */
import { describe, expect, test } from 'vitest';
import { type Api, kinds, readStatus, type RolloutStatus } from '../../lib/cluster';
import type { Declarations, Step } from '../../lib/core';
import { joined, sample, sampleBase, web, webBase } from './app';
import { eventually, find, getDeployment, ingressKind, release, userApplies, type World, type Worlds } from './world';

const steps: Step[] = [{ replicas: 3, traffic: '90%' }];
const v2 = (version = 'v2') => web(steps, { version, replicas: null });
const approve = ['web#1/step-1'];

export function capacityScenarios({ make }: Worlds): void {
  describe('the capacity of stable', () => {
    const waits = [
      { name: 'promotion', request: { approve }, at: 'web: promote/unroute' },
      { name: 'the way back', request: { abort: true }, at: 'web: abort/unroute' },
    ];

    test.each(waits)(
      '$name waits where an autoscaler has taken its pods, and goes on when they are back',
      async ({ request, at }) => {
        const world = await atGate();
        await scale(world, 'web', 1);
        const stuck = release(world, v2(), { ...request, timeout: 3 });
        await expect(stuck).rejects.toMatchObject({
          code: 'stable-capacity',
          at,
          what: expect.stringMatching(NEEDED) as string,
        });
        expect(await find(world, ingressKind, 'web-canary')).toBeDefined();
        const [{ conditions }] = (await readStatus(world, world.namespace)).rollouts as [RolloutStatus];
        const awaited = expect.stringMatching(NEEDED) as string;
        expect(conditions).toContainEqual({ condition: 'stable-capacity', is: 'not-yet', awaited });
        await scale(world, 'web', 2);
        expect((await release(world, v2(), request)).stage).toBe('stable');
      },
    );

    test.each(waits)('$name waits where it has no pod at all', async ({ request, at }) => {
      const world = await atGate();
      await scale(world, 'web', 0);
      await expect(release(world, v2(), { ...request, timeout: 3 })).rejects.toMatchObject({
        code: 'stable-capacity',
        at,
      });
      expect(await find(world, ingressKind, 'web-canary')).toBeDefined();
    });

    test('declared replicas that somebody took away are back before its route closes', async () => {
      const world = await make();
      await userApplies(world, webBase);
      await release(world, web(steps));
      await release(world, web(steps, { version: 'v2' }));
      await scale(world, 'web', 0);
      const seen: (number | undefined)[] = [];
      const api = Object.assign(Object.create(world.api) as Api, {
        delete: async (...[ref, uid]: Parameters<Api['delete']>) => {
          if (ref.kind === 'Ingress') seen.push((await getDeployment(world, 'web')).status?.availableReplicas);
          return world.api.delete(ref, uid);
        },
      });
      expect((await release(world, web(steps, { version: 'v2' }), { abort: true }, { api })).stage).toBe('stable');
      expect(seen).toHaveLength(1);
      expect(seen[0]).toBeGreaterThanOrEqual(2);
    });

    test('a canary without a ready pod answers nobody: its route closes whatever stable has', async () => {
      const world = await atGate();
      await scale(world, 'web', 1);
      await scale(world, 'web-canary', 0);
      expect((await release(world, v2(), { abort: true })).stage).toBe('stable');
    });

    test.each(waits)('$name goes at once where that is asked for, whatever stable has', async ({ request, at }) => {
      const world = await atGate();
      await scale(world, 'web', 1);
      await expect(release(world, v2(), { ...request, timeout: 3 })).rejects.toMatchObject({ at });
      expect((await release(world, v2(), { abort: 'abort' in request, direct: true })).stage).toBe('stable');
      expect(await find(world, ingressKind, 'web-canary')).toBeUndefined();
      const { template } = (await getDeployment(world, 'web')).spec;
      expect(JSON.stringify(template)).toContain('abort' in request ? 'web:v1' : 'web:v2');
    });

    const steps3: Step[] = [{ replicas: 1 }, { replicas: 1, traffic: '25%' }, { replicas: 3, traffic: '90%' }];
    const chosen = [
      {
        name: 'a step that leaves it more requests',
        to: 2,
        at: 'web: step-2/route',
        needs: /1 of the 2 .*75% of the 4/,
      },
      { name: 'a step without a route', to: 1, at: 'web: step-1/unroute', needs: /1 of the 2 .*half of the 4/ },
    ];

    test.each(chosen)('$name waits for them, too', async ({ to, at, needs }) => {
      const world = await make();
      await userApplies(world, webBase);
      const app = (version: string) => web(steps3, { version, replicas: null });
      await release(world, app('v1'));
      await scale(world, 'web', 4);
      await release(world, app('v1'));
      await release(world, app('v2'));
      await release(world, app('v2'), { to: 3 });
      await scale(world, 'web', 1);
      const what = expect.stringMatching(needs) as string;
      const stuck = release(world, app('v2'), { to, timeout: 3 });
      await expect(stuck).rejects.toMatchObject({ code: 'stable-capacity', at, what });
      await scale(world, 'web', 2);
      expect((await release(world, app('v2'), {})).gate?.step).toBe(to);
    });

    test.each([
      { name: 'promotion', request: { approve }, at: 'web: stable' },
      { name: 'the way back', request: { abort: true }, at: 'web: start' },
    ])('without a route $name keeps the canary until stable has its pods', async ({ request, at }) => {
      const world = await make();
      await userApplies(world, webBase);
      const app = (version: string) => joined([{ replicas: 3 }], { version, replicas: null });
      await release(world, app('v1'));
      await scale(world, 'web', 4);
      await release(world, app('v1'));
      await release(world, app('v2'));
      await scale(world, 'web', 1);
      const stuck = release(world, app('v2'), { ...request, timeout: 3 });
      await expect(stuck).rejects.toMatchObject({ code: 'stable-capacity', at });
      expect((await getDeployment(world, 'web-canary')).status?.availableReplicas).toBe(3);
      await scale(world, 'web', 2);
      expect((await release(world, app('v2'), request)).stage).toBe('stable');
    });

    describe('in a lane', () => {
      const members = [
        { rollout: 'rollout-a', workload: 'spring-cloud-a', other: 'spring-cloud-b' },
        { rollout: 'rollout-b', workload: 'spring-cloud-b', other: 'spring-cloud-a' },
      ];
      const both = (version: string): Declarations => {
        const variant = { version, replicas: null };
        return sample({ a: variant, b: variant });
      };

      test.each(members)(
        '$rollout leaves it when its own stable has its pods',
        async ({ rollout, workload, other }) => {
          const world = await make();
          await userApplies(world, sampleBase);
          for (const one of members) await release(world, both('v1'), { rollout: one.rollout });
          for (const one of members) await scale(world, one.workload, 4);
          for (const one of members) await release(world, both('v1'), { rollout: one.rollout });
          for (const one of members) await release(world, both('v2'), { rollout: one.rollout });
          await scale(world, workload, 1);
          const stuck = release(world, both('v2'), { rollout, abort: true, timeout: 3 });
          await expect(stuck).rejects.toMatchObject({ code: 'stable-capacity', at: `${rollout}: abort/unroute` });
          const holders = async () => (await readStatus(world, world.namespace)).lanes[0]!.holders.length;
          expect(await holders()).toBe(2);
          await scale(world, workload, 2);
          await scale(world, other, 1);
          expect((await release(world, both('v2'), { rollout, abort: true })).stage).toBe('stable');
          expect(await holders()).toBe(1);
        },
      );
    });

    /** Four pods of stable when the release begins. */
    async function atGate(): Promise<World> {
      const world = await make();
      await userApplies(world, webBase);
      await release(world, v2('v1'));
      await scale(world, 'web', 4);
      await release(world, v2('v1'));
      await release(world, v2());
      return world;
    }
  });
}

const NEEDED =
  /^stable web: 1 of the 2 ready pods that it needs for the requests that come back, half of the 4 .*minReplicas/;

/** As an autoscaler, or somebody with kubectl. */
async function scale(world: World, name: string, replicas: number): Promise<void> {
  await world.user.patch({ ...kinds.deployment, name, namespace: world.namespace }, { spec: { replicas } });
  await eventually(world, `${replicas} pods of ${name}`, async () => {
    const { status = {} } = await getDeployment(world, name);
    return (status.availableReplicas ?? 0) === replicas && (status.replicas ?? 0) === replicas;
  });
}
