/** Bases that gateways refuse, and what is asked of them that they cannot do. */
import type { Declarations, LaneSpec, Manifest, Match, ObjectRef, Step } from '../../lib/core';
import { resolve } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import type { BadInput } from '../bad-input';
import { deployment, lane, laneRollout, ownRollout, released, service } from '../core/fixtures';

type Case = readonly [
  code: BadInput['code'],
  /** After the rollout, or with the lane. */
  path: string,
  declarations: Declarations,
  /** What the advice makes of them: one for each way out. */
  ...fixed: Declarations[],
];

const HOST = 'shop.example.com';
const share: Partial<Step> = { traffic: '20%' };
const user = { name: 'x-user', value: 'anna' };
const matching = (match: Match, over: Partial<Step> = {}): Partial<Step> => ({ matches: [match], ...over });

/** A rollout of `app`, with routing over these bases. */
const routed = (refs: readonly ObjectRef[], asked: Partial<Step>, objects: readonly Manifest[]): Declarations => ({
  objects: [deployment('app'), service('app'), ...objects],
  lanes: [],
  rollouts: [ownRollout('app', [{ replicas: 1, ...asked }], { trafficRoutings: refs })],
});

// Ingresses.

interface IngressTraits {
  readonly name?: string;
  readonly className?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where each path leads. */
  readonly paths?: Readonly<Record<string, string>>;
  readonly host?: string;
}

const ingress = (traits: IngressTraits = {}): Manifest => {
  const { name = 'app', className = 'x', annotations = {}, paths = { '/': 'app' }, host = HOST } = traits;
  const http = {
    paths: Object.entries(paths).map(([path, to]) => ({
      path,
      pathType: 'Prefix',
      backend: { service: { name: to, port: { number: 80 } } },
    })),
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, annotations },
    spec: { ingressClassName: className, rules: [{ host, http }] },
  };
};
const ingressRef = (classType: string, name = 'app'): ObjectRef => ({ service: 'app', ingress: { classType, name } });
const onIngress = (classType: string, base: IngressTraits, asked = share, ...others: Manifest[]): Declarations =>
  routed([ingressRef(classType)], asked, [ingress(base), ...others]);

const ALB = 'alb.ingress.kubernetes.io/';
const NGINX = 'nginx.ingress.kubernetes.io/';
const ordered = (order: number, paths?: IngressTraits['paths'], name = 'app'): IngressTraits => ({
  name,
  annotations: { [`${ALB}order`]: `${order}` },
  ...(paths && { paths }),
});
const forwards = { [`${ALB}actions.app`]: '[{"type": "ForwardGroup", "ForwardConfig": {}}]' };
const ingressClass = (name: string, controller: string): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name },
  spec: { controller },
});
const canary = (name: string) => ({
  name,
  annotations: { [`${NGINX}canary`]: 'true', [`${NGINX}canary-weight`]: '5' },
});
const preview = (to: string): Manifest => ingress({ name: 'preview', host: 'preview.example.com', paths: { '/': to } });

