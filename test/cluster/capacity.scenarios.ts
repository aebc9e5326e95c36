/** R3: requests come back to stable when it has the pods for them, whoever scaled it meanwhile. */
import { describe, expect, test } from 'vitest';
import { type Api, kinds, readStatus, type RolloutStatus } from '../../lib/cluster';
import type { Declarations, Step } from '../../lib/core';
import { laneRollout, sample, sampleBase, web, webBase } from './app';
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
          code: 'deadline',
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
      await expect(release(world, v2(), { ...request, timeout: 3 })).rejects.toMatchObject({ code: 'deadline', at });
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

    test('a lane is left as slowly', async () => {
      const world = await make();
      await userApplies(world, sampleBase);
      const app = (version: string): Declarations => ({
        ...sample({ a: { version, replicas: null } }),
        rollouts: [laneRollout('rollout-a', 'spring-cloud-a')],
      });
      await release(world, app('v1'));
      await scale(world, 'spring-cloud-a', 4);
      await release(world, app('v1'));
      await release(world, app('v2'));
      await scale(world, 'spring-cloud-a', 1);
      const stuck = release(world, app('v2'), { approve: ['rollout-a#1/step-1'], timeout: 3 });
      await expect(stuck).rejects.toMatchObject({ code: 'deadline', at: 'rollout-a: promote/unroute' });
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
  /^stable web: 1 of the 2 ready pods that it needs for the requests that come back, half of the most .*minReplicas/;

/** As an autoscaler, or somebody with kubectl. */
async function scale(world: World, name: string, replicas: number): Promise<void> {
  await world.user.patch({ ...kinds.deployment, name, namespace: world.namespace }, { spec: { replicas } });
  await eventually(world, `${replicas} pods of ${name}`, async () => {
    const { status = {} } = await getDeployment(world, name);
    return (status.availableReplicas ?? 0) === replicas && (status.replicas ?? 0) === replicas;
  });
}
