import { describe, expect, test } from 'vitest';
import { checkRoute, type Manifest, type Match, type Route, routeNote } from '../../lib/core';
import { traefik } from '../../lib/gateways/traefik';
import { traefik as model } from './decision/traefik';
import { routed, told } from './decision/traffic';
import { ingressRoute } from './fixtures';

const alone = { services: [], bases: [], others: [] };

interface Router {
  readonly match: string;
  readonly priority?: number;
  readonly services: readonly { readonly name: string; readonly weight?: number }[];
}

const user: Match = { headers: [{ name: 'X-User', value: 'anna' }] };
const rollout: Route = { owner: { rollout: 'rollout-a' }, service: 'a', to: { service: 'a-canary' } };
const lane: Route = {
  owner: { lane: 'beta' },
  service: 'a',
  to: { service: 'a-canary' },
  matches: [user],
  requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }], remove: ['x-old'] },
};
const shop = 'Host(`shop.example.com`)';
const a = { name: 'a', port: 80 };
const b = { name: 'b', port: 80 };
const plain = { match: shop, services: [a] };

function routers(base: Manifest, routes: Route[], others: Manifest[] = []): Router[] {
  const written = traefik.write(base, routes, { ...alone, others }).slice(1);
  return written
    .filter(({ kind }) => kind === 'IngressRoute')
    .flatMap(({ spec }) => (spec as { routes: Router[] }).routes);
}

function problems(base: Manifest, route: Route, others: Manifest[] = []) {
  return traefik.checks!(base, route, { ...alone, others }).map(({ code, path }) => `${code} ${path}`);
}

test('a match is an IngressRoute of ours two steps above the base, a change of headers a Middleware behind those of the base', () => {
  const spec = { entryPoints: ['websecure'], ingressClassName: 'public', tls: { secretName: 'tls' } };
  const route = {
    kind: 'Rule',
    match: `${shop} || Host(\`api.example.com\`)`,
    middlewares: [{ name: 'strip' }],
    observability: { tracing: false },
    services: [{ ...a, scheme: 'h2c', sticky: { cookie: { name: 'shop' } } }],
  };
  const base = ingressRoute([route, { match: `${shop} && Path(\`/basket\`)`, services: [b] }], spec);
  const metadata = {
    name: 'web-canary',
    namespace: 'shop',
    labels: { 'graylane.io/lane': 'beta' },
    annotations: routeNote(base, lane),
  };
  expect(traefik.write(base, [lane], alone)).toEqual([
    base,
    {
      apiVersion: 'traefik.io/v1alpha1',
      kind: 'Middleware',
      metadata,
      spec: { headers: { customRequestHeaders: { 'x-lane': 'gray', 'x-old': '' } } },
    },
    {
      apiVersion: 'traefik.io/v1alpha1',
      kind: 'IngressRoute',
      metadata,
      spec: {
        ...spec,
        routes: [
          {
            ...route,
            match: `(${route.match}) && Header(\`X-User\`, \`anna\`)`,
            priority: route.match.length + 2,
            middlewares: [{ name: 'strip' }, { name: 'web-canary' }],
            services: [{ ...route.services[0], name: 'a-canary' }],
          },
        ],
      },
    },
  ]);
});

test('the class is repeated where an annotation names it, and no other annotation is', () => {
  const annotations = { 'kubernetes.io/ingress.class': 'public', 'foreign.io/owner': 'team' };
  const base = ingressRoute([plain], {}, { annotations });
  const [, written] = traefik.write(base, [{ ...rollout, weight: 20 }], alone);
  const note = routeNote(base, { ...rollout, weight: 20 });
  expect(written!.metadata.annotations).toEqual({ ...note, 'kubernetes.io/ingress.class': 'public' });
});

