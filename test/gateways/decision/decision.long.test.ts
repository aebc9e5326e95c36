/**
 * Where requests go, by a model of each system's own rules: with the routes written, exactly the requests that the base
 * sends to the Service and that a route takes go to its target; all others go where they went before.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Manifest, type Match, overlapOf, type Route } from '../../../lib/core';
import { gateways } from '../../../lib/gateways';
import { hasRoom, NEIGHBOUR, possibleRoutes, SERVICE, service } from '../fixtures';
import { published, tried, type Tried } from '../registry';
import { type Request, routed, told } from './traffic';

const services = [service(SERVICE), service(NEIGHBOUR)];

test('every gateway of the package is tried', () => {
  expect(published.map(({ gateway }) => gateway)).toEqual(Object.values(gateways));
});

describe.each(tried)('$gateway.name', (one) => {
  const { gateway, model, neighbour } = one;
  const reached = { canary: 0, base: 0, nowhere: 0 };

  test('only requests of the route reach its target, and all others go where they went before', () => {
    fc.assert(
      fc.property(situation(one), ({ base, routes, requests }) => {
        const others = neighbour ? [neighbour(base)] : [];
        fc.pre(routes.every((route) => hasRoom(gateway, base, route, others)));
        const before = [base, ...others, ...services];
        const [written, ...ours] = gateway.write(base, routes, { services, bases: [], others });
        const after = [written!, ...others, ...services, ...ours];
        for (const request of requests) {
          const expected = told(routed(model(before, request), routes, request));
          expect(told(model(after, request))).toEqual(expected);
          const same = JSON.stringify(expected) === JSON.stringify(told(model(before, request)));
          reached[Object.keys(expected).length === 0 ? 'nowhere' : same ? 'base' : 'canary'] += 1;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the requests above reached the canary, the base and nothing, each often enough', () => {
    for (const count of Object.values(reached)) expect(count).toBeGreaterThan(20);
  });
});

function situation({ gateway, bases }: Tried) {
  return fc
    .record({ base: bases, routes: possibleRoutes(gateway) })
    .filter(({ routes }) =>
      routes.every((a, i) => routes.slice(i + 1).every((b) => a.warmUp || b.warmUp || !overlapOf(a, b))),
    )
    .chain(({ base, routes }) =>
      fc
        .array(requestsNear(routes), { minLength: 10, maxLength: 10 })
        .map((requests): Situation => ({ base, routes, requests })),
    );
}

interface Situation {
  readonly base: Manifest;
  readonly routes: readonly Route[];
  readonly requests: readonly Request[];
}

const values = fc.constantFrom('foo', 'always', 'never', 'v1', 'v12', 'a', 'a|b', '1.2.3', '1x2x3', 'beta', 'a, b');
const some = (names: string[]): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(fc.constantFrom(...names), values, { maxKeys: 2 });

const anyRequest: fc.Arbitrary<Request> = fc.record({
  host: fc.constantFrom('shop.example.com', 'api.example.com', 'www.example.com', 'shop.example.org', 'other.io'),
  path: fc.constantFrom(
    '/',
    '/orders',
    '/orders/1',
    '/orders/new',
    '/orders/new/1',
    '/ordersx',
    '/basket',
    '/basket/1',
  ),
  method: fc.constantFrom('GET', 'POST'),
  headers: fc
    .tuple(
      some(['user-agent', 'x-user', 'x-region', 'x-old']),
      fc.constantFrom<Record<string, string>>({}, { 'x-tenant': 'one' }),
      // What a route changes is seen on requests that have it already.
      fc.subarray(['x-old', 'x-mse-tag', 'x-lane', 'x-trace', 'x-base']),
    )
    .map(([a, b, changed]) => ({ ...a, ...b, ...Object.fromEntries(changed.map((name) => [name, 'before'])) })),
  query: fc
    .tuple(some(['User-Agent', 'x-user', 'x-region']), fc.constantFrom<Record<string, string>>({}, { debug: '1' }))
    .map(([a, b]) => ({ ...a, ...b })),
  cookies: some(['User-Agent', 'x-user', 'x-region']),
});

/** Any request, or one that has all but perhaps the value of a match. */
function requestsNear(routes: readonly Route[]): fc.Arbitrary<Request> {
  const matches = routes.flatMap((route) => route.matches ?? []);
  if (matches.length === 0) return anyRequest;
  const near = fc
    .tuple(anyRequest, fc.constantFrom(...matches), values)
    .map(([request, match, other]) => having(request, match, other));
  return fc.oneof(anyRequest, near, near);
}

function having(
  request: Request,
  { path, headers = [], queryParams = [], cookies = [] }: Match,
  other: string,
): Request {
  const pairs = (list: Match['headers'] = []) =>
    Object.fromEntries(list.map(({ type, name, value }) => [name, type === 'RegularExpression' ? other : value]));
  const lower = Object.fromEntries(Object.entries(pairs(headers)).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    ...request,
    ...(path && path.type !== 'RegularExpression' && { path: path.value }),
    headers: { ...request.headers, ...lower },
    query: { ...request.query, ...pairs(queryParams) },
    cookies: { ...request.cookies, ...pairs(cookies) },
  };
}
