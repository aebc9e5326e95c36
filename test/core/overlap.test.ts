import { locationOf } from '../../lib/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GraylaneError } from '../../lib/core';
import {
  entryExpression,
  type LaneSpec,
  type Match,
  overlapOf,
  resolve,
  type Route,
  type ValueMatch,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, ingress, service } from './fixtures';

const route = (spec: Partial<Route>): Route => ({ owner: { lane: 'x' }, service: 'a', to: 'stable', ...spec });
const header = (name: string, value: string, type?: ValueMatch['type']): Match => ({
  headers: [{ name, value, ...(type && { type }) }],
});
const regex = 'RegularExpression';
const tagged = (entry: string): Match => header('baggage', entryExpression(entry), regex);

describe('a request can have both', () => {
  test.each<[string, Match, Match, boolean]>([
    ['the same value', header('x-user', 'a'), header('x-user', 'a'), true],
    ['two values of one header', header('x-user', 'a'), header('x-user', 'b'), false],
    ['names of headers have no case', header('X-User', 'a'), header('x-user', 'b'), false],
    ['two headers', header('x-user', 'a'), header('x-lane', 'a'), true],
    ['a value that an expression takes', header('x-user', 'v1'), header('x-user', 'v[0-9]', regex), true],
    ['a value that an expression does not take', header('x-user', 'v1'), header('x-user', 'v[2-9]', regex), false],
    ['a value of which an expression takes a part', header('x-user', 'v11'), header('x-user', 'v1', regex), false],
    ['two expressions, which nobody compares', header('x-user', 'a.*', regex), header('x-user', 'b.*', regex), true],
    ['two values of one entry of the baggage', tagged('lane=gray'), tagged('lane=blue'), false],
    ['the same entry of the baggage', tagged('lane=gray'), tagged('lane=gray'), true],
    ['two entries of the baggage', tagged('lane=gray'), tagged('team=gray'), true],
    ['an entry of the baggage, and another expression', tagged('lane=gray'), header('baggage', '.*', regex), true],
    ['one name of another kind', header('user', 'a'), { cookies: [{ name: 'user', value: 'b' }] }, true],
    [
      'query parameters have case',
      { queryParams: [{ name: 'A', value: '1' }] },
      { queryParams: [{ name: 'a', value: '2' }] },
      true,
    ],
    [
      'two values of a cookie',
      { cookies: [{ name: 'a', value: '1' }] },
      { cookies: [{ name: 'a', value: '2' }] },
      false,
    ],
    [
      'one of several conditions excludes the other',
      {
        headers: [
          { name: 'x-user', value: 'a' },
          { name: 'x-lane', value: '1' },
        ],
      },
      {
        headers: [
          { name: 'x-user', value: 'a' },
          { name: 'x-lane', value: '2' },
        ],
      },
      false,
    ],
    ['two paths', { path: { type: 'Exact', value: '/a' } }, { path: { type: 'Exact', value: '/b' } }, false],
    [
      'a path below a prefix',
      { path: { type: 'Exact', value: '/a/b' } },
      { path: { type: 'PathPrefix', value: '/a/' } },
      true,
    ],
    [
      'a path beside a prefix',
      { path: { type: 'Exact', value: '/ab' } },
      { path: { type: 'PathPrefix', value: '/a' } },
      false,
    ],
    [
      'a prefix of a prefix',
      { path: { type: 'PathPrefix', value: '/' } },
      { path: { type: 'PathPrefix', value: '/a' } },
      true,
    ],
    [
      'two prefixes',
      { path: { type: 'PathPrefix', value: '/b' } },
      { path: { type: 'PathPrefix', value: '/a' } },
      false,
    ],
    [
      'an expression of paths',
      { path: { type: regex, value: '/a.*' } },
      { path: { type: 'Exact', value: '/b' } },
      false,
    ],
  ])('%s', (_, a, b, both) => {
    expect(overlapOf(route({ matches: [a] }), route({ matches: [b] })) !== undefined).toBe(both);
    expect(overlapOf(route({ matches: [b] }), route({ matches: [a] })) !== undefined).toBe(both);
  });
});

test.each<[string, Partial<Route>, Partial<Route>, unknown]>([
  ['two shares', { weight: 5 }, { weight: 5 }, {}],
  ['a match precedes a share', { weight: 5 }, { matches: [header('x-user', 'a')] }, undefined],
  ['other Services have other requests', { weight: 5 }, { weight: 5, service: 'b' }, undefined],
  [
    'which of several',
    { matches: [header('x-user', 'a'), header('x-user', 'b')] },
    { matches: [header('x-user', 'c'), header('x-user', 'd'), header('x-user', 'b')] },
    { matches: [1, 2] },
  ],
])('%s', (_, a, b, expected) => expect(overlapOf(route(a), route(b))).toEqual(expected));

test('a request that has both matches is always found', () => {
  const values = fc.constantFrom('a', 'b', 'ab');
  const condition = fc.record({
    type: fc.constantFrom<ValueMatch['type']>('Exact', regex),
    name: fc.constantFrom('x-one', 'X-Two', 'x-two'),
    value: values,
  });
  const matches = fc.array(condition, { minLength: 1, maxLength: 2 }).map((headers) => ({ headers }));
  const request = fc.dictionary(fc.constantFrom('x-one', 'x-two'), values);
  const has = (headers: Record<string, string>, match: Match) =>
    match.headers!.every(({ name, value }) => headers[name.toLowerCase()] === value);
  fc.assert(
    fc.property(matches, matches, request, (a, b, headers) => {
      if (has(headers, a) && has(headers, b)) {
        expect(overlapOf(route({ matches: [a] }), route({ matches: [b] }))).toEqual({ matches: [0, 0] });
      }
    }),
  );
});

describe('lanes on one base', () => {
  const lane = (name: string, spec: Partial<LaneSpec>): LaneSpec => ({
    name,
    objectRef: [{ service: 'a', ingress: { classType: 'higress', name: 'web' } }],
    ...spec,
  });
  const objects = [deployment('a'), service('a'), ingress('web', 'a')];
  const problems = (lanes: LaneSpec[]) => {
    try {
      resolve({ objects, lanes, rollouts: [] }, gateways);
      return [];
    } catch (error) {
      return (error as GraylaneError).problems.map((one) => [one.code, locationOf(one), one.given]);
    }
  };

  test('an overlap names both', () => {
    const lanes = [
      lane('anna', { matches: [header('x-user', 'anna')] }),
      lane('beta', { matches: [header('x-beta', '1')] }),
    ];
    expect(problems(lanes)).toEqual([
      ['routes-overlap', 'lane anna', 'matches[0], and matches[0] of lane beta on Ingress web'],
    ]);
  });

  test('lanes of different values are beside each other', () => {
    expect(problems(['anna', 'bob', 'carl'].map((name) => lane(name, { matches: [header('x-user', name)] })))).toEqual(
      [],
    );
  });

  test('two shares overlap, on bases that several lanes may use', () => {
    expect(problems([lane('a', { weight: 5 }), lane('b', { weight: 5 })])).toEqual([
      ['routes-overlap', 'lane a', 'a share, and a share of lane b on Ingress web'],
    ]);
  });
});