const ingresses: readonly Case[] = [
  [
    'base-unsuitable',
    `Ingress app: metadata.annotations["${ALB}order"]`,
    onIngress('alb', ordered(1)),
    onIngress('alb', ordered(3)),
  ],
  [
    'base-unsuitable',
    'Ingress app: spec.rules',
    onIngress('alb', { paths: { '/': 'app', '/orders': 'orders' } }),
    onIngress('alb', {}, share, ingress(ordered(7, { '/orders': 'orders' }, 'orders'))),
  ],
  [
    'base-unsuitable',
    'Ingress app: spec.rules',
    onIngress('alb', ordered(3, { '/': 'app', '/orders': 'orders' })),
    onIngress('alb', ordered(4), share, ingress(ordered(1, { '/orders': 'orders' }, 'orders'))),
  ],
  [
    'base-unsuitable',
    `Ingress app: metadata.annotations["${ALB}actions.app"]`,
    onIngress('alb', { annotations: forwards }),
    onIngress('alb', {}),
  ],
  ...['nginx', 'mse'].map((name): Case => [
    'base-unsuitable',
    `Ingress app: metadata.annotations["${NGINX}canary"]`,
    onIngress(name, canary('app')),
    routed([ingressRef(name, 'web')], share, [ingress({ name: 'web' })]),
  ]),
  ...['nginx', 'mse'].map((name): Case => [
    'base-unsuitable',
    'Ingress app: spec.rules',
    onIngress(name, {}, share, ingress({ ...canary('other'), paths: { '/': 'mirror' } })),
    onIngress(name, {}),
  ]),
  [
    'base-unsuitable',
    'Ingress app: spec.ingressClassName',
    onIngress('nginx', { className: 'alb' }),
    onIngress('alb', { className: 'alb' }),
    onIngress('nginx', { className: 'alb' }, share, ingressClass('alb', 'k8s.io/ingress-nginx')),
  ],
  [
    'base-unsuitable',
    'Ingress app: spec.ingressClassName',
    onIngress('mse', { className: 'traefik' }),
    onIngress('mse', { className: 'mse' }),
    onIngress('mse', { className: 'traefik' }, share, ingressClass('traefik', 'mse.alibabacloud.com/ingress')),
  ],
  [
    'base-unsuitable',
    `Ingress app: metadata.annotations["${ALB}scheme"]`,
    onIngress('alb', { annotations: { [`${ALB}scheme`]: 'internal' } }),
    onIngress('alb', {}),
    onIngress(
      'alb',
      { annotations: { [`${ALB}scheme`]: 'internal' } },
      share,
      ingressClass('x', 'ingress.k8s.alibabacloud/alb'),
    ),
  ],
  [
    'base-unsuitable',
    'Ingress app: metadata.name',
    onIngress('nginx', {}, share, preview('app-canary')),
    onIngress('nginx', {}),
  ],
  [
    'gateway-unsupported',
    'Ingress app: matches[0].cookies',
    onIngress('nginx', {}, matching({ cookies: [{ name: 'x', value: 'always' }] }, share)),
    onIngress('nginx', {}, matching({ headers: [user] }, share)),
    onIngress('nginx', {}, matching({ cookies: [{ name: 'x', value: 'always' }] })),
  ],
  [
    'base-unsuitable',
    'Ingress app: metadata.name',
    onIngress('nginx', {}, share, preview('app')),
    routed([ingressRef('nginx'), ingressRef('nginx', 'preview')], share, [ingress(), preview('app')]),
    onIngress('nginx', {}, share, preview('preview'), service('preview', { selector: { app: 'app' } })),
  ],
];

// Routes of Gateway API.

interface RouteTraits {
  readonly name?: string;
  readonly kind?: 'HTTPRoute' | 'GRPCRoute';
  readonly hostname?: string;
  readonly parentRef?: object;
}
type Path = Match['path'];
const prefix = (value: string): Path => ({ type: 'PathPrefix', value });
const exact = (value: string): Path => ({ type: 'Exact', value });
const regex = (value: string): Path => ({ type: 'RegularExpression', value });
const rule = (to: string, match?: object, over: object = {}) => ({
  ...(match && { matches: [match] }),
  backendRefs: [{ name: to, port: 80 }],
  ...over,
});
const route = (
  rules: unknown[],
  { name = 'app', kind = 'HTTPRoute', hostname = HOST, parentRef }: RouteTraits = {},
) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind,
  metadata: { name },
  spec: { parentRefs: [{ name: 'public', ...parentRef }], hostnames: [hostname], rules },
});
const routeRef: ObjectRef = { service: 'app', gateway: { httpRouteName: 'app' } };
const onRoute = (rules: unknown[], match: Match, ...others: Manifest[]): Declarations =>
  routed([routeRef], matching(match), [route(rules), ...others]);
