/** Generated bases and routes, for every suite over the registry. */
import fc from 'fast-check';
import { canonical, checkRoute, routesOf } from '../../lib/core';
import type {
  Around,
  Gateway,
  HeaderModifier,
  Manifest,
  Match,
  PathMatch,
  Route,
  RouteOwner,
  RouteSpec,
  Supports,
  ValueMatch,
} from '../../lib/core';

/** A base with nothing around it. */
export const alone: Around = { services: [], bases: [], others: [] };

/** The Service whose requests are routed, and one beside it on the same hosts. */
export const SERVICE = 'a';
export const NEIGHBOUR = 'b';

export function service(name: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', annotations: { 'foreign.io/owner': 'team' } },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  };
}

/** What a user's object has beside its spec, and what no gateway may touch or copy. */
export const foreign = {
  labels: { 'app.kubernetes.io/managed-by': 'Helm' },
  annotations: {
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    'argocd.argoproj.io/tracking-id': 'shop:networking.k8s.io/Ingress:shop/web',
  },
};

/** The plainest Ingress: one host, one path to the Service. */
export function ingress(annotations: Record<string, string> = {}): Manifest {
  const paths = [{ path: '/', pathType: 'Prefix', backend: backend(SERVICE) }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: { ingressClassName: 'x', rules: [{ host: 'shop.example.com', http: { paths } }] },
  };
}

/** An HTTPRoute of one gateway and one host. */
export function httpRoute(rules: unknown[], parentRefs: unknown[] = [{ name: 'public' }]): Manifest {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { parentRefs, hostnames: ['shop.example.com'], rules },
  };
}

/** A VirtualService of one host. */
export function virtualService(http: unknown[]): Manifest {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { hosts: ['shop.example.com'], http },
  };
}

const hosts = fc.uniqueArray(fc.constantFrom('shop.example.com', '*.example.com', 'api.example.com', undefined), {
  minLength: 1,
  maxLength: 3,
});

const ingressPaths = fc.uniqueArray(
  fc.record({
    path: fc.constantFrom('/', '/orders', '/orders/new', '/basket'),
    pathType: fc.constantFrom('Prefix', 'Exact', 'ImplementationSpecific'),
    to: fc.constantFrom(SERVICE, NEIGHBOUR),
  }),
  { minLength: 1, maxLength: 4, selector: ({ path, pathType }) => `${pathType} ${path}` },
);

function backend(name: string) {
  return { service: { name, port: { number: 80 } } };
}

/** Ingresses with several hosts and paths, of which at least one leads to the Service. */
export function ingresses(annotations: fc.Arbitrary<Record<string, string>>): fc.Arbitrary<Manifest> {
  return fc
    .record({
      hosts: hosts.chain((list) =>
        fc.tuple(...list.map((host) => fc.record({ host: fc.constant(host), paths: ingressPaths }))),
      ),
      byDefault: fc.constantFrom(undefined, SERVICE, NEIGHBOUR),
      tls: fc.boolean(),
      byClassName: fc.boolean(),
      annotations,
    })
    .filter(
      ({ hosts: list, byDefault }) =>
        byDefault === SERVICE || list.some(({ paths }) => paths.some(({ to }) => to === SERVICE)),
    )
    .map(({ hosts: list, byDefault, tls, byClassName, annotations: routing }) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name: 'web',
        namespace: 'shop',
        labels: foreign.labels,
        annotations: {
          ...foreign.annotations,
          ...(!byClassName && { 'kubernetes.io/ingress.class': 'x' }),
          ...routing,
        },
      },
      spec: {
        ...(byClassName && { ingressClassName: 'x' }),
        ...(byDefault && { defaultBackend: backend(byDefault) }),
        ...(tls && { tls: [{ hosts: ['shop.example.com'], secretName: 'tls' }] }),
        rules: list.map(({ host, paths }) => ({
          ...(host && { host }),
          http: { paths: paths.map(({ path, pathType, to }) => ({ path, pathType, backend: backend(to) })) },
        })),
      },
      status: { loadBalancer: {} },
    }));
}

/** Annotations that belong to routing, or that our own have to be combined with. */
const annotationsOf: Record<string, Record<string, string>> = {
  mse: {
    'mse.ingress.kubernetes.io/service-subset': '',
    'mse.ingress.kubernetes.io/request-header-control-update': 'x-base 1',
    'nginx.ingress.kubernetes.io/rewrite-target': '/$1',
  },
  higress: { 'higress.io/request-header-control-update': 'x-base 1', 'higress.io/timeout': '5' },
  nginx: {
    'nginx.ingress.kubernetes.io/affinity': 'cookie',
    'nginx.ingress.kubernetes.io/load-balance': 'ewma',
    'nginx.ingress.kubernetes.io/service-upstream': 'true',
    'nginx.ingress.kubernetes.io/upstream-hash-by': '$request_uri',
  },
  alb: { 'alb.ingress.kubernetes.io/order': '7', 'alb.ingress.kubernetes.io/listen-ports': '[{"HTTPS": 443}]' },
};

