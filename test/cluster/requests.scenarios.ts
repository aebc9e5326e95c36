/** Gates that count requests, with the metrics of every system: what the counters make of a release, on both clusters. */
import { describe, expect, test } from 'vitest';
import { up } from '../../lib/cluster';
import { metricsPresets, type RequestsCheck, type Step } from '../../lib/core';
import { scriptedOutside } from '../../lib/simulated';
import { web, webBase } from './app';
import { engineOf, release, userApplies, versions, type Worlds } from './world';

const own = { failed: 'http_requests_total{ {{canary}}, code=~"5.." }', total: 'http_requests_total{ {{canary}} }' };

const all: readonly RequestsCheck['metrics'][] = [...metricsPresets, own];
const limits = [{ atMost: '1%' }, { noWorseThan: {} }] as const;

/** Each release has a cluster of its own, or a namespace: on a real one they wait side by side. */
export function requestsScenarios({ make }: Worlds): void {
  describe.concurrent.each(all.flatMap((metrics) => limits.map((limit) => [metrics, limit] as const)))(
    'requests by %j, %j',
    (metrics, limit) => {
      test.each([
        ['few', { failing: 0 }, 'v2', /^$/],
        ['many', { failing: 0.08 }, 'v1', /^errors: of web-canary [\d,]+ of [\d,]+ requests /],
        ['none of which is known', 'not-yet', 'v1', /^$/],
      ] as const)('%s fail', async (_, played, end, because) => {
        const world = await make();
        await userApplies(world, webBase);
        const requests = { prometheus: 'http://prometheus/', metrics, ...limit };
        const steps: Step[] = [
          { replicas: 1, traffic: '20%', pause: { duration: 120 }, checks: [{ name: 'errors', requests }] },
        ];
        await release(world, web(steps));
        const engine = engineOf(world, [], { outside: scriptedOutside({ errors: played }) });
        const outcome = await up(engine, { declarations: web(steps, { version: 'v2' }), namespace: world.namespace });
        expect(outcome.takenBack?.because ?? '').toMatch(because);
        expect(outcome.release).toBe(played === 'not-yet' ? 1 : undefined);
        expect(await versions(world, { app: 'web' })).toEqual([end, end, end]);
      });
    },
  );
}
