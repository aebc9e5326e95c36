import type { Gateway, RouteTarget } from '../core';
import { CANARY_KEY, type CanaryKeys, canaryKeys, readSlice, writeSlice } from './canary-annotations';
import { readHeaderControl, writeHeaderControl } from './header-control';
import { ENVOY_COMMANDS, NO_PERCENT } from './envoy';
import { type IngressDialect, readIngresses, writeIngresses } from './ingress';

/** MSE reads nginx's keys under both prefixes, and its own only under this one. */
const NGINX = 'nginx.ingress.kubernetes.io/';
const MSE = 'mse.ingress.kubernetes.io/';

const SUBSET = `${MSE}service-subset`;
const ROUTING = /^(nginx|mse)\.ingress\.kubernetes\.io\//;
/** Replaces the backends of every rule, so that a canary Ingress with it would lead back to the base's. */
const DESTINATION = `${MSE}destination`;
/** A canary Service has no subsets to choose from. */
const SUBSET_KEY = /\/(service-subset|subset-labels)$/;

const KEYS: CanaryKeys = {
  ...canaryKeys(NGINX, 'string-if-plain'),
  query: `${MSE}canary-by-query`,
  cookieValue: `${MSE}canary-by-cookie-value`,
};

const dialect: IngressDialect = {
  slices: 'apart',
  carries: (key, { to }) =>
    ROUTING.test(key) && key !== DESTINATION && !CANARY_KEY.test(key) && !(leadsToService(to) && SUBSET_KEY.test(key)),
  // To stable's pods: by what the base says of subsets, which is carried over.
  annotate: (slice, { to, requestHeaderModifier }, base) => ({
    ...writeSlice(KEYS, slice),
    ...writeHeaderControl(MSE, requestHeaderModifier, base),
    ...(typeof to === 'object' && 'subset' in to && { [SUBSET]: to.subset }),
  }),
  parse: (annotations, base) => {
    const subset = annotations[SUBSET];
    const requestHeaderModifier = readHeaderControl(MSE, annotations, base);
    return {
      ...readSlice(KEYS, annotations),
      ...(subset && subset !== base[SUBSET] && { subset }),
      ...(requestHeaderModifier && { requestHeaderModifier }),
    };
  },
};

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
    // Whether a header and a query on one Ingress must both hold is not documented.
    mixedConditions: false,
    matches: 16,
    weight: true,
    weightWithMatches: true,
    requestHeaders: ['set', 'add', 'remove'],
    expressions: 'RE2',
    characters: { headerValue: NO_PERCENT, because: ENVOY_COMMANDS },
    subset: { tagHeader: 'x-mse-tag', podLabel: 'opensergo.io/canary-{tag}', baseAnnotations: { [SUBSET]: '' } },
    routesToStable: true,
    warmUp: false,
    routesPerBase: 16,
    backendService: 'ClusterIP',
  },
  write: (objects, routes) => writeIngresses(objects, routes, dialect),
  read: (objects) => readIngresses(objects, dialect),
};

function leadsToService(to: RouteTarget): boolean {
  return typeof to === 'object' && 'service' in to;
}
