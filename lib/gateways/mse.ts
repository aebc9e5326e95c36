import { type Gateway, type Match, type Route, type RouteTarget, type StringMap, type ValueMatch } from '../core';
import { readHeaderControl, writeHeaderControl } from './header-control';
import { type IngressDialect, readIngresses, type Slice, writeIngresses } from './ingress';
import { readCondition, writeCondition } from './pattern';

/** MSE reads nginx's keys under both prefixes, and its own only under this one. */
const NGINX = 'nginx.ingress.kubernetes.io/';
const MSE = 'mse.ingress.kubernetes.io/';

const CANARY = `${NGINX}canary`;
const HEADER = `${NGINX}canary-by-header`;
const COOKIE = `${NGINX}canary-by-cookie`;
const COOKIE_VALUE = `${MSE}canary-by-cookie-value`;
const QUERY = `${MSE}canary-by-query`;
const WEIGHT = `${NGINX}canary-weight`;
const SUBSET = `${MSE}service-subset`;
const ROUTING = /^(nginx|mse)\.ingress\.kubernetes\.io\//;
const CANARY_KEY = /\/canary(-|$)/;
/** Replaces the backends of every rule, so that a canary Ingress with it would lead back to the base's. */
const DESTINATION = `${MSE}destination`;
/** A canary Service has no subsets to choose from. */
const SUBSET_KEY = /\/(service-subset|subset-labels)$/;
/** Without a value of its own a cookie takes the canary when it has this one. */
const ALWAYS = 'always';

/** Alibaba Cloud's Microservices Engine: canary Ingresses, lanes as subsets of one Service. */
export const mse: Gateway = {
  name: 'mse',
  bases: ['Ingress'],
  supports: {
    headers: ['Exact', 'RegularExpression'],
    headersPerMatch: 1,
    queryParams: ['Exact', 'RegularExpression'],
    queryParamsPerMatch: 1,
    cookies: ['Exact'],
    cookiesPerMatch: 1,
    paths: [],
    mixedConditions: false,
    matches: 16,
    weight: true,
    weightWithMatches: true,
    requestHeaders: ['set', 'add', 'remove'],
    expressions: 'RE2',
    subset: { tagHeader: 'x-mse-tag', podLabel: 'opensergo.io/canary-{tag}', baseAnnotations: { [SUBSET]: '' } },
    routesToStable: true,
    warmUp: false,
    routesPerBase: 16,
    backendService: 'ClusterIP',
    stripsClientTag: false,
  },
  write: (objects, routes) => writeIngresses(objects, routes, dialect),
  read: (objects) => readIngresses(objects, dialect),
};

const dialect: IngressDialect = {
  carries: (key, { to }) =>
    ROUTING.test(key) && key !== DESTINATION && !CANARY_KEY.test(key) && !(leadsToService(to) && SUBSET_KEY.test(key)),
  annotate: (slice, route, base) => ({
    [CANARY]: 'true',
    ...annotateSlice(slice),
    ...writeHeaderControl(MSE, route.requestHeaderModifier, base),
    ...annotateTarget(route),
  }),
  parse: (annotations, base) => {
    const subset = annotations[SUBSET];
    const requestHeaderModifier = readHeaderControl(MSE, annotations, base);
    return {
      ...parseSlice(annotations),
      ...(subset && subset !== base[SUBSET] && { subset }),
      ...(requestHeaderModifier && { requestHeaderModifier }),
    };
  },
};

function annotateSlice({ match, weight }: Slice): StringMap {
  if (match === undefined) return { [WEIGHT]: String(weight) };
  const [header, query, cookie] = [match.headers?.[0], match.queryParams?.[0], match.cookies?.[0]];
  return {
    ...(header && annotateCondition(HEADER, header)),
    ...(query && annotateCondition(QUERY, query)),
    ...(cookie && { [COOKIE]: cookie.name, ...(cookie.value !== ALWAYS && { [COOKIE_VALUE]: cookie.value }) }),
  };
}

function annotateCondition(key: string, { type = 'Exact', name, value }: ValueMatch): StringMap {
  const written = writeCondition(type, value);
  return {
    [key]: name,
    ...('value' in written ? { [`${key}-value`]: written.value } : { [`${key}-pattern`]: written.pattern }),
  };
}

/** To stable's pods: by what the base says of subsets, which is carried over. */
function annotateTarget({ to }: Route): StringMap {
  return typeof to === 'object' && 'subset' in to ? { [SUBSET]: to.subset } : {};
}

function leadsToService(to: RouteTarget): boolean {
  return typeof to === 'object' && 'service' in to;
}

function parseSlice(annotations: StringMap): Slice {
  const weight = annotations[WEIGHT];
  if (weight !== undefined) return { weight: Number(weight) };
  const cookie = annotations[COOKIE];
  const match: Match = {
    ...parseCondition('headers', HEADER, annotations),
    ...parseCondition('queryParams', QUERY, annotations),
    ...(cookie !== undefined && {
      cookies: [{ type: 'Exact' as const, name: cookie, value: annotations[COOKIE_VALUE] ?? ALWAYS }],
    }),
  };
  return { match };
}

function parseCondition(kind: 'headers' | 'queryParams', key: string, annotations: StringMap): Match {
  const name = annotations[key];
  if (name === undefined) return {};
  const pattern = annotations[`${key}-pattern`];
  const condition = readCondition(pattern === undefined ? { value: annotations[`${key}-value`]! } : { pattern });
  return { [kind]: [{ ...condition, name }] };
}
