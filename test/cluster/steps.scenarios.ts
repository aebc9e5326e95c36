/** Steps, plans and what happens in the middle of them: the scenarios of Kruise's own end-to-end tests. */
import { beforeEach, describe, expect, test } from 'vitest';
import { destroy, type Progress, up } from '../../lib/cluster';
import type { Step } from '../../lib/core';
import { ingress, service, type Variant, web, webBase } from './app';
import { approvalOf } from './approvals';
import {
  engineOf,
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

const stagesOf = (told: readonly Progress[]) => told.flatMap((one) => (one.is === 'stage' ? [one.stage] : []));

const weights = (...all: number[]): Step[] => all.map((n) => ({ replicas: `${n}%`, traffic: `${n}%` }));

export function stepsScenarios({ make }: Worlds): void {
  describe('steps', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await userApplies(world, webBase);
    });

    test('weights 20/40/60/80/90 of 3 replicas: canary 1, 2, 2, 3, 3, then done', async () => {
      const steps = weights(20, 40, 60, 80, 90);
      const users = await begin(steps);
      let approve: string[] = [];
      const seen = [];
      for (const n of [1, 2, 3, 4, 5]) {
        const { gate } = await release(world, web(steps, { version: 'v2' }), { approve });
        expect(gate?.step).toBe(n);
        seen.push([await canaryReplicas(), await weight()]);
        approve = [gate!.approval];
      }
      expect(seen).toEqual([
        [1, '20'],
        [2, '40'],
        [2, '60'],
        [3, '80'],
        [3, '90'],
      ]);
      const done = await release(world, web(steps, { version: 'v2' }), { approve });
      expect(done.stage).toBe('stable');
      await expectOnly('v2', 3, users);
    });

    test('{20%, replicas 2}, {60%} of 5: canary 2, 3, then done', async () => {
      const steps: Step[] = [
        { replicas: 2, traffic: '20%' },
        { replicas: '60%', traffic: '60%' },
      ];
      const users = await begin(steps, { replicas: 5 });
      const first = await release(world, web(steps, { version: 'v2', replicas: 5 }));
      expect([await canaryReplicas(), await weight()]).toEqual([2, '20']);
      const second = await release(world, web(steps, { version: 'v2', replicas: 5 }), {
        approve: [first.gate!.approval],
      });
      expect([await canaryReplicas(), await weight()]).toEqual([3, '60']);
      await release(world, web(steps, { version: 'v2', replicas: 5 }), { approve: [second.gate!.approval] });
      await expectOnly('v2', 5, users);
    });

    test('rolled back at step 1: the stable template declared again is an abort', async () => {
      const users = await begin(weights(20, 60));
      await release(world, web(weights(20, 60), { version: 'v2' }));
      const back = await release(world, web(weights(20, 60)));
      expect(back.stage).toBe('stable');
      await expectOnly('v1', 3, users);
    });

    test('R7 v1, v2, v3 at step 2: the way back, then again from step 1 with v3', async () => {
      const steps = weights(20, 40, 60);
      const users = await begin(steps);
      const { gate } = await release(world, web(steps, { version: 'v2' }));
      await release(world, web(steps, { version: 'v2' }), { approve: [gate!.approval] });
      const third = await release(world, web(steps, { version: 'v3' }));
      expect(third).toMatchObject({ release: 2, gate: { step: 1 } });
      expect(await versions(world, { app: 'web-canary' })).toEqual(['v3']);
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
      await release(world, web(steps, { version: 'v3' }), { abort: true });
      await expectOnly('v1', 3, users);
    });

    test('R9 scaled from 5 to 10 at 40%: the canary goes from 2 to 4', async () => {
      await begin(weights(40, 80), { replicas: 5 });
      await release(world, web(weights(40, 80), { version: 'v2', replicas: 5 }));
      expect(await canaryReplicas()).toBe(2);
      const still = await release(world, web(weights(40, 80), { version: 'v2', replicas: 10 }));
      expect(still.gate?.step).toBe(1);
      expect(await canaryReplicas()).toBe(4);
      expect((await getDeployment(world, 'web')).spec.replicas).toBe(10);
    });

    test('R9 scaled from 10 to 5 at 60%: the canary stays at 6', async () => {
      await begin(weights(60, 80), { replicas: 10 });
      await release(world, web(weights(60, 80), { version: 'v2', replicas: 10 }));
      await release(world, web(weights(60, 80), { version: 'v2', replicas: 5 }));
      expect(await canaryReplicas()).toBe(6);
    });

    test('paused and resumed: held, neither an approval nor a new revision moves anything', async () => {
      const users = await begin(weights(20, 60));
      const { gate } = await release(world, web(weights(20, 60), { version: 'v2' }));
      const held = await release(world, web(weights(20, 60), { version: 'v3' }), {
        hold: true,
        approve: [gate!.approval],
      });
      expect(held.gate?.step).toBe(1);
      expect(await versions(world, { app: 'web-canary' })).toEqual(['v2']);
      const on = await release(world, web(weights(20, 60), { version: 'v2' }), { approve: [gate!.approval] });
      expect(on.gate?.step).toBe(2);
      await release(world, web(weights(20, 60), { version: 'v2' }), { approve: [on.gate!.approval] });
      await expectOnly('v2', 3, users);
    });

    test('R11 deleted mid-way: back to v1, then nothing of ours, stable too because we made it', async () => {
      const users = await begin(weights(20, 60));
      const declarations = web(weights(20, 60), { version: 'v2' });
      await release(world, declarations);
      await destroy(engineOf(world), { declarations, namespace: world.namespace });
      expect(await getDeployment(world, 'web')).toBeUndefined();
      expect(await leftovers()).toEqual([]);
      expect(await usersObjects(world)).toEqual(users);
    });

    test('R8 a bad image ends at the deadline, with pod and reason; v3 then goes through', async () => {
      const users = await begin(weights(50));
      const bad = release(world, web(weights(50), { version: 'broken' }), { timeout: 5 });
      await expect(bad).rejects.toMatchObject({ code: 'deadline' });
      await expect(bad).rejects.toThrow(/canary web-canary: 0\/2 ready: pod web-canary-\S+ \w*ImagePull\w*/);
      expect(await weight()).toBeUndefined();
      const { gate } = await release(world, web(weights(50), { version: 'v3' }));
      await release(world, web(weights(50), { version: 'v3' }), { approve: [gate!.approval] });
      await expectOnly('v3', 3, users);
    });

    test('aborted in promote/: stable rolls back while the route stays, then everything goes', async () => {
      const users = await begin(weights(50));
      await intoPromotion(weights(50));
      expect(await weight()).toBe('50');
      const told: Progress[] = [];
      await up(engineOf(world, told), { declarations: web(weights(50)), namespace: world.namespace });
      expect(stagesOf(told)).toEqual(['abort/stable', 'abort/unroute', 'start']);
      await expectOnly('v1', 3, users);
    });

    test('v3 in promote/: the way back first, then v3 from step 1', async () => {
      const users = await begin(weights(50));
      await intoPromotion(weights(50));
      const third = await release(world, web(weights(50), { version: 'v3' }));
      expect(third.gate?.step).toBe(1);
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
      await release(world, web(weights(50), { version: 'v3' }), { approve: [third.gate!.approval] });
      await expectOnly('v3', 3, users);
    });

    test('a quota that stops the canary is named', async () => {
      await begin(weights(50));
      await world.user.create({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'pods', namespace: world.namespace },
        spec: { hard: { pods: '4' } },
      });
      const stopped = release(world, web(weights(50), { version: 'v2' }), { timeout: 5 });
      await expect(stopped).rejects.toThrow(/exceeded quota/);
      const { stage } = await release(world, web(weights(50)));
      expect(stage).toBe('stable');
      expect(await ours(world)).toEqual([]);
    });

    test('the plan cut from 5 to 3 steps at step 2: goes on with the new one', async () => {
      const users = await begin(weights(20, 40, 60, 80, 90));
      const { gate } = await release(world, web(weights(20, 40, 60, 80, 90), { version: 'v2' }));
      await release(world, web(weights(20, 40, 60, 80, 90), { version: 'v2' }), { approve: [gate!.approval] });
      const cut = weights(20, 40, 100);
      const third = await release(world, web(cut, { version: 'v2' }), { approve: ['web#1/step-2'] });
      expect(third.gate?.step).toBe(3);
      expect(await canaryReplicas()).toBe(3);
      await release(world, web(cut, { version: 'v2' }), { approve: [third.gate!.approval] });
      await expectOnly('v2', 3, users);
    });

    test('a header first, then a weight', async () => {
      const steps: Step[] = [
        { replicas: 1, matches: [{ headers: [{ type: 'RegularExpression', name: 'user', value: 'a.*' }] }] },
        { replicas: 2, traffic: '30%' },
      ];
      const users = await begin(steps);
      const { gate } = await release(world, web(steps, { version: 'v2' }));
      expect((await route())?.metadata.annotations).toMatchObject({
        'nginx.ingress.kubernetes.io/canary-by-header-pattern': '^(?:a.*)$',
      });
      const second = await release(world, web(steps, { version: 'v2' }), { approve: [gate!.approval] });
      expect(await weight()).toBe('30');
      expect((await route())?.metadata.annotations).not.toHaveProperty([
        'nginx.ingress.kubernetes.io/canary-by-header',
      ]);
      await release(world, web(steps, { version: 'v2' }), { approve: [second.gate!.approval] });
      await expectOnly('v2', 3, users);
    });

    test('a NodePort Service: its canary Service is of ClusterIP', async () => {
      const ports = [{ name: 'http', port: 80, targetPort: 8080, nodePort: undefined }];
      await userApplies(world, [service('web', { type: 'NodePort', ports })]);
      const users = await begin(weights(50));
      const { gate } = await release(world, web(weights(50), { version: 'v2' }));
      const canary = await find(world, { apiVersion: 'v1', kind: 'Service' }, 'web-canary');
      expect((canary?.spec as { type?: string }).type ?? 'ClusterIP').toBe('ClusterIP');
      await release(world, web(weights(50), { version: 'v2' }), { approve: [gate!.approval] });
      await expectOnly('v2', 3, users);
    });

    test('ALB: header and weight on Ingresses of their own, to a canary Service of NodePort', async () => {
      const steps: Step[] = [{ replicas: 1, traffic: '30%', matches: [{ headers: [{ name: 'user', value: 'a' }] }] }];
      const alb = {
        trafficRoutings: [{ service: 'web', gracePeriodSeconds: 1, ingress: { classType: 'alb', name: 'web' } }],
      };
      await userApplies(world, [service('web', { type: 'NodePort' }), ingress('web', 'alb')]);
      await release(world, web(steps, {}, alb));
      const users = await usersObjects(world);
      const { gate } = await release(world, web(steps, { version: 'v2' }, alb));
      expect(await ours(world)).toEqual([
        'Deployment web-canary',
        'Ingress web-canary',
        'Ingress web-canary-2',
        'Service web-canary',
      ]);
      const canary = await find(world, { apiVersion: 'v1', kind: 'Service' }, 'web-canary');
      expect(canary?.spec).toMatchObject({ type: 'NodePort' });
      await release(world, web(steps, { version: 'v2' }, alb), { approve: [gate!.approval] });
      await expectOnly('v2', 3, users);
    });

    test('jumps 1, 2, 3 -> 2 -> 1 -> 3: routes follow, the canary is never scaled down', async () => {
      const steps = weights(20, 40, 80);
      const users = await begin(steps);
      const v2 = web(steps, { version: 'v2' });
      await release(world, v2);
      const seen: unknown[] = [];
      for (const to of [3, 2, 1, 3]) {
        const { gate } = await release(world, v2, { to });
        seen.push([gate?.step, await weight(), await canaryReplicas()]);
      }
      expect(seen).toEqual([
        [3, '80', 3],
        [2, '40', 3],
        [1, '20', 3],
        [3, '80', 3],
      ]);
      await release(world, v2, { approve: ['web#1/step-3'] });
      await expectOnly('v2', 3, users);
    });

    test('timed gates pass by themselves; a longer one than asked for is left for the next run', async () => {
      const steps: Step[] = [
        { replicas: 1, traffic: '20%', pause: { duration: 1 } },
        { replicas: 1, traffic: '40%', pause: { duration: 3600 } },
      ];
      await begin(steps);
      const { gate } = await release(world, web(steps, { version: 'v2' }), { longestPause: 10 });
      expect(gate?.step).toBe(2);
      expect(Date.parse(gate!.until!) - world.clock.now()).toBeGreaterThan(3500_000);
    });

    test('an approval of an earlier release passes nothing', async () => {
      await begin(weights(50));
      const { gate } = await release(world, web(weights(50), { version: 'v2' }));
      await release(world, web(weights(50)));
      await release(world, web(weights(50), { version: 'v3' }));
      const still = await release(world, web(weights(50), { version: 'v3' }), { approve: [gate!.approval] });
      expect(still.gate?.approval).toEqual(approvalOf('web#2/step-1'));
    });

    test('direct: straight to the revision, also in mid-release', async () => {
      const users = await begin(weights(50));
      await release(world, web(weights(50), { version: 'v2' }));
      const done = await release(world, web(weights(50), { version: 'v3' }), { direct: true });
      expect(done.stage).toBe('stable');
      await expectOnly('v3', 3, users);
    });

    async function begin(steps: readonly Step[], variant: Variant = {}): Promise<unknown[]> {
      await release(world, web(steps, variant));
      return usersObjects(world);
    }

    /** Stops in promote/stable, because one stable pod of v2 cannot start any more. */
    async function intoPromotion(steps: readonly Step[]): Promise<void> {
      const { gate } = await release(world, web(steps, { version: 'v2' }));
      const quota = {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'full', namespace: world.namespace },
        spec: { hard: { pods: '1' } },
      };
      await world.user.create(quota);
      const stopped = release(world, web(steps, { version: 'v2' }), { approve: [gate!.approval], timeout: 3 });
      await expect(stopped).rejects.toThrow(/promote\/stable/);
      await world.user.delete({ ...quota, name: 'full', namespace: world.namespace });
    }

    async function canaryReplicas(): Promise<number | undefined> {
      return (await getDeployment(world, 'web-canary')).spec.replicas;
    }

    function route() {
      return find(world, ingressKind, 'web-canary');
    }

    async function weight(): Promise<string | undefined> {
      return (await route())?.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];
    }

    /** R3, R10: one version runs, nothing of ours is left, nothing of the user's has changed. */
    async function expectOnly(version: string, replicas: number, users: unknown[]): Promise<void> {
      expect(await versions(world, { app: 'web' })).toEqual(Array.from({ length: replicas }, () => version));
      expect(await versions(world, { app: 'web-canary' })).toEqual([]);
      const { spec } = await getDeployment(world, 'web');
      expect(spec.paused).toBeUndefined();
      expect(spec.replicas).toBe(replicas);
      expect(await ours(world)).toEqual([]);
      expect(await usersObjects(world)).toEqual(users);
    }

    /** What carries our names, in the kinds in which we store. */
    async function leftovers(): Promise<string[]> {
      const stored = await Promise.all(
        [
          { apiVersion: 'v1', kind: 'ConfigMap' },
          { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
        ].map((kind) => world.user.list(kind, { namespace: world.namespace })),
      );
      const names = stored.flat().map(({ metadata }) => metadata.name);
      return [...(await ours(world)), ...names.filter((name) => name.startsWith('graylane'))];
    }
  });
}
