/**
 * Paths: bases of many rules for the Service and for others beside and below each other, each with a treatment of its own,
 * one match with a path, and every request that could tell a difference.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Gateway, type Manifest, type Match, type PathMatch, type Route } from '../../../lib/core';
import { gateways } from '../../../lib/gateways';
import { alone, expressed, hasRoom, httpRoute, NEIGHBOUR, SERVICE, virtualService } from '../fixtures';
import { implementation } from './gateway-api';
import { istio } from './istio';
import { type Model, type Request, routed, told } from './traffic';

const paths = ['/', '/orders', '/orders/1', '/orders/new', '/orders/new/1', '/ordersx', '/basket', '/basket/1'];

const headerSets: Record<string, string>[] = [
  {},
  { 'x-user': 'anna' },
  { 'x-tenant': 'one' },
  { 'x-user': 'anna', 'x-tenant': 'one' },
  { 'x-user': 'anna', 'x-tenant': 'one', 'x-other': '1' },
];
const requests: Request[] = paths.flatMap((path) =>
  ['GET', 'POST'].flatMap((method) =>
    headerSets.map((headers) => ({ host: 'shop.example.com', path, method, headers, query: {}, cookies: {} })),
  ),
);

const anyService = fc.constantFrom(SERVICE, SERVICE, NEIGHBOUR);
const headers = [{ name: 'x-tenant', value: 'one' }];

/** Rules as they are in a list: mostly a path alone. */
function rules<T>(match: fc.Arbitrary<T>, to = anyService) {
  return fc.array(fc.record({ matches: fc.array(match, { minLength: 1, maxLength: 2 }), to }), {
    minLength: 1,
    maxLength: 4,
  });
}

const routePath = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('PathPrefix'), value: fc.constantFrom(...paths) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('Exact'), value: fc.constantFrom(...paths) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('RegularExpression'),
      value: fc.constantFrom('/orders/.*', '/b', 'new$'),
    }),
  },
);

const httpRoutes = fc
  .record({
    own: rules(
      fc.oneof(
        { weight: 4, arbitrary: fc.record({ path: routePath }) },
        { weight: 1, arbitrary: fc.record({ path: routePath, method: fc.constant('GET') }) },
        { weight: 1, arbitrary: fc.record({ path: routePath, headers: fc.constant(headers) }) },
      ),
    ),
    beside: fc.option(rules(fc.record({ path: routePath }), fc.constant(NEIGHBOUR))),
  })
  .map(({ own, beside }) => {
    const written = (list: typeof own) =>
      list.map(({ matches, to: name }, i) => ({
        matches,
        timeouts: { request: `${i + 1}s` },
        backendRefs: [{ name, port: 80 }],
      }));
    const other = beside && { ...httpRoute(written(beside)), metadata: { name: 'beside', namespace: 'shop' } };
    return { base: httpRoute(written(own)), others: other ? [other] : [] };
  });

const uri = fc.constantFrom<object | undefined>(
  undefined,
  { prefix: '/' },
  { prefix: '/orders' },
  { prefix: '/orders/' },
  { prefix: '/ord' },
  { exact: '/orders/new' },
  { exact: '/basket' },
  { regex: '/orders(/.*)?' },
  { regex: '/b.*' },
);

const virtualServices = rules(
  fc.record({ uri, tenant: fc.boolean() }).map((one) => ({
    ...(one.uri && { uri: one.uri }),
    ...(one.tenant && { headers: { 'x-tenant': { exact: 'one' } } }),
  })),
).map((list) => ({
  base: virtualService(
    list.map(({ matches: match, to: host }, i) => ({
      match,
      timeout: `${i + 1}s`,
      route: [{ destination: { host } }],
    })),
  ),
  others: [] as Manifest[],
}));

const path: fc.Arbitrary<PathMatch> = fc.oneof(
  fc.record({
    type: fc.constantFrom('Exact' as const, 'PathPrefix' as const, 'PathPrefix' as const),
    value: fc.constantFrom(...paths, '/orders/', '/basket/'),
  }),
  fc.record({
    type: fc.constant('RegularExpression' as const),
    value: fc.constantFrom('/orders/.*', '/(orders|basket)', '/.*new', '/b.*'),
  }),
);

/** The path alone, or beside one or two headers. */
const matches: fc.Arbitrary<Match> = fc.oneof(
  fc.record({ path }),
  fc.record({ path, headers: fc.constant([{ name: 'x-user', value: 'anna' }]) }),
  fc.record({
    path,
    headers: fc.constant([
      { name: 'x-user', value: 'anna' },
      { name: 'x-other', value: '1' },
    ]),
  }),
);

const gatewayApis = (['before', 'behind', 'among'] as const).flatMap((expressions) =>
  (['searched', 'whole'] as const).map((compared) => implementation({ expressions, paths: compared })),
);

describe.each<[string, Gateway, fc.Arbitrary<{ base: Manifest; others: Manifest[] }>, Model[]]>([
  ['gateway-api', gateways['gateway-api']!, httpRoutes, gatewayApis],
  ['istio', gateways.istio!, virtualServices, [istio]],
])('%s', (_, gateway, situations, models) => {
  const found = { refused: 0, written: 0, reached: 0 };

  test('a path takes what the base sends to the Service below it, however implementations decide', () => {
    fc.assert(
      fc.property(situations, matches, ({ base, others }, match) => {
        fc.pre(JSON.stringify(base.spec).includes(`"${SERVICE}"`));
        fc.pre(gateway.supports.match.paths.includes(match.path!.type));
        const route: Route = {
          owner: { lane: 'beta' },
          service: SERVICE,
          to: { service: 'a-canary' },
          matches: [match],
        };
        if (!hasRoom(gateway, base, route, others)) return void (found.refused += 1);
        found.written += 1;
        const after = gateway.write(base, [route], { ...alone, others });
        const [written, ...ours] = after;
        for (const model of models) {
          for (const request of requests) {
            const before = model([base, ...others], request);
            const expected = told(routed(before, [route], request));
            expect(told(model([written!, ...others, ...ours], request))).toEqual(expected);
            if (JSON.stringify(expected) !== JSON.stringify(told(before))) found.reached += 1;
          }
        }
        expect(expressed(after)).toEqual([route]);
      }),
      { numRuns: 1000 },
    );
  });

  test('of the bases above many had room for the path and led requests to the canary, and many had none', () => {
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(150);
  });
});
