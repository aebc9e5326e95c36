import {
  ingressClassOf,
  type Around,
  type Caveat,
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
import { isSaid, shareOfHashed } from './ingress/affinity';
import { checkCanaryBase } from './ingress/canary-base';
import { aliasKind, backendOf, type IngressDialect, type Slice, writeIngresses } from './ingress/canary-ingress';
import { type Ingress, ingressesIn, ingressKind, isIngress } from './ingress/ingress';
import { pathsOf } from './ingress/ingress-paths';
import { drawnForEachClient } from './writing/sessions';

const NGINX = 'nginx.ingress.kubernetes.io/';
const KEYS = canaryKeys(NGINX, 'string');
/** The name of the cookie, unless the base gives another. */
const COOKIE = 'INGRESSCOOKIE';
/** A cookie names the canary Service, which is the same in the next release. */
const KEPT = 'keeps a client where its first request went, in the next release too';

/** What is read for each upstream, and so of the canary Ingress itself. All else it inherits from its base. */
const NOT_INHERITED = /^nginx\.ingress\.kubernetes\.io\/(load-balance|service-upstream|upstream-hash-by.*)$/;

const dialect: IngressDialect = {
  slices: 'together',
  carries: (key) => NOT_INHERITED.test(key),
  annotate: (slice, { service }, _, bases) => ({
    ...writeSlice(KEYS, slice),
    ...(isSaid(bases, service, isSticky) && affinityOf(slice)),
  }),
  // It ignores a canary Ingress whose backend is the base's own.
  aliasForStable: true,
};

/**
 * ingress-nginx: one canary Ingress for each host and path, with a header, a cookie, or both of which either is enough, and a
 * weight for the rest. Header, then cookie, then weight, falling through (balancer.lua, route_to_alternative_balancer).
 */
export const nginx: Gateway = {
  name: 'nginx',
  kinds: [ingressKind, aliasKind],
  supports: supportsOf({
    match: {
      headers: { types: ['Exact', 'RegularExpression'], most: 1 },
      cookies: { types: ['Exact'], most: 1, values: ['always'] },
    },
    route: { matches: 2, ofKind: 1 },
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
  caveats: caveatsOf,
};

/**
 * With `legacy` the canary gives no cookies. A share needs them: without, each client is drawn again at every request,
 * until it is on stable and stays there. To a match they would do harm: who has one is led to the canary whether its
 * requests match or not, and to that of the next release.
 */
function affinityOf({ weight }: Slice): StringMap {
  return weight === undefined ? { [`${NGINX}affinity-canary-behavior`]: 'legacy' } : {};
}

/** No annotation takes a client off stable that has stable's cookie. */
function caveatsOf(base: Manifest, route: Route, around: Around): Caveat[] {
  const { service, matches = [], weight } = route;
  const bases = [base, ...around.bases];
  // By `upstream-hash-by`, within each version.
  if (!isSaid(bases, service, isSticky)) return shareOfHashed(base, route, around);
  const cookie = base.metadata.annotations?.[`${NGINX}session-cookie-name`] ?? COOKIE;
  return [
    ...(matches.length > 0 ? [stayOnStable(cookie)] : []),
    ...(weight === undefined ? [] : [drawnForEachClient(KEPT, `${NGINX}session-cookie-max-age, shorter than a pause`)]),
  ];
}

function isSticky(annotations: StringMap): boolean {
  return annotations[`${NGINX}affinity`] === 'cookie';
}

function stayOnStable(cookie: string): Caveat {
  return {
    reason: `has session affinity: a client whose cookie ${cookie} is of stable stays there, though its requests match`,
    wayOut: `try the canary with clients that have no cookie ${cookie}, or take the affinity off the base`,
  };
}

const checkBase = checkCanaryBase({ gateway: 'nginx', keys: KEYS, onlyOne: true });

function checkIngress(base: Manifest, route: Route, around: Around): Problem[] {
  if (!isIngress(base)) return [];
  return [
    ...checkBase(base, route, around),
    ...checkOptOut(route),
    ...checkOthers(base, route, around),
    ...checkBackend(base, route, around),
  ];
}

/** An upstream is what the first Ingress makes of it that names its Service: a canary's, or one with hosts of its own. */
function checkBackend(base: Ingress, route: Route, { bases, others }: Around): Problem[] {
  const backend = backendOf(base, route, dialect);
  const leading = leadingTo(backend, base, [base, ...bases, ...others]);
  if (backend === route.service || leading.length === 0) return [];
  const details = {
    allowed: `no Ingress of yours that leads to ${backend}: nginx reads one of both only, as a canary or with hosts of its own`,
    // What selects the canary's pods beside its Service is refused as well.
    fix: `${route.to === 'stable' ? 'let it lead to a Service of another name that selects the same pods, or ' : ''}take it away until the release is over`,
  };
  return [problem('base-unsuitable', 'metadata.name', leading.map(objectName), details)];
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

/** The user's Ingresses that lead to a Service: those in the base's namespace that its controller reads. */
function leadingTo(service: string, base: Ingress, objects: readonly Manifest[]): Ingress[] {
  return ingressesIn(objects)
    .filter((one) => ingressClassOf(one) === ingressClassOf(base) && one.metadata.namespace === base.metadata.namespace)
    .filter((one) => pathsOf(one).some((path) => path.service === service));
}

/** A canary Ingress takes requests of the whole Service, from whichever Ingress they come. */
function checkOthers(base: Ingress, { service }: Route, { others }: Around): Problem[] {
  const leading = leadingTo(service, base, others);
  if (leading.length === 0) return [];
  const details = {
    allowed: `no other Ingress of the class that leads to ${service}: nginx would send its requests to the canary as well`,
    fix: 'name these Ingresses in the routing as well, or give them a Service of their own with the same selector',
  };
  return [problem('base-unsuitable', 'metadata.name', leading.map(objectName), details)];
}