test.each<[string, object[], number, (number | undefined)[]]>([
  ['one service', [a], 20, [80, 20]],
  ['one service with a weight of its own', [{ ...a, weight: 5 }], 20, [80, 20]],
  [
    'several',
    [
      { ...a, weight: 70 },
      { ...b, weight: 30 },
    ],
    20,
    [56, 14, 30],
  ],
  ['several without weights', [a, b], 5, [95, 5, 100]],
  ['all of them', [a], 100, [0, 1]],
])('a share is the same rule one step above the base: %s', (_, services, weight, expected) => {
  const [copy] = routers(ingressRoute([{ match: shop, services }]), [{ ...rollout, weight }]);
  expect(copy).toMatchObject({ match: shop, priority: shop.length + 1 });
  expect(copy!.services.map((one) => one.weight)).toEqual(expected);
});

test('shares of two Services in one route are in the routes of both owners, so that either may come first', () => {
  const other: Route = { owner: { lane: 'b' }, service: 'b', to: { service: 'b-canary' }, weight: 50, shared: true };
  const written = routers(ingressRoute([{ match: shop, services: [a, b] }]), [
    { ...rollout, weight: 20, shared: true },
    other,
  ]);
  expect(written).toHaveLength(2);
  expect(written[0]).toEqual(written[1]);
  expect(written[0]!.services.map(({ name }) => name)).toEqual(['a', 'a-canary', 'b', 'b-canary']);
});

test("held by hops only, requests go to the base's own Service and are tagged", () => {
  const [copy] = routers(ingressRoute([plain]), [{ ...lane, to: 'stable' }]);
  expect(copy).toMatchObject({ services: [a], middlewares: [{ name: 'web-canary' }] });
});

test.each<[string, Match, string]>([
  ['an exact header', user, 'Header(`X-User`, `anna`)'],
  [
    'an expression, anchored',
    { headers: [{ ...user.headers![0]!, type: 'RegularExpression', value: 'a|b' }] },
    'HeaderRegexp(`X-User`, `^(?:a|b)$`)',
  ],
  ['a query parameter', { queryParams: [{ name: 'v', value: '2' }] }, 'Query(`v`, `2`)'],
  [
    'an expression for one',
    { queryParams: [{ type: 'RegularExpression', name: 'v', value: '2.*' }] },
    'QueryRegexp(`v`, `^(?:2.*)$`)',
  ],
  ['cookies', { cookies: [{ name: 'v', value: '2.0' }] }, 'HeaderRegexp(`Cookie`, `^(?:.*; ?)?v=2\\.0(?:;.*)?$`)'],
  ['a path', { path: { type: 'Exact', value: '/orders' } }, 'Path(`/orders`)'],
  [
    'a prefix, by path elements',
    { path: { type: 'PathPrefix', value: '/orders/' } },
    '(Path(`/orders`) || PathPrefix(`/orders/`))',
  ],
  ['every path', { path: { type: 'PathPrefix', value: '/' } }, 'PathPrefix(`/`)'],
  ['an expression for paths', { path: { type: 'RegularExpression', value: '/o.*' } }, 'PathRegexp(`^(?:/o.*)$`)'],
  [
    'a backtick, which has no place between backticks',
    { headers: [{ name: 'x', value: '`"\\' }] },
    'Header(`x`, "`\\"\\\\")',
  ],
])('%s', (_, match, rule) => {
  expect(routers(ingressRoute([plain]), [{ ...lane, matches: [match] }])[0]!.match).toBe(`(${shop}) && ${rule}`);
});

