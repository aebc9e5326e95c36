import { describe, expect, test } from 'vitest';
import { type Manifest, type Match, type Route, routeNote, locationOf } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { virtualService, alone } from './fixtures';

interface Written extends Manifest {
  readonly spec: {
    readonly http: { name?: string; match?: unknown; route: { destination: { host: string }; weight?: number }[] }[];
  };
}

const istio = gateways.istio!;
const user: Match = { headers: [{ name: 'X-User', value: 'anna' }] };
const rollout: Route = { owner: { rollout: 'rollout-a' }, service: 'a', to: { service: 'a-canary' } };
const lane: Route = {
  owner: { lane: 'beta' },
  service: 'a',
  to: { service: 'a-canary' },
  matches: [user],
  requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }], remove: ['x-old'] },
};
const basket = { match: [{ uri: { prefix: '/basket' } }], route: [{ destination: { host: 'b' } }] };
const orders = {
  name: 'orders',
  match: [{ uri: { prefix: '/' }, headers: { 'x-tenant': { exact: 'one' } } }],
  rewrite: { uri: '/v2' },
  timeout: '5s',
  retries: { attempts: 3 },
  route: [
    { destination: { host: 'a', subset: 'v1', port: { number: 80 } }, weight: 70 },
    { destination: { host: 'b' }, weight: 30 },
  ],
};
const plain = { route: [{ destination: { host: 'a' } }] };

function rules(base: Manifest, routes: Route[]) {
  return (istio.write(base, routes, alone)[0] as Written).spec.http;
}

test("a match stands right before the base's rule: rules before it still come first, and it keeps all that the rule does", () => {
  expect(rules(virtualService([basket, orders]), [lane])).toEqual([
    basket,
    {
      ...orders,
      name: 'graylane/lane/beta/a/1',
      match: [{ uri: { prefix: '/' }, headers: { 'x-tenant': { exact: 'one' }, 'x-user': { exact: 'anna' } } }],
      route: [
        {
          destination: { host: 'a-canary', port: { number: 80 } },
          weight: 70,
          headers: { request: { set: { 'x-lane': 'gray' }, remove: ['x-old'] } },
        },
        orders.route[1],
      ],
    },
    orders,
  ]);
});

test.each([
  ['one destination', [{ destination: { host: 'a' } }], 20, [80, 20]],
  ['several', orders.route, 20, [56, 14, 30]],
  ['several, with a share that is no whole number', orders.route, 5, [6650, 350, 3000]],
  ['all of them', [{ destination: { host: 'a' } }], 100, [0, 100]],
])('weights add up to what they were: %s', (_, route, weight, expected) => {
  const [copy, base] = rules(virtualService([{ route }]), [{ ...rollout, weight }]);
  expect(copy!.route.map((one) => one.weight)).toEqual(expected);
  expect(base).toEqual({ route });
});

test('shares of two Services in one rule are one rule, which bears both names', () => {
  const other: Route = { owner: { lane: 'b' }, service: 'b', to: { service: 'b-canary' }, weight: 50 };
  const [copy] = rules(virtualService([orders]), [{ ...rollout, weight: 20 }, other]);
  expect(copy!.name).toBe('graylane/rollout/rollout-a/a/weight+graylane/lane/b/b/weight');
  expect(copy!.route.map(({ destination, weight }) => [destination.host, weight])).toEqual([
    ['a', 56],
    ['a-canary', 14],
    ['b', 15],
    ['b-canary', 15],
  ]);
});

test('matches of all owners stand before any share', () => {
  const names = rules(virtualService([plain]), [{ ...rollout, weight: 20 }, lane]).map(({ name }) => name);
  expect(names).toEqual(['graylane/lane/beta/a/1', 'graylane/rollout/rollout-a/a/weight', undefined]);
});

test('a cookie is an expression over the header of all cookies', () => {
  const [copy] = rules(virtualService([plain]), [
    { ...rollout, matches: [{ cookies: [{ name: 'beta', value: '1.2' }] }] },
  ]);
  const [{ headers }] = copy!.match as [{ headers: { cookie: { regex: string } } }];
  const expression = new RegExp(`^(?:${headers.cookie.regex})$`);
  for (const cookies of ['beta=1.2', 'a=b; beta=1.2', 'a=b;beta=1.2; c=d']) expect(cookies).toMatch(expression);
  for (const cookies of ['beta=1x2', 'xbeta=1.2', 'beta=1.23', 'a=beta=1.2']) expect(cookies).not.toMatch(expression);
});