const routeMatch = fc.record(
  {
    path: fc.record({
      type: fc.constantFrom('PathPrefix', 'Exact'),
      value: fc.constantFrom('/', '/orders', '/orders/new', '/basket'),
    }),
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.subarray(
      [
        { name: 'x-tenant', value: 'one' },
        { type: 'RegularExpression', name: 'x-user', value: 'v.*' },
      ],
      { minLength: 1 },
    ),
    queryParams: fc.constant([{ type: 'Exact', name: 'debug', value: '1' }]),
  },
  { requiredKeys: [] },
);

const routeFilters = fc.subarray(
  [
    { type: 'URLRewrite', urlRewrite: { hostname: 'internal.example.com' } },
    { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-base', value: '1' }] } },
    { type: 'RequestMirror', requestMirror: { backendRef: { name: 'mirror', port: 80 } } },
  ],
  { minLength: 1 },
);

const MIRROR = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'log', port: 80 } } };

const backendRefs = fc.constantFrom<{ name: string; [field: string]: unknown }[]>(
  [{ name: SERVICE, port: 80 }],
  [{ kind: 'Service', name: SERVICE, namespace: 'shop', port: 80, weight: 5 }],
  [{ name: SERVICE, port: 80, filters: [MIRROR] }],
  [{ name: NEIGHBOUR, port: 80 }],
  [
    { name: SERVICE, port: 80, weight: 70 },
    { name: NEIGHBOUR, port: 80, weight: 30 },
  ],
  [
    { name: SERVICE, port: 80, weight: 70, filters: [MIRROR] },
    { name: NEIGHBOUR, port: 80, weight: 30 },
  ],
);

const parents = fc.constantFrom(
  [{ name: 'public', sectionName: 'http' }],
  [{ name: 'public' }, { name: 'internal' }],
  [{ group: '', kind: 'Service', name: SERVICE, port: 80 }],
);

