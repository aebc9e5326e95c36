/** Gates that ask outside of the cluster: what the answers make of a release, on both clusters. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Outside, type Progress, readRecord, readStatus, up, type UpRequest } from '../../lib/cluster';
import type { RolloutSpec, Step } from '../../lib/core';
import { web, webBase } from './app';
import { kindsOfChecks, Scripted, smoke } from './scripted';
import { engineOf, release, userApplies, versions, type World, type Worlds } from './world';

export function checksScenarios({ make }: Worlds): void {
  describe('checks', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await userApplies(world, webBase);
    });

    const step = (over: Partial<Step> = {}): Step => ({ replicas: 1, traffic: '20%', checks: [smoke], ...over });
    const timed = (over: Partial<Step> = {}) => step({ pause: { duration: 1 }, ...over });
    const at = (steps: readonly Step[], version: string, over: Partial<RolloutSpec> = {}) =>
      web(steps, { version }, over);

    /** `graylane up` of v2, whose v1 runs. */
    async function released(
      steps: readonly Step[],
      outside: Outside | undefined,
      { over, told = [], ...request }: Partial<UpRequest> & { over?: Partial<RolloutSpec>; told?: Progress[] } = {},
    ) {
      const engine = engineOf(world, told, outside && { outside });
      return up(engine, {
        declarations: at(steps, 'v2', over),
        namespace: world.namespace,
        timeout: 60,
        ...request,
      });
    }

    const begin = (steps: readonly Step[], over?: Partial<RolloutSpec>) => release(world, at(steps, 'v1', over));
    const running = () => versions(world, { app: 'web' });
    const ledger = async () => (await readRecord(world.api, { name: 'web', namespace: world.namespace }))!.ledger;

    test('one that holds lets a timed gate pass when its time is over, and not before', async () => {
      await begin([timed()]);
      const told: Progress[] = [];
      const started = world.clock.now();
      expect(await released([timed()], new Scripted('holds'), { told })).toMatchObject({ stage: 'stable' });
      expect(world.clock.now() - started).toBeGreaterThanOrEqual(1000);
      expect(await running()).toEqual(['v2', 'v2', 'v2']);
    });

    test('one that is undecided when the time is over holds the release, and the next run goes on', async () => {
      await begin([timed()]);
      const outside = new Scripted('not-yet');
      const told: Progress[] = [];
      expect(await released([timed()], outside, { told })).toMatchObject({ stage: 'step-1/route', gate: { step: 1 } });
      expect(told).toContainEqual(
        expect.objectContaining({
          is: 'waiting',
          what: expect.stringMatching(/^smoke: .*nobody is at home/) as string,
        }),
      );
      outside.says = 'holds';
      expect(await released([timed()], outside)).toMatchObject({ stage: 'stable' });
    });

    test('whenUndecided: pass lets it go on when the time is over', async () => {
      const steps = [timed({ checks: [{ ...smoke, whenUndecided: 'pass' }] })];
      await begin(steps);
      expect(await released(steps, new Scripted('not-yet'))).toMatchObject({ stage: 'stable' });
      expect(await running()).toEqual(['v2', 'v2', 'v2']);
    });

    test.each(kindsOfChecks)('$name waits, breaks and holds as it is answered', async (check) => {
      const steps = [timed({ checks: [check] })];
      await begin(steps);
      const outside = new Scripted('not-yet');
      expect(await released(steps, outside)).toMatchObject({ gate: { step: 1 } });
      outside.says = 'broken';
      const { takenBack } = await released(steps, outside);
      expect(takenBack!.because).toMatch(new RegExp(`^${check.name}: `));
      outside.says = 'holds';
      expect(await released(steps, outside, { again: true })).toMatchObject({ stage: 'stable' });
      expect(await running()).toEqual(['v2', 'v2', 'v2']);
    });

    test('one that is broken takes the release back, and the revision is released again only on request', async () => {
      const steps = [step({ pause: { duration: 3600 } })];
      await begin(steps);
      const outside = new Scripted('broken');
      const { revision, because } = (await released(steps, outside)).takenBack!;
      expect(because).toMatch(/^smoke: /);
      expect(await running()).toEqual(['v1', 'v1', 'v1']);
      expect(await ledger()).toMatchObject({ aborted: revision, because, releases: 1 });

      outside.says = 'holds';
      expect(await released(steps, outside)).toMatchObject({ stage: 'stable', takenBack: { revision, because } });
      expect((await ledger()).releases).toBe(1);
      const status = await readStatus(world, world.namespace);
      expect(status.rollouts).toMatchObject([{ takenBack: { revision, because } }]);

      expect(await released(steps, outside, { againAfter: ['web#2'] })).toMatchObject({ stage: 'stable' });
      expect((await ledger()).releases).toBe(1);
      expect(await released(steps, outside, { againAfter: ['web#1'], longestPause: 1 })).toMatchObject({ release: 2 });
      await released(steps, outside, { abort: true });
      expect(await ledger()).not.toHaveProperty('because');
      // What somebody took back needs no word of its own.
      expect(await released(steps, outside, { longestPause: 1 })).toMatchObject({ release: 3 });
    });

    test('it is asked again while the gate waits, and breaks then', async () => {
      const steps = [step({ pause: { duration: 40 } })];
      await begin(steps);
      const outside: Scripted = new Scripted(() => (outside.asked > 1 ? 'broken' : 'not-yet'));
      expect((await released(steps, outside)).takenBack).toBeDefined();
      expect(outside.asked).toBe(2);
    });

    test('onBroken: hold keeps the release where it is, whoever approves it; the way back is open', async () => {
      const over = { onBroken: 'hold' } as const;
      const steps = [step()];
      await begin(steps, over);
      const outside = new Scripted('broken');
      const told: Progress[] = [];
      const { gate } = await released(steps, outside, { over, told });
      expect(gate).toMatchObject({ step: 1 });
      expect(told).toContainEqual(
        expect.objectContaining({ is: 'waiting', what: expect.stringMatching(/^smoke: /) as string }),
      );
      expect(await released(steps, outside, { over, approve: [gate!.approval] })).toMatchObject({ gate: { step: 1 } });
      expect(await released(steps, outside, { over, abort: true })).toMatchObject({ stage: 'stable' });
      expect(await running()).toEqual(['v1', 'v1', 'v1']);
    });

    test('an approval is not enough: it passes when the check holds, and is not asked for twice', async () => {
      await begin([step()]);
      const outside = new Scripted('not-yet');
      const { gate } = await released([step()], outside);
      expect(await released([step()], outside, { approve: [gate!.approval] })).toMatchObject({ gate: { step: 1 } });
      outside.says = 'holds';
      expect(await released([step()], outside)).toMatchObject({ stage: 'stable' });
    });

    test('a step without a pause waits for its checks, and for nothing else', async () => {
      const steps = [step({ pause: { duration: 0 } })];
      await begin(steps);
      const outside = new Scripted('not-yet');
      expect(await released(steps, outside)).toMatchObject({ gate: { step: 1 } });
      outside.says = 'holds';
      expect(await released(steps, outside)).toMatchObject({ stage: 'stable' });
    });

    test('a dry run decides nothing, and is told', async () => {
      const steps = [timed({ checks: [{ ...smoke, dryRun: true }] })];
      await begin(steps);
      expect(await released(steps, new Scripted('broken'))).toMatchObject({ stage: 'stable' });
      const events = await world.user.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: world.namespace });
      expect(events.map(({ message }) => message as string).join('\n')).toMatch(/smoke: \(dry run\) /);
    });

    test('where nobody can ask, it is undecided', async () => {
      await begin([timed()]);
      expect(await released([timed()], undefined)).toMatchObject({ gate: { step: 1 } });
    });

    test('a check of the rollout that breaks while stable is promoted takes it back to the old template', async () => {
      const over = { checks: [smoke], bakeSeconds: 3600 };
      const steps: Step[] = [{ replicas: 1, traffic: '20%', pause: { duration: 1 } }];
      await begin(steps, over);
      const outside = new Scripted('holds');
      const baking = await released(steps, outside, { over, longestPause: 5 });
      expect(baking).toMatchObject({ stage: 'promote/stable', bakesUntil: expect.any(String) as string });
      expect(await running()).toEqual(['v2', 'v2', 'v2']);
      outside.says = 'broken';
      expect((await released(steps, outside, { over })).takenBack!.because).toMatch(/^smoke: /);
      expect(await running()).toEqual(['v1', 'v1', 'v1']);
    });

    test('in promotion what is undecided passes; the canary goes when the time is over', async () => {
      const over = { checks: [smoke], bakeSeconds: 1 };
      const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
      await begin(steps, over);
      const outside = new Scripted('holds');
      const { gate } = await released(steps, outside, { over });
      const approve = [gate!.approval];
      outside.says = () => (outside.asked > 2 ? 'not-yet' : 'holds');
      expect(await released(steps, outside, { over, approve })).toMatchObject({ stage: 'stable' });
      expect(await running()).toEqual(['v2', 'v2', 'v2']);
    });

    test('an edit of the checks in mid-release counts at once, and passes no gate', async () => {
      await begin([step()]);
      const outside = new Scripted('not-yet');
      const { gate } = await released([step()], outside);
      await released([step()], outside, { approve: [gate!.approval] });
      const without = await released([step({ checks: [] })], outside);
      expect(without).toMatchObject({ gate: { step: 1 } });
      const approve = [without.gate!.approval];
      expect(await released([step({ checks: [] })], outside, { approve })).toMatchObject({ stage: 'stable' });
      expect(await running()).toEqual(['v2', 'v2', 'v2']);
    });

    test('status tells what a check says', async () => {
      await begin([step()]);
      const outside = new Scripted('not-yet');
      await released([step()], outside);
      const { rollouts } = await readStatus({ ...world, outside }, world.namespace);
      expect(rollouts[0]!.conditions).toContainEqual(
        expect.objectContaining({ condition: 'checks-hold', is: 'not-yet' }),
      );
    });
  });
}
