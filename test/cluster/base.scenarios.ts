/** R10: routes that have no other place than the user's own object, and several routes on one base. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Api, ApiError, type Progress, type Ref, up } from '../../lib/cluster';
import type { Declarations, Manifest, Step } from '../../lib/core';
import { deployment, ingress, lane, laneRollout, service, type Variant } from './app';
import { engineOf, find, getDeployment, ours, release, userApplies, versions, type World, type Worlds } from './world';

const steps: Step[] = [
  { replicas: 1, traffic: '20%' },
  { replicas: 2, traffic: '60%' },
];
const ingressKind = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' };
const routeKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };

const route: Manifest = {
  ...routeKind,
  metadata: { name: 'web', annotations: { 'example.com/owner': 'shop' } },
  spec: {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }],
    hostnames: ['web.example.com'],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }],
      },
    ],
  },
};

function web(variant: Variant = {}): Declarations {
  const trafficRoutings = [{ service: 'web', gracePeriodSeconds: 1, gateway: { httpRouteName: 'web' } }];
  return {
    objects: [deployment('web', variant)],
    lanes: [],
    rollouts: [{ name: 'web', workloadRef: { name: 'web' }, steps, trafficRoutings }],
  };
}

const v2 = web({ version: 'v2' });

const gatewayKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' };
const classKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass' };

export function baseScenarios({ make }: Worlds): void {
  describe('R12 a GatewayClass that says what it supports', () => {
    let world: World;
    /** Classes belong to no namespace: each world has its own. */
    let name: string;
    beforeEach(async () => {
      world = await make();
      name = `class-of-${world.namespace}`;
      const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
      const gateway = { ...gatewayKind, metadata: { name: 'public' }, spec: { gatewayClassName: name, listeners } };
      await userApplies(world, [service('web'), route, gateway]);
      await world.user.apply({ ...classKind, metadata: { name }, spec: { controllerName: 'example.com/acme' } });
      await release(world, byUser());
    });
    const byUser = (variant: Variant = {}): Declarations => {
      const { rollouts, ...declared } = web(variant);
      const matches = [{ queryParams: [{ name: 'user', value: 'anna' }] }];
      return { ...declared, rollouts: rollouts.map((one) => ({ ...one, steps: [{ replicas: 1, matches }] })) };
    };
    const supports = (...names: string[]) =>
      world.setStatus({ ...classKind, name }, { supportedFeatures: names.map((one) => ({ name: one })) });

    test('R12 refuses what it lacks before anything is done, and takes it when it has it', async () => {
      await supports('HTTPRoute');
      await expect(release(world, byUser({ version: 'v2' }))).rejects.toThrow(
        /Gateway \S+\/public of GatewayClass \S+.*HTTPRouteQueryParamMatching/,
      );
      expect(await ours(world)).toEqual([]);
      await supports('HTTPRoute', 'HTTPRouteQueryParamMatching');
      expect((await release(world, byUser({ version: 'v2' }))).gate?.step).toBe(1);
    });

    test('R12 that may not be read is told, and stops nothing', async () => {
      await supports('HTTPRoute');
      const api = Object.assign(Object.create(world.api) as Api, {
        get: async (ref: Ref) => {
          if (ref.kind === 'GatewayClass')
            throw new ApiError(403, 'Forbidden', `gatewayclasses "${name}" is forbidden`);
          return world.api.get(ref);
        },
      });
      const told: Progress[] = [];
      const declarations = byUser({ version: 'v2' });
      await up(engineOf(world, told, { api }), { declarations, namespace: world.namespace, timeout: 60 });
      const warnings = told.flatMap((one) => (one.is === 'warning' ? [one.what] : []));
      expect(warnings).toContain(`not checked: gatewayclasses "${name}" is forbidden`);
      expect(await ours(world)).toContain('Deployment web-canary');
    });

    test('R12 refuses nothing while it says nothing', async () => {
      expect((await release(world, byUser({ version: 'v2' }))).gate?.step).toBe(1);
    });
  });

  describe('R10 a base that has to be changed', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await userApplies(world, [service('web'), route]);
      await release(world, web());
    });

    test('R10 gets weights in mid-release; afterwards spec, annotations and owners are as before', async () => {
      const before = await look();
      await release(world, v2);
      expect(await weights()).toEqual([
        ['web', 80],
        ['web-canary', 20],
      ]);
      await release(world, v2, { approve: ['web#1/step-1'] });
      expect(await weights()).toEqual([
        ['web', 40],
        ['web-canary', 60],
      ]);
      await release(world, v2, { approve: ['web#1/step-2'] });
      expect(await look()).toEqual(before);
      expect(await ours(world)).toEqual([]);
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    });

    test('R10 the user applies it afterwards without a conflict', async () => {
      await release(world, v2);
      await release(world, web());
      const changed = {
        ...route,
        metadata: { ...route.metadata, namespace: world.namespace },
        spec: { ...(route.spec as object), hostnames: ['shop.example.com'] },
      };
      await world.user.apply(changed);
      expect((await find(world, routeKind, 'web'))?.spec).toMatchObject({ hostnames: ['shop.example.com'] });
    });

    test('R10 changed by somebody else in mid-release: an error that names him, and an abort leaves his version', async () => {
      await release(world, v2);
      await userApplies(world, [route]);
      const refused = release(world, v2);
      await expect(refused).rejects.toMatchObject({ code: 'base-changed' });
      await expect(refused).rejects.toThrow(/HTTPRoute \S+\/web was changed by kubectl in mid-release/);
      expect((await release(world, web())).stage).toBe('stable');
      expect(await weights()).toEqual([['web', 1]]);
      expect(await ours(world)).toEqual([]);
      expect((await find(world, routeKind, 'web'))?.metadata.annotations).toEqual({ 'example.com/owner': 'shop' });
    });

    test('R10 replaced by a version that still leads to the canary: no release goes on, and an abort takes the canary out of it', async () => {
      await release(world, v2);
      const { spec } = (await find(world, routeKind, 'web'))!;
      const { rules } = spec as { rules: { backendRefs: object[] }[] };
      const filtered = rules.map((rule) => ({ ...rule, matches: [{ path: { type: 'PathPrefix', value: '/shop' } }] }));
      await userApplies(world, [{ ...route, spec: { ...(route.spec as object), rules: filtered } }]);
      await expect(release(world, v2)).rejects.toMatchObject({ code: 'base-changed' });
      expect((await getDeployment(world, 'web-canary')).spec.replicas).toBe(1);
      expect((await release(world, web())).stage).toBe('stable');
      expect(await weights()).toEqual([['web', 1]]);
      const { spec: after, metadata } = (await find(world, routeKind, 'web'))!;
      expect(after).toMatchObject({ rules: [{ matches: [{ path: { value: '/shop' } }] }] });
      expect(metadata.annotations).toEqual({ 'example.com/owner': 'shop' });
      expect(await ours(world)).toEqual([]);
    });

    test.each(['null', 'no json', '{}'])('R10 whose notes read %s: the way back is open all the same', async (text) => {
      await release(world, v2);
      const annotations = { 'graylane.io/base': text, 'graylane.io/weights': text };
      await world.user.patch({ ...routeKind, name: 'web', namespace: world.namespace }, { metadata: { annotations } });
      expect((await release(world, web())).stage).toBe('stable');
      expect((await weights()).map(([name]) => name)).toEqual(['web']);
      expect(await ours(world)).toEqual([]);
      expect((await find(world, routeKind, 'web'))?.metadata.annotations).toEqual({ 'example.com/owner': 'shop' });
    });

    async function look() {
      const live = (await find(world, routeKind, 'web'))!;
      const { managedFields = [], annotations } = live.metadata;
      const owners = managedFields
        .filter(({ subresource }) => !subresource)
        .map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 }));
      return { spec: live.spec, annotations, owners };
    }

    async function weights() {
      const live = await find(world, routeKind, 'web');
      const { rules } = live!.spec as { rules: { backendRefs: { name: string; weight?: number }[] }[] };
      return rules[0]!.backendRefs.map(({ name, weight }) => [name, weight]);
    }
  });
}

