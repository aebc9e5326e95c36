import { describe, expect, test } from 'vitest';
import { type Manifest, type Match, type Route, routeNote, locationOf } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { httpRoute, alone } from './fixtures';

interface Written extends Manifest {
  readonly spec: { readonly rules: { matches: unknown[]; backendRefs: { name: string; weight?: number }[] }[] };
}

const gateway = gateways['gateway-api']!;
const user = (value: string): Match => ({ headers: [{ name: 'x-user', value }] });
const lane: Route = {
  owner: { lane: 'beta' },
  service: 'a',
  to: { service: 'a-canary' },
  matches: [user('anna')],
  requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }] },
};
const orders = {
  matches: [
    { path: { type: 'PathPrefix', value: '/orders' }, method: 'GET', headers: [{ name: 'x-tenant', value: 'one' }] },
  ],
  filters: [
    { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-base', value: '1' }] } },
    { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' } } },
  ],
  timeouts: { request: '5s' },
  backendRefs: [
    { name: 'a', port: 80, weight: 70 },
    { name: 'b', port: 80, weight: 30 },
  ],
};
const basket = {
  matches: [{ path: { type: 'PathPrefix', value: '/basket' } }],
  backendRefs: [{ name: 'b', port: 80 }],
};
const plain = { backendRefs: [{ name: 'a', port: 80 }] };

test('a match is a route of our own, which repeats all that the base has for the Service, and nothing for others', () => {
  const base = httpRoute([orders, basket]);
  const written = gateway.write(base, [lane], alone);
  expect(written[0]).toBe(base);
  expect(written.slice(1)).toEqual([
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: {
        name: 'web-canary',
        namespace: 'shop',
        labels: { 'graylane.io/lane': 'beta' },
        annotations: routeNote(base, lane),
      },
      spec: {
        parentRefs: [{ name: 'public' }],
        hostnames: ['shop.example.com'],
        rules: [
          {
            ...orders,
            matches: [
              {
                ...orders.matches[0],
                headers: [...orders.matches[0]!.headers, { type: 'Exact', name: 'x-user', value: 'anna' }],
              },
            ],
            backendRefs: [
              {
                name: 'a-canary',
                port: 80,
                weight: 70,
                filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: lane.requestHeaderModifier }],
              },
              orders.backendRefs[1],
            ],
          },
        ],
      },
    },
  ]);
});

test('headers are changed by the rule, after the base, where all its requests go to the Service', () => {
  const [, ours] = gateway.write(httpRoute([{ ...orders, backendRefs: plain.backendRefs }]), [lane], alone);
  const set = [
    { name: 'x-base', value: '1' },
    { name: 'x-lane', value: 'gray' },
  ];
  expect(ours!.spec).toMatchObject({
    rules: [
      {
        filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set } }, orders.filters[1]],
        backendRefs: [{ name: 'a-canary', port: 80 }],
      },
    ],
  });
});

test('a weight divides each reference to the Service, and leaves the shares of others as they are', () => {
  const [written] = gateway.write(
    httpRoute([orders, basket]),
    [{ ...lane, matches: [], weight: 20 }],
    alone,
  ) as Written[];
  expect(written!.spec.rules.map(({ backendRefs }) => backendRefs.map(({ name, weight }) => [name, weight]))).toEqual([
    [
      ['a', 56],
      ['a-canary', 14],
      ['b', 30],
    ],
    [['b', undefined]],
  ]);
});

test('weights are multiplied where a share of them is no whole number', () => {
  const [written] = gateway.write(httpRoute([orders]), [{ ...lane, matches: [], weight: 5 }], alone) as Written[];
  expect(written!.spec.rules[0]!.backendRefs.map(({ weight }) => weight)).toEqual([6650, 350, 3000]);
});

