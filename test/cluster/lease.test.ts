/** R6: one writer; who is alive is judged by watching, on whatever clock. */
import { describe, expect, test } from 'vitest';
import { acquire, type Api, ApiError, delegating, type Engine, kinds, type Lock } from '../../lib/cluster';
import { SimulatedCluster } from '../../lib/simulated';
import { gateways } from '../../lib/gateways';

const request = { name: 'lease', namespace: 'shop', rollout: 'web', labels: {}, patience: 0 };
const ref = { ...kinds.lease, name: 'lease', namespace: 'shop' };

/** @param ahead how far its clock is off, in ms: the cluster's clock, as another machine sees it */
function engineOn(
  cluster: SimulatedCluster,
  name: string,
  { ahead = 0, api = cluster.client() }: { ahead?: number; api?: Api } = {},
): Engine {
  const { clock } = cluster;
  return {
    api,
    clock: { now: () => clock.now() + ahead, sleep: (ms, signal) => clock.sleep(ms, signal) },
    random: { id: () => name },
    gateways,
    report: () => {},
    leaseSeconds: 15,
  };
}

async function holder(cluster: SimulatedCluster): Promise<string | undefined> {
  const lease = await cluster.client().get(ref);
  return (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;
}

/** Holds the Lease and never renews it: its process was killed. */
async function dead(cluster: SimulatedCluster, renewTime: string): Promise<void> {
  const spec = { holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime };
  await cluster.client().create({ ...kinds.lease, metadata: { name: 'lease', namespace: 'shop' }, spec });
}

describe('R6 a Lease', () => {
  test('R6 is free at once after it was given back', async () => {
    const cluster = new SimulatedCluster();
    const first = await acquire(engineOn(cluster, 'a'), request);
    expect(await holder(cluster)).toBe('a');
    await first.release();
    expect(await holder(cluster)).toBeUndefined();
    const before = cluster.clock.now();
    const second = await acquire(engineOn(cluster, 'b'), request);
    expect(cluster.clock.now()).toBe(before);
    await second.release();
  });

  test.each([true, false])(
    'R6 is not lost by who has it now, by a run that gives it back late (useless: %s)',
    async (useless) => {
      const cluster = new SimulatedCluster();
      const api = cluster.client();
      // Asleep between its look at the Lease and its write, for longer than the Lease lasts.
      const taken = async () => {
        const live = (await api.get(ref))!;
        await api.update({ ...live, spec: { ...(live.spec as object), holderIdentity: 'other' } });
      };
      const late: Api = {
        ...delegating(api),
        delete: async (...args) => taken().then(() => api.delete(...args)),
        update: async (object) => taken().then(() => api.update(object)),
      };
      await (await acquire(engineOn(cluster, 'a', { api: late }), request)).release({ useless });
      expect(await holder(cluster)).toBe('other');
    },
  );

  test.each([
    ['goes with a run that has stored nothing, if it was not there before', false, true, undefined],
    ['stays after a run that has stored something', false, false, 'free'],
    ['stays where it was there before', true, true, 'free'],
  ])('R6 %s', async (_, before, useless, left) => {
    const cluster = new SimulatedCluster();
    if (before) await (await acquire(engineOn(cluster, 'a'), request)).release();
    await (await acquire(engineOn(cluster, 'b'), request)).release({ useless });
    expect((await cluster.client().get(ref)) && ((await holder(cluster)) ?? 'free')).toBe(left);
  });

  test('R6 that somebody else has taken over stays his, whatever its first holder has stored', async () => {
    const cluster = new SimulatedCluster();
    const first = await acquire(engineOn(cluster, 'a'), request);
    const lease = (await cluster.client().get(ref))!;
    await cluster.client().update({ ...lease, spec: { ...(lease.spec as object), holderIdentity: 'b' } });
    await first.release({ useless: true });
    expect(await holder(cluster)).toBe('b');
  });

  describe('R6 of a run that stays', () => {
    const staying = { ...request, yields: true };

    test('R6 is given up to whoever asks for it, within a third of what it lasts, and to nobody else', async () => {
      const cluster = new SimulatedCluster();
      const first = await acquire(engineOn(cluster, 'a'), staying);
      const given = new Promise<void>((resolve) => {
        first.signal.addEventListener('abort', () => void first.release().then(resolve));
      });
      const before = cluster.clock.now();
      const second = await acquire(engineOn(cluster, 'b'), { ...request, patience: 15 });
      expect(cluster.clock.now() - before).toBeLessThanOrEqual(7_000);
      expect(first.signal.reason).toMatchObject({ code: 'lease-lost', what: 'another run has asked for it' });
      // Nothing more is written under it.
      await expect(first.check()).rejects.toMatchObject({ code: 'lease-lost' });
      await given;
      expect(await holder(cluster)).toBe('b');
      await second.release();
    });

    test('R6 is not asked for by another that stays: it waits', async () => {
      const cluster = new SimulatedCluster();
      const first = await acquire(engineOn(cluster, 'a'), staying);
      const second = acquire(engineOn(cluster, 'b'), { ...staying, patience: Infinity });
      await cluster.clock.sleep(120_000);
      expect(first.signal.aborted).toBe(false);
      await first.release();
      await (await second).release();
    });

    test('R6 of any other run is not given up, whoever asks', async () => {
      const cluster = new SimulatedCluster();
      const api = cluster.client();
      const first = await acquire(engineOn(cluster, 'a'), request);
      const lease = (await api.get(ref))!;
      const annotations = { 'graylane.io/yields': 'true', 'graylane.io/wanted-by': 'b' };
      await api.update({ ...lease, metadata: { ...lease.metadata, annotations } });
      await cluster.clock.sleep(60_000);
      expect(first.signal.aborted).toBe(false);
      expect(await holder(cluster)).toBe('a');
      await first.release();
    });

    test('R6 whoever asked the one before is nothing to the next', async () => {
      const cluster = new SimulatedCluster();
      const first = await acquire(engineOn(cluster, 'a'), staying);
      const second = acquire(engineOn(cluster, 'b'), { ...request, patience: 15 });
      await cluster.clock.sleep(8_000);
      await first.release();
      await (await second).release();
      const third = await acquire(engineOn(cluster, 'c'), staying);
      await cluster.clock.sleep(60_000);
      expect(third.signal.aborted).toBe(false);
      await third.release();
    });
  });

  test('R6 that is renewed: a newcomer waits one duration at most, then is told who and since when', async () => {
    const cluster = new SimulatedCluster();
    const first = await acquire(engineOn(cluster, 'a'), request);
    const before = cluster.clock.now();
    const refused = acquire(engineOn(cluster, 'b'), request);
    await expect(refused).rejects.toMatchObject({ code: 'lease-held' });
    await expect(refused).rejects.toThrow(/held by a since 2026-01-01T00:00:00/);
    expect(cluster.clock.now() - before).toBeLessThanOrEqual(15_000);
    expect(await holder(cluster)).toBe('a');
    await first.release();
  });

  test('R6 of a dead holder is taken over after one duration, not before, though its writer’s clock was a day ahead', async () => {
    const cluster = new SimulatedCluster();
    await dead(cluster, '2026-01-02T00:00:00.000000Z');
    const before = cluster.clock.now();
    const lock = await acquire(engineOn(cluster, 'b'), request);
    expect(cluster.clock.now() - before).toBeGreaterThanOrEqual(15_000);
    expect(cluster.clock.now() - before).toBeLessThan(20_000);
    await lock.release();
  });

  test('R6 that is held: it is told once by whom, and when a dead one loses it', async () => {
    const cluster = new SimulatedCluster();
    await dead(cluster, '2026-01-01T00:00:00.000000Z');
    const told: object[] = [];
    const lock = await acquire({ ...engineOn(cluster, 'b'), report: (progress) => told.push(progress) }, request);
    const what = 'Lease shop/lease is held by dead; a run that has died loses it after 15 s';
    expect(told).toEqual([{ rollout: 'web', is: 'waiting', what }]);
    await lock.release();
  });

  test('R6 of a dead holder, seen by a real clock that goes on between two looks', async () => {
    const cluster = new SimulatedCluster();
    await dead(cluster, '2020-01-01T00:00:00.000000Z');
    let drift = 0;
    const engine = engineOn(cluster, 'b');
    const lock = await acquire(
      { ...engine, clock: { ...engine.clock, now: () => cluster.clock.now() + drift++ } },
      request,
    );
    expect(await holder(cluster)).toBe('b');
    await lock.release();
  });

  test('R6 of a living holder is kept, though the newcomer’s clock is a day ahead', async () => {
    const cluster = new SimulatedCluster();
    const first = await acquire(engineOn(cluster, 'a'), request);
    const ahead = engineOn(cluster, 'b', { ahead: 86_400_000 });
    await expect(acquire(ahead, request)).rejects.toMatchObject({ code: 'lease-held' });
    await first.release();
  });

  test('R6 with patience is waited for', async () => {
    const cluster = new SimulatedCluster();
    const first = await acquire(engineOn(cluster, 'a'), request);
    const waiting = acquire(engineOn(cluster, 'b'), { ...request, patience: 120 });
    await cluster.clock.sleep(40_000);
    await first.release();
    const second = await waiting;
    expect(await holder(cluster)).toBe('b');
    await second.release();
  });

  test('R6 of two newcomers one gets it', async () => {
    const cluster = new SimulatedCluster();
    const both = await Promise.allSettled(['a', 'b'].map((name) => acquire(engineOn(cluster, name), request)));
    const won = both.filter((one): one is PromiseFulfilledResult<Lock> => one.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0]!.value.release();
  });

  test('R6 that somebody else took is lost: its signal stops every further write', async () => {
    const cluster = new SimulatedCluster();
    const lock = await acquire(engineOn(cluster, 'a'), request);
    await cluster.client('kubectl').patch(ref, { spec: { holderIdentity: 'other' } });
    await cluster.clock.sleep(6000);
    expect(lock.signal.aborted).toBe(true);
    expect(lock.signal.reason).toMatchObject({ code: 'lease-lost' });
    await lock.release();
    expect(await holder(cluster)).toBe('other');
  });

  /** The API server is away, seen from one process. */
  async function awayFrom(cluster: SimulatedCluster, milliseconds: number, meanwhile = async () => {}): Promise<Lock> {
    let away = false;
    const api = cluster.client('graylane', () => {
      if (away) throw new ApiError(0, 'Unreachable', 'away');
    });
    const lock = await acquire(engineOn(cluster, 'a', { api }), request);
    away = true;
    await cluster.clock.sleep(milliseconds);
    if (milliseconds > 15_000) await expect(lock.check()).rejects.toMatchObject({ status: 0 });
    await meanwhile();
    away = false;
    return lock;
  }

  test.each([1, 10, 14, 16, 60, 3600])(
    'R6 is kept over %i s without an API server, if nobody takes it',
    async (seconds) => {
      const cluster = new SimulatedCluster();
      const lock = await awayFrom(cluster, seconds * 1000);
      await lock.check();
      expect(await holder(cluster)).toBe('a');
      await lock.release();
      expect(await holder(cluster)).toBeUndefined();
    },
  );

  test('R6 is lost after an outage in which another took it, also when that one has ended', async () => {
    const cluster = new SimulatedCluster();
    const lock = await awayFrom(cluster, 16_000, async () => {
      const other = await acquire(engineOn(cluster, 'b'), request);
      await other.release();
    });
    await expect(lock.check()).rejects.toMatchObject({ code: 'lease-lost' });
    await lock.release();
  });

  test('R6 that was deleted is lost', async () => {
    const cluster = new SimulatedCluster();
    const lock = await acquire(engineOn(cluster, 'a'), request);
    await cluster.client('kubectl').delete(ref);
    await cluster.clock.sleep(16_000);
    await expect(lock.check()).rejects.toMatchObject({ code: 'lease-lost' });
    await lock.release();
  });

  test('R6 that somebody else has labelled is still ours', async () => {
    const cluster = new SimulatedCluster();
    const lock = await acquire(engineOn(cluster, 'a'), request);
    await cluster.client('kubectl').patch(ref, { metadata: { labels: { team: 'x' } } });
    await cluster.clock.sleep(60_000);
    await lock.check();
    await lock.release();
    expect(await holder(cluster)).toBeUndefined();
  });

  test('R6 is given up after its own duration where the API server hangs', async () => {
    const cluster = new SimulatedCluster();
    let hangs = false;
    const client = cluster.client();
    const answer = <T>(call: () => Promise<T>) => (hangs ? new Promise<never>(() => {}) : call());
    const api: Api = {
      ...delegating(client),
      get: (at) => answer(() => client.get(at)),
      update: (object) => answer(() => client.update(object)),
    };
    const lock = await acquire(engineOn(cluster, 'a', { api }), request);
    hangs = true;
    await cluster.clock.sleep(6000);
    const before = cluster.clock.now();
    await lock.release();
    expect(cluster.clock.now() - before).toBe(15_000);
  });
});
