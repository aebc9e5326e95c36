/** Where requests of a lane over a gateway and a mesh end up at every stage, as models of both decide. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Declarations,
  type GraylaneError,
  holdsRoute,
  type Manifest,
  namedStage,
  resolve,
  stages,
  locationOf,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { find, memberOf, renderAt } from '../core/fixtures';
import { expressed } from './fixtures';
import { app, baseOf, kinds, lane, refOf, rollout, send, TAG, tags } from './mesh';

const everyStage = [...stages(rollout('a')).map(({ id }) => id), 'abort/stable', 'abort/unroute'];
const pairs = kinds.flatMap((gateway) =>
  kinds.flatMap((mesh) => Object.keys(tags).map((tag) => [gateway, mesh, tag as keyof typeof tags] as const)),
);

describe.each(pairs)('%s, then %s, by %s', (gateway, mesh, by) => {
  const tag = tags[by];
  const declarations = app(gateway, mesh, tag.lane);
  const topology = resolve(declarations, gateways);
  const holds = (name: string, stage: string) => holdsRoute(namedStage(memberOf(topology, name).plan, stage).route);

  test('R4 requests of the lane take every canary on their way, and stable where there is none; all others take stable', () => {
    const stage = fc.constantFrom(...everyStage);
    fc.assert(
      fc.property(stage, stage, fc.boolean(), (ofA, ofB, inLane) => {
        const objects = renderAt(declarations, { 'rollout-a': ofA, 'rollout-b': ofB }, gateways);
        const [aHolds, bHolds] = [holds('rollout-a', ofA), holds('rollout-b', ofB)];
        const tagged = inLane && (aHolds || bHolds);
        const sent = { ...(inLane && { 'user-agent': 'foo' }), ...(tag.before && { [tag.header]: tag.before }) };
        const first = send(objects, gateway, 'shop.example.com', sent);
        expect(first).toMatchObject([{ to: inLane && aHolds ? 'a-canary' : 'a', share: 1 }]);
        expect(first[0]!.headers[tag.header]).toBe(tagged ? tag.after : tag.before);
        const second = send(objects, mesh, 'b', first[0]!.headers);
        expect(second).toMatchObject([{ to: tagged && bHolds ? 'b-canary' : 'b', share: 1 }]);
      }),
      { numRuns: 200 },
    );
  });

  test("R12 bases that are not the hop's stay as they are for its requests, whatever tag they bring", () => {
    const objects = renderAt(declarations, { 'rollout-a': 'step-1', 'rollout-b': 'step-1' }, gateways);
    const brought: Record<string, string>[] = [{}, { [tag.header]: tag.after }, { 'user-agent': 'foo' }];
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
    const declared = app('istio', 'istio', {
      ...tag,
      hops: [{ service: 'b', ingress: { classType: 'nginx', name: 'b' } }],
    });
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

  test.each(kinds)('%s: two lanes with the same entry of the baggage on one hop, both named', (mesh) => {
    const gray = { ...tags['an entry of the baggage'].lane };
    const declared = app('gateway-api', mesh, gray);
    const matches = [{ headers: [{ name: 'User-Agent', value: 'bar' }] }];
    const second = lane('gateway-api', mesh, { ...gray, name: 'second', matches });
    const other = { ...second, tag: { baggage: 'lane=second' } };
    expect(problems({ ...declared, lanes: [...declared.lanes, other] })).toEqual([]);
    expect(problems({ ...declared, lanes: [...declared.lanes, second] })).toMatchObject([
      { code: 'routes-overlap', path: 'lane beta', given: expect.stringContaining('lane second') as string },
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
