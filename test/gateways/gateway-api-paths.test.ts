/** Paths on Gateway API: what is written of the base's own path and the match's, and what has no place. */
import { describe, expect, test } from 'vitest';
import {
  type GraylaneError,
  type Manifest,
  type Match,
  type PathMatch,
  resolve,
  type Route,
  locationOf,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, renderAt, service } from '../core/fixtures';
import { alone, expressed, httpRoute } from './fixtures';

interface Written extends Manifest {
  readonly spec: { readonly rules: { matches: { path?: object; headers?: { value: string }[] }[] }[] };
}

const gateway = gateways['gateway-api']!;
const prefix = (value: string): PathMatch => ({ type: 'PathPrefix', value });
const exact = (value: string): PathMatch => ({ type: 'Exact', value });
const regex = (value: string): PathMatch => ({ type: 'RegularExpression', value });
const headers = [{ name: 'x-user', value: 'anna' }];
const lane = (...matches: Match[]): Route => ({
  owner: { lane: 'beta' },
  service: 'a',
  to: { service: 'a-canary' },
  matches,
});
const rule = (name: string, ...paths: (PathMatch | undefined)[]) => ({
  ...(paths.length > 0 && { matches: paths.map((path) => (path ? { path } : {})) }),
  backendRefs: [{ name, port: 80 }],
});

function pathsOf(base: Manifest, ...matches: Match[]): unknown[] {
  const [, ...ours] = gateway.write(base, [lane(...matches)], alone) as Written[];
  return ours.flatMap(({ spec }) => spec.rules.flatMap((one) => one.matches.map(({ path }) => path)));
}

function refused(base: Manifest, match: Match, others: Manifest[] = []): string[] {
  return gateway.checks!(base, lane(match), { ...alone, others }).map((one) => `${one.code} ${locationOf(one)}`);
}

describe('what the base leads to the Service, and the match takes', () => {
  test.each<[string, PathMatch | undefined, PathMatch, PathMatch | undefined]>([
    ['a base without paths', undefined, prefix('/orders'), prefix('/orders')],
    ['an exact path of it', undefined, exact('/orders'), exact('/orders')],
    ['a prefix below a prefix', prefix('/orders'), prefix('/orders/new'), prefix('/orders/new')],
    ['a prefix above a prefix', prefix('/orders/new'), prefix('/orders'), prefix('/orders/new')],
    ['the same', prefix('/orders'), prefix('/orders'), prefix('/orders')],
    ['the same with a slash, which changes nothing', prefix('/orders'), prefix('/orders/'), prefix('/orders')],
    ['a slash at the end is not written: the longer path would win', undefined, prefix('/orders/'), prefix('/orders')],
    ['every path', undefined, prefix('/'), undefined],
    ['an exact path below a prefix', prefix('/orders'), exact('/orders/1'), exact('/orders/1')],
    ['an exact path under a prefix', exact('/orders/1'), prefix('/orders'), exact('/orders/1')],
    ['an exact path that an expression takes', regex('/orders/[0-9]+'), exact('/orders/1'), exact('/orders/1')],
    ['every path, and an expression', regex('/orders/[0-9]+'), prefix('/'), regex('/orders/[0-9]+')],
  ])('%s', (_, own, path, expected) => {
    const base = httpRoute([rule('a', own)]);
    expect(refused(base, { path, headers })).toEqual([]);
    expect(pathsOf(base, { path, headers })).toEqual([expected]);
  });

  test('matches and rules that the path leaves nothing are left out', () => {
    const base = httpRoute([rule('a', prefix('/basket'), prefix('/orders')), rule('a', prefix('/stock'))]);
    expect(pathsOf(base, { path: prefix('/orders/new') })).toEqual([prefix('/orders/new')]);
    expect(pathsOf(base, { path: prefix('/orders/new') }, { headers })).toEqual([
      prefix('/orders/new'),
      prefix('/basket'),
      prefix('/orders'),
      prefix('/stock'),
    ]);
  });

  test('a rule that a longer path of the base comes before is left out: it would win under the narrower one', () => {
    const base = httpRoute([rule('a'), rule('b', prefix('/orders')), rule('a', prefix('/orders/new'))]);
    expect(refused(base, { path: prefix('/orders'), headers })).toEqual([]);
    expect(pathsOf(base, { path: prefix('/orders'), headers })).toEqual([prefix('/orders/new')]);
  });

  test.each([
    ['two rules, of which the path leaves one', [rule('a'), rule('a', prefix('/orders'))], 16, [16, 8]],
    ['one rule of 64 matches, of which the path leaves one', [rule('a', ...many(64))], 16, [9, 2, 2, 2, 1]],
  ])('limits of one HTTPRoute: %s', (_, rules, count, expected) => {
    const matches = Array.from({ length: count }, (__, i): Match => {
      const own = [{ name: 'x-user', value: `u${i}` }];
      return i < 8 ? { path: prefix('/orders/new'), headers: own } : { headers: own };
    });
    const base = httpRoute(rules);
    const [, ...ours] = gateway.write(base, [lane(...matches)], alone) as Written[];
    expect(ours.map(({ spec }) => spec.rules.length)).toEqual(expected);
    expect(expressed(ours)).toMatchObject([{ matches }]);
  });
});