/** HTTPRoutes of a gateway or a mesh, with rules for the Service and for others. */
export const httpRoutes: fc.Arbitrary<Manifest> = fc
  .record({
    parentRefs: parents,
    hostnames: fc.constantFrom(undefined, ['shop.example.com'], ['*.example.com', 'shop.example.org']),
    rules: fc.array(
      fc.record(
        {
          matches: fc.array(routeMatch, { minLength: 1, maxLength: 3 }),
          filters: routeFilters,
          timeouts: fc.constant({ request: '5s' }),
          backendRefs,
        },
        { requiredKeys: ['backendRefs'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .filter(({ rules }) => rules.some((rule) => rule.backendRefs.some(({ name }) => name === SERVICE)))
  .map(({ parentRefs, hostnames, rules }) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'shop', ...foreign },
    spec: { parentRefs, ...(hostnames && { hostnames }), rules },
    status: { parents: [] },
  }));

const httpMatch = fc.record(
  {
    uri: fc.constantFrom<object>({ prefix: '/' }, { prefix: '/orders' }, { exact: '/orders/new' }, { regex: '/b.*' }),
    method: fc.constant({ exact: 'GET' }),
    headers: fc.constantFrom<object>({ 'x-tenant': { exact: 'one' } }, { 'x-user': { prefix: 'v' } }),
    queryParams: fc.constant({ debug: { exact: '1' } }),
    withoutHeaders: fc.constant({ 'x-bot': {} }),
  },
  { requiredKeys: [] },
);

const destinations = fc.constantFrom<Record<string, unknown>[]>(
  [{ destination: { host: SERVICE } }],
  [{ destination: { host: `${SERVICE}.shop.svc.cluster.local`, subset: 'v1', port: { number: 80 } }, weight: 100 }],
  [{ destination: { host: NEIGHBOUR } }],
  [
    { destination: { host: SERVICE }, weight: 70, headers: { request: { set: { 'x-base': '1' } } } },
    { destination: { host: NEIGHBOUR }, weight: 30 },
  ],
  [
    { destination: { host: SERVICE, subset: 'v1' }, weight: 7 },
    { destination: { host: SERVICE, subset: 'v2' }, weight: 3 },
  ],
);

/** VirtualServices of a gateway or the mesh, with rules for the Service and for others. */
export const virtualServices: fc.Arbitrary<Manifest> = fc
  .record({
    gateways: fc.constantFrom(undefined, ['public'], ['public', 'mesh']),
    http: fc.array(
      fc.record(
        {
          name: fc.constantFrom('orders', 'basket'),
          match: fc.array(httpMatch, { maxLength: 2 }),
          route: destinations,
          rewrite: fc.constant({ uri: '/v2' }),
          timeout: fc.constant('5s'),
          retries: fc.constant({ attempts: 3 }),
          headers: fc.constant({ request: { remove: ['x-internal'] }, response: { set: { server: 'shop' } } }),
        },
        { requiredKeys: ['route'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .filter(({ http }) => http.some(({ route }) => JSON.stringify(route).includes(`"host":"${SERVICE}`)))
  .map(({ gateways, http }) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'shop', ...foreign },
    spec: { hosts: ['shop.example.com'], ...(gateways && { gateways }), http: [...http, { redirect: { uri: '/' } }] },
    status: {},
  }));

/** Ingresses with annotations of the routing that a controller reads. */
export function ingressesOf(name: string): fc.Arbitrary<Manifest> {
  const annotations = fc.subarray(Object.entries(annotationsOf[name]!));
  return ingresses(annotations.map((keys) => Object.fromEntries(keys) as Record<string, string>));
}

const path = fc.record({
  type: fc.constantFrom('Exact' as const, 'PathPrefix' as const, 'PathPrefix' as const),
  value: fc.constantFrom('/', '/orders', '/orders/', '/orders/new', '/orders/1', '/basket'),
});

const anyPath: fc.Arbitrary<PathMatch> = fc.oneof(
  { weight: 4, arbitrary: path },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('RegularExpression' as const),
      value: fc.constantFrom('/b.*', '/orders/[0-9]+', '/(orders|basket)', '/orders(?!x).*'),
    }),
  },
);

const values = fc.constantFrom('foo', 'always', 'Mozilla/5.0 (X11; Linux)', '1.2.3', 'a|b', 'x@y.com', 'grün');
const expressions = fc.constantFrom('v[0-9]+', 'a|b', '.*beta.*', '(?!v1).*', 'a, b');
const names = fc.constantFrom('User-Agent', 'x-user', 'x-region');

const condition: fc.Arbitrary<ValueMatch> = fc.oneof(
  fc.record({ name: names, value: values }),
  fc.record({ type: fc.constant('Exact' as const), name: names, value: values }),
  fc.record({ type: fc.constant('RegularExpression' as const), name: names, value: expressions }),
);

function conditions(maxLength: number) {
  return fc.uniqueArray(condition, { minLength: 1, maxLength, selector: ({ name }) => name });
}

/** Matches within and beyond what gateways can do: mostly one condition, sometimes several, or several kinds. */
const match: fc.Arbitrary<Match> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ headers: conditions(1) }) },
  { weight: 2, arbitrary: fc.record({ queryParams: conditions(1) }) },
  { weight: 2, arbitrary: fc.record({ cookies: conditions(1) }) },
  { weight: 2, arbitrary: fc.record({ headers: conditions(3) }) },
  { weight: 1, arbitrary: fc.record({ headers: conditions(2), queryParams: conditions(2) }) },
  { weight: 5, arbitrary: fc.record({ path: anyPath, headers: conditions(1) }) },
  { weight: 1, arbitrary: fc.record({ path: anyPath }) },
  { weight: 1, arbitrary: fc.record({ path: anyPath, headers: conditions(2), queryParams: conditions(2) }) },
);

const headerValues = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('x-mse-tag', 'x-lane', 'X-Trace', 'x-region'),
    value: fc.constantFrom('gray', 'two words', 'a:b;c=d', '100%'),
  }),
  { minLength: 1, maxLength: 2, selector: ({ name }) => name },
);

const modifier: fc.Arbitrary<HeaderModifier> = fc.oneof(
  fc.record({ set: headerValues }),
  fc.record({ add: headerValues }),
  fc.record({ remove: fc.uniqueArray(fc.constantFrom('x-old', 'x-user', 'Cookie'), { minLength: 1 }) }),
  fc.record({ set: headerValues, remove: fc.constant(['x-old', 'x-user']) }),
);

/** What a step or a lane may ask for, whether or not a gateway can do it. */
const anyRouteSpec = fc
  .record(
    {
      matches: fc.array(match, { minLength: 1, maxLength: 3 }),
      weight: fc.integer({ min: 1, max: 100 }),
      requestHeaderModifier: modifier,
    },
    { requiredKeys: [] },
  )
  .filter(({ matches, weight }) => matches !== undefined || weight !== undefined);

function targets(supports: Supports) {
  return fc.constantFrom<Route['to']>(
    { service: `${SERVICE}-canary` },
    ...(supports.canary.stable ? (['stable'] as const) : []),
    ...(supports.canary.subset ? [{ subset: 'gray' }] : []),
  );
}

