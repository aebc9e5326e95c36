/**
 * A lane over a gateway and a mesh: gateway -> a -> b, where b's requests are routed by a mesh (an HTTPRoute whose parent
 * is the Service, or a VirtualService of its host), and a passes the tag on.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Declarations,
  type GraylaneError,
  holdsRoute,
  type LaneSpec,
  type Manifest,
  namedStage,
  resolve,
  type RolloutSpec,
  stages,
  locationOf,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, find, memberOf, renderAt, service } from '../core/fixtures';
import { expressed } from './fixtures';
import { gatewayApi } from './decision/gateway-api';
import { istio } from './decision/istio';
import type { Model, Outcome, Request } from './decision/traffic';

type Kind = 'gateway-api' | 'istio';

const TAG = 'x-lane';
const models: Record<Kind, Model> = { 'gateway-api': gatewayApi, istio };
const kinds = ['gateway-api', 'istio'] as const;

/** The base of a Service: behind a gateway, whose host has a path for b too, or in the mesh. */
function baseOf(kind: Kind, name: string, host?: string): Manifest {
  const metadata = { name, namespace: 'shop' };
  if (kind === 'istio') {
    const toB = { match: [{ uri: { prefix: '/b' } }], route: [{ destination: { host: 'b' } }] };
    const http = [...(host === undefined ? [] : [toB]), { route: [{ destination: { host: name } }] }];
    const spec = { hosts: [host ?? name], http };
    return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec };
  }
  const parent = host === undefined ? { group: '', kind: 'Service', name, port: 80 } : { name: 'public' };
  const toB = { matches: [{ path: { type: 'PathPrefix', value: '/b' } }], backendRefs: [{ name: 'b', port: 80 }] };
  const rules = [...(host === undefined ? [] : [toB]), { backendRefs: [{ name, port: 80 }] }];
  const spec = { parentRefs: [parent], ...(host !== undefined && { hostnames: [host] }), rules };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata, spec };
}

function refOf(kind: Kind, name: string) {
  if (kind === 'gateway-api') return { service: name, gateway: { httpRouteName: name } };
  const apiVersion = 'networking.istio.io/v1';
  return { service: name, customNetworkRefs: [{ apiVersion, kind: 'VirtualService', name }] };
}

function rollout(name: string): RolloutSpec {
  const steps = [{ replicas: 1, pause: {} }, { replicas: 2 }];
  return { name: `rollout-${name}`, namespace: 'shop', workloadRef: { name }, steps, trafficRoutingRef: 'beta' };
}

function lane(gateway: Kind, mesh: Kind, over: Partial<LaneSpec> = {}): LaneSpec {
  return {
    name: 'beta',
    namespace: 'shop',
    objectRef: [refOf(gateway, 'a')],
    hops: [refOf(mesh, 'b')],
    matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: TAG, value: 'beta' }] },
    ...over,
  };
}

function app(gateway: Kind, mesh: Kind, over: Partial<LaneSpec> = {}): Declarations {
  return {
    objects: [
      ...['a', 'b'].flatMap((name) => [deployment(name, {}, 'shop'), service(name, {}, 'shop')]),
      baseOf(gateway, 'a', 'shop.example.com'),
      baseOf(mesh, 'b'),
    ],
    lanes: [lane(gateway, mesh, over)],
    rollouts: [rollout('a'), rollout('b')],
  };
}

/** Where a request ends up that comes to the host: the gateway's objects name hosts, the mesh's Services. */
function send(
  objects: readonly Manifest[],
  kind: Kind,
  host: string,
  headers: Record<string, string>,
  path = '/',
): Outcome[] {
  const request: Request = { host, path, method: 'GET', headers, query: {}, cookies: {} };
  return models[kind](
    objects.filter((object) => serves(object, host)),
    request,
  );
}

function serves({ spec }: Manifest, host: string): boolean {
  const {
    hosts,
    hostnames,
    parentRefs = [],
  } = (spec ?? {}) as {
    hosts?: string[];
    hostnames?: string[];
    parentRefs?: { kind?: string; name: string }[];
  };
  const parents = parentRefs.filter(({ kind }) => kind === 'Service').map(({ name }) => name);
  return (hosts ?? hostnames ?? parents).includes(host);
}

const everyStage = [...stages(rollout('a')).map(({ id }) => id), 'abort/stable', 'abort/unroute'];
const pairs = kinds.flatMap((gateway) => kinds.map((mesh) => [gateway, mesh] as const));