const onGrpc = (match: Match): Declarations =>
  routed([{ service: 'app', gateway: { grpcRouteName: 'app' } }], matching(match), [
    route([rule('app')], { kind: 'GRPCRoute' }),
  ]);
const headers = [user];
const tenant = (to: string, path?: Path) =>
  rule(to, { ...(path && { path }), headers: [{ name: 'x-tenant', value: 'a' }] });
const rewritten = (path: object, over: object = { type: 'URLRewrite', urlRewrite: { path } }) =>
  rule('app', { path: prefix('/orders') }, { filters: [over] });
const replaced = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' };
const whole = { type: 'ReplaceFullPath', replaceFullPath: '/v2' };
const many = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `x-${i}`, value: 'a' }));
const changing = (name: string): Declarations =>
  routed([routeRef], matching({ headers }, { requestHeaderModifier: { set: [{ name, value: 'b' }] } }), [
    route([
      rule('app', undefined, {
        filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-base', value: 'a' }] } }],
      }),
    ]),
  ]);
const weighing = (...weights: number[]): Declarations =>
  routed([routeRef], share, [
    route([{ backendRefs: weights.map((weight, i) => ({ name: i === 0 ? 'app' : 'other', port: 80, weight })) }]),
  ]);
const redirect = (traits: RouteTraits = {}) => route([tenant('other')], { name: 'other', ...traits });
const PATH = 'HTTPRoute app: spec.rules.matches.path';
const RULES = 'HTTPRoute app: spec.rules';

const two = [user, { name: 'x-group', value: 'a' }];
/** Both lead to every path, one of them by a header. */
const besideTenant = [rule('app'), tenant('other')];
const besideOrders = [rule('app'), rule('other', { path: prefix('/orders'), method: 'GET' })];
const besideExpression = [rule('app'), rule('other', { path: regex('/ord.*') })];
const inTwoRules = [tenant('app', prefix('/orders')), rule('app', { method: 'GET' })];
const ofExpression = [rule('app', { path: regex('/orders/.*') }), rule('other', { path: prefix('/orders') })];
const onParents = (own: object, others: object): Declarations =>
  routed([routeRef], matching({ headers: two }), [
    route([rule('app')], { parentRef: own }),
    redirect({ parentRef: others }),
  ]);

