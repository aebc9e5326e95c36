import {
  type Caveat,
  defined,
  type Gateway,
  type Manifest,
  type Match,
  noteRoutes,
  type Route,
  supportsOf,
} from '../core';
import { narrowRule } from './virtual-service/uri-match';
import {
  both,
  type DestinationRule,
  destinationRuleKind,
  hostOf,
  type Destination,
  type HttpRoute,
  isDestinationRule,
  isHostOf,
  isVirtualService,
  leadsTo,
  targets,
  toTarget,
  type VirtualService,
  virtualServiceKind,
} from './virtual-service/virtual-service';
import { checkVirtualService } from './virtual-service/virtual-service-base';
import { AND, isNamedByUs, isShare, nameOf, restoreRules, SHARE } from './virtual-service/rule-name';
import { ENVOY_COMMANDS, NO_PERCENT } from './writing/envoy';
import { objectNameOf, ourMetadata } from './writing/owner';
import { DRAWN_FOR_EACH_REQUEST, hasField } from './writing/sessions';
import { divide } from './writing/shares';

/**
 * Istio, gateways and mesh: rules are tried in order, so that each of ours stands right before the base's rule that it
 * repeats. A host has one VirtualService in a mesh: ours have names by which they are found in the user's.
 */
export const istio: Gateway = {
  name: 'istio',
  kinds: [virtualServiceKind, destinationRuleKind],
  supports: supportsOf({
    match: {
      headers: { types: ['Exact', 'RegularExpression'], most: 16 },
      queryParams: { types: ['Exact', 'RegularExpression'], most: 16 },
      cookies: { types: ['Exact'], most: 1 },
      paths: ['Exact', 'PathPrefix', 'RegularExpression'],
      mixed: true,
    },
    route: { requestHeaders: ['set', 'add', 'remove'] },
    text: { headerValue: NO_PERCENT, because: ENVOY_COMMANDS },
  }),
  // No warm-up: proxies get clusters and endpoints before the routes to them.
  write: (base, routes, { writer }): Manifest[] => {
    if (isVirtualService(base)) return [writeRules(restoreRules(base, writer), routes)];
    return isDestinationRule(base) ? [base, ...routes.flatMap((route) => canaryPolicy(base, route))] : [base];
  },
  caveats: (base, { service, weight }) => {
    if (isVirtualService(base)) return connectionsTo(base, service);
    // Hashed within a cluster, after the choice among clusters.
    return weight !== undefined && hasField(base.spec, 'consistentHash') ? [DRAWN_FOR_EACH_REQUEST] : [];
  },
  checks: (base, route) => (isVirtualService(base) ? checkVirtualService(restoreRules(base), route) : []),
};

/** Routes of connections, in which no request can be told from another. */
function connectionsTo(base: VirtualService, service: string): Caveat[] {
  const { spec } = base;
  const leading = (['tls', 'tcp'] as const).filter((kind) =>
    (spec[kind] ?? []).some(({ route = [] }) =>
      route.some(({ destination }) => isHostOf(destination.host, service, base)),
    ),
  );
  if (leading.length === 0) return [];
  return [
    {
      reason: `leads connections to ${service} by spec.${leading.join(' and spec.')} too: a route is of spec.http only, and theirs stay on stable`,
      wayOut: 'let these requests come by spec.http, or count without them',
    },
  ];
}

function writeRules(base: VirtualService, routes: readonly Route[]): VirtualService {
  const { http = [] } = base.spec;
  // What others of the version before have left is copied like the user's rules, where it would take all requests.
  const copies = http.map((rule) => (isNamedByUs(rule) && !isShare(rule) ? [] : ruleCopies(rule, routes, base)));
  const held = routes.filter((route) => copies.flat().some((rule) => isNamedByUs(rule, route)));
  if (held.length === 0) return base;
  return noteRoutes({ ...base, spec: { ...base.spec, http: http.flatMap((rule, i) => [...copies[i]!, rule]) } }, held);
}

/** The rule with each match of the routes beside its own, then with the shares of those that match none. */
function ruleCopies(rule: HttpRoute, routes: readonly Route[], base: VirtualService): HttpRoute[] {
  const led = routes.filter(({ service }) => leadsTo(rule, service, base));
  const weighted = led.filter(({ weight }) => weight !== undefined);
  const shared: HttpRoute = {
    ...rule,
    name: weighted.map((route) => nameOf(route, SHARE)).join(AND),
    route: [...weighted.reduce<readonly Destination[]>((list, route) => share(list, route, base), rule.route ?? [])],
  };
  return [
    ...led.flatMap((route) => (route.matches ?? []).flatMap((match, i) => matchCopy(rule, route, match, i, base))),
    ...(weighted.length > 0 ? [shared] : []),
  ];
}

/** None where the path leaves the rule no requests. */
function matchCopy(rule: HttpRoute, route: Route, match: Match, index: number, base: VirtualService): HttpRoute[] {
  const narrowed = narrowRule(rule, match.path);
  // Without any match it would take every request.
  if (narrowed.length === 0) return [];
  return [
    {
      ...rule,
      name: nameOf(route, String(index + 1), match.path),
      match: narrowed.map(({ after }) => both(after, match)),
      route: rule.route!.map((from) =>
        isHostOf(from.destination.host, route.service, base)
          ? toTarget(from, route.to, route.requestHeaderModifier)
          : from,
      ),
    },
  ];
}

/** Each destination of the Service becomes two. */
function share(
  list: readonly Destination[],
  { service, to, weight, requestHeaderModifier }: Route,
  base: VirtualService,
): readonly Destination[] {
  const toCanary = (from: Destination) => toTarget(from, to, requestHeaderModifier);
  return divide(list, weight!, { ...targets(service, base, list), toCanary });
}

/** What the user's DestinationRule says of connections to the Service, for the canary's host. Its subsets stay: they are not asked for there. */
function canaryPolicy(base: DestinationRule, route: Route): Manifest[] {
  const host = hostOf(base.spec.host, route.to);
  if (route.warmUp || !isHostOf(base.spec.host, route.service, base) || host === base.spec.host) return [];
  const { apiVersion, kind, spec } = base;
  const { trafficPolicy, exportTo } = spec;
  const metadata = ourMetadata(base, route, objectNameOf(base, route));
  return [{ apiVersion, kind, metadata, spec: defined({ host, trafficPolicy, exportTo }) }];
}
