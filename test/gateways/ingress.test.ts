/** Exactly which annotations say what, for the controllers that read canary Ingresses. */
import { describe, expect, test } from 'vitest';
import { checkRoute, type Manifest, type Route, type RouteSpec } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { ingress, service, SERVICE } from './fixtures';

const header = (value: string, type?: 'Exact' | 'RegularExpression'): RouteSpec => ({
  matches: [{ headers: [{ name: 'x-user', value, ...(type && { type }) }] }],
});
const cookie: RouteSpec = { matches: [{ cookies: [{ name: 'beta', value: 'always' }] }] };

const nginx = 'nginx.ingress.kubernetes.io/canary';
const alb = 'alb.ingress.kubernetes.io/canary';
const order = 'alb.ingress.kubernetes.io/order';

type Backend = Manifest & { spec: { rules: { http: { paths: { backend: { service: { name: string } } }[] } }[] } };

const cases: [gateway: string, title: string, spec: RouteSpec, annotations: Record<string, string>[]][] = [
  [
    'nginx',
    'an exact header',
    header('1.2'),
    [{ [`${nginx}-by-header`]: 'x-user', [`${nginx}-by-header-value`]: '1.2' }],
  ],
  [
    'nginx',
    'an expression, anchored because nginx searches',
    header('v[12]', 'RegularExpression'),
    [{ [`${nginx}-by-header`]: 'x-user', [`${nginx}-by-header-pattern`]: '^(?:v[12])$' }],
  ],
  ['nginx', 'a cookie', cookie, [{ [`${nginx}-by-cookie`]: 'beta' }]],
  [
    'nginx',
    'a header and a weight on one Ingress: nginx reads one for each path',
    { ...header('a'), weight: 5 },
    [{ [`${nginx}-by-header`]: 'x-user', [`${nginx}-by-header-value`]: 'a', [`${nginx}-weight`]: '5' }],
  ],
  [
    'higress',
    'an exact header as an expression: its exact value also takes `always`',
    header('1.2'),
    [{ [`${nginx}-by-header`]: 'x-user', [`${nginx}-by-header-pattern`]: '^1\\.2$' }],
  ],
  [
    'higress',
    'two matches and a weight apart: a weight beside a header is ignored',
    { matches: [...header('a').matches!, ...cookie.matches!], weight: 5 },
    [
      { [`${nginx}-by-header`]: 'x-user', [`${nginx}-by-header-pattern`]: '^a$' },
      { [`${nginx}-by-cookie`]: 'beta' },
      { [`${nginx}-weight`]: '5' },
    ],
  ],
  [
    'higress',
    'headers of the request',
    {
      weight: 5,
      requestHeaderModifier: {
        set: [
          { name: 'x-a', value: '1' },
          { name: 'x-b', value: 'two words' },
        ],
        remove: ['x-c'],
      },
    },
    [
      {
        [`${nginx}-weight`]: '5',
        'higress.io/request-header-control-update': 'x-a 1\nx-b two words',
        'higress.io/request-header-control-remove': 'x-c',
      },
    ],
  ],
  [
    'alb',
    'a header and a weight apart, in their order',
    { ...header('a'), weight: 5 },
    [
      { [`${alb}-by-header`]: 'x-user', [`${alb}-by-header-value`]: 'a', [order]: '1' },
      { [`${alb}-weight`]: '5', [order]: '2' },
    ],
  ],
];

test.each(cases)('%s: %s', (name, _, spec, annotations) => {
  const route: Route = { ...spec, owner: { rollout: 'rollout-a' }, service: SERVICE, to: { service: 'a-canary' } };
  const mark = { [name === 'alb' ? alb : nginx]: 'true' };
  const [, ...ours] = gateways[name]!.write([ingress()], [route]);
  expect(ours.map(({ metadata }) => metadata.annotations)).toEqual(annotations.map((own) => ({ ...mark, ...own })));
  expect(ours.map(({ metadata }) => metadata.name)).toEqual(
    ours.map((_, i) => (i === 0 ? 'web-canary' : `web-canary-${i + 1}`)),
  );
});