const routes: readonly Case[] = [
  [
    'base-unsuitable',
    RULES,
    onRoute(besideTenant, { headers: two }),
    onRoute([rule('app'), tenant('other', prefix('/tenant'))], { headers: two }),
    onRoute(besideTenant, { headers: [user] }),
    onRoute(besideTenant, { queryParams: [user] }),
  ],
  [
    'base-unsuitable',
    RULES,
    onRoute([rule('app'), rule('other', { queryParams: [user] })], { headers: [user] }),
    onRoute([rule('app'), rule('other', { path: prefix('/tenant'), queryParams: [user] })], { headers: [user] }),
    onRoute([rule('app'), rule('other', { queryParams: [user] })], { queryParams: [{ ...user, name: 'y' }] }),
  ],
  [
    'base-unsuitable',
    RULES,
    onRoute(besideOrders, { path: prefix('/orders/new') }),
    onRoute(besideOrders, { path: prefix('/basket') }),
    onRoute(besideOrders, { headers }),
  ],
  [
    'base-unsuitable',
    RULES,
    onRoute(inTwoRules, { path: prefix('/orders/new') }),
    onRoute(inTwoRules, { path: prefix('/basket') }),
    onRoute(inTwoRules, { headers }),
  ],
  [
    'base-unsuitable',
    RULES,
    onRoute(besideExpression, { path: prefix('/orders') }),
    onRoute(besideExpression, { path: exact('/basket') }),
    onRoute(besideExpression, { headers }),
  ],
  [
    'base-unsuitable',
    RULES,
    onRoute(ofExpression, { path: exact('/orders/1'), headers }),
    onRoute(ofExpression, { headers }),
  ],
  // The same header without the path, and any other path, would be in the way as well.
  [
    'base-unsuitable',
    RULES,
    onRoute(besideTenant, { path: prefix('/orders'), headers: two }),
    routed([routeRef], share, [route(besideTenant)]),
  ],
  [
    'base-unsuitable',
    RULES,
    onRoute([rule('app')], { headers: two }, redirect()),
    onRoute([rule('app')], { headers: two }, redirect({ hostname: 'other.example.com' })),
    onParents({ sectionName: 'https' }, { sectionName: 'http' }),
    onParents({ port: 443 }, { port: 80 }),
    onRoute([rule('app')], { headers }, redirect()),
  ],
  [
    'base-unsuitable',
    PATH,
    onRoute([rule('app', { path: regex('/orders.*') })], { path: prefix('/orders') }),
    onRoute([rule('app', { path: regex('/orders.*') })], { path: exact('/orders/1') }),
    onRoute([rule('app', { path: regex('/orders.*') })], { headers }),
  ],
  [
    'base-unsuitable',
    PATH,
    onRoute([rule('app', { path: regex('(?i)/orders') })], { path: exact('/orders'), headers }),
    onRoute([rule('app', { path: regex('(?i)/orders') })], { headers }),
  ],
  [
    'base-unsuitable',
    PATH,
    onRoute([rule('app', { path: prefix('/basket') })], { path: prefix('/orders') }),
    onRoute([rule('app', { path: prefix('/basket') })], { path: prefix('/basket'), headers }),
    onRoute([rule('app', { path: prefix('/basket') })], { path: prefix('/basket/new') }),
  ],
  [
    'base-unsuitable',
    PATH,
    onRoute([rule('app', { path: exact('/basket') })], { path: prefix('/orders'), headers }),
    onRoute([rule('app', { path: exact('/basket') })], { path: exact('/basket'), headers }),
  ],
  [
    'base-unsuitable',
    PATH,
    onRoute([rule('app', { path: prefix('/orders') })], { path: prefix('/orders') }),
    onRoute([rule('app', { path: prefix('/orders') })], { path: prefix('/orders/new') }),
    onRoute([rule('app', { path: prefix('/orders') })], { path: prefix('/orders'), headers }),
    routed([routeRef], share, [route([rule('app', { path: prefix('/orders') })])]),
  ],
  [
    'base-unsuitable',
    'HTTPRoute app: spec.rules.filters',
    onRoute([rewritten(replaced)], { path: prefix('/orders/new') }),
    onRoute([rewritten(replaced)], { headers }),
    onRoute([rewritten(replaced)], { path: prefix('/orders'), headers }),
    onRoute([rewritten(whole)], { path: prefix('/orders/new') }),
  ],
  [
    'base-unsuitable',
    'HTTPRoute app: spec.rules.filters',
    onRoute([rewritten({}, { type: 'RequestRedirect', requestRedirect: { path: replaced } })], {
      path: exact('/orders/new'),
      headers,
    }),
    onRoute([rewritten({}, { type: 'RequestRedirect', requestRedirect: { path: replaced } })], { headers }),
    onRoute([rewritten({}, { type: 'RequestRedirect', requestRedirect: { path: whole } })], {
      path: exact('/orders/new'),
      headers,
    }),
  ],
  [
    'gateway-unsupported',
    PATH,
    onRoute([rule('app')], { path: prefix('/größe') }),
    onRoute([rule('app')], { path: prefix('/gr%C3%B6%C3%9Fe') }),
  ],
  [
    'base-unsuitable',
    'HTTPRoute app: spec.rules.matches.headers',
    onRoute([tenant('app')], { headers: [{ name: 'X-Tenant', value: 'b' }] }),
    onRoute([tenant('app')], { headers: [user] }),
  ],
  [
    'base-unsuitable',
    'HTTPRoute app: spec.rules.matches.headers',
    onRoute([tenant('app')], { headers: many(16) }),
    onRoute([tenant('app')], { headers: many(15) }),
  ],
  ['base-unsuitable', 'GRPCRoute app: kind', onGrpc({ path: prefix('/orders'), headers }), onGrpc({ headers })],
  ['base-unsuitable', 'HTTPRoute app: spec.rules.filters', changing('X-Base'), changing('x-other')],
  ['base-unsuitable', 'HTTPRoute app: spec.rules.backendRefs.weight', weighing(1_000_000, 500_000), weighing(2, 1)],
];

