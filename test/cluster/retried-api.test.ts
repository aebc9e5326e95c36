/** A write whose answer was lost is recognised when it is made again, and that of somebody else never. */
import { describe, expect, test } from 'vitest';
import { type Api, ApiError, delegating, kinds, type Live } from '../../lib/cluster';
import { fenced } from '../../lib/cluster/port/fenced-api';
import { retried } from '../../lib/cluster/port/retried-api';
import type { Manifest } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';

const object: Manifest = {
  ...kinds.configMap,
  metadata: { name: 'one', namespace: 'shop', labels: { app: 'x' } },
  data: { a: '1' },
};
const ref = { ...kinds.configMap, name: 'one', namespace: 'shop' };

/** A server whose next answer is lost after it has acted, or that does not act at all. */
function world(first: 'acts' | 'does not act', meanwhile: (user: Api) => Promise<unknown> = async () => {}) {
  const cluster = new SimulatedCluster();
  const server = cluster.client('graylane');
  const user = cluster.client('kubectl');
  let armed = false;
  let attempts = 0;
  const write = async (call: () => Promise<Live>) => {
    attempts++;
    if (!armed) return call();
    armed = false;
    if (first === 'acts') await call();
    await meanwhile(user);
    throw new ApiError(0, 'ECONNRESET', 'socket hang up');
  };
  const bare: Api = {
    ...delegating(server),
    patch: (at, change) => write(() => server.patch(at, change)),
    create: (one) => write(() => server.create(one)),
    update: (one) => write(() => server.update(one)),
    apply: (one, options) => write(() => server.apply(one, options)),
  };
  const api = retried(bare, { clock: cluster.clock, jitter: () => 0.5, log: () => {} });
  return { api, user, arm: () => (armed = true), attempts: () => attempts };
}

type World = ReturnType<typeof world>;
const changed = { ...object, data: { a: '2' } };

const writes: [string, (world: World) => Promise<() => Promise<Live>>][] = [
  [
    'create',
    async ({ api }) =>
      () =>
        api.create(object),
  ],
  ['update', async ({ api }) => at(await api.create(object), (live) => api.update({ ...live, data: { a: '2' } }))],
  [
    'apply',
    async ({ api }) =>
      () =>
        api.apply(object),
  ],
  [
    'apply over what was read',
    async ({ api }) =>
      at(await api.apply(object), ({ metadata: { uid, resourceVersion } }) =>
        api.apply({ ...changed, metadata: { ...object.metadata, uid, resourceVersion } }, { force: true }),
      ),
  ],
  ['patch', async ({ api }) => at(await api.create(object), () => api.patch(ref, { data: { a: '2' } }))],
];

function at(live: Live, write: (live: Live) => Promise<Live>): () => Promise<Live> {
  return () => write(live);
}

describe.each(writes)('%s', (name, prepare) => {
  test.each(['acts', 'does not act'] as const)('goes on when its answer is lost and the server %s', async (first) => {
    const here = world(first);
    const write = await prepare(here);
    here.arm();
    const answer = await write();
    expect(answer).toEqual(await here.user.get(ref));
  });

  test.skipIf(name === 'patch' || name === 'apply')('is a conflict where another wrote meanwhile', async () => {
    const other = { ...object, data: { a: 'of another' } };
    const here = world('does not act', (user) => user.apply(other, { force: true }));
    const write = await prepare(here);
    here.arm();
    await expect(write()).rejects.toMatchObject({ status: 409 });
    expect((await here.user.get(ref))!.data).toEqual({ a: 'of another' });
  });
});

test.each([
  ['for seconds at the first call, for the kubeconfig may be of another server', false, 6_000],
  ['for a minute once it has answered', true, 60_000],
])('a server that is away is waited for: %s', async (_, answered, most) => {
  const cluster = new SimulatedCluster();
  let away = !answered;
  const client = cluster.client('graylane', () => {
    if (away) throw new ApiError(0, 'Unreachable', 'connect ECONNREFUSED');
  });
  const api = retried(client, { clock: cluster.clock, jitter: () => 0.5, log: () => {} });
  if (answered) await api.get(ref);
  away = true;
  const before = cluster.clock.now();
  await expect(api.get(ref)).rejects.toMatchObject({ status: 0 });
  const waited = cluster.clock.now() - before;
  expect(waited).toBeGreaterThanOrEqual(most / 2);
  expect(waited).toBeLessThanOrEqual(most);
});

/** Whoever writes what he has read gives the status back with it, and its controller may have written that meanwhile. */
test.each([
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
  { apiVersion: 'traefik.io/v1alpha1', kind: 'TraefikService' },
])('an own write of a $kind is recognised when its status has moved on', async (kind) => {
  const of = { ...kind, name: 'one', namespace: 'shop' };
  const here = world('acts', (user) => user.patch(of, { status: { seen: 2 } }));
  const made = await here.api.create({ ...kind, metadata: object.metadata, spec: { a: '1' }, status: { seen: 1 } });
  here.arm();
  await here.api.update({ ...made, metadata: { ...made.metadata, annotations: { b: '2' } } });
  expect(await here.user.get(of)).toMatchObject({ metadata: { annotations: { b: '2' } }, status: { seen: 2 } });
});

test('the first conflict of a write is final, even with what it would have written', async () => {
  const { api, user } = world('acts');
  await user.create(object);
  await expect(api.create(object)).rejects.toMatchObject({ status: 409 });
});

test('R6 a check that writes, to renew its Lease, is made again as well, and waits for no check', async () => {
  const here = world('does not act');
  const renewed = { ...object, metadata: { ...object.metadata, name: 'lease' } };
  let asked = 0;
  const api = fenced(here.api, async () => {
    if (++asked > 1) await here.api.apply({ ...renewed, data: { asked: String(asked) } }, { force: true });
  });
  here.arm();
  await api.create(object);
  expect(asked).toBe(2);
});

test('R6 a write asks its fence before each attempt', async () => {
  const here = world('does not act');
  let asked = 0;
  const api = fenced(here.api, async () => {
    if (++asked > 1) throw new Error('lost');
  });
  here.arm();
  await expect(api.create(object)).rejects.toThrow('lost');
  expect(here.attempts()).toBe(1);
});
