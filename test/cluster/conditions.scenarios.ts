/** What a stage waits for: the same answer, in the same words, wherever somebody looks. */
import { describe, expect, test } from 'vitest';
import { type Progress, readStatus, up } from '../../lib/cluster';
import type { Step } from '../../lib/core';
import { web, webBase } from './app';
import { engineOf, release, userApplies, type Worlds } from './world';

export function conditionScenarios({ make }: Worlds): void {
  describe('conditions', () => {
    test('are told alike by the run, by status and by Events', async () => {
      const world = await make();
      await userApplies(world, webBase);
      const steps: Step[] = [{ replicas: 1, traffic: '20%', pause: { duration: 3600 } }];
      await release(world, web(steps));
      const v2 = web(steps, { version: 'unready' });
      const told: Progress[] = [];
      const request = { declarations: v2, namespace: world.namespace, rollout: 'web', timeout: 3, longestPause: 1 };
      await expect(up(engineOf(world, told), request)).rejects.toMatchObject({ code: 'deadline' });
      const unready = { condition: 'canary-ready', is: 'not-yet' };
      const [canary] = (await status()).conditions;
      expect(canary).toMatchObject(unready);
      expect(told).toContainEqual(
        expect.objectContaining({ is: 'waiting', what: (canary as { awaited: string }).awaited }),
      );

      await up(engineOf(world), { ...request, abort: true, timeout: 60 });
      const good = { ...request, declarations: web(steps, { version: 'v2' }), timeout: 60 };
      const { gate } = await up(engineOf(world), good);
      const gates = (await status()).conditions;
      expect(gates.map(({ condition, is }) => [condition, is])).toEqual([
        ['time-over', 'not-yet'],
        ['approval', 'not-yet'],
      ]);
      expect(gates[0]).toMatchObject({ awaited: `the pause ends at ${gate!.until}`, until: gate!.until });
      expect(gates[1]).toMatchObject({ awaited: `approval of step 1: ${gate!.approval}` });
      const stories = await world.user.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: world.namespace });
      const lines = stories
        .map((event) => event['message'] as string)
        .filter((line) => line.includes('release 2 of web'));
      expect(lines.join('\n')).toMatch(/step-1\/route \(Deployment web-canary ready at [0-9a-f]{12}\)/);

      async function status() {
        return (await readStatus(world, world.namespace)).rollouts.find(({ rollout }) => rollout === 'web')!;
      }
    });
  });
}
