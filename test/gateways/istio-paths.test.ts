/** Paths on Istio: what is written of the rule's own path and the match's, and what has no place. */
import { describe, expect, test } from 'vitest';
import { checkRoute, type Manifest, type Match, type PathMatch, type Route, locationOf } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { alone, expressed, virtualService } from './fixtures';

interface Written extends Manifest {
  readonly spec: { readonly http: { name?: string; match?: { uri?: { regex?: string } }[] }[] };
}

const istio = gateways.istio!;
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
const rule = (host: string, ...match: object[]) => ({
  ...(match.length > 0 && { match }),
  route: [{ destination: { host } }],
});

/** Name and uris of each rule of ours. */
function written(base: Manifest, ...matches: Match[]) {
  const [{ spec }] = istio.write(base, [lane(...matches)], alone) as [Written];
  const ours = spec.http.filter(({ name }) => name?.startsWith('graylane/'));
  return ours.map(({ name, match }) => [name!.slice('graylane/lane/beta/a/'.length), match!.map(({ uri }) => uri)]);
}

function refused(base: Manifest, match: Match): string[] {
  return istio.checks!(base, lane(match), alone).map((one) => `${one.code} ${locationOf(one)}`);
}

describe('what the rule leads to the Service, and the match takes', () => {
  test.each<[string, object | undefined, PathMatch, object | undefined]>([
    ['a rule without a path, and an exact one', undefined, exact('/orders'), { exact: '/orders' }],
    ['a rule without a path, and a prefix of elements', undefined, prefix('/orders'), { regex: '/orders(/.*)?' }],
    ['a rule without a path, and an expression', undefined, regex('/o.*'), { regex: '^(?:/o.*)$' }],
    ['every path', { prefix: '/orders' }, prefix('/'), { prefix: '/orders' }],
    ['the prefix of all', { prefix: '/' }, prefix('/orders/'), { regex: '/orders(/.*)?' }],
    [
      'a prefix of characters that the elements begin with',
      { prefix: '/ord' },
      prefix('/orders'),
      { regex: '/orders(/.*)?' },
    ],
    [
      'the same prefix, which takes /orders-old as well',
      { prefix: '/orders' },
      prefix('/orders'),
      { regex: '/orders(/.*)?' },
    ],
    ['the same prefix with a slash', { prefix: '/orders/' }, prefix('/orders'), { prefix: '/orders/' }],
    ['a longer prefix', { prefix: '/orders/n' }, prefix('/orders'), { prefix: '/orders/n' }],
    ['an exact path below a prefix', { prefix: '/ord' }, exact('/orders'), { exact: '/orders' }],
    ['an exact path of the rule', { exact: '/orders/1' }, prefix('/orders'), { exact: '/orders/1' }],
    [
      'an exact path of the rule, and an expression',
      { exact: '/orders/1' },
      regex('/orders/[0-9]'),
      { exact: '/orders/1' },
    ],
    ['an exact path that an expression takes', { regex: '/o.*' }, exact('/orders'), { exact: '/orders' }],
    ['an expression, and every path', { regex: '/o.*' }, prefix('/'), { regex: '/o.*' }],
    ['the same expression', { regex: '/o.*' }, regex('/o.*'), { regex: '/o.*' }],
    [
      'characters that mean something in an expression',
      undefined,
      prefix('/v1.0(a+b)'),
      { regex: '/v1\\.0\\(a\\+b\\)(/.*)?' },
    ],
  ])('%s', (_, uri, path, expected) => {
    const base = virtualService([rule('a', ...(uri ? [{ uri }] : []))]);
    expect(refused(base, { path })).toEqual([]);
    expect(written(base, { path })).toMatchObject([[expect.stringMatching(`^1/${path.type}/`) as string, [expected]]]);
    expect(expressed(istio.write(base, [lane({ path, headers })], alone))).toMatchObject([
      { matches: [{ path, headers }] },
    ]);
  });

  test('matches and rules that the path leaves nothing are left out; rules of others still come first', () => {
    const base = virtualService([
      rule('b', { uri: { prefix: '/orders/b' } }),
      rule('a', { uri: { prefix: '/basket' } }, { uri: { prefix: '/orders' } }),
      rule('a', { uri: { exact: '/stock' } }),
    ]);
    const [{ spec }] = istio.write(base, [lane({ path: exact('/orders/1') })], alone) as [Written];
    expect(spec.http.map(({ name }) => name)).toEqual([
      undefined,
      'graylane/lane/beta/a/1/Exact/orders/1',
      undefined,
      undefined,
    ]);
    expect(spec.http[1]!.match).toEqual([{ uri: { exact: '/orders/1' } }]);
  });
});