describe('priorities', () => {
  const longer = { match: `${shop} && Path(\`/x\`)`, services: [b] };
  const matched = (base: Manifest, others: Manifest[] = []) => routers(base, [lane], others)[0]!;

  test('the length of a rule counts bytes, 0 is as none, and ours never is 0', () => {
    const priorities = (route: object) =>
      routers(ingressRoute([{ ...plain, ...route }]), [{ ...lane, requestHeaderModifier: {}, weight: 1 }]).map(
        (one) => one.priority,
      );
    expect(priorities({ match: 'Path(`/ä`)' })).toEqual([13, 12]);
    expect(priorities({ priority: 0 })).toEqual([shop.length + 2, shop.length + 1]);
    expect(priorities({ priority: 100 })).toEqual([102, 101]);
    expect(priorities({ priority: -1 })).toEqual([2, 1]);
    expect(priorities({ priority: -2 })).toEqual([1, -1]);
    expect(priorities({ priority: -3 })).toEqual([-1, -2]);
  });

  test('what came before the base, and would come behind ours, is left to where it went', () => {
    const near = { ...longer, priority: shop.length + 2 };
    const rule = `(${shop}) && Header(\`X-User\`, \`anna\`)`;
    expect(matched(ingressRoute([plain, near])).match).toBe(`${rule} && !(${longer.match})`);
    expect(matched(ingressRoute([plain, longer])).match).toBe(rule);
    expect(matched(ingressRoute([plain]), [ingressRoute([near], {}, { name: 'other' })]).match).toBe(
      `${rule} && !(${longer.match})`,
    );
    const [share] = routers(ingressRoute([plain, near]), [{ ...rollout, weight: 20 }]);
    expect(share!.match).toBe(shop);
  });

  test.each<[string, object, object]>([
    ['another entry point', { entryPoints: ['websecure'] }, { entryPoints: ['web'] }],
    ['without TLS', { tls: {} }, {}],
    ['another class', { ingressClassName: 'public' }, {}],
    ['below a parent', { parentRefs: [{ name: 'parent' }] }, {}],
  ])('routes that see other requests are no rivals: %s', (_, place, other) => {
    const others = [ingressRoute([{ ...plain, services: [b] }], other, { name: 'other' })];
    expect(problems(ingressRoute([plain], place), lane, others)).toEqual([]);
    expect(matched(ingressRoute([plain], place), others).match).not.toContain('!');
  });

  test.each([
    ['Host(`b.example.com`)  ', false],
    ['Host(`*.example.com`)  ', true],
    ['Host(`SHOP.example.com`)', true],
    ['Method(`GET`)           ', true],
  ])('R12 of two routes with one priority, where a request can fit both, either may win: %s', (match, refused) => {
    const others = [ingressRoute([{ match, priority: shop.length, services: [b] }], {}, { name: 'other' })];
    expect(problems(ingressRoute([plain]), lane, others)).toEqual(
      refused ? ['base-unsuitable spec.routes.priority'] : [],
    );
  });

  test.each([
    ['(Path(`/a`) || Path(`/b`))', 'PathPrefix(`/c`)', true],
    ['(Path(`/a`) || Path(`/cd`))', 'PathPrefix(`/c`)', false],
    ['!(Path(`/a`) || Path(`/b`))', 'path("/a")', true],
    ['!(Path(`/a`) && Method(`GET`))', 'Path(`/a`)', false],
    ['Header(`X-A`, `1`)', 'Header(`x-a`, `2`)', true],
    ['Query(`v`, `1`)', 'Query(`V`, `2`)', false],
    ['Method(`get`)', 'Method(`POST`)', true],
    ['PathPrefix(`/a`)', 'PathPrefix(`/ab`)', false],
    ['PathRegexp(`^/a`)', 'PathRegexp(`^/b`)', false],
    ['Path(`/a`', 'Path(`/b`)', false],
  ])('%s and %s are apart: %s', (one, other, apart) => {
    const routes = [
      { match: one, priority: 9, services: [a] },
      { match: other, priority: 9, services: [b] },
    ];
    expect(problems(ingressRoute(routes), lane)).toEqual(apart ? [] : ['base-unsuitable spec.routes.priority']);
  });

  test('R12 routes of nearly the same priority that meet on some entry points only', () => {
    const others = [
      ingressRoute([{ ...longer, priority: shop.length + 1 }], { entryPoints: ['web'] }, { name: 'other' }),
    ];
    expect(problems(ingressRoute([plain]), lane, others)).toEqual(['base-unsuitable spec.routes.entryPoints']);
    expect(problems(ingressRoute([plain], { entryPoints: ['web', 'x'] }), lane, others)).toEqual([
      'base-unsuitable spec.routes.entryPoints',
    ]);
    expect(problems(ingressRoute([plain], { entryPoints: ['web'] }), lane, others)).toEqual([]);
  });

  test('R12 a route of nearly the same priority whose rule is in the old syntax', () => {
    const old = { match: 'Path(`/a`, `/b`)', syntax: 'v2', priority: shop.length + 1, services: [b] };
    expect(problems(ingressRoute([plain, old]), lane)).toEqual(['base-unsuitable spec.routes.syntax']);
  });

  test('R12 a priority that JSON cannot count up from', () => {
    const base = ingressRoute([{ ...plain, priority: Number.MAX_SAFE_INTEGER - 1 }]);
    expect(problems(base, lane)).toEqual(['base-unsuitable spec.routes.priority']);
  });
});