const meshKind = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };

const mesh: Manifest = {
  ...meshKind,
  metadata: { name: 'web' },
  spec: {
    hosts: ['web.example.com'],
    gateways: ['public'],
    http: [
      { match: [{ uri: { prefix: '/admin' } }], route: [{ destination: { host: 'admin' } }] },
      { timeout: '3s', route: [{ destination: { host: 'web' } }] },
    ],
  },
};

export function meshScenarios({ make }: Worlds): void {
  describe('R10 a VirtualService', () => {
    const matches = [{ headers: [{ name: 'user', value: 'a' }] }];
    const app = (variant: Variant = {}): Declarations => ({
      objects: [deployment('web', variant)],
      lanes: [],
      rollouts: [
        {
          name: 'web',
          workloadRef: { name: 'web' },
          steps: [{ replicas: 1, matches }],
          trafficRoutings: [
            { service: 'web', gracePeriodSeconds: 1, customNetworkRefs: [{ ...meshKind, name: 'web' }] },
          ],
        },
      ],
    });

    test('R10 gets a rule for the matches before its own, and is given back', async () => {
      const world = await make();
      await userApplies(world, [service('web'), mesh]);
      await release(world, app());
      const before = await rules(world);
      const { gate } = await release(world, app({ version: 'v2' }));
      const during = await rules(world);
      expect(during).toHaveLength(3);
      expect(JSON.stringify(during[1])).toContain('"host":"web-canary"');
      await release(world, app({ version: 'v2' }), { approve: [gate!.approval] });
      expect(await rules(world)).toEqual(before);
      expect(await ours(world)).toEqual([]);
      const spec = { ...(mesh.spec as object), hosts: ['shop.example.com'] };
      await world.user.apply({ ...mesh, metadata: { name: 'web', namespace: world.namespace }, spec });
    });

    async function rules(world: World): Promise<object[]> {
      return ((await find(world, meshKind, 'web'))!.spec as { http: object[] }).http;
    }
  });
}