test.each(['/a+b', '/a%2Fb', '/weight', '/größe', '/a/b/', '/a?b#c'])(
  'the path %s is kept as it was asked for',
  (value) => {
    const base = virtualService([rule('a')]);
    for (const path of [exact(value), prefix(value)]) {
      const matches = [{ path }];
      expect(expressed(istio.write(base, [{ ...lane(...matches), weight: 5 }], alone))).toMatchObject([
        { matches, weight: 5 },
      ]);
    }
  },
);

const AT = 'base-unsuitable spec.http.match.uri';
const onOrders = { path: prefix('/orders') };
const rewrite = { rewrite: { uri: '/v2' } };

test.each<[string, unknown[], Match, string[]]>([
  ['a path that no rule leads to the Service', [rule('a', { uri: { prefix: '/b' } }), rule('b')], onOrders, [AT]],
  ['a path that one of its rules has', [rule('a', { uri: { prefix: '/b' } }), rule('a')], onOrders, []],
  ['an expression and a prefix', [rule('a', { uri: { regex: '/o.*' } })], onOrders, [AT]],
  ['a prefix and an expression', [rule('a', { uri: { prefix: '/o' } })], { path: regex('/.*s') }, [AT]],
  ['two expressions', [rule('a', { uri: { regex: '/o.*' } })], { path: regex('/.*s') }, [AT]],
  ['an expression that cannot be read here', [rule('a', { uri: { regex: '(?i)/o' } })], { path: exact('/o') }, [AT]],
  ['a path whose case is ignored', [rule('a', { uri: { prefix: '/o' }, ignoreUriCase: true })], onOrders, [AT]],
  ['the same under every path', [rule('a', { uri: { prefix: '/o' }, ignoreUriCase: true })], { path: prefix('/') }, []],
  [
    'the same in a rule of another Service',
    [rule('b', { uri: { prefix: '/o' }, ignoreUriCase: true }), rule('a')],
    onOrders,
    [],
  ],
  [
    'a rewrite beside a narrower path',
    [{ ...rule('a'), ...rewrite }],
    onOrders,
    ['base-unsuitable spec.http.rewrite.uri'],
  ],
  ["a rewrite beside the rule's own", [{ ...rule('a', { uri: { prefix: '/orders/' } }), ...rewrite }], onOrders, []],
  ['a rewrite of the host', [{ ...rule('a'), rewrite: { authority: 'shop' } }], onOrders, []],
  [
    'a header of a match that the path leaves nothing',
    [rule('a', { uri: { exact: '/b' }, headers: { 'x-user': { exact: 'bob' } } }), rule('a')],
    { ...onOrders, headers },
    [],
  ],
])('R12 %s', (_, http, match, expected) => expect(refused(virtualService(http), match)).toEqual(expected));

test('R12 the error says which paths the rules have', () => {
  const base = virtualService([rule('a', { uri: { prefix: '/b' } }, { uri: { exact: '/c' } })]);
  expect(istio.checks!(base, lane(onOrders), alone)).toMatchObject([
    { allowed: 'paths that the base leads to the Service: {"prefix":"/b"}, {"exact":"/c"}' },
  ]);
});

test.each(['/orders(?!x).*', '/(a)\\1'])('R12 an expression beyond RE2 in a path: %s', (value) => {
  const problems = checkRoute({ matches: [{ path: regex(value) }] }, istio);
  expect(problems.map((one) => `${one.code} ${locationOf(one)}`)).toEqual([
    'gateway-unsupported matches[0].path.value',
  ]);
});
