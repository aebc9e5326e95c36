/** Whole apps on each gateway: what stands at the stages of a release, and what is refused before one begins. */
import { describe, expect, test } from 'vitest';
import type { GraylaneError } from '../../lib/core';
import {
  type BaseRefs,
  type Declarations,
  type Manifest,
  objectName,
  type OneOf,
  resolve,
  type Route,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, find, renderAt, service } from '../core/fixtures';
import { alone, expressed, httpRoute, ingress, virtualService } from './fixtures';
import { ingressRoute } from './ingress-routes';

const plain = { backendRefs: [{ name: 'a', port: 80 }] };
const bases: Record<string, { gateway?: string; ref: OneOf<BaseRefs>; object: Manifest }> = {
  ...Object.fromEntries(
    ['mse', 'higress', 'nginx', 'alb'].map((classType) => [
      classType,
      { ref: { ingress: { classType, name: 'web' } }, object: ingress() },
    ]),
  ),
  'gateway-api': { ref: { gateway: { httpRouteName: 'web' } }, object: httpRoute([plain]) },
  'gateway-api, GRPCRoute': {
    gateway: 'gateway-api',
    ref: { gateway: { grpcRouteName: 'web' } },
    object: { ...httpRoute([plain]), kind: 'GRPCRoute' },
  },
  istio: {
    ref: { customNetworkRefs: [{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'web' }] },
    object: virtualService([{ route: [{ destination: { host: 'a' } }] }]),
  },
  traefik: {
    ref: { customNetworkRefs: [{ apiVersion: 'traefik.io/v1alpha1', kind: 'IngressRoute', name: 'web' }] },
    object: ingressRoute([{ match: 'PathPrefix(`/`)', services: [{ name: 'a', port: 80 }] }]),
  },
};

const matches = [{ headers: [{ name: 'x-user', value: 'anna' }] }];

/** a behind the gateway, which calls b. */
function app(gateway: string, over: Partial<Declarations> = {}): Declarations {
  const { ref, object } = bases[gateway]!;
  const workloads = ['a', 'b'].flatMap((name) => [deployment(name, {}, 'shop'), service(name, {}, 'shop')]);
  const rollout = (name: string) => ({
    name: `rollout-${name}`,
    namespace: 'shop',
    workloadRef: { name },
    steps: [{ replicas: 1, pause: {} }],
    trafficRoutingRef: 'beta',
  });
  return {
    objects: [...workloads, object],
    lanes: [{ name: 'beta', namespace: 'shop', objectRef: [{ service: 'a', ...ref }], matches }],
    rollouts: [rollout('a'), rollout('b')],
    ...over,
  };
}

function routesAt(gateway: string, at: Record<string, string>): Route[] {
  const objects = renderAt(app(gateway), at, gateways);
  return expressed(objects).filter(({ warmUp }) => !warmUp);
}

const gatewayOf = (base: string) => gateways[bases[base]!.gateway ?? base]!;

test('each gateway has a base', () => {
  expect(new Set(Object.keys(bases).map(gatewayOf))).toEqual(new Set(Object.values(gateways)));
});

describe.each(Object.keys(bases))('%s', (gateway) => {
  const lane = { owner: { lane: 'beta' }, service: 'a' };

  test("R4 a lane's route leads to the entry's canary, to stable while only a hop holds it, and is gone with the last", () => {
    const to = (at: Record<string, string>) =>
      routesAt(gateway, at).map((route) => ({ owner: route.owner, service: route.service, to: route.to }));
    expect(to({ 'rollout-a': 'step-1', 'rollout-b': 'step-1' })).toEqual([{ ...lane, to: { service: 'a-canary' } }]);
    expect(to({ 'rollout-b': 'step-1' })).toEqual([{ ...lane, to: 'stable' }]);
    expect(to({ 'rollout-a': 'promote/unroute' })).toEqual([]);
    expect(to({})).toEqual([]);
  });

  test('after the release the objects are the declared ones', () => {
    const declared = app(gateway);
    expect(renderAt(declared, { 'rollout-a': 'stable', 'rollout-b': 'stable' }, gateways)).toEqual(declared.objects);
  });

  test('R1 the gateway knows the canary before the first request, where it has to', () => {
    const warm = gatewayOf(gateway).supports.canary.warmUp;
    const read = (stage: string) => expressed(renderAt(app(gateway), { 'rollout-a': stage }, gateways));
    expect(read('step-1/canary')).toEqual([]);
    expect(
      read('step-1/route')
        .map(({ warmUp }) => warmUp ?? false)
        .sort(),
    ).toEqual(warm ? [false, true] : [false]);
    expect(read('promote/unroute').map(({ warmUp }) => warmUp)).toEqual(warm ? [true] : []);
    expect(read('stable')).toEqual([]);
  });

  test('R10 an object of the user with the name of one of the route is refused beforehand', () => {
    const declared = app(gateway);
    const names = declared.objects.map(objectName);
    const at: Record<string, string>[] = [{ 'rollout-a': 'step-1' }, { 'rollout-b': 'step-1' }];
    const ours = at
      .flatMap((stages) => renderAt(declared, stages, gateways))
      .filter((object) => !names.includes(objectName(object)));
    for (const { metadata, ...object } of ours.filter(({ kind }) => !['Deployment', 'Service'].includes(kind))) {
      const { labels: _, ...unlabelled } = metadata;
      const taken = { ...object, metadata: unlabelled } as Manifest;
      expect(codes({ ...declared, objects: [...declared.objects, taken] })).toContain('object-taken');
    }
  });
});