// VirtualServices of Istio.

const ISTIO = 'networking.istio.io/v1';
const destination = (host: string, subset?: string) => ({ destination: { host, ...(subset && { subset }) } });
const http = (to: string, match?: object, over: object = {}) => ({
  ...(match && { match: [match] }),
  route: [destination(to)],
  ...over,
});
const virtualService = (rules: unknown[], name = 'app'): Manifest => ({
  apiVersion: ISTIO,
  kind: 'VirtualService',
  metadata: { name },
  spec: { hosts: [HOST], http: rules },
});
const ofGroup = (apiVersion: string, ...refs: readonly [kind: string, name: string][]): ObjectRef => ({
  service: 'app',
  customNetworkRefs: refs.map(([kind, name]) => ({ apiVersion, kind, name })),
});
const virtualRef = ofGroup(ISTIO, ['VirtualService', 'app']);
const onVirtual = (rules: unknown[], match: Match, over: Partial<Step> = {}): Declarations =>
  routed([virtualRef], matching(match, over), [virtualService(rules)]);
const URI = 'VirtualService app: spec.http.match.uri';
const SUBSET = 'VirtualService app: spec.http.route.destination.subset';
const toV2 = { rewrite: { uri: '/v2' } };
const toV2ByRegex = { rewrite: { uriRegexRewrite: { match: '^/orders(.*)$', rewrite: '/v2\\1' } } };
const adding = (name: string): Declarations =>
  onVirtual(
    [http('app', undefined, { headers: { request: { add: { 'x-base': 'a' } } } })],
    { headers },
    { requestHeaderModifier: { set: [{ name, value: 'b' }] } },
  );
const policy = (simple: string) => ({ trafficPolicy: { loadBalancer: { simple } } });
/** Two Deployments behind the Service, in a subset each, and a third one that is all of ours. */
const subsetsOf = (policies: readonly [string, string] = ['RANDOM', 'RANDOM']): Manifest => ({
  apiVersion: ISTIO,
  kind: 'DestinationRule',
  metadata: { name: 'app' },
  spec: {
    host: 'app',
    subsets: [
      { name: 'staff', labels: { tier: 'staff' } },
      { name: 'ours', labels: { app: 'app' }, ...policy(policies[0]) },
      { name: 'all', ...policy(policies[1]) },
    ],
  },
});
const staff = { match: [{ uri: { prefix: '/staff' } }], route: [destination('app', 'staff')] };
const toSubsets = (...names: string[]) =>
  virtualService(
    names.map((name, i) => ({ match: [{ uri: { prefix: `/${i}` } }], route: [destination('app', name)] })),
  );
const inLane = (rules: unknown[], ...objects: Manifest[]): Declarations => {
  const { trafficRoutings: _, ...member } = ownRollout('app', [{ replicas: 1 }], { trafficRoutingRef: 'beta' });
  return {
    ...routed([virtualRef], share, [virtualService(rules), subsetsOf(), ...objects]),
    lanes: [{ name: 'beta', objectRef: [virtualRef], matches: [{ headers }] }],
    rollouts: [member],
  };
};