describe('a TraefikService between a route and the Service', () => {
  const inner = traefikService('inner', { mirroring: { ...a, mirrors: [{ name: 'copy', port: 80, percent: 10 }] } });
  const outer = traefikService('outer', {
    weighted: { services: [{ kind: 'TraefikService', name: 'inner', weight: 3 }, b], sticky: { cookie: {} } },
  });
  const through = { match: shop, services: [{ kind: 'TraefikService', name: 'outer' }] };
  const unchanged = { ...lane, requestHeaderModifier: undefined };
  const write = (route: Route) => traefik.write(ingressRoute([through]), [route], { ...alone, others: [outer, inner] });

  test('is repeated with the canary in the place of the Service, before the route that leads there', () => {
    const [, ...ours] = write(unchanged);
    expect(ours.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'TraefikService web-outer-canary',
      'TraefikService web-inner-canary',
      'IngressRoute web-canary',
    ]);
    expect(ours.map(({ spec }) => spec)).toEqual([
      {
        weighted: {
          services: [{ kind: 'TraefikService', name: 'web-inner-canary', weight: 3 }, b],
          sticky: { cookie: {} },
        },
      },
      { mirroring: { ...a, name: 'a-canary', mirrors: [{ name: 'copy', port: 80, percent: 10 }] } },
      { routes: [expect.objectContaining({ services: [{ kind: 'TraefikService', name: 'web-outer-canary' }] })] },
    ]);
  });

  test('gets a share as a Service does', () => {
    const services = routers(ingressRoute([through]), [{ ...rollout, weight: 20 }], [outer, inner])[0]!.services;
    expect(services).toEqual([
      { kind: 'TraefikService', name: 'outer', weight: 80 },
      { kind: 'TraefikService', name: 'web-outer-canary', weight: 20 },
    ]);
  });

  test('stays where requests go to stable', () => {
    expect(write({ ...unchanged, to: 'stable' }).map(({ kind }) => kind)).toEqual(['IngressRoute', 'IngressRoute']);
  });

  test.each<[string, object, boolean]>([
    ['weighted', { weighted: { services: [a, b] } }, true],
    ['by client', { highestRandomWeight: { services: [b, a] } }, true],
    ['failover', { failover: { service: b, fallback: a } }, true],
    ['of other Services', { weighted: { services: [b] } }, false],
    ['only mirrored to it', { mirroring: { ...b, mirrors: [a] } }, false],
    ['around itself', { weighted: { services: [{ kind: 'TraefikService', name: 'outer' }] } }, false],
  ])('%s: leads to the Service or not', (_, spec, leads) => {
    expect(routers(ingressRoute([through]), [unchanged], [traefikService('outer', spec)])).toHaveLength(leads ? 1 : 0);
  });

  test('where requests go: those of the route to the canary, all others where they went', () => {
    const request = { host: 'shop.example.com', path: '/', method: 'GET', headers: {}, query: {}, cookies: {} };
    const requests = [request, { ...request, headers: { 'x-user': 'anna' } }];
    const failover = traefikService('outer', {
      failover: { service: { kind: 'TraefikService', name: 'inner' }, fallback: b },
    });
    for (const around of [
      [outer, inner],
      [failover, inner],
    ]) {
      for (const route of [unchanged, { ...unchanged, weight: 20 }]) {
        const base = ingressRoute([through, plain].map((one, i) => ({ ...one, priority: i + 1 })));
        const written = [...traefik.write(base, [route], { ...alone, others: around }), ...around];
        for (const one of requests) {
          expect(told(model(written, one))).toEqual(told(routed(model([base, ...around], one), [route], one)));
        }
      }
    }
  });
});

