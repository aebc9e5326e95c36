/** A run that stays: at gates it only looks, others approve and abort meanwhile, and what dies is seen. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Engine, follow, type FollowRequest, kinds, type Outcome, type Progress } from '../../lib/cluster';
import type { Declarations, Step } from '../../lib/core';
import { web, webBase } from './app';
import { Scripted, smoke } from './scripted';
import {
  engineOf,
  eventually,
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

const timed: Step[] = [
  { replicas: 1, traffic: '20%', pause: { duration: 2 } },
  { replicas: 1, traffic: '60%', pause: { duration: 2 } },
];
const manual: Step[] = [{ replicas: 1, traffic: '20%' }];
const approve = ['web#1/step-1'];

export function followScenarios({ make }: Worlds): void {
  describe('a run that stays', () => {
    let world: World;
    let told: Progress[];
    beforeEach(async () => {
      world = await make();
      told = [];
      await userApplies(world, webBase);
      await release(world, web(manual));
    });

    test('timed gates pass by themselves, to the end', async () => {
      expect(await stay(web(timed, { version: 'v2' }))).toMatchObject({ stage: 'stable' });
      expect(stages()).toEqual(expect.arrayContaining(['step-1/route', 'step-2/route', 'promote/stable']));
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
      expect(await ours(world)).toEqual([]);
    });

    test('it ends at a gate that needs an approval', async () => {
      const steps: Step[] = [timed[0]!, { replicas: 1, traffic: '60%' }];
      expect(await stay(web(steps, { version: 'v2' }))).toMatchObject({ stage: 'step-2/route', gate: { step: 2 } });
    });

    test('an approval that another run gives meanwhile is seen', async () => {
      const v2 = web(manual, { version: 'v2' });
      const staying = stay(v2, { until: 'end' });
      await atGate();
      // What passes the gate is told: nobody else is there to tell it.
      const waits = /^web waits at step-1; to go on: web#1-\w+\/step-1$/;
      expect(told.some((one) => one.is === 'waiting' && waits.test(one.what))).toBe(true);
      await release(world, v2, { approve });
      expect(await staying).toMatchObject({ stage: 'stable' });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    });

    test('an abort by another run at a gate: the way back, and no second release of the same', async () => {
      const v2 = web(manual, { version: 'v2' });
      const staying = stay(v2, { until: 'end' });
      await atGate();
      await release(world, v2, { abort: true });
      expect(await staying).toMatchObject({ stage: 'stable' });
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
      expect(await ours(world)).toEqual([]);
    });

    test('R6 an abort while it walks: it gives its Lease up to whoever asks for it', async () => {
      const v2 = web(manual, { version: 'unready' });
      const staying = stay(v2, { until: 'end', timeout: 600 });
      await eventually(world, 'the wait for the canary', async () => told.some(({ is }) => is === 'waiting'));
      await release(world, v2, { abort: true });
      expect(await staying).toMatchObject({ stage: 'stable' });
      expect(await ours(world)).toEqual([]);
    });

    test('R5 a canary that dies at its gate: the route is closed within 60 s, and it comes back', async () => {
      const staying = stay(web(manual, { version: 'v2' }), { until: 'end' });
      await atGate();
      const died = world.clock.now();
      await world.user.delete({ ...kinds.deployment, name: 'web-canary', namespace: world.namespace });
      await eventually(world, 'no Ingress', async () => !(await find(world, ingressKind, 'web-canary')));
      expect(world.clock.now() - died).toBeLessThan(60_000);
      await eventually(world, 'the open route', async () => !!(await find(world, ingressKind, 'web-canary')));
      expect(stages().slice(-3)).toEqual(['step-1/unroute', 'step-1/canary', 'step-1/route']);
      await release(world, web(manual, { version: 'v2' }), { approve });
      expect(await staying).toMatchObject({ stage: 'stable' });
    });

    test('R7 what another run declares meanwhile is not undone', async () => {
      const staying = stay(web(manual, { version: 'v2' }), { until: 'end' });
      await atGate();
      await release(world, web(manual, { version: 'v3', replicas: 2 }));
      expect(await staying).toBeUndefined();
      expect(await versions(world, { app: 'web-canary' })).toEqual(['v3']);
      expect((await getDeployment(world, 'web')).spec.replicas).toBe(2);
    });

    const asking: Step[] = [{ replicas: 1, traffic: '20%', pause: { duration: 1 }, checks: [smoke] }];

    test('a check that does not know is asked until it does, and the release goes on', async () => {
      const outside = new Scripted('not-yet');
      const staying = stay(web(asking, { version: 'v2' }), {}, { outside });
      await eventually(world, 'a second question', async () => outside.asked > 1);
      outside.says = 'holds';
      expect(await staying).toMatchObject({ stage: 'stable' });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    });

    test('a check that breaks while nobody is there: the way back, and no second release of the same', async () => {
      const outside: Scripted = new Scripted(() => (outside.asked > 2 ? 'broken' : 'not-yet'));
      const end = await stay(web(manual, { version: 'v2' }, { checks: [smoke] }), { until: 'end' }, { outside });
      expect(end).toMatchObject({
        stage: 'stable',
        releases: 1,
        takenBack: { because: expect.stringMatching(/^smoke: /) as string },
      });
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
      expect(await ours(world)).toEqual([]);
    });

    test('a promoted revision is watched by itself until its time is over', async () => {
      const over = { bakeSeconds: 2, checks: [smoke] };
      const end = await stay(web(timed, { version: 'v2' }, over), {}, { outside: new Scripted('holds') });
      expect(end).toMatchObject({ stage: 'stable' });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    });

    test('interrupted at a gate: it says so, holds nothing, and the next run goes on', async () => {
      const controller = new AbortController();
      const v2 = web(manual, { version: 'v2' });
      const staying = stay(v2, { until: 'end' }, { signal: controller.signal });
      const stopped = expect(staying).rejects.toThrow('stopped');
      await atGate();
      controller.abort(new Error('stopped'));
      await stopped;
      expect(await release(world, v2, { approve })).toMatchObject({ stage: 'stable' });
    });

    function stay(
      declarations: Declarations,
      request: Partial<FollowRequest> = {},
      over: Partial<Engine> = {},
    ): Promise<Outcome | undefined> {
      return follow(engineOf(world, told, over), { declarations, namespace: world.namespace, timeout: 60, ...request });
    }

    function stages(): string[] {
      return told.flatMap((one) => (one.is === 'stage' ? [one.stage] : []));
    }

    /** The run stands at the gate, tells so, and has given its Lease back. */
    async function atGate(): Promise<void> {
      await eventually(world, 'the gate', async () => {
        const lease = await find(world, kinds.lease, 'graylane-rollout-web');
        const held = (lease?.spec as { holderIdentity?: string }).holderIdentity !== undefined;
        return !held && told.some((one) => one.is === 'waiting' && one.what.startsWith('web waits at step-1'));
      });
    }
  });
}