const virtualServices: readonly Case[] = [
  [
    'base-unsuitable',
    URI,
    onVirtual([http('app', { uri: { regex: '/orders.*' } })], { path: prefix('/orders') }),
    onVirtual([http('app', { uri: { regex: '/orders.*' } })], { path: exact('/orders/1') }),
    onVirtual([http('app', { uri: { regex: '/orders.*' } })], { headers }),
    onVirtual([http('app', { uri: { prefix: '/orders' } })], { path: prefix('/orders') }),
  ],
  [
    'base-unsuitable',
    URI,
    onVirtual([http('app', { uri: { prefix: '/orders' }, ignoreUriCase: true })], { path: exact('/orders') }),
    onVirtual([http('app', { uri: { prefix: '/orders' }, ignoreUriCase: true })], { headers }),
    onVirtual([http('app', { uri: { prefix: '/orders' } })], { path: exact('/orders') }),
  ],
  [
    'base-unsuitable',
    URI,
    onVirtual([http('app', { uri: { regex: '(?i)/orders' } })], { path: exact('/orders') }),
    onVirtual([http('app', { uri: { regex: '(?i)/orders' } })], { headers }),
    onVirtual([http('app', { uri: { prefix: '/orders' } })], { path: exact('/orders') }),
  ],
  [
    'base-unsuitable',
    URI,
    onVirtual([http('app', { uri: { prefix: '/orders' } })], { path: regex('/ord.*') }),
    onVirtual([http('app', { uri: { prefix: '/orders' } })], { path: exact('/orders') }),
    onVirtual([http('app', { uri: { prefix: '/orders' } })], { headers }),
  ],
  [
    'base-unsuitable',
    URI,
    onVirtual([http('app', { uri: { prefix: '/basket' } })], { path: prefix('/orders') }),
    onVirtual([http('app', { uri: { prefix: '/basket' } })], { path: prefix('/basket') }),
    onVirtual([http('app', { uri: { prefix: '/basket' } })], { path: prefix('/basket/new') }),
  ],
  [
    'base-unsuitable',
    URI,
    onVirtual([http('app', { uri: { exact: '/basket' } })], { path: exact('/orders') }),
    onVirtual([http('app', { uri: { exact: '/basket' } })], { path: exact('/basket') }),
  ],
  [
    'base-unsuitable',
    URI,
    onVirtual([http('app', { uri: { regex: '/basket/[0-9]+' } })], { path: exact('/orders') }),
    onVirtual([http('app', { uri: { regex: '/basket/[0-9]+' } })], { path: regex('/basket/[0-9]+') }),
    onVirtual([http('app', { uri: { regex: '/basket/[0-9]+' } })], { path: exact('/basket/1') }),
  ],
  [
    'base-unsuitable',
    'VirtualService app: spec.http.rewrite.uri',
    onVirtual([http('app', { uri: { prefix: '/orders/' } }, toV2)], { path: prefix('/orders/new') }),
    onVirtual([http('app', { uri: { prefix: '/orders/' } }, toV2)], { headers }),
    onVirtual([http('app', { uri: { prefix: '/orders/' } }, toV2)], { path: prefix('/orders/') }),
    onVirtual([http('app', { uri: { prefix: '/orders/' } }, toV2ByRegex)], { path: prefix('/orders/new') }),
  ],
  [
    'base-unsuitable',
    'VirtualService app: spec.http.match',
    onVirtual([http('app', { headers: { 'x-user': { exact: 'bob' } } })], { headers }),
    onVirtual([http('app', { headers: { 'x-user': { exact: 'bob' } } })], { headers: [{ ...user, name: 'x-try' }] }),
  ],
  [
    'base-unsuitable',
    'VirtualService app: spec.http.match',
    onVirtual([http('app', { headers: { cookie: { exact: 'a=b' } } })], { cookies: [user] }),
    onVirtual([http('app', { headers: { cookie: { exact: 'a=b' } } })], { headers }),
  ],
  ['base-unsuitable', 'VirtualService app: spec.http.headers', adding('X-Base'), adding('x-other')],
  [
    'base-unsuitable',
    SUBSET,
    routed([virtualRef], share, [virtualService([staff]), subsetsOf()]),
    routed([ofGroup(ISTIO, ['VirtualService', 'web'])], share, [
      virtualService([{ route: [destination('app', 'ours')] }], 'web'),
      subsetsOf(),
    ]),
  ],
  [
    'base-unsuitable',
    SUBSET,
    routed([virtualRef], share, [toSubsets('ours', 'all'), subsetsOf(['RANDOM', 'ROUND_ROBIN'])]),
    routed([virtualRef], share, [toSubsets('ours', 'all'), subsetsOf()]),
    routed([virtualRef], share, [toSubsets('ours', 'ours'), subsetsOf(['RANDOM', 'ROUND_ROBIN'])]),
  ],
  [
    'base-unsuitable',
    `lane beta: ${SUBSET}`,
    inLane([staff, { route: [destination('app', 'ours')] }]),
    routed([virtualRef], matching({ headers }), [
      virtualService([staff, { route: [destination('app', 'ours')] }]),
      subsetsOf(),
    ]),
    inLane(
      [{ ...staff, route: [destination('staff')] }, { route: [destination('app', 'ours')] }],
      service('staff', { selector: { tier: 'staff' } }),
    ),
  ],
];

