import { type Gateway, type RouteTarget, supportsOf } from '../core';
import { shareOfHashed } from './ingress/affinity';
import { CANARY_KEY, type CanaryKeys, canaryKeys, writeSlice } from './ingress/canary-annotations';
import { checkCanaryBase } from './ingress/canary-base';
import { type IngressDialect, writeIngresses } from './ingress/canary-ingress';
import { writeHeaderControl } from './ingress/header-control';
import { ingressKind } from './ingress/ingress';
import { ENVOY_COMMANDS, NO_PERCENT } from './writing/envoy';

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
};

/** Alibaba Cloud's Microservices Engine: canary Ingresses, lanes as subsets of one Service. */
export const mse: Gateway = {
  name: 'mse',
  kinds: [ingressKind],
  supports: supportsOf({
    // Whether a header and a query on one Ingress must both hold is not documented.
    match: {
      headers: { types: ['Exact', 'RegularExpression'], most: 1 },
      queryParams: { types: ['Exact', 'RegularExpression'], most: 1 },
      cookies: { types: ['Exact'], most: 1 },
    },
    route: { requestHeaders: ['set', 'add', 'remove'] },
    canary: {
      subset: { tagHeader: 'x-mse-tag', podLabel: 'opensergo.io/canary-{tag}', baseAnnotations: { [SUBSET]: '' } },
    },
    text: { headerValue: NO_PERCENT, because: ENVOY_COMMANDS },
  }),
  write: writeIngresses(dialect),
  checks: checkCanaryBase({ gateway: 'mse', keys: KEYS }),
  caveats: shareOfHashed,
};

function leadsToService(to: RouteTarget): boolean {
  return typeof to === 'object' && 'service' in to;
}