function many(count: number): PathMatch[] {
  return Array.from({ length: count }, (_, i) => prefix(i === 0 ? '/orders' : `/p${i}`));
}

const rewritten = (type: string) => ({
  ...rule('a', prefix('/orders')),
  filters: [{ type: 'URLRewrite', urlRewrite: { path: { type, replacePrefixMatch: '/v2' } } }],
});
const AT = 'base-unsuitable spec.rules.matches.path';
const NEIGHBOUR = 'base-unsuitable spec.rules';
const onOrders = { path: prefix('/orders') };

test.each<[string, Manifest, Match, string[]]>([
  ['a path that the base does not lead to the Service', httpRoute([rule('a', prefix('/basket'))]), onOrders, [AT]],
  ["one that the base leads to a neighbour's", httpRoute([rule('a'), rule('b', prefix('/orders'))]), onOrders, [AT]],
  [
    'one below which a neighbour is: its path is longer still',
    httpRoute([rule('a'), rule('b', prefix('/orders/new'))]),
    onOrders,
    [],
  ],
  [
    'one below that of a neighbour with a condition, which is longer no more',
    httpRoute([rule('a'), { ...rule('b'), matches: [{ ...onOrders, method: 'GET' }] }]),
    { path: prefix('/orders/new') },
    [NEIGHBOUR],
  ],
  [
    'one of another method',
    httpRoute([
      { ...rule('a'), matches: [{ method: 'POST' }] },
      { ...rule('b'), matches: [{ ...onOrders, method: 'GET' }] },
    ]),
    { path: prefix('/orders/new') },
    [],
  ],
  [
    "two rules of the Service's whose order would change",
    httpRoute([
      { ...rule('a'), matches: [{ path: prefix('/orders'), headers: [{ name: 'x-tenant', value: 'one' }] }] },
      { ...rule('a'), matches: [{ method: 'GET' }] },
    ]),
    { path: prefix('/orders/new') },
    [NEIGHBOUR],
  ],
  [
    'a neighbour of an expression, which may come before or behind',
    httpRoute([rule('a'), rule('b', regex('/ord.*'))]),
    onOrders,
    [NEIGHBOUR],
  ],
  [
    'a neighbour of an expression that does not take the path',
    httpRoute([rule('a'), rule('b', regex('/basket.*'))]),
    { path: exact('/orders') },
    [],
  ],
  [
    "an expression of the Service's, whose place beside a neighbour's only the implementation knows",
    httpRoute([rule('a', regex('/orders/.*')), rule('b', prefix('/orders'))]),
    { path: exact('/orders/1') },
    [NEIGHBOUR],
  ],
  ['an expression and a prefix', httpRoute([rule('a', regex('/orders.*'))]), onOrders, [AT]],
  [
    'an expression that implementations which search take another way',
    httpRoute([rule('a', regex('/orders'))]),
    { path: exact('/orders/1') },
    [AT],
  ],
  [
    'an expression that cannot be read here',
    httpRoute([rule('a', regex('(?i)/orders'))]),
    { path: exact('/orders') },
    [AT],
  ],
  [
    "the base's path and nothing beside it: the older rule wins",
    httpRoute([rule('a', prefix('/orders'))]),
    onOrders,
    [AT],
  ],
  ['the same with a header', httpRoute([rule('a', prefix('/orders'))]), { ...onOrders, headers }, []],
  [
    'a rewrite of the prefix under a longer one',
    httpRoute([rewritten('ReplacePrefixMatch')]),
    { path: prefix('/orders/new') },
    ['base-unsuitable spec.rules.filters'],
  ],
  [
    "a rewrite of the prefix under the base's",
    httpRoute([rewritten('ReplacePrefixMatch')]),
    { ...onOrders, headers },
    [],
  ],
  ['a rewrite of the whole path', httpRoute([rewritten('ReplaceFullPath')]), { path: prefix('/orders/new') }, []],
  [
    'a redirect of the prefix',
    httpRoute([
      {
        ...rule('a', prefix('/orders')),
        filters: [{ type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplacePrefixMatch' } } }],
      },
    ]),
    { path: exact('/orders/new') },
    ['base-unsuitable spec.rules.filters'],
  ],
  ['a GRPCRoute', { ...httpRoute([rule('a')]), kind: 'GRPCRoute' }, onOrders, ['base-unsuitable kind']],
  [
    'a character that no HTTPRoute has',
    httpRoute([rule('a')]),
    { path: prefix('/größe') },
    ['gateway-unsupported spec.rules.matches.path'],
  ],
  [
    'an empty element',
    httpRoute([rule('a')]),
    { path: exact('/a//b') },
    ['gateway-unsupported spec.rules.matches.path'],
  ],
  ['the parent', httpRoute([rule('a')]), { path: exact('/a/..') }, ['gateway-unsupported spec.rules.matches.path']],
  [
    'a header of a rule that the path leaves nothing',
    httpRoute([
      rule('a', prefix('/orders')),
      { ...rule('a'), matches: [{ path: prefix('/basket'), headers: [{ name: 'x-user', value: 'bob' }] }] },
    ]),
    { path: prefix('/orders/new'), headers },
    [],
  ],
])('R12 %s', (_, base, match, expected) => expect(refused(base, match)).toEqual(expected));

test('R12 rules of another route with the same host count, and copies for another base of the routing', () => {
  const other = { ...httpRoute([rule('b', prefix('/orders'))]), metadata: { name: 'other', namespace: 'shop' } };
  const base = httpRoute([rule('a')]);
  expect(refused(base, { path: prefix('/orders/new') }, [other])).toEqual([NEIGHBOUR]);
  // Whether a slash at the end makes a path longer is up to implementations.
  const slash = { ...other, spec: httpRoute([rule('b', prefix('/orders/'))]).spec };
  expect(refused(base, { ...onOrders, headers }, [slash])).toEqual([NEIGHBOUR]);
  const second = { ...httpRoute([rule('a', prefix('/orders'))]), metadata: other.metadata };
  const problems = gateway.checks!(base, lane({ path: prefix('/orders/new') }), { ...alone, bases: [second] });
  expect(problems).toMatchObject([{ path: 'spec.rules' }]);
});

test('R12 the error says which paths the base has', () => {
  const base = httpRoute([rule('a', prefix('/basket'), exact('/stock')), rule('a', prefix('/basket'))]);
  const [problem] = gateway.checks!(base, lane(onOrders), alone);
  expect(problem).toMatchObject({
    given: '"PathPrefix /orders"',
    allowed: expect.stringContaining('the Service: PathPrefix /basket, Exact /stock,') as string,
  });
});

describe('in a release', () => {
  const trafficRoutings = [{ service: 'a', gateway: { httpRouteName: 'web' } }];
  const declared = (base: Manifest) => ({
    objects: [deployment('a', {}, 'shop'), service('a', {}, 'shop'), base],
    lanes: [],
    rollouts: [
      {
        name: 'rollout-a',
        namespace: 'shop',
        workloadRef: { name: 'a' },
        steps: [{ replicas: 1, matches: [onOrders] }, { replicas: 2 }],
        trafficRoutings,
      },
    ],
  });

  test('a step with a path alone', () => {
    const objects = renderAt(declared(httpRoute([rule('a')])), { 'rollout-a': 'step-1' }, gateways);
    expect(expressed(objects).filter(({ warmUp }) => !warmUp)).toMatchObject([{ matches: [onOrders] }]);
  });

  test('R12 a path that the base does not have is one error, about the path', () => {
    try {
      resolve(declared(httpRoute([rule('a', prefix('/basket'))])), gateways);
      expect.unreachable();
    } catch (error) {
      const { problems } = error as GraylaneError;
      expect(problems.map(locationOf)).toEqual(['rollout rollout-a: HTTPRoute shop/web: spec.rules.matches.path']);
    }
  });
});
