/** What a run that stays bears: a server that is away, for however long. */
import { describe, expect, test } from 'vitest';
import { ApiError, follow, type Outcome, type Progress } from '../../lib/cluster';
import type { Step } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';
import { web, webBase } from './app';
import { worldOf } from './simulated.world';
import { engineOf, find, ingressKind, release, userApplies, versions, type World } from './world';

const hour = 3600_000;

interface Outage {
  readonly from: number;
  readonly until: number;
  readonly status: number;
  calls: number;
}

async function scene(): Promise<{ world: World; cluster: SimulatedCluster; outages: Outage[] }> {
  const cluster = new SimulatedCluster();
  const outages: Outage[] = [];
  const world = worldOf(cluster, () => {
    const now = cluster.clock.now();
    const outage = outages.find(({ from, until }) => from <= now && now < until);
    if (!outage) return;
    outage.calls++;
    throw new ApiError(outage.status, '', 'the server is away');
  });
  await userApplies(world, webBase);
  return { world, cluster, outages };
}

function staying(world: World, steps: Step[], told: Progress[]): Promise<Outcome | undefined> {
  const declarations = web(steps, { version: 'v2' });
  return follow(engineOf(world, told), { declarations, namespace: world.namespace, timeout: 60 });
}

const warnings = (told: readonly Progress[]) => told.flatMap((one) => (one.is === 'warning' ? [one.what] : []));

describe('a server that is away', () => {
  const steps: Step[] = [{ replicas: 1, traffic: '20%', pause: { duration: 2 * 3600 } }];

  test.each([
    ['no connection', 0],
    ['an error of the server', 500],
    ['too many requests', 429],
    ['credentials that have run out', 401],
  ])(
    '%s for three hours at a gate: told once, asked every 30 s at most, and the release goes to its end',
    async (_, status) => {
      const { world, outages } = await scene();
      await release(world, web(steps));
      const from = world.clock.now() + hour;
      outages.push({ from, until: from + 3 * hour, status, calls: 0 });
      const told: Progress[] = [];
      expect(await staying(world, steps, told)).toMatchObject({ stage: 'stable' });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
      const away = warnings(told).filter((what) => what.includes('the server is away'));
      expect(away).toEqual(['the server is away; it is tried again until it works']);
      // The pauses grow to 30 s: some 360 in three hours, and not one more than the first ones make.
      expect(outages[0]!.calls).toBeGreaterThan(300);
      expect(outages[0]!.calls).toBeLessThan(400);
    },
  );

  test.each([0, 200, 1000, 2000, 5000])('away %i ms after it began, for an hour: the same end', async (after) => {
    const { world, outages } = await scene();
    await release(world, web(steps));
    const from = world.clock.now() + after;
    outages.push({ from, until: from + hour, status: 0, calls: 0 });
    expect(await staying(world, steps, [])).toMatchObject({ stage: 'stable' });
    expect(outages[0]!.calls).toBeGreaterThan(0);
    expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
  });

  test('R5 the canary has died meanwhile: its route is closed within 60 s of the return', async () => {
    const { world, outages } = await scene();
    await release(world, web(steps));
    const from = world.clock.now() + 0.5 * hour;
    outages.push({ from, until: from + hour, status: 0, calls: 0 });
    const end = staying(world, steps, []);
    await world.clock.sleep(hour);
    // The user's own calls are answered all the same: somebody else's hands.
    await world.user.delete({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'web-canary',
      namespace: world.namespace,
    });
    await world.clock.sleep(from + hour + 60_000 - world.clock.now());
    const route = await find(world, ingressKind, 'web-canary');
    const created = Date.parse(route?.metadata.creationTimestamp ?? '');
    expect(Number.isNaN(created) || created > from + hour).toBe(true);
    expect(await end).toMatchObject({ stage: 'stable' });
  });
});