describe.each(pairs)('%s, then %s', (gateway, mesh) => {
  const declarations = app(gateway, mesh);
  const topology = resolve(declarations, gateways);
  const holds = (name: string, stage: string) => holdsRoute(namedStage(memberOf(topology, name).plan, stage).route);

  test('R4 requests of the lane take every canary on their way, and stable where there is none; all others take stable', () => {
    const stage = fc.constantFrom(...everyStage);
    fc.assert(
      fc.property(stage, stage, fc.boolean(), (ofA, ofB, inLane) => {
        const objects = renderAt(declarations, { 'rollout-a': ofA, 'rollout-b': ofB }, gateways);
        const [aHolds, bHolds] = [holds('rollout-a', ofA), holds('rollout-b', ofB)];
        const tagged = inLane && (aHolds || bHolds);
        const first = send(objects, gateway, 'shop.example.com', inLane ? { 'user-agent': 'foo' } : {});
        expect(first).toMatchObject([{ to: inLane && aHolds ? 'a-canary' : 'a', share: 1 }]);
        expect(first[0]!.headers[TAG]).toBe(tagged ? 'beta' : undefined);
        const second = send(objects, mesh, 'b', first[0]!.headers);
        expect(second).toMatchObject([{ to: tagged && bHolds ? 'b-canary' : 'b', share: 1 }]);
      }),
      { numRuns: 200 },
    );
  });

  test("R12 bases that are not the hop's stay as they are for its requests, whatever tag they bring", () => {
    const objects = renderAt(declarations, { 'rollout-a': 'step-1', 'rollout-b': 'step-1' }, gateways);
    const brought: Record<string, string>[] = [{}, { [TAG]: 'beta' }, { 'user-agent': 'foo' }];
    for (const headers of brought) {
      expect(send(objects, gateway, 'shop.example.com', headers, '/b')).toMatchObject([{ to: 'b', share: 1, headers }]);
    }
  });

  test('R3 no route leads to a Service without pods, whatever the stages', () => {
    for (const ofA of everyStage) {
      for (const ofB of everyStage) {
        const objects = renderAt(declarations, { 'rollout-a': ofA, 'rollout-b': ofB }, gateways);
        const routes = objects.filter(({ kind }) => kind === 'HTTPRoute' || kind === 'VirtualService');
        const led = JSON.stringify(routes.map(({ spec }) => spec));
        for (const name of ['a-canary', 'b-canary'].filter((canary) => led.includes(canary))) {
          expect(find(objects, 'Service', name)).toBeDefined();
          expect(find(objects, 'Deployment', name)).toBeDefined();
        }
      }
    }
  });

  test('R10 after the release, and after an abort, the objects are the declared ones', () => {
    for (const stage of ['start', 'stable']) {
      const v1 = renderAt(declarations, { 'rollout-a': stage, 'rollout-b': stage }, gateways);
      const routing = ({ kind }: Manifest) => kind !== 'Deployment';
      expect(v1.filter(routing)).toEqual(declarations.objects.filter(routing));
    }
  });

  test('R1 a mesh that has to know the canary beforehand gets to know it before the first request', () => {
    const { members } = topology;
    const ids = stages(members[1]!.plan).map(({ id }) => id);
    expect(ids.includes('step-1/warm')).toBe(gateways[mesh]!.supports.canary.warmUp);
  });
});

describe('R12 refused before a release begins', () => {
  const problems = (declarations: Declarations) => {
    try {
      resolve(declarations, gateways);
      return [];
    } catch (error) {
      return (error as GraylaneError).problems.map((one) => ({
        code: one.code,
        path: locationOf(one),
        given: one.given,
      }));
    }
  };

  test('a hop of a gateway that cannot tell the tag', () => {
    const ingress: Manifest = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'b', namespace: 'shop' },
      spec: { defaultBackend: { service: { name: 'b', port: { number: 80 } } } },
    };
    const tag = { requestHeaderModifier: { set: [{ name: TAG, value: 'beta, gamma' }] } };
    const declared = app('istio', 'istio', { ...tag, hops: [{ service: 'b', ingress: { name: 'b' } }] });
    expect(problems({ ...declared, objects: [...declared.objects, ingress] })).toMatchObject([
      { code: 'gateway-unsupported', path: 'lane beta: hops[0]' },
    ]);
  });

  test.each(kinds)('%s: a base of a hop that does not lead to its Service', (mesh) => {
    const declared = app('gateway-api', mesh);
    const other = JSON.parse(JSON.stringify(baseOf(mesh, 'b')).replaceAll('"b"', '"c"')) as Manifest;
    const wrong = { ...other, metadata: { name: 'b', namespace: 'shop' } };
    const objects = declared.objects.map((object) =>
      object.metadata.name === 'b' && object.kind === wrong.kind ? wrong : object,
    );
    expect(problems({ ...declared, objects })).toMatchObject([
      {
        code: 'base-without-service',
        path: 'lane beta: hops',
        given: expect.stringContaining('not lead to b') as string,
      },
    ]);
  });

  test.each(kinds)('%s: two lanes with the same tag on one hop, both named', (mesh) => {
    const declared = app('gateway-api', mesh);
    const second = {
      ...lane('gateway-api', mesh),
      name: 'second',
      matches: [{ headers: [{ name: 'User-Agent', value: 'bar' }] }],
    };
    const other = { ...second, requestHeaderModifier: { set: [{ name: TAG, value: 'second' }] } };
    expect(problems({ ...declared, lanes: [...declared.lanes, other] })).toEqual([]);
    expect(problems({ ...declared, lanes: [...declared.lanes, second] })).toMatchObject([
      { code: 'routes-overlap', path: 'lane beta', given: expect.stringContaining('lane second') as string },
    ]);
  });
});

test('one base that leads to the entry and to a hop has a route for each', () => {
  const both: Manifest = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'a', namespace: 'shop' },
    spec: {
      hosts: ['shop.example.com', 'b'],
      http: [
        { match: [{ authority: { exact: 'b' } }], route: [{ destination: { host: 'b' } }] },
        { route: [{ destination: { host: 'a' } }] },
      ],
    },
  };
  const declared = app('istio', 'istio', { hops: [{ ...refOf('istio', 'a'), service: 'b' }] });
  const objects = [...declared.objects.filter(({ kind }) => kind !== 'VirtualService'), both];
  const routes = (at: Record<string, string>) =>
    expressed(renderAt({ ...declared, objects }, at, gateways)).map(({ service, to }) => [service, to]);
  expect(routes({ 'rollout-a': 'step-1', 'rollout-b': 'step-1' })).toEqual([
    ['a', { service: 'a-canary' }],
    ['b', { service: 'b-canary' }],
  ]);
  expect(routes({ 'rollout-b': 'step-1' })).toEqual([
    ['a', 'stable'],
    ['b', { service: 'b-canary' }],
  ]);
});