// IngressRoutes of Traefik.

const TRAEFIK = 'traefik.io/v1alpha1';
const SHOP = 'Host(`shop.example.com`)';
const app = { name: 'app', port: 80 };
const other = { name: 'other', port: 80 };
const router = (over: object = {}) => ({ match: SHOP, services: [app], ...over });
const ingressRoute = (routers: unknown[], place: object = {}, name = 'app'): Manifest => ({
  apiVersion: TRAEFIK,
  kind: 'IngressRoute',
  metadata: { name },
  spec: { ...place, routes: routers },
});
const traefikService = (services: unknown[]): Manifest => ({
  apiVersion: TRAEFIK,
  kind: 'TraefikService',
  metadata: { name: 'divided' },
  spec: { weighted: { services } },
});
const traefikRef = ofGroup(TRAEFIK, ['IngressRoute', 'app']);
const onTraefik = (routers: unknown[], asked: Partial<Step> = matching({ headers }), ...others: Manifest[]) =>
  routed([traefikRef], asked, [ingressRoute(routers), ...others]);
const near = (to: object, place: object = {}) => ingressRoute([router({ services: [other], ...to })], place, 'other');
const PRIORITY = SHOP.length;
const changed = { requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }] } };
const h2c = (...beside: object[]) =>
  router({ match: `${SHOP} && Path(\`/grpc\`)`, services: [{ ...app, scheme: 'h2c' }, ...beside] });
const throughService = (...refs: readonly [string, string][]) =>
  routed([ofGroup(TRAEFIK, ['IngressRoute', 'app'], ...refs)], share, [
    ingressRoute([router({ services: [{ kind: 'TraefikService', name: 'divided' }] })]),
    traefikService([app, other]),
  ]);
const AT = 'IngressRoute app: spec.routes';

