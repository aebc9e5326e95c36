/** What is around a release changes under it: a gateway's own writes, a base that goes, a version before that began it. */
import { describe, expect, test } from 'vitest';
import { type Api, type Live, up } from '../../lib/cluster';
import type { Declarations, Manifest, Step } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';
import { deployment, lane, laneRollout, service, type Variant, web, webBase } from './app';
import { worldOf } from './simulated.world';
import { engineOf, find, getDeployment, ingressKind, ours, release, userApplies, versions, type World } from './world';

const routeKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };
const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const v2 = { version: 'v2' };

const route: Manifest = {
  ...routeKind,
  metadata: { name: 'web' },
  spec: {
    parentRefs: [{ name: 'public' }],
    hostnames: ['web.example.com'],
    rules: [{ backendRefs: [{ name: 'web', port: 80, weight: 1 }] }],
  },
};

function onRoute(variant: Variant = {}): Declarations {
  const trafficRoutings = [{ service: 'web', gracePeriodSeconds: 1, gateway: { httpRouteName: 'web' } }];
  const { rollouts, ...declared } = web(steps, variant);
  return { ...declared, rollouts: [{ ...rollouts[0]!, trafficRoutings }] };
}

async function begun(base: readonly Manifest[], app: (variant?: Variant) => Declarations): Promise<World> {
  const world = worldOf(new SimulatedCluster());
  await userApplies(world, base);
  await release(world, app());
  await release(world, app(v2));
  return world;
}

async function spec(world: World): Promise<unknown> {
  return (await find(world, routeKind, 'web'))!.spec;
}

/** Somebody who writes between two calls of ours on HTTPRoutes. */
function between(world: World, after: ('get' | 'update')[], writes: (live: Live) => Manifest): World {
  const { api, user } = world;
  const meddle = async <T>(answer: Promise<T>): Promise<T> => {
    const given = await answer;
    const live = await user.get({ ...routeKind, name: 'web', namespace: world.namespace });
    if (live) await user.update(writes(live));
    return given;
  };
  const isRoute = ({ kind }: { kind: string }) => kind === 'HTTPRoute';
  const wrapped = Object.create(api) as Api;
  let reads = 0;
  // Not each time: a conflict at every single attempt is one that nobody can get past.
  wrapped.get = (ref) =>
    after.includes('get') && isRoute(ref) && ++reads % 2 === 0 ? meddle(api.get(ref)) : api.get(ref);
  wrapped.update = (object) =>
    after.includes('update') && isRoute(object) ? meddle(api.update(object)) : api.update(object);
  return { ...world, api: wrapped };
}

describe('somebody writes on a base between two calls', () => {
  let writes = 0;
  const status = (live: Live) => ({ ...live, status: { ...(live.status as object), seen: ++writes } });

  test('its gateway, the status: the release goes to its end, and the base is given back', async () => {
    const quiet = worldOf(new SimulatedCluster());
    await userApplies(quiet, [service('web'), route]);
    const owned = async () => {
      const { managedFields = [] } = (await find(quiet, routeKind, 'web'))!.metadata;
      return managedFields.filter(({ fieldsV1 }) => fieldsV1?.['f:spec']).map(({ manager }) => manager);
    };
    const world = between(quiet, ['get', 'update'], status);
    await release(world, onRoute());
    const before = await spec(quiet);
    await release(world, onRoute(v2));
    expect(await spec(quiet)).not.toEqual(before);
    expect((await release(world, onRoute(v2), { approve: ['web#1/step-1'] })).stage).toBe('stable');
    expect(await spec(quiet)).toEqual(before);
    expect(await owned()).toEqual(['kubectl']);
    expect((await find(quiet, routeKind, 'web'))!.metadata.annotations ?? {}).toEqual({});
  });

  test('the user, the spec: what he has changed stays', async () => {
    const quiet = await begun([service('web'), route], onRoute);
    const renamed = (live: Live) => ({ ...live, spec: { ...(live.spec as object), hostnames: ['shop.example.com'] } });
    const world = between(quiet, ['update'], renamed);
    await release(world, onRoute());
    expect(await spec(quiet)).toEqual({ ...(route.spec as object), hostnames: ['shop.example.com'] });
  });
});