test('nginx: the alias Service comes and goes with the route to stable', () => {
  const alias = (at: Record<string, string>) =>
    find(renderAt(app('nginx'), at, gateways), 'Service', 'web-stable')?.spec;
  expect(alias({ 'rollout-b': 'step-1' })).toMatchObject({ selector: { app: 'a' } });
  expect(alias({ 'rollout-a': 'step-1' })).toBeUndefined();
});

test('alb: the canary Service is one that it can reach', () => {
  const canary = find(renderAt(app('alb'), { 'rollout-a': 'step-1' }, gateways), 'Service', 'a-canary');
  expect(canary!.spec).toMatchObject({ type: 'NodePort' });
});

test('several bases of one lane each get their route', () => {
  const second = { ...ingress(), metadata: { name: 'second', namespace: 'shop' } };
  const refs = ['web', 'second'].map((name) => ({ service: 'a', ingress: { classType: 'nginx', name } }));
  const declared = app('nginx');
  const lanes = [{ ...declared.lanes[0]!, objectRef: refs }];
  const objects = renderAt(
    { ...declared, objects: [...declared.objects, second], lanes },
    { 'rollout-a': 'step-1' },
    gateways,
  );
  expect(objects.filter(({ kind }) => kind === 'Ingress').map(({ metadata }) => metadata.name)).toEqual([
    'web',
    'web-canary',
    'second',
    'second-canary',
  ]);
});

describe('R12 refused before a release begins', () => {
  const rule: Manifest = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'a', namespace: 'shop' },
    spec: { host: 'a' },
  };

  test('a DestinationRule alone, which leads no requests', () => {
    const declared = app('istio');
    const ref = {
      service: 'a',
      customNetworkRefs: [{ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', name: 'a' }],
    };
    expect(
      codes({
        ...declared,
        objects: [...declared.objects, rule],
        lanes: [{ ...declared.lanes[0]!, objectRef: [ref] }],
      }),
    ).toEqual(['base-without-service']);
  });

  test('a DestinationRule beside the VirtualService is fine', () => {
    const declared = app('istio');
    const refs = ['VirtualService', 'DestinationRule'].map((kind) => ({
      apiVersion: 'networking.istio.io/v1',
      kind,
      name: kind === 'VirtualService' ? 'web' : 'a',
    }));
    const lanes = [{ ...declared.lanes[0]!, objectRef: [{ service: 'a', customNetworkRefs: refs }] }];
    const objects = renderAt(
      { ...declared, objects: [...declared.objects, rule], lanes },
      { 'rollout-a': 'step-1' },
      gateways,
    );
    expect(find(objects, 'DestinationRule', 'a-canary')).toBeDefined();
  });

  test('an Ingress of a gateway that reads none', () => {
    const declared = app('nginx');
    const objectRef = [{ service: 'a', ingress: { classType: 'istio', name: 'web' } }];
    expect(codes({ ...declared, lanes: [{ ...declared.lanes[0]!, objectRef }] })).toEqual(['gateway-unknown']);
  });

  test('an Ingress beside the base, whose requests nginx would send to the canary', () => {
    const declared = app('nginx');
    const other = { ...ingress(), metadata: { name: 'other', namespace: 'shop' } };
    expect(gateways.nginx!.checks!(ingress(), { ...routesAt('nginx', { 'rollout-a': 'step-1' })[0]! }, alone)).toEqual(
      [],
    );
    expect(codes({ ...declared, objects: [...declared.objects, other] })).toEqual(['base-unsuitable']);
  });

  test('a tag that the gateway cannot set', () => {
    const declared = app('nginx');
    const requestHeaderModifier = { set: [{ name: 'x-lane', value: 'gray' }] };
    expect(codes({ ...declared, lanes: [{ ...declared.lanes[0]!, requestHeaderModifier }] })).toEqual([
      'gateway-unsupported',
    ]);
  });
});

function codes(declared: Declarations): string[] {
  try {
    resolve(declared, gateways);
    return [];
  } catch (error) {
    return (error as GraylaneError).problems.map(({ code }) => code);
  }
}