test('a warm-up leads to the canary on the hosts of the base, by a path and a header that no client knows', () => {
  const [base, warm, ...more] = gateway.write(
    httpRoute([orders, plain]),
    [{ owner: lane.owner, service: 'a', to: lane.to, warmUp: true }],
    alone,
  );
  expect(base).toEqual(httpRoute([orders, plain]));
  expect(more).toEqual([]);
  expect(warm!.spec).toEqual({
    parentRefs: [{ name: 'public' }],
    hostnames: ['shop.example.com'],
    rules: [
      {
        matches: [
          {
            path: { type: 'Exact', value: expect.stringMatching(/^\/\.graylane\/warm-up\/[0-9a-f]{12}$/) as string },
            headers: [
              { type: 'Exact', name: 'x-graylane-warm-up', value: expect.stringMatching(/^[0-9a-f]{12}-0$/) as string },
            ],
          },
        ],
        backendRefs: [{ name: 'a-canary', port: 80 }],
      },
    ],
  });
});

describe('limits of one HTTPRoute', () => {
  test.each([
    ['16 rules', [plain], 16, [16]],
    ['17 rules', [plain, orders], 9, [16, 2]],
    [
      '128 matches',
      [{ ...plain, matches: Array.from({ length: 64 }, (_, i) => ({ path: { value: `/${i}` } })) }],
      5,
      [2, 2, 1],
    ],
  ])('%s', (_, rules, matches, expected) => {
    const route = { ...lane, matches: Array.from({ length: matches }, (_, i) => user(`u${i}`)) };
    const [, ...ours] = gateway.write(httpRoute(rules), [route], alone) as Written[];
    expect(ours.map(({ spec }) => spec.rules.length)).toEqual(expected);
    expect(ours.map(({ metadata }) => metadata.name)).toEqual(
      expected.map((_, i) => (i === 0 ? 'web-canary' : `web-canary-${i + 1}`)),
    );
    for (const { spec } of ours) expect(spec.rules.flatMap((rule) => rule.matches).length).toBeLessThanOrEqual(128);
  });
});

test('a mesh: a base whose parent is a Service gives a canary route with that parent', () => {
  const parentRefs = [{ group: '', kind: 'Service', name: 'a' }];
  const [, ours] = gateway.write(httpRoute([plain], parentRefs), [lane], alone);
  expect(ours!.spec).toMatchObject({ parentRefs });
});

test('a GRPCRoute is written alike, with its own kind of warm-up', () => {
  const base = { ...httpRoute([{ ...plain, matches: [{ method: { service: 'shop.Orders' } }] }]), kind: 'GRPCRoute' };
  const [, ours, warm] = gateway.write(
    base,
    [lane, { owner: lane.owner, service: 'a', to: lane.to, warmUp: true }],
    alone,
  ) as Written[];
  expect(ours).toMatchObject({
    kind: 'GRPCRoute',
    spec: { rules: [{ matches: [{ method: { service: 'shop.Orders' }, headers: [{ name: 'x-user' }] }] }] },
  });
  expect(warm!.spec.rules[0]!.matches[0]).toMatchObject({ method: { method: 'None' } });
});

const tenant = (name: string, backend: string) => ({
  matches: [{ headers: [{ name, value: '1' }] }],
  backendRefs: [{ name: backend, port: 80 }],
});
const two: Route = {
  ...lane,
  matches: [
    {
      headers: [
        { name: 'x-user', value: 'anna' },
        { name: 'x-beta', value: '1' },
      ],
    },
  ],
};
const query: Route = { ...lane, matches: [{ queryParams: [{ name: 'beta', value: '1' }] }] };
const debug = { matches: [{ queryParams: [{ name: 'debug', value: '1' }] }], backendRefs: [{ name: 'b', port: 80 }] };

