/** Records that somebody has damaged: told by name, and nobody else's standstill. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Progress, readLane, readStatus, up } from '../../lib/cluster';
import { atTheirGates, configMap, v2 } from './damaged';
import { engineOf, find, ingressKind, release, type World } from './world';

const B = 'graylane-rollout-rollout-b';
const LANE = 'graylane-lane-mse-traffic';

let world: World;
beforeEach(async () => {
  world = await atTheirGates();
});

function damage(name: string, key: string, text: string) {
  return world.user.patch({ ...configMap, name, namespace: world.namespace }, { data: { [key]: text } });
}

describe('a damaged record', () => {
  test.each([
    ['rollout', '{}', /data\.rollout: rollout is missing/],
    ['rollout', 'no json', /data\.rollout: it is no JSON/],
    ['rollout', '{"rollout": "rollout-b", "workload": "spring-cloud-b", "created": true, "plan": {}}', /plan\.steps/],
    ['ledger', '{}', /data\.ledger/],
    ['ledger', '', /data\.ledger/],
    ['ledger', '[null]', /data\.ledger/],
  ])('%s: %s is told by its ConfigMap, and left out', async (key, text, why) => {
    await damage(B, key, text);
    const { rollouts, damaged } = await readStatus(world, world.namespace);
    expect(rollouts.map(({ rollout }) => rollout)).toEqual(['rollout-a']);
    expect(damaged).toEqual([{ name: B, namespace: world.namespace, what: expect.stringMatching(why) as unknown }]);
    expect(damaged[0]!.what).toContain(`ConfigMap ${world.namespace}/${B}`);
    await expect(release(world, v2, { rollout: 'rollout-b' })).rejects.toThrow(why);
    await expect(release(world, v2, { rollout: 'rollout-b' })).rejects.toThrow(B);
  });

  test('stops neither the way forward nor the way back of the other member of its lane', async () => {
    await damage(B, 'rollout', '{}');
    expect((await release(world, v2, { rollout: 'rollout-a', abort: true })).stage).toBe('stable');
    // What cannot be read may still hold the lane: it stays open.
    expect(await find(world, ingressKind, 'spring-cloud-a-canary')).toBeDefined();
    const { gate } = await release(world, v2, { rollout: 'rollout-a' });
    expect((await release(world, v2, { rollout: 'rollout-a', approve: [gate!.approval] })).stage).toBe('stable');
  });

  test.each([
    ['holders', '{}', /data\.holders: it is Object, and not Array/],
    ['holders', '[null]', /data\.holders: 0 is null, and not Object/],
    ['spec', '{"name": "mse-traffic"}', /data\.spec: objectRef is missing/],
  ])('of a lane, %s: %s is told by ConfigMap and field, and made anew with all who hold it', async (key, text, why) => {
    await damage(LANE, key, text);
    const { lanes, damaged, rollouts } = await readStatus(world, world.namespace);
    expect([lanes, rollouts.length]).toEqual([[], 2]);
    expect(damaged).toMatchObject([{ name: LANE, what: expect.stringMatching(why) as unknown }]);
    const told: Progress[] = [];
    const engine = engineOf(world, told);
    await up(engine, { declarations: v2, namespace: world.namespace, rollout: 'rollout-a', abort: true });
    const warned = told.flatMap((one) => (one.is === 'warning' ? [one.what] : []));
    expect(warned).toEqual([expect.stringMatching(why)]);
    const record = await readLane(world.api, { name: 'mse-traffic', namespace: world.namespace });
    expect(record!.holders.map(({ rollout }) => rollout)).toEqual(['rollout-b']);
    expect(await find(world, ingressKind, 'spring-cloud-a-canary')).toBeDefined();
  });
});