describe('R12 refused', () => {
  test('a header that is added to, and headers of a share', () => {
    const modifier = { add: [{ name: 'x', value: '1' }] };
    const paths = (route: Route) => checkRoute(route, traefik, '').map(({ path }) => path);
    expect(paths({ ...lane, requestHeaderModifier: modifier })).toEqual(['.requestHeaderModifier.add']);
    expect(paths({ ...lane, weight: 20 })).toEqual(['.requestHeaderModifier']);
    expect(paths(lane)).toEqual([]);
  });

  test.each<[string, object, Partial<Route>, string[]]>([
    ['the old syntax', { syntax: 'v2' }, {}, ['base-unsuitable spec.routes.syntax']],
    [
      'pods that Traefik reaches by nodes',
      { services: [{ ...a, nodePortLB: true }] },
      {},
      ['base-unsuitable spec.routes.services.nodePortLB'],
    ],
    [
      'headers of requests that go to others as well',
      { services: [a, b] },
      {},
      ['base-unsuitable spec.routes.services'],
    ],
    ['others beside the Service, without headers', { services: [a, b] }, { requestHeaderModifier: undefined }, []],
    [
      'the host as a header',
      {},
      { matches: [{ headers: [{ name: 'host', value: 'x' }] }] },
      ['gateway-unsupported spec.routes.match'],
    ],
    [
      'an escape in a path',
      {},
      { matches: [{ path: { type: 'Exact', value: '/a%20b' } }] },
      ['gateway-unsupported spec.routes.match'],
    ],
  ])('%s', (_, route, asked, expected) => {
    expect(problems(ingressRoute([{ ...plain, ...route }]), { ...lane, ...asked } as Route)).toEqual(expected);
  });

  test('a share of a Service and port that is named with other options elsewhere: in lists Traefik keeps the last ones', () => {
    const share = { ...rollout, weight: 20 };
    const other = { match: `${shop} && Path(\`/grpc\`)`, services: [{ ...a, scheme: 'h2c' }] };
    const list = { ...other, services: [...other.services, b] };
    const refused = ['base-unsuitable spec.routes.services'];
    expect(problems(ingressRoute([plain, other]), share)).toEqual(refused);
    expect(problems(ingressRoute([plain, { ...other, services: [{ ...a, port: 81 }] }]), share)).toEqual([]);
    expect(problems(ingressRoute([plain, other]), { ...lane, requestHeaderModifier: undefined })).toEqual([]);
    expect(problems(ingressRoute([plain]), share, [ingressRoute([other], {}, { name: 'other' })])).toEqual([]);
    expect(problems(ingressRoute([plain]), share, [ingressRoute([list], {}, { name: 'other' })])).toEqual(refused);
    expect(
      problems(ingressRoute([plain]), share, [traefikService('x', { weighted: { services: list.services } })]),
    ).toEqual(refused);
  });
});

function traefikService(name: string, spec: object): Manifest {
  return { apiVersion: 'traefik.io/v1alpha1', kind: 'TraefikService', metadata: { name, namespace: 'shop' }, spec };
}
