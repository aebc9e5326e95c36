import {
  type Around,
  type Gateway,
  type Manifest,
  objectName,
  type Problem,
  problem,
  type Route,
  type StringMap,
  supportsOf,
} from '../core';
import { canaryKeys, writeSlice } from './ingress/canary-annotations';
import { aliasKind, type IngressDialect, writeIngresses } from './ingress/canary-ingress';
import { classOf, type Ingress, ingressesIn, ingressKind, isIngress } from './ingress/ingress';
import { pathsOf } from './ingress/ingress-paths';

const NGINX = 'nginx.ingress.kubernetes.io/';
const KEYS = canaryKeys(NGINX, 'string');

/** All else a canary Ingress inherits from its base. */
const NOT_INHERITED = /^nginx\.ingress\.kubernetes\.io\/(load-balance|upstream-hash-by.*)$/;

const dialect: IngressDialect = {
  slices: 'together',
  carries: (key) => NOT_INHERITED.test(key),
  annotate: (slice, _, base) => ({ ...writeSlice(KEYS, slice), ...ignoreAffinity(base) }),
  // It ignores a canary Ingress whose backend is the base's own.
  aliasForStable: true,
};

/** ingress-nginx: one canary Ingress for each host and path, with one header or cookie, and a weight for the rest. */
export const nginx: Gateway = {
  name: 'nginx',
  kinds: [ingressKind, aliasKind],
  supports: supportsOf({
    match: {
      headers: { types: ['Exact', 'RegularExpression'], most: 1 },
      cookies: { types: ['Exact'], most: 1, values: ['always'] },
    },
    route: { matches: 1 },
    base: { routings: 1 },
    text: {
      expressions: 'PCRE',
      exact: 'A-Za-z0-9/._~: \\-',
      expression: 'A-Za-z0-9/._~:^$\\[\\](){}*+?|&=\\\\\\-',
      because: "ingress-nginx's annotation validation refuses all others",
    },
  }),
  write: writeIngresses(dialect),
  checks: checkIngress,
};

/** Sticky sessions keep a client on stable even where its request matches, unless the canary Ingress says otherwise. */
function ignoreAffinity(base: StringMap): StringMap {
  return base[`${NGINX}affinity`] === undefined ? {} : { [`${NGINX}affinity-canary-behavior`]: 'legacy' };
}

function checkIngress(base: Manifest, route: Route, around: Around): Problem[] {
  return isIngress(base) ? [...checkOptOut(route), ...checkOthers(base, route, around)] : [];
}

/** A cookie that says `never` keeps its client from the weight as well, though it matches nothing. */
function checkOptOut({ matches = [], weight }: Route): Problem[] {
  const cookie = matches.findIndex(({ cookies = [] }) => cookies.length > 0);
  if (weight === undefined || cookie < 0) return [];
  const details = {
    allowed:
      'nginx can route by a cookie or by a weight, since clients whose cookie says never are left out of the weight',
    fix: 'match a header instead of the cookie, or route by the weight in another step',
  };
  return [problem('gateway-unsupported', `matches[${cookie}].cookies`, 'a cookie beside a weight', details)];
}

/** A canary Ingress takes requests of the whole Service, from whichever Ingress they come. */
function checkOthers(base: Ingress, { service }: Route, { others }: Around): Problem[] {
  const leading = ingressesIn(others)
    .filter((other) => classOf(other) === classOf(base) && other.metadata.namespace === base.metadata.namespace)
    .filter((other) => pathsOf(other).some((path) => path.service === service));
  if (leading.length === 0) return [];
  const details = {
    allowed: `no other Ingress of the class that leads to ${service}: nginx would send its requests to the canary as well`,
    fix: 'name these Ingresses in objectRef too, or give them a Service of their own with the same selector',
  };
  return [problem('base-unsuitable', 'metadata.name', leading.map(objectName), details)];
}
