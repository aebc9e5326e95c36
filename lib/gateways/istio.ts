import {
  type Around,
  baseName,
  type Caveat,
  defined,
  type Gateway,
  isHostOf,
  type Manifest,
  type Match,
  noteRoutes,
  type Problem,
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
  isVirtualService,
  toTarget,
  type VirtualService,
  virtualServiceKind,
  weightIn,
} from './virtual-service/virtual-service';
import {
  checkPolicies,
  checkSubsets,
  destinationRulesOf,
  isPattern,
  leadsToPods,
  ofItsPods,
  trafficPolicyFor,
  unknownSubsets,
} from './virtual-service/subsets';
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
  write: (base, routes, around): Manifest[] => {
    if (isVirtualService(base)) return writeVirtualService(restoreRules(base, around.writer), routes, around);
    if (!isDestinationRule(base)) return [base];
    const led = restoredIn(around.bases);
    return [base, ...routes.flatMap((route) => canaryPolicy(base, route, led, around))];
  },
  caveats: (base, { service, weight }) => {
    if (isVirtualService(base)) return connectionsTo(base, service);
    // Hashed within a cluster, after the choice among clusters.
    return weight !== undefined && hasField(base.spec, 'consistentHash') ? [DRAWN_FOR_EACH_REQUEST] : [];
  },
  assumes: (base, route, around) =>
    isVirtualService(base)
      ? unknownSubsets(route, base, rulesAround(route, base, around)).map(
          (name) =>
            `subset ${name} of Service ${route.service} is taken for its pods: no DestinationRule that is given says whose they are`,
        )
      : [],
  checks: (base, route, around) => (isVirtualService(base) ? checkBase(restoreRules(base), route, around) : []),
};

function checkBase(base: VirtualService, plain: Route, around: Around): Problem[] {
  const rules = rulesAround(plain, base, around);
  const route = ofItsPods(plain, base, rules);
  const foreign = checkSubsets(route, base);
  if (foreign.length > 0) return foreign;
  return [...checkVirtualService(base, route), ...checkPolicies(route, rules, base)];
}

/** With what the canary's host needs of DestinationRules that nobody names. */
function writeVirtualService(base: VirtualService, plain: readonly Route[], around: Around): Manifest[] {
  const routes = plain.map((route) => ofItsPods(route, base, rulesAround(route, base, around)));
  const bases = restoredIn(around.bases).filter((other) => baseName(other) !== baseName(base));
  const named = around.bases.map(baseName);
  // Of several bases to a Service one writes them.
  const others = (route: Route) => bases.filter((other) => leads(other, route));
  const first = (route: Route) => others(route).every(({ metadata }) => metadata.name! > base.metadata.name!);
  const policies = routes
    .filter((route) => leads(base, route) && first(route))
    .flatMap((route) =>
      rulesAround(route, base, around)
        .filter((rule) => !named.includes(baseName(rule)))
        .flatMap((rule) => canaryPolicy(rule, route, [base, ...others(route)], around)),
    );
  return [writeRules(base, routes), ...policies];
}

function restoredIn(bases: readonly Manifest[]): VirtualService[] {
  return bases.filter(isVirtualService).map((base) => restoreRules(base));
}

function rulesAround({ service }: Route, base: Manifest, { bases, others }: Around): DestinationRule[] {
  return destinationRulesOf(service, base, [...bases, ...others]);
}

function leads(base: VirtualService, route: Route): boolean {
  return (base.spec.http ?? []).some(({ route: to = [] }) => to.some((one) => leadsToPods(one, route, base)));
}

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
  const led = routes.filter((route) => rule.route?.some((one) => leadsToPods(one, route, base)));
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
        leadsToPods(from, route, base) ? toTarget(from, route.to, route.requestHeaderModifier) : from,
      ),
    },
  ];
}

/** Each destination of the Service becomes two. */
function share(list: readonly Destination[], route: Route, base: VirtualService): readonly Destination[] {
  return divide(list, route.weight!, {
    leads: (one) => leadsToPods(one, route, base),
    weightOf: weightIn(list),
    toCanary: (from) => toTarget(from, route.to, route.requestHeaderModifier),
  });
}

/** What the user's DestinationRule says of connections to the Service's pods, for the canary's host, which has no subsets. */
function canaryPolicy(
  rule: DestinationRule,
  route: Route,
  bases: readonly VirtualService[],
  around: Around,
): Manifest[] {
  const { apiVersion, kind, spec, metadata } = rule;
  const pattern = isPattern(spec.host);
  if (route.warmUp || !(pattern || isHostOf(spec.host, route.service, rule))) return [];
  // A pattern may find several Services.
  const named = pattern ? { ...rule, metadata: { ...metadata, name: `${metadata.name}-${route.service}` } } : rule;
  const host = hostOf(pattern ? route.service : spec.host, route.to);
  if (host === hostOf(pattern ? route.service : spec.host, 'stable')) return [];
  const rules = bases.flatMap((base) => rulesAround(route, base, around));
  const own = bases.map((base) => ofItsPods(route, base, [...rules, rule]));
  const trafficPolicy = trafficPolicyFor(own[0] ?? route, rule, bases);
  // Whose connections it is about.
  const { exportTo, workloadSelector } = spec;
  const written = ourMetadata(rule, route, objectNameOf(named, route));
  return [{ apiVersion, kind, metadata: written, spec: defined({ host, trafficPolicy, exportTo, workloadSelector }) }];
}
