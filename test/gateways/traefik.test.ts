import { describe, expect, test } from 'vitest';
import { isOurs, type Manifest, type Match, type Route, routeNote } from '../../lib/core';
import { traefik } from '../../lib/gateways/traefik';
import { traefik as model } from './decision/traefik';
import { routed, told } from './decision/traffic';
import { alone } from './fixtures';
import { ingressRoute, traefikService } from './ingress-routes';

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

describe('a TraefikService between a route and the Service', () => {
  const inner = traefikService('inner', { mirroring: { ...a, mirrors: [{ name: 'copy', port: 80, percent: 10 }] } });
  const outer = traefikService('outer', {
    weighted: { services: [{ kind: 'TraefikService', name: 'inner', weight: 3 }, b], sticky: { cookie: {} } },
  });
  const through = { match: shop, services: [{ kind: 'TraefikService', name: 'outer' }] };
  const unchanged = { ...lane, requestHeaderModifier: undefined };
  const web = ingressRoute([through]);
  /** All that is written on these bases. */
  const write = (route: Route, bases: Manifest[] = [outer, inner, web]) =>
    bases.flatMap((base) => traefik.write(base, [route], { ...alone, bases: bases.filter((one) => one !== base) }));

  test('is repeated with the canary in the place of the Service, where it is a base as well', () => {
    const ours = write(unchanged).filter(isOurs);
    expect(ours.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'TraefikService outer-beta-canary',
      'TraefikService inner-beta-canary',
      'IngressRoute web-canary',
    ]);
    expect(ours.map(({ spec }) => spec)).toEqual([
      {
        weighted: {
          services: [{ kind: 'TraefikService', name: 'inner-beta-canary', weight: 3 }, b],
          sticky: { cookie: {} },
        },
      },
      { mirroring: { ...a, name: 'a-canary', mirrors: [{ name: 'copy', port: 80, percent: 10 }] } },
      { routes: [expect.objectContaining({ services: [{ kind: 'TraefikService', name: 'outer-beta-canary' }] })] },
    ]);
  });

  test('gets a share as a Service does', () => {
    const { spec } = write({ ...rollout, weight: 20 }).at(-1) as { spec?: unknown };
    const services = [
      { kind: 'TraefikService', name: 'outer', weight: 80 },
      { kind: 'TraefikService', name: 'outer-rollout-a-canary', weight: 20 },
    ];
    expect(spec).toEqual({ routes: [expect.objectContaining({ services })] });
  });

  test('stays where requests go to stable', () => {
    expect(
      write({ ...unchanged, to: 'stable' })
        .filter(isOurs)
        .map(({ kind }) => kind),
    ).toEqual(['IngressRoute']);
  });

  test('R12 one that is no base is refused, by name', () => {
    const refused = (bases: Manifest[], others: Manifest[]) =>
      traefik.checks!(web, unchanged, { ...alone, bases, others }).map(({ given }) => given);
    expect(refused([outer, inner], [])).toEqual([]);
    expect(refused([outer], [inner])).toEqual(['["TraefikService inner"]']);
    expect(refused([], [outer, inner])).toEqual(['["TraefikService outer"]']);
    expect(refused([], [traefikService('outer', { weighted: { services: [b] } })])).toEqual([]);
  });

  test.each<[string, object, boolean]>([
    ['weighted', { weighted: { services: [a, b] } }, true],
    ['by client', { highestRandomWeight: { services: [b, a] } }, true],
    ['failover', { failover: { service: b, fallback: a } }, true],
    ['of other Services', { weighted: { services: [b] } }, false],
    ['only mirrored to it', { mirroring: { ...b, mirrors: [a] } }, false],
    ['around itself', { weighted: { services: [{ kind: 'TraefikService', name: 'outer' }] } }, false],
  ])('%s: leads to the Service or not', (_, spec, leads) => {
    const ours = write(unchanged, [traefikService('outer', spec), web]).filter(isOurs);
    expect(ours.map(({ kind }) => kind)).toEqual(leads ? ['TraefikService', 'IngressRoute'] : []);
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
        const written = write(route, [...around, base]);
        for (const one of requests) {
          expect(told(model(written, one))).toEqual(told(routed(model([base, ...around], one), [route], one)));
        }
      }
    }
  });
});
