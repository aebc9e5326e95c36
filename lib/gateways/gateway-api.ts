import {
  type Around,
  type Caveat,
  defined,
  digest,
  type Gateway,
  type HeaderModifier,
  type Match,
  type Problem,
  type Route,
  supportsOf,
} from '../core';
import {
  addModifier,
  type BackendRef,
  grpcRouteKind,
  httpRouteKind,
  isRouteObject,
  leadsTo,
  type RouteMatch,
  type HttpRouteObject,
  type RouteRule,
  rulesTo,
  serviceOf,
  withConditions,
} from './http-route/http-route';
import { notAccepted } from './http-route/parents';
import { checkRouteBase } from './http-route/route-base';
import { type NarrowedRule, narrowRules } from './http-route/route-paths';
import { restoreWeights, writeWeights } from './http-route/route-weights';
import { checkFeatures, referredParents } from './http-route/supported-features';
import { objectNameOf, ourMetadata, sideName } from './writing/owner';
import { drawnForEachClient, hasField } from './writing/sessions';

/** Limits of one HTTPRoute: rules, and matches in all of them. A rule's own 64 matches are the base's. */
const MOST_RULES = 16;
const MOST_MATCHES = 128;

/**
 * Gateway API: matches as an HTTPRoute of our own, which repeats the base's rules with more conditions and so precedes
 * them for those requests only; a weight in the base's rules. Gateways and meshes (GAMMA) alike.
 */
export const gatewayApi: Gateway = {
  name: 'gateway-api',
  kinds: [httpRouteKind, grpcRouteKind],
  supports: supportsOf({
    match: {
      headers: { types: ['Exact', 'RegularExpression'], most: 16 },
      queryParams: { types: ['Exact', 'RegularExpression'], most: 16 },
      // Of the implementations most read RE2, and an expression must work on all of them.
      paths: ['Exact', 'PathPrefix'],
      mixed: true,
    },
    route: { requestHeaders: ['set', 'add', 'remove'], requestHeadersOf: 'all, by backend filters' },
    // A route may reach the proxy before the backend that it leads to.
    canary: { warmUp: true },
  }),
  write: (base, routes, { writer }) =>
    isRouteObject(base) ? writeRoutes(restoreWeights(base, writer), routes) : [base],
  takenUp: notAccepted,
  caveats: (base, route) => (isRouteObject(base) ? caveatsOf(base, route) : []),
  checks: (base, route, around) => (isRouteObject(base) ? checksOf(restoreWeights(base), route, around) : []),
  asksFor: referredParents,
};

function checksOf(base: HttpRouteObject, route: Route, around: Around): Problem[] {
  const problems = checkRouteBase(base, route, around);
  return problems.length > 0 ? problems : checkFeatures(base, writeRoutes(base, [route]), around);
}

function caveatsOf(base: HttpRouteObject, { service, weight }: Route): Caveat[] {
  const sessions = weight !== undefined && hasField(rulesTo(base, service), 'sessionPersistence');
  return [
    ...((base.spec.parentRefs ?? []).length === 0 ? [NO_PARENT] : []),
    ...(sessions ? [drawnForEachClient('keeps a client where its first request went', 'its absoluteTimeout')] : []),
  ];
}

const NO_PARENT: Caveat = {
  reason: 'has no parentRefs: no gateway reads it, and so nobody gets to the canary',
  wayOut: 'name the Gateway, or the Service of a mesh, in spec.parentRefs',
};

function writeRoutes(base: HttpRouteObject, routes: readonly Route[]): HttpRouteObject[] {
  const ours = routes.flatMap((route) => (route.warmUp ? warmUp(base, route) : matchRoutes(base, route)));
  return [writeWeights(base, routes), ...ours];
}

/** Every rule that leads to the Service, once for each match of the route that leaves it requests. */
function matchRoutes(base: HttpRouteObject, route: Route): HttpRouteObject[] {
  const added = (route.matches ?? []).flatMap((match) =>
    narrowRules(base, route.service, match.path).map((rule) => addConditions(rule, match, route, base)),
  );
  return chunks(added).map((chunk, i) => ourRoute(base, route, objectNameOf(base, route, i), chunk));
}

function addConditions({ rule, matches }: NarrowedRule, match: Match, route: Route, base: HttpRouteObject): RouteRule {
  // Names of rules are unique in a route; ours would repeat them for each match.
  const { name: _, filters = [], backendRefs = [], ...others } = rule;
  const modifier = route.requestHeaderModifier;
  // Requests that the rule sends elsewhere stay unchanged. Few implementations know filters of a backend, all of a rule.
  const mixed = backendRefs.some((ref) => !leadsTo(ref, route.service, base));
  const changed = addModifier(filters, mixed ? undefined : modifier);
  return {
    ...others,
    matches: matches.map(({ after }) => withConditions(after, match)),
    ...(changed.length > 0 && { filters: [...changed] }),
    backendRefs: backendRefs.map((ref) =>
      leadsTo(ref, route.service, base) ? toCanary(ref, route, mixed ? modifier : undefined) : ref,
    ),
  };
}

function toCanary(ref: BackendRef, { to, service }: Route, modifier: HeaderModifier | undefined): BackendRef {
  const filters = addModifier(ref.filters ?? [], modifier);
  return { ...ref, name: serviceOf(to, service), ...(filters.length > 0 && { filters: [...filters] }) };
}

/** A route over the base's parents and hosts that no client's request takes: the gateway gets to know the backend. */
function warmUp(base: HttpRouteObject, route: Route): HttpRouteObject[] {
  const refs = rulesTo(base, route.service).flatMap(({ backendRefs = [] }) =>
    backendRefs.filter((ref) => leadsTo(ref, route.service, base)),
  );
  const backends = [
    ...new Map(refs.map(({ port, filters: _, weight: __, ...ref }) => [port, { ...ref, port }])).values(),
  ];
  if (backends.length === 0) return [];
  const secret = digest([base.metadata.namespace, base.metadata.name, route.owner]);
  const headers = [{ type: 'Exact' as const, name: 'x-graylane-warm-up', value: secret }];
  const place: RouteMatch =
    base.kind === 'GRPCRoute'
      ? { method: { service: `graylane.WarmUp${secret}`, method: 'None' } }
      : { path: { type: 'Exact', value: `/.graylane/warm-up/${secret}` } };
  const name = serviceOf(route.to, route.service);
  const rules = backends.map((ref, i) => ({
    matches: [{ ...place, headers: headers.map((header) => ({ ...header, value: `${secret}-${i}` })) }],
    backendRefs: [defined({ ...ref, name })],
  }));
  return [ourRoute(base, route, sideName(base, route, 'warm-up'), rules)];
}

function ourRoute(base: HttpRouteObject, route: Route, name: string, rules: RouteRule[]): HttpRouteObject {
  const { apiVersion, kind, spec } = base;
  const { parentRefs, hostnames } = spec;
  return {
    apiVersion,
    kind,
    metadata: ourMetadata(base, route, name),
    spec: defined({ parentRefs, hostnames, rules }),
  };
}

function chunks(rules: readonly RouteRule[]): RouteRule[][] {
  const list: RouteRule[][] = [];
  let matches = MOST_MATCHES;
  for (const rule of rules) {
    matches += rule.matches!.length;
    if (matches > MOST_MATCHES || list.at(-1)!.length === MOST_RULES) {
      list.push([]);
      matches = rule.matches!.length;
    }
    list.at(-1)!.push(rule);
  }
  return list;
}