describe('the way back needs no base', () => {
  async function expectBack(world: World, app: Declarations): Promise<void> {
    expect((await release(world, app, { abort: true })).stage).toBe('stable');
    expect(await ours(world)).toEqual([]);
    expect(
      (await world.user.list(routeKind)).filter(({ metadata }) => metadata.labels?.['graylane.io/rollout']),
    ).toEqual([]);
    expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
    expect((await getDeployment(world, 'web')).spec.paused).toBeUndefined();
  }
  const ingressApp = (variant?: Variant) => web(steps, variant);

  test.each<[string, readonly Manifest[], (variant?: Variant) => Declarations, { apiVersion: string; kind: string }]>([
    ['Ingress', webBase, ingressApp, ingressKind],
    ['HTTPRoute', [service('web'), route], onRoute, routeKind],
    ['Service behind an Ingress', webBase, ingressApp, { apiVersion: 'v1', kind: 'Service' }],
    ['Service behind an HTTPRoute', [service('web'), route], onRoute, { apiVersion: 'v1', kind: 'Service' }],
  ])('an %s is gone', async (_, base, app, kind) => {
    const world = await begun(base, app);
    await world.user.delete({ ...kind, name: 'web', namespace: world.namespace });
    await expect(release(world, app(v2), { approve: ['web#1/step-1'] })).rejects.toMatchObject({
      code: 'object-missing',
    });
    await expectBack(world, app(v2));
    if (kind !== routeKind && app === onRoute) expect(await spec(world)).toEqual(route.spec);
  });

  test('all of them are gone', async () => {
    const world = await begun(webBase, ingressApp);
    for (const { apiVersion, kind } of webBase) {
      await world.user.delete({ apiVersion, kind, name: 'web', namespace: world.namespace });
    }
    await expectBack(world, ingressApp(v2));
  });

  test('the base leads to the Service no more', async () => {
    const world = await begun([service('web'), route], onRoute);
    const rules = [{ backendRefs: [{ name: 'other', port: 80 }] }];
    await userApplies(world, [{ ...route, spec: { ...(route.spec as object), rules } }]);
    await expectBack(world, onRoute(v2));
    expect(await spec(world)).toMatchObject({ rules });
  });

  test('somebody has set other weights by hand: the canary is taken out, and what else he has changed stays', async () => {
    const world = await begun([service('web'), route], onRoute);
    const live = (await find(world, routeKind, 'web'))!;
    const edited = structuredClone(live.spec) as {
      hostnames: string[];
      rules: { backendRefs: { weight: number }[] }[];
    };
    edited.hostnames = ['shop.example.com'];
    for (const ref of edited.rules[0]!.backendRefs) ref.weight = 50;
    await userApplies(world, [{ ...route, spec: edited }]);
    await expect(release(world, onRoute(v2))).rejects.toMatchObject({ code: 'base-changed' });
    await expectBack(world, onRoute(v2));
    expect(await spec(world)).toEqual({ ...(route.spec as object), hostnames: ['shop.example.com'] });
  });

  test('of a lane that others hold: their route stays, ours is gone', async () => {
    const { requestHeaderModifier: _, ...untagged } = lane;
    const names = { a: 'spring-cloud-a', b: 'spring-cloud-b' };
    const app = (a?: Variant, b?: Variant): Declarations => ({
      objects: [deployment(names.a, a), deployment(names.b, b)],
      lanes: [{ ...untagged, objectRef: [{ service: names.a, ingress: { classType: 'mse', name: 'web' } }] }],
      rollouts: [laneRollout('rollout-a', names.a), laneRollout('rollout-b', names.b)],
    });
    const world = worldOf(new SimulatedCluster());
    const paths = [{ path: '/', pathType: 'Prefix', backend: { service: { name: names.a, port: { number: 80 } } } }];
    const base = { ...ingressKind, metadata: { name: 'web' }, spec: { rules: [{ http: { paths } }] } };
    await userApplies(world, [service(names.a), service(names.b), base]);
    for (const rollout of ['rollout-a', 'rollout-b']) await release(world, app(), { rollout });
    for (const rollout of ['rollout-a', 'rollout-b']) await release(world, app(v2, v2), { rollout });
    const leads = async () => JSON.stringify((await find(world, ingressKind, 'web-canary'))?.spec);
    expect(await leads()).toContain(`${names.a}-canary`);
    await world.user.delete({ ...ingressKind, name: 'web', namespace: world.namespace });
    // What a hop leaves behind is what is wanted still; what the entry leaves led to its canary.
    await release(world, app(v2, v2), { rollout: 'rollout-b', abort: true });
    expect(await leads()).toContain(`${names.a}-canary`);
    await release(world, app(v2, v2), { rollout: 'rollout-a', abort: true });
    expect(await leads()).toBeUndefined();
    expect(await ours(world)).toEqual([]);
  });
});

describe('objects of ours without a note, as the version before left them', () => {
  async function forgetNote(world: World, name: string): Promise<void> {
    const ref = { ...ingressKind, name, namespace: world.namespace };
    await world.user.patch(ref, { metadata: { annotations: { 'graylane.io/route': null } } });
  }
  const app = (variant?: Variant) =>
    web(
      [
        { replicas: 1, traffic: '20%' },
        { replicas: 2, traffic: '50%' },
      ],
      variant,
    );

  test('are kept while their route is wanted, and noted', async () => {
    const world = await begun(webBase, app);
    const before = (await find(world, ingressKind, 'web-canary'))!.metadata;
    await forgetNote(world, 'web-canary');
    await release(world, app(v2));
    expect((await find(world, ingressKind, 'web-canary'))!.metadata).toMatchObject({
      uid: before.uid,
      annotations: before.annotations,
    });
  });

  test('are deleted when it is not', async () => {
    const world = await begun(webBase, app);
    await forgetNote(world, 'web-canary');
    await release(world, app());
    expect(await ours(world)).toEqual([]);
  });

  test('of another owner stay, and ours takes another name', async () => {
    const world = await begun(webBase, app);
    await forgetNote(world, 'web-canary');
    const ref = { ...ingressKind, name: 'web-canary', namespace: world.namespace };
    const theirs = { 'graylane.io/rollout': null, 'graylane.io/lane': 'other' };
    await world.user.patch(ref, { metadata: { labels: theirs } });
    await release(world, app(v2));
    expect(await ours(world)).toEqual(expect.arrayContaining(['Ingress web-canary', 'Ingress web-web-canary']));
    await release(world, app());
    expect(await ours(world)).toEqual(['Ingress web-canary']);
  });
});

test('a live base that is not what its gateway reads: an error with the object and the field', async () => {
  const world = worldOf(new SimulatedCluster());
  const rules = [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 1 } } }] } }];
  await userApplies(world, [service('web'), { ...ingressKind, metadata: { name: 'web' }, spec: { rules } }]);
  await expect(up(engineOf(world), { declarations: web(steps), namespace: world.namespace })).rejects.toThrow(
    /Ingress test-1\/web: spec\.rules\[0\]\.http\.paths\[0\]\.backend\.service\.name: 1 is not possible/,
  );
});