/** Only Ingresses: any cluster has them. */
export function sharedBaseScenarios({ make }: Worlds): void {
  describe('several lanes on one base', () => {
    const blue = { ...lane, name: 'blue', ...tagged('blue') };
    const green = { ...lane, name: 'green', ...tagged('green') };
    const both = (variant: { a?: Variant; b?: Variant } = {}): Declarations => ({
      objects: [deployment('spring-cloud-a', variant.a), deployment('spring-cloud-b', variant.b)],
      lanes: [blue, green],
      rollouts: [
        laneRollout('rollout-a', 'spring-cloud-a', { trafficRoutingRef: 'blue', ...patch('blue') }),
        laneRollout('rollout-b', 'spring-cloud-b', { trafficRoutingRef: 'green', ...patch('green') }),
      ],
    });

    test('R4 each has a route of its own, and closing one leaves the other', async () => {
      const world = await make();
      await userApplies(world, [service('spring-cloud-a'), service('spring-cloud-b'), ingress('spring-cloud-a')]);
      for (const rollout of ['rollout-a', 'rollout-b']) await release(world, both(), { rollout });
      const v2 = both({ a: { version: 'v2' }, b: { version: 'v2' } });
      for (const rollout of ['rollout-a', 'rollout-b']) await release(world, v2, { rollout });
      expect(await routes(world)).toEqual([
        'Ingress spring-cloud-a-blue-canary',
        'Ingress spring-cloud-a-green-canary',
      ]);
      await release(world, both({ b: { version: 'v2' } }), { rollout: 'rollout-a' });
      expect(await routes(world)).toEqual(['Ingress spring-cloud-a-green-canary']);
      await release(world, both(), { rollout: 'rollout-b' });
      expect(await ours(world)).toEqual([]);
    });

    test('declared in different stacks, for the same requests: refused before the second begins, and both are named', async () => {
      const world = await make();
      await userApplies(world, [service('spring-cloud-a'), service('spring-cloud-b'), ingress('spring-cloud-a')]);
      const { matches } = tagged('blue');
      const stack = (name: 'blue' | 'green', variant: Variant = {}): Declarations => {
        const { objects, rollouts } = both({ a: variant, b: variant });
        const i = name === 'blue' ? 0 : 1;
        return { objects: [objects[i]!], lanes: [{ ...[blue, green][i]!, matches }], rollouts: [rollouts[i]!] };
      };
      for (const name of ['blue', 'green'] as const) await release(world, stack(name));
      await release(world, stack('blue', { version: 'v2' }));
      const refused = release(world, stack('green', { version: 'v2' }));
      await expect(refused).rejects.toThrow(
        /lane green: matches\[0\], and matches\[0\] of lane blue on Ingress .*\(routes-overlap\)/,
      );
      expect(await routes(world)).toHaveLength(1);
      expect((await getDeployment(world, 'spring-cloud-b')).spec.paused).toBeUndefined();
      await release(world, stack('blue'));
      expect((await release(world, stack('green', { version: 'v2' }))).gate).toBeDefined();
    });

    test('R4 declared in different stacks: the second one takes another name, and the first is left alone', async () => {
      const world = await make();
      await userApplies(world, [service('spring-cloud-a'), service('spring-cloud-b'), ingress('spring-cloud-a')]);
      const stack = (name: 'blue' | 'green', variant: Variant = {}): Declarations => {
        const { objects, lanes, rollouts } = both({ a: variant, b: variant });
        const i = name === 'blue' ? 0 : 1;
        return { objects: [objects[i]!], lanes: [lanes[i]!], rollouts: [rollouts[i]!] };
      };
      for (const name of ['blue', 'green'] as const)
        await up(engineOf(world), { declarations: stack(name), namespace: world.namespace });
      await release(world, stack('blue', { version: 'v2' }));
      await release(world, stack('green', { version: 'v2' }));
      expect(await routes(world)).toEqual(['Ingress spring-cloud-a-canary', 'Ingress spring-cloud-a-green-canary']);
      await release(world, stack('blue'));
      expect(await routes(world)).toHaveLength(1);
      await release(world, stack('green'));
      expect(await ours(world)).toEqual([]);
      expect((await getDeployment(world, 'spring-cloud-a')).spec.paused).toBeUndefined();
    });

    test.each([[['nginx', 'nginx']], [['nginx', 'mse']], [['mse', 'nginx', 'higress']]])(
      'one Service behind several Ingresses of %j: their shares move together, and are gone together',
      async (classes) => {
        const world = await make();
        const bases = classes.map((classType, i) => ({
          ...ingress('web', classType),
          metadata: { name: `door-${i}` },
        }));
        await userApplies(world, [service('web'), ...bases]);
        const app = (version: string): Declarations => ({
          objects: [deployment('web', { version })],
          lanes: [],
          rollouts: [
            {
              name: 'web',
              workloadRef: { name: 'web' },
              steps,
              trafficRoutings: classes.map((classType, i) => ({
                service: 'web',
                gracePeriodSeconds: 1,
                ingress: { classType, name: `door-${i}` },
              })),
            },
          ],
        });
        const names = classes.map((_, i) => `Ingress door-${i}-canary`);
        await release(world, app('v1'));
        for (const [i, approve] of [[], ['web#1/step-1']].entries()) {
          await release(world, app('v2'), { approve });
          expect(await routes(world)).toEqual(names);
          const shares = classes.map(async (_, at) => {
            const object = await find(world, ingressKind, `door-${at}-canary`);
            return object?.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];
          });
          expect(await Promise.all(shares)).toEqual(classes.map(() => parseInt(steps[i]!.traffic!).toString()));
        }
        await release(world, app('v1'));
        expect(await ours(world)).toEqual([]);
      },
    );

    test('two teams with a Service each behind one Ingress of nginx release one while the other stands at its gate', async () => {
      const world = await make();
      const shop = ingress('one', 'nginx');
      const paths = ['one', 'two'].map((name) => ({
        path: `/${name}`,
        pathType: 'Prefix',
        backend: { service: { name, port: { number: 80 } } },
      }));
      await userApplies(world, [service('one'), service('two'), { ...shop, spec: { rules: [{ http: { paths } }] } }]);
      const team = (name: string, variant: Variant = {}): Declarations => ({
        objects: [deployment(name, variant)],
        lanes: [],
        rollouts: [
          {
            name,
            workloadRef: { name },
            steps,
            trafficRoutings: [{ service: name, gracePeriodSeconds: 1, ingress: { classType: 'nginx', name: 'one' } }],
          },
        ],
      });
      for (const name of ['one', 'two']) await release(world, team(name));
      await release(world, team('one', { version: 'v2' }));
      await release(world, team('two', { version: 'v2' }));
      expect(await routes(world)).toEqual(['Ingress one-canary', 'Ingress one-two-canary']);
      await release(world, team('one'));
      expect(await routes(world)).toEqual(['Ingress one-two-canary']);
      await release(world, team('two'));
      expect(await ours(world)).toEqual([]);
    });
  });
}

function tagged(tag: string) {
  return {
    matches: [{ headers: [{ name: 'user', value: tag }] }],
    requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: tag }] },
  };
}

function patch(tag: string) {
  return { patchPodTemplateMetadata: { labels: { [`opensergo.io/canary-${tag}`]: tag } } };
}

async function routes(world: World): Promise<string[]> {
  return (await ours(world)).filter((name) => name.startsWith('Ingress'));
}