describe('nginx', () => {
  const lane: Route = { ...header('a'), owner: { lane: 'beta' }, service: SERVICE, to: 'stable' };

  test('a lane that only hops hold leads to an alias: a canary Ingress to the same Service is ignored', () => {
    const [, canary, alias] = gateways.nginx!.write([ingress(), service(SERVICE)], [lane]) as Backend[];
    expect(canary!.spec.rules[0]!.http.paths[0]!.backend.service.name).toBe('web-stable');
    expect(alias).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web-stable', namespace: 'shop', labels: { 'graylane.io/lane': 'beta' } },
      spec: service(SERVICE).spec,
    });
  });

  test('sticky sessions do not keep matching requests on stable', () => {
    const base = ingress({ 'nginx.ingress.kubernetes.io/affinity': 'cookie' });
    const [, canary] = gateways.nginx!.write([base], [{ ...lane, to: { service: 'a-canary' } }]);
    expect(canary!.metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/affinity-canary-behavior': 'legacy',
    });
  });

  test.each([
    ['a comma', header('a,b'), 'matches[0].headers[0].value'],
    ['an at sign', header('x@y.com'), 'matches[0].headers[0].value'],
    ['an exclamation mark in an expression', header('[!]', 'RegularExpression'), 'matches[0].headers[0].value'],
    ['a space in an expression', header('a b', 'RegularExpression'), 'matches[0].headers[0].value'],
    [
      'a percent sign in a name',
      { matches: [{ cookies: [{ name: 'a%', value: 'always' }] }] },
      'matches[0].cookies[0].name',
    ],
  ])('R12 admission would refuse %s', (_, spec, path) => {
    expect(checkRoute(spec, gateways.nginx!, '')).toEqual([
      expect.objectContaining({
        code: 'gateway-unsupported',
        path: `.${path}`,
        allowed: expect.stringContaining('annotation validation') as string,
      }),
    ]);
  });

  test('R12 admission lets these through', () => {
    const both = { headers: [{ name: 'User-Agent', value: 'Safari/5.0 a~b:c_d-e' }] };
    expect(checkRoute({ matches: [both] }, gateways.nginx!, '')).toEqual([]);
    expect(checkRoute(header('^(a|b)?[c-d]{2}\\.=&$', 'RegularExpression'), gateways.nginx!, '')).toEqual([]);
  });
});

describe('alb', () => {
  const route: Route = { weight: 5, owner: { rollout: 'a' }, service: SERVICE, to: { service: 'a-canary' } };

  test.each(['1', '2'])('R12 a base of order %s would be tried before its canary', (value) => {
    expect(gateways.alb!.checkBase!(ingress({ [order]: value }), route)).toEqual([
      expect.objectContaining({ code: 'base-unsuitable', given: `"${value}"` }),
    ]);
  });

  test('a base without an order, or with a greater one, leaves room', () => {
    for (const base of [ingress(), ingress({ [order]: '3' })])
      expect(gateways.alb!.checkBase!(base, route)).toEqual([]);
  });

  test('R12 a wildcard is no exact value', () => {
    expect(checkRoute(header('a*'), gateways.alb!, '')).toHaveLength(1);
  });
});

test.each(['mse', 'higress'])('R12 %s reads RE2, which has no lookaround and no backreferences', (name) => {
  for (const value of ['(?!a).*', '(?<=a)b', '(a)\\1']) {
    expect(checkRoute(header(value, 'RegularExpression'), gateways[name]!, '')).toHaveLength(1);
  }
  for (const value of ['(?:a|b)', '(?<user>a)', '\\\\1']) {
    expect(checkRoute(header(value, 'RegularExpression'), gateways[name]!, '')).toEqual([]);
  }
});