test.each<[title: string, base: Manifest, route: Route, path: string | undefined]>([
  ['one condition more leaves the base alone', httpRoute([orders, plain]), lane, undefined],
  [
    'a second condition on a header of the base',
    httpRoute([tenant('X-User', 'a')]),
    lane,
    'spec.rules.matches.headers',
  ],
  [
    'more than 16 headers with those of the base',
    httpRoute([tenant('x-tenant', 'a')]),
    { ...lane, matches: [{ headers: Array.from({ length: 16 }, (_, i) => ({ name: `x-${i}`, value: '1' })) }] },
    'spec.rules.matches.headers',
  ],
  [
    'a header that the base changes as well',
    httpRoute([orders]),
    { ...lane, requestHeaderModifier: { remove: ['X-Base'] } },
    'spec.rules.filters',
  ],
  [
    'a weight too large to be divided',
    httpRoute([{ backendRefs: [{ name: 'a', weight: 10_001 }] }]),
    { ...lane, weight: 5 },
    'spec.rules.backendRefs.weight',
  ],
  [
    'as many headers as a neighbour on the same path: the base is older',
    httpRoute([tenant('x-tenant', 'b'), plain]),
    lane,
    undefined,
  ],
  ['more headers than a neighbour on the same path', httpRoute([tenant('x-tenant', 'b'), plain]), two, 'spec.rules'],
  [
    'more headers than a neighbour which no such request reaches',
    httpRoute([tenant('x-beta', 'b'), plain]),
    {
      ...two,
      matches: [
        {
          headers: [
            { name: 'x-user', value: 'anna' },
            { name: 'x-beta', value: '2' },
          ],
        },
      ],
    },
    undefined,
  ],
  ['a header wins against a neighbour with a query', httpRoute([debug, plain]), lane, 'spec.rules'],
  [
    'a query does not win against a neighbour with a header',
    httpRoute([tenant('x-tenant', 'b'), plain]),
    query,
    undefined,
  ],
  [
    'a neighbour with a method keeps its requests',
    httpRoute([{ ...basket, matches: [{ method: 'POST' }] }, plain]),
    two,
    undefined,
  ],
  ['a query on a GRPCRoute', { ...httpRoute([plain]), kind: 'GRPCRoute' }, query, 'kind'],
])('R12 %s', (_, base, route, path) => {
  const problems = gateway.checks!(base, route, alone);
  expect(problems.map((one) => [one.code, locationOf(one)])).toEqual(
    path === undefined ? [] : [['base-unsuitable', path]],
  );
});

test.each<[title: string, other: Manifest, as: 'bases' | 'others', refused: boolean]>([
  [
    'a rule of another route on the same host and path',
    { ...httpRoute([tenant('x-tenant', 'b')]), metadata: { name: 'other', namespace: 'shop' } },
    'others',
    true,
  ],
  [
    'the same of another gateway',
    { ...httpRoute([tenant('x-tenant', 'b')], [{ name: 'internal' }]), metadata: { name: 'other' } },
    'others',
    false,
  ],
  ['one for the Service itself, in a route that is no base', httpRoute([tenant('x-tenant', 'a')]), 'others', true],
  ['one for the Service itself, in another base', httpRoute([tenant('x-tenant', 'a')]), 'bases', false],
])('R12 %s', (_, other, as, refused) => {
  const problems = gateway.checks!(httpRoute([plain]), two, { ...alone, [as]: [other] });
  expect(problems).toHaveLength(refused ? 1 : 0);
});

describe('a route is taken up when every parent has accepted it as it is now', () => {
  const [web, mesh] = [{ name: 'public' }, { group: '', kind: 'Service', name: 'a' }];
  const live = (...parents: object[]): Manifest => ({
    ...httpRoute([plain], [web, mesh]),
    metadata: { name: 'web', namespace: 'shop', generation: 2 },
    status: { parents },
  });
  const answer = (parentRef: object, status = 'True', observedGeneration = 2) => ({
    parentRef,
    conditions: [{ type: 'Accepted', status, reason: 'Reason', observedGeneration }],
  });

  test.each<[string, Manifest, string | undefined]>([
    ['nobody', live(), 'Gateway public has not answered yet'],
    ['the first only', live(answer(web)), 'Service a has not answered yet'],
    ['both', live(answer(web), answer(mesh)), undefined],
    [
      'both, with what has a default',
      live(answer({ ...web, kind: 'Gateway', namespace: 'shop' }), answer(mesh)),
      undefined,
    ],
    ['one no', live(answer(web), answer(mesh, 'False')), 'Accepted False: Reason (Service a)'],
    [
      'of another listener',
      live(answer({ ...web, sectionName: 'http' }), answer(mesh)),
      'Gateway public has not answered yet',
    ],
    ['of an older version', live(answer(web, 'True', 1), answer(mesh)), 'Accepted True: Reason (Gateway public)'],
  ])('%s', (_, route, missing) => expect(gateway.takenUp!(route)).toBe(missing));
});