const ingressRoutes: readonly Case[] = [
  [
    'gateway-unsupported',
    `${AT}.match`,
    onTraefik([router()], matching({ headers: [{ name: 'Host', value: 'x' }] })),
    onTraefik([router()], matching({ headers })),
    onTraefik([router()], matching({ path: prefix('/x') })),
  ],
  [
    'gateway-unsupported',
    `${AT}.match`,
    onTraefik([router()], matching({ path: exact('/a%20b') })),
    onTraefik([router()], matching({ path: exact('/a b') })),
  ],
  ['base-unsuitable', `${AT}.syntax`, onTraefik([router({ syntax: 'v2' })]), onTraefik([router()])],
  [
    'base-unsuitable',
    `${AT}.priority`,
    onTraefik([router({ priority: Number.MAX_SAFE_INTEGER - 1 })]),
    onTraefik([router({ priority: 1000 })]),
  ],
  [
    'base-unsuitable',
    `${AT}.services.nodePortLB`,
    onTraefik([router({ services: [{ ...app, nodePortLB: true }] })]),
    onTraefik([router()]),
  ],
  [
    'base-unsuitable',
    `${AT}.services`,
    onTraefik([router({ services: [app, other] })], matching({ headers }, changed)),
    onTraefik([router({ services: [app, other] })]),
    onTraefik(
      [router(), router({ match: `${SHOP} && Path(\`/other\`)`, services: [other] })],
      matching({ headers }, changed),
    ),
  ],
  [
    'base-unsuitable',
    `${AT}.priority`,
    onTraefik([router()], undefined, near({ match: 'Method(`GET`)', priority: PRIORITY })),
    onTraefik([router({ priority: PRIORITY + 1 })], undefined, near({ match: 'Method(`GET`)', priority: PRIORITY })),
    onTraefik([router()], undefined, near({ match: 'Method(`GET`)', priority: PRIORITY + 3 })),
  ],
  [
    'base-unsuitable',
    `${AT}.entryPoints`,
    onTraefik([router()], undefined, near({ priority: PRIORITY + 1 }, { entryPoints: ['web'] })),
    routed([traefikRef], matching({ headers }), [
      ingressRoute([router()], { entryPoints: ['web'] }),
      near({ priority: PRIORITY + 1 }, { entryPoints: ['web'] }),
    ]),
    onTraefik([router()], undefined, near({ priority: PRIORITY + 4 }, { entryPoints: ['web'] })),
  ],
  [
    'base-unsuitable',
    `${AT}.syntax`,
    onTraefik([router()], undefined, near({ match: 'Path(`/a`, `/b`)', syntax: 'v2', priority: PRIORITY + 1 })),
    onTraefik([router()], undefined, near({ match: 'Path(`/a`) || Path(`/b`)', priority: PRIORITY + 1 })),
    onTraefik([router()], undefined, near({ match: 'Path(`/a`, `/b`)', syntax: 'v2', priority: PRIORITY + 4 })),
  ],
  ['base-unsuitable', `${AT}.services`, throughService(), throughService(['TraefikService', 'divided'])],
  [
    'base-unsuitable',
    `${AT}.services`,
    onTraefik([router(), h2c()], share),
    onTraefik([router({ services: [{ ...app, scheme: 'h2c' }] }), h2c()], share),
    onTraefik([router(), h2c()]),
  ],
];

// The tag of a lane.

/** A lane over this base, with a rollout of its entry. */
const laneOver = (ref: ObjectRef, base: Manifest, over: Partial<LaneSpec>): Declarations => ({
  objects: [deployment('app'), service('app'), base],
  lanes: [{ ...lane(), objectRef: [ref], ...over }],
  rollouts: [laneRollout('rollout-app', 'app')],
});
const inBaggage: Partial<LaneSpec> = { tag: { baggage: 'lane=gray' }, requestHeaderModifier: undefined };
const inHeader: Partial<LaneSpec> = { requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }] } };
const byTraefik = [traefikRef, ingressRoute([router()])] as const;
const byHttpRoute = [routeRef, route([rule('app')])] as const;

const tags: readonly Case[] = [
  ...(['nginx', 'alb'] as const).map((name): Case => [
    'gateway-unsupported',
    'lane mse-traffic: tag.baggage',
    laneOver(ingressRef(name), ingress(), inBaggage),
    laneOver(...byHttpRoute, inBaggage),
  ]),
  [
    'gateway-unsupported',
    'lane mse-traffic: tag.baggage',
    laneOver(...byTraefik, inBaggage),
    laneOver(...byTraefik, inHeader),
    laneOver(...byHttpRoute, inBaggage),
  ],
];

export const badInputs: readonly BadInput[] = [
  ...ingresses,
  ...routes,
  ...virtualServices,
  ...ingressRoutes,
  ...tags,
].map(([code, path, declarations, ...fixed]) => ({
  code,
  path: path.startsWith('lane ') ? path : `rollout rollout-app: ${path}`,
  run: () => resolve(declarations, gateways),
  fixed: fixed.map((one) => () => released(one, gateways)),
}));