describe('hosts of the Service', () => {
  const written = (host: string) =>
    rules(virtualService([{ route: [{ destination: { host } }] }]), [lane])[0]!.route[0]!.destination.host;

  test.each([
    ['a', 'a-canary'],
    ['a.shop', 'a-canary.shop'],
    ['a.shop.svc.cluster.local', 'a-canary.shop.svc.cluster.local'],
  ])('%s leads to %s', (host, canary) => expect(written(host)).toBe(canary));

  test.each(['a.other', 'a.other.svc.cluster.local', 'a.example.com', 'ab'])('%s is another', (host) => {
    expect(written(host)).toBe(host);
  });
});

test.each([
  ['removed', []],
  ['led elsewhere', [{ route: [{ destination: { host: 'b' } }] }]],
])('rules of ours whose rule somebody has %s go with the next write', (_, left) => {
  const written = rules(virtualService([plain]), [{ ...lane, weight: 20 }]);
  const base = virtualService([...written.slice(0, -1), ...left]);
  expect(rules(base, [])).toEqual(left);
});

describe('DestinationRule', () => {
  const base: Manifest = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'a', namespace: 'shop' },
    spec: {
      host: 'a',
      trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } },
      subsets: [{ name: 'v1', labels: { version: 'v1' } }],
    },
  };

  test("connections to the canary are as the base's to stable", () => {
    expect(istio.write(base, [lane], alone)).toEqual([
      base,
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: {
          name: 'a-canary',
          namespace: 'shop',
          labels: { 'graylane.io/lane': 'beta' },
          annotations: routeNote(base, lane),
        },
        spec: { host: 'a-canary', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } },
      },
    ]);
    expect(istio.write(base, [], alone)).toEqual([base]);
  });

  test.each([
    { exportTo: ['.'] },
    { workloadSelector: { matchLabels: { app: 'front' } } },
    { exportTo: ['.', 'pay'], workloadSelector: { matchLabels: { app: 'front', tier: 'edge' } } },
  ])('it is about connections of the same clients: %j', (clients) => {
    const [, ours] = istio.write({ ...base, spec: { ...(base.spec as object), ...clients } }, [lane], alone);
    expect(ours!.spec).toEqual({ host: 'a-canary', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } }, ...clients });
  });

  test.each<[string, Route]>([
    ["of another Service's requests", { ...lane, service: 'b' }],
    ['to stable', { ...lane, to: 'stable' }],
  ])('it has nothing to say of a route %s', (_, route) => expect(istio.write(base, [route], alone)).toEqual([base]));
});

test.each<[title: string, base: Manifest, route: Route, path: string | undefined]>([
  ['one condition more leaves the base alone', virtualService([orders]), lane, undefined],
  [
    'a header of the base',
    virtualService([{ ...plain, match: [{ headers: { 'x-user': { prefix: 'a' } } }] }]),
    lane,
    'spec.http.match',
  ],
  [
    'a header that the base excludes',
    virtualService([{ ...plain, match: [{ withoutHeaders: { 'x-user': {} } }] }]),
    lane,
    'spec.http.match',
  ],
  [
    "a header of another Service's rule",
    virtualService([{ ...basket, match: [{ headers: { 'x-user': { prefix: 'a' } } }] }, plain]),
    lane,
    undefined,
  ],
  [
    'two cookies, as a header and as a cookie',
    virtualService([plain]),
    { ...lane, matches: [{ headers: [{ name: 'Cookie', value: 'a=b' }], cookies: [{ name: 'beta', value: '1' }] }] },
    'spec.http.match',
  ],
  [
    'a header that the base changes',
    virtualService([{ ...plain, headers: { request: { add: { 'X-Lane': '1' } } } }]),
    lane,
    'spec.http.headers',
  ],
])('R12 %s', (_, base, route, path) => {
  const problems = istio.checks!(base, route, alone);
  expect(problems.map((one) => [one.code, locationOf(one)])).toEqual(
    path === undefined ? [] : [['base-unsuitable', path]],
  );
});
