/** Exactly which annotations say what, for the controllers that read canary Ingresses. */
import { describe, expect, test } from 'vitest';
import { checkRoute, type Manifest, type Route, routeNote, type RouteSpec, locationOf } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { alone, ingress, NEIGHBOUR, service, SERVICE } from './fixtures';

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
    'nginx',
    'a header and a cookie on one Ingress: either of them takes the canary',
    { matches: [...cookie.matches!, ...header('a').matches!] },
    [{ [`${nginx}-by-header`]: 'x-user', [`${nginx}-by-header-value`]: 'a', [`${nginx}-by-cookie`]: 'beta' }],
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
      { [`${alb}-by-header`]: 'x-user', [`${alb}-by-header-value`]: 'a', [order]: '8' },
      { [`${alb}-weight`]: '5', [order]: '9' },
    ],
  ],
];

test.each(cases)('%s: %s', (name, _, spec, annotations) => {
  const route: Route = { ...spec, owner: { rollout: 'rollout-a' }, service: SERVICE, to: { service: 'a-canary' } };
  const mark = { [name === 'alb' ? alb : nginx]: 'true' };
  const [, ...ours] = gateways[name]!.write(ingress(), [route], alone);
  expect(ours.map(({ metadata }) => metadata.annotations)).toEqual(
    annotations.map((own) => ({ ...mark, ...own, ...routeNote(ingress(), route) })),
  );
  expect(ours.map(({ metadata }) => metadata.name)).toEqual(
    ours.map((_, i) => (i === 0 ? 'web-canary' : `web-canary-${i + 1}`)),
  );
});

describe('nginx', () => {
  const lane: Route = { ...header('a'), owner: { lane: 'beta' }, service: SERVICE, to: 'stable' };

  test('a lane that only hops hold leads to an alias: a canary Ingress to the same Service is ignored', () => {
    const [, canary, alias] = gateways.nginx!.write(ingress(), [lane], {
      ...alone,
      services: [service(SERVICE)],
    }) as Backend[];
    expect(canary!.spec.rules[0]!.http.paths[0]!.backend.service.name).toBe('web-stable');
    expect(alias).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web-stable',
        namespace: 'shop',
        labels: { 'graylane.io/lane': 'beta' },
        annotations: routeNote(ingress(), lane),
      },
      spec: service(SERVICE).spec,
    });
  });

  test('what is read for each upstream is said for the canary as well', () => {
    const own = { 'service-upstream': 'true', 'load-balance': 'ewma', 'upstream-hash-by': '$arg_user' };
    const subset = { 'upstream-hash-by-subset': 'true', 'upstream-hash-by-subset-size': '3' };
    const prefixed = (keys: object) =>
      Object.fromEntries(Object.entries(keys).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]));
    const base = ingress({ ...prefixed({ ...own, ...subset, 'proxy-body-size': '1m' }) });
    const [, canary] = gateways.nginx!.write(base, [{ ...lane, to: { service: 'a-canary' } }], alone);
    expect(canary!.metadata.annotations).toMatchObject(prefixed({ ...own, ...subset }));
    expect(Object.keys(canary!.metadata.annotations!)).not.toContain('nginx.ingress.kubernetes.io/proxy-body-size');
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
    expect(checkRoute(spec, gateways.nginx!)).toEqual([
      expect.objectContaining({
        code: 'gateway-unsupported',
        path,
        allowed: expect.stringContaining('annotation validation') as string,
      }),
    ]);
  });

  test.each<[string, Partial<Manifest>, boolean]>([
    ['leads to the Service too', {}, true],
    ['is of another class', { spec: { ...(ingress().spec as object), ingressClassName: 'y' } }, false],
    ['is of another namespace', { metadata: { name: 'other', namespace: 'other' } }, false],
    ['leads elsewhere', { spec: { ingressClassName: 'x', defaultBackend: { service: { name: 'b' } } } }, false],
  ])('R12 nginx would send requests of an Ingress that %s to the canary', (_, fields, refused) => {
    const other = { ...ingress(), metadata: { name: 'other', namespace: 'shop' }, ...fields };
    const problems = (around: { bases: Manifest[]; others: Manifest[] }) =>
      gateways.nginx!.checks!(ingress(), lane, { ...alone, ...around });
    expect(problems({ bases: [], others: [other] })).toHaveLength(refused ? 1 : 0);
    expect(problems({ bases: [other], others: [] })).toEqual([]);
  });

  const beta = cookie.matches![0]!;
  const [a, b] = ['a', 'b'].map((value) => header(value).matches![0]!);
  test.each<[string, RouteSpec['matches'], string[]]>([
    ['a header and a cookie', [a!, beta], []],
    ['a cookie and a header', [beta, header('.', 'RegularExpression').matches![0]!], []],
    ['two headers', [a!, b!], ['2 matches']],
    ['two cookies', [beta, { cookies: [{ name: 'other', value: 'always' }] }], ['2 matches']],
    ['two headers and a cookie', [a!, b!, beta], ['3 matches']],
  ])('R12 %s, one of which is enough', (_, matches, given) => {
    const problems = checkRoute({ matches: matches! }, gateways.nginx!);
    expect(problems.map((one) => one.given)).toEqual(given);
    for (const { allowed } of problems) expect(allowed).toBe('nginx can route by 2 at most, 1 of each kind');
  });

  test('R12 a cookie beside a header and a weight: who says never would be left out of the weight', () => {
    const route = { ...lane, matches: [a!, beta], weight: 5 };
    expect(gateways.nginx!.checks!(ingress(), route, alone).map(locationOf)).toEqual(['matches[1].cookies']);
  });

  test('R12 admission lets these through', () => {
    const both = { headers: [{ name: 'User-Agent', value: 'Safari/5.0 a~b:c_d-e' }] };
    expect(checkRoute({ matches: [both] }, gateways.nginx!)).toEqual([]);
    expect(checkRoute(header('^(a|b)?[c-d]{2}\\.=&$', 'RegularExpression'), gateways.nginx!)).toEqual([]);
  });
});