/** A route of one owner, that the gateway may or may not be able to express. */
function routeOf(owner: RouteOwner, { supports }: Gateway): fc.Arbitrary<Route> {
  return fc
    .record({ spec: anyRouteSpec, to: targets(supports) })
    .map(({ spec, to }) => ({ ...spec, owner, service: SERVICE, to }));
}

/** What lets the gateway know the canary. */
function warmUpOf({ owner, service: name, to, shared }: Route): Route {
  return { owner, service: name, to, warmUp: true, ...(shared && { shared }) };
}

/** Up to three owners on one base, as far as the gateway can: only what `supports` and the base allow. */
export function possibleRoutes(gateway: Gateway): fc.Arbitrary<Route[]> {
  const owners = [{ lane: 'mse-traffic' }, { rollout: 'rollout-a' }, { lane: 'b' }].slice(
    0,
    gateway.supports.base.routings,
  );
  return fc
    .subarray(owners, { minLength: 1 })
    .chain((chosen) => fc.tuple(...chosen.map((owner) => possible(routeOf(owner, gateway), gateway))))
    .map((list) => list.map((route, i) => only(route, i, list.length)))
    .chain((list) =>
      fc.subarray(gateway.supports.canary.warmUp ? list.map(warmUpOf) : []).map((warm) => [...warm, ...list]),
    );
}

/** Without what the gateway refuses, so that little has to be thrown away. */
function possible(list: fc.Arbitrary<Route>, gateway: Gateway): fc.Arbitrary<Route> {
  const allowed = (spec: RouteSpec) => checkRoute(spec, gateway).length === 0;
  return list
    .map(({ matches = [], weight, requestHeaderModifier, ...route }) => {
      const possibleMatches = matches.reduce<Match[]>(
        (kept, match) => (allowed({ matches: [...kept, match] }) ? [...kept, match] : kept),
        [],
      );
      const share = weight !== undefined && allowed({ weight, matches: possibleMatches });
      return {
        ...route,
        ...(share && { weight }),
        ...(possibleMatches.length > 0 ? { matches: possibleMatches } : !share && { matches: [PLAIN] }),
        ...(requestHeaderModifier && allowed({ requestHeaderModifier }) && { requestHeaderModifier }),
      };
    })
    .filter(allowed);
}

/** What every gateway can match on. */
const PLAIN: Match = { headers: [{ name: 'x-user', value: 'foo' }] };

/** Two shares of one Service's requests overlap: of several routes only the first keeps its weight. */
function only(route: Route, index: number, count: number): Route {
  const shared = count > 1 && { shared: true };
  if (index === 0 || route.weight === undefined) return { ...route, ...shared };
  const { weight: _, matches = [{ headers: [{ name: 'x-user', value: `only-${index}` }] }], ...rest } = route;
  return { ...rest, matches, ...shared };
}

/** The routes that objects express, each once, as they were asked for: how objects are named is no part of it. */
export function expressed(objects: readonly Manifest[]): Route[] {
  return inOneOrder(routesOf(objects).map(({ route }) => route));
}

/** Equal for lists of the same routes. */
export function inOneOrder(routes: readonly Route[]): Route[] {
  const texts = routes.map(({ shared: _, ...route }) => canonical(route));
  return [...new Set(texts)].sort().map((text) => JSON.parse(text) as Route);
}

/** Whether the gateway can have the route on this base. */
export function hasRoom(gateway: Gateway, base: Manifest, route: Route, others: readonly Manifest[] = []): boolean {
  return (gateway.checks?.(base, route, { ...alone, others }) ?? []).length === 0;
}

/** Beside a base an object on the same hosts, which leads elsewhere and is no base. */
export function besideIngress(): Manifest {
  const paths = [{ path: '/orders/new', pathType: 'Exact', backend: backend(NEIGHBOUR) }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'neighbour', namespace: 'shop', annotations: { 'alb.ingress.kubernetes.io/order': '3' } },
    spec: { ingressClassName: 'x', rules: [{ host: 'shop.example.com', http: { paths } }] },
  };
}

export function besideHttpRoute({ spec }: Manifest): Manifest {
  const rules = [
    { matches: [{ path: { type: 'Exact', value: '/orders/1' } }], backendRefs: [{ name: NEIGHBOUR, port: 80 }] },
    { matches: [{ headers: [{ name: 'x-tenant', value: 'one' }] }], backendRefs: [{ name: NEIGHBOUR, port: 80 }] },
  ];
  const { parentRefs } = spec as { parentRefs?: unknown[] };
  return { ...httpRoute(rules, parentRefs), metadata: { name: 'neighbour', namespace: 'shop' } };
}
