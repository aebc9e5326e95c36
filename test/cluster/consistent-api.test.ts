/** What a run sees of a cluster behind a cache that lags, and what becomes of conflicts that change nothing. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Api, ApiError, kinds, type Live } from '../../lib/cluster';
import { consistent } from '../../lib/cluster/port/consistent-api';
import { delegating } from '../../lib/cluster/port/delegating-api';
import type { Manifest } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';

const labels = { app: 'web' };
const map = (value: string): Manifest => ({
  ...kinds.configMap,
  metadata: { name: 'web', namespace: 'shop', labels },
  data: { value },
});
const ref = { ...kinds.configMap, name: 'web', namespace: 'shop' };

let cluster: SimulatedCluster;
let server: Api;
let user: Api;
/** What the next reads answer instead. */
let lagging: (Live | undefined)[];
let reads: number;
let api: Api;

beforeEach(() => {
  cluster = new SimulatedCluster();
  server = cluster.client();
  user = cluster.client('kubectl');
  lagging = [];
  reads = 0;
  const lags = async <T>(stale: (live: Live | undefined) => T, fresh: () => Promise<T>): Promise<T> => {
    reads++;
    return lagging.length > 0 ? stale(lagging.shift()) : fresh();
  };
  const behind: Api = {
    ...delegating(server),
    get: (one) =>
      lags(
        (live) => live,
        () => server.get(one),
      ),
    list: (kind, selection) =>
      lags(
        (live) => (live ? [live] : []),
        () => server.list(kind, selection),
      ),
  };
  api = consistent(behind, cluster.clock);
});

const valueOf = (live: Live | undefined) => (live?.data as { value: string } | undefined)?.value;

describe('R6 a cache that lags', () => {
  test.each(['get', 'list'] as const)('%s: what we have written is not read as it was before', async (verb) => {
    const before = await api.create(map('1'));
    await api.update({ ...before, data: { value: '2' } });
    lagging = [before, undefined];
    const found = verb === 'get' ? await api.get(ref) : (await api.list(kinds.configMap, { labels }))[0];
    expect([valueOf(found), reads]).toEqual(['2', 3]);
  });

  test('what was read is not read as it was before', async () => {
    const before = await user.create(map('1'));
    await user.update({ ...before, data: { value: '2' } });
    expect(valueOf(await api.get(ref))).toBe('2');
    lagging = [before];
    expect(valueOf(await api.get(ref))).toBe('2');
  });

  test('what somebody has deleted is gone, and asked for again once only', async () => {
    await api.create(map('1'));
    await user.delete(ref);
    expect(await api.get(ref)).toBeUndefined();
    const asked = reads;
    expect(await api.get(ref)).toBeUndefined();
    expect(await api.list(kinds.configMap, { labels })).toEqual([]);
    expect(reads).toBe(asked + 2);
  });

  test('what we have deleted is not missed, nor what others have read only', async () => {
    const live = await api.create(map('1'));
    await api.delete(ref, live.metadata.uid);
    expect(await api.get(ref)).toBeUndefined();
    await user.create(map('1'));
    await api.get(ref);
    await user.delete(ref);
    expect(await api.get(ref)).toBeUndefined();
    expect(reads).toBe(3);
  });

  test('an object of the same name that was made anew is another', async () => {
    await api.create(map('1'));
    await user.delete(ref);
    await user.create(map('2'));
    expect([valueOf(await api.get(ref)), reads]).toEqual(['2', 1]);
  });
});

describe('R6 a conflict', () => {
  test('over which nothing is changed is none', async () => {
    const live = await api.create(map('1'));
    await server.patch(ref, { status: { seen: true } });
    expect(valueOf(await api.update({ ...live, metadata: withoutOwners(live), data: { value: '2' } }))).toBe('2');
  });

  test.each([
    ['content', { data: { value: 'theirs' } }],
    ['labels', { metadata: { labels: { app: 'other' } } }],
  ])('with other %s is one', async (_, change) => {
    const live = await api.create(map('1'));
    await user.patch(ref, change);
    const write = api.update({ ...live, metadata: withoutOwners(live), data: { value: '2' } });
    await expect(write).rejects.toMatchObject({ status: 409 });
    expect(valueOf(await user.get(ref))).not.toBe('2');
  });

  test('of a write over what was not read here is one', async () => {
    const live = await user.create(map('1'));
    await user.patch(ref, { status: { seen: true } });
    await expect(api.update({ ...live, metadata: withoutOwners(live) })).rejects.toMatchObject({ status: 409 });
  });

  test('of a delete is one where the object is another by now', async () => {
    const live = await api.create(map('1'));
    await user.delete(ref);
    await user.create(map('2'));
    await expect(api.delete(ref, live.metadata.uid)).rejects.toMatchObject({ status: 409 });
    expect(valueOf(await user.get(ref))).toBe('2');
  });

  test('of a delete is none where the object is the same', async () => {
    const live = await api.create(map('1'));
    let conflicts = 1;
    const once: Api = {
      ...delegating(server),
      delete: (...args) =>
        conflicts-- > 0 ? Promise.reject(new ApiError(409, 'Conflict', 'try again')) : server.delete(...args),
    };
    await consistent(once, cluster.clock).delete(ref, live.metadata.uid);
    expect(await user.get(ref)).toBeUndefined();
  });
});

/** Who writes owners has to know them: such a write is not made again. */
function withoutOwners({ metadata: { managedFields: _, ...metadata } }: Live) {
  return metadata;
}