describe('alb', () => {
  const route: Route = { weight: 5, owner: { rollout: 'a' }, service: SERVICE, to: { service: 'a-canary' } };

  test.each(['1', '2'])('R12 a base of order %s would be tried before its canary', (value) => {
    expect(gateways.alb!.checks!(ingress({ [order]: value }), route, alone)).toEqual([
      expect.objectContaining({ code: 'base-unsuitable', given: value }),
    ]);
  });

  test('a base without an order, or with a greater one, leaves room', () => {
    for (const base of [ingress(), ingress({ [order]: '3' })])
      expect(gateways.alb!.checks!(base, route, alone)).toEqual([]);
  });

  const others = (host: string | undefined, path: string, value?: string, to = NEIGHBOUR): Manifest => ({
    ...ingress(value === undefined ? {} : { [order]: value }),
    metadata: { name: 'other', namespace: 'shop', annotations: value === undefined ? {} : { [order]: value } },
    spec: {
      rules: [
        {
          host,
          http: { paths: [{ path, pathType: 'Prefix', backend: { service: { name: to, port: { number: 80 } } } }] },
        },
      ],
    },
  });

  test.each<[string, Manifest, boolean]>([
    ['the same order, whose place nobody knows', others('shop.example.com', '/orders'), true],
    ['an order between the canary and the base', others('shop.example.com', '/orders', '9'), true],
    ['a smaller order: it is tried before the canary', others('shop.example.com', '/orders', '7'), false],
    ['a greater order: it is tried after the base', others('shop.example.com', '/orders', '11'), false],
    ['another host', others('api.example.com', '/orders'), false],
    ['all hosts', others(undefined, '/orders'), true],
    ['the same Service', others('shop.example.com', '/orders', '9', SERVICE), false],
  ])('R12 canary rules would be tried before those of another Ingress with %s', (_, other, refused) => {
    const problems = gateways.alb!.checks!(ingress(), route, { ...alone, others: [other] });
    expect(problems.map(locationOf)).toEqual(refused ? ['spec.rules'] : []);
  });

  test.each<[string, string, string, boolean]>([
    ['below', '/orders', '/', true],
    ['above', '/', '/orders', false],
    ['beside', '/basket', '/orders', false],
  ])("R12 canary rules would be tried before a neighbour's %s in the base", (_, neighbours, own, refused) => {
    const path = (at: string, to: string) => ({
      path: at,
      pathType: 'Prefix',
      backend: { service: { name: to, port: { number: 80 } } },
    });
    const base = {
      ...ingress(),
      spec: { rules: [{ http: { paths: [path(neighbours, NEIGHBOUR), path(own, SERVICE)] } }] },
    };
    expect(gateways.alb!.checks!(base, route, alone)).toHaveLength(refused ? 1 : 0);
  });

  const prefix = 'alb.ingress.kubernetes.io/';

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['a condition', { [`${prefix}conditions.a`]: '[]' }, { [`${prefix}conditions.a-canary`]: '[]' }],
    ['an action', { [`${prefix}actions.a`]: '[{}]' }, { [`${prefix}actions.a-canary`]: '[{}]' }],
    [
      'a protocol',
      { [`${prefix}backend-svcs-protocols`]: '{"a":"grpc","b":"https"}' },
      { [`${prefix}backend-svcs-protocols`]: '{"a-canary":"grpc"}' },
    ],
    ['a condition of another Service', { [`${prefix}conditions.b`]: '[]' }, {}],
    ['a name with a dot', { [`${prefix}conditions.a.b`]: '[]' }, {}],
  ])('what the base says of the Service by its name, the canary gets by its own: %s', (_, said, expected) => {
    const [, canary] = gateways.alb!.write(ingress(said), [route], alone);
    const named = Object.entries(canary!.metadata.annotations!).filter(([key]) => /actions|conditions|svcs/.test(key));
    expect(Object.fromEntries(named)).toEqual(expected);
  });

  test('protocols that nobody can read are as they were written', () => {
    const key = `${prefix}backend-svcs-protocols`;
    const [, canary] = gateways.alb!.write(ingress({ [key]: '{' }), [route], alone);
    expect(canary!.metadata.annotations![key]).toBe('{');
  });

  test.each([
    ['forwards to a group of servers', '[{"type":"ForwardGroup","ForwardConfig":{"ServerGroups":[]}}]', true],
    ['forwards to a Service', '[{"type":"Forward","forward":{"ServiceName":"b"}}]', true],
    ['rewrites', '[{"type":"Rewrite","RewriteConfig":{"Path":"/x"}}]', false],
    ['sets a header', '[{"type":"InsertHeader","InsertHeaderConfig":{"key":"a","value":"b"}}]', false],
  ])('R12 an action of the Service that %s', (_, action, refused) => {
    const key = `${prefix}actions.a`;
    const problems = gateways.alb!.checks!(ingress({ [key]: action }), route, alone);
    expect(problems.map(locationOf)).toEqual(refused ? [`metadata.annotations["${key}"]`] : []);
  });

  test('R12 a wildcard is no exact value', () => {
    expect(checkRoute(header('a*'), gateways.alb!)).toHaveLength(1);
  });
});

test.each(['mse', 'higress'])('R12 %s reads RE2, which has no lookaround and no backreferences', (name) => {
  for (const value of ['(?!a).*', '(?<=a)b', '(a)\\1']) {
    expect(checkRoute(header(value, 'RegularExpression'), gateways[name]!)).toHaveLength(1);
  }
  for (const value of ['(?:a|b)', '(?<user>a)', '\\\\1']) {
    expect(checkRoute(header(value, 'RegularExpression'), gateways[name]!)).toEqual([]);
  }
});
