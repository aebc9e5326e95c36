import { defined, type Gateway, isOurs, type Manifest, type Match, type Route } from '../core';
import { ENVOY_COMMANDS, NO_PERCENT } from './envoy';
import { objectNameOf, ownerLabels } from './owner';
import { AND, isNamedByUs, nameOf } from './rule-name';
import { divideWeight, scaleFor } from './shares';
import { narrowRule } from './uri-match';
import {
  both,
  type Destination,
  type DestinationRule,
  hostOf,
  type HttpRoute,
  isDestinationRule,
  isHostOf,
  isVirtualService,
  leadsTo,
  toTarget,
  type VirtualService,
} from './virtual-service';
import { checkVirtualService } from './virtual-service-base';
import { readRules } from './virtual-service-routes';

/**
 * Istio, gateways and mesh: rules are tried in order, so that each of ours stands right before the base's rule that it
 * repeats. A host has one VirtualService in a mesh: ours have names by which they are found in the user's.
 */
export const istio: Gateway = {
  name: 'istio',
  bases: ['VirtualService', 'DestinationRule'],
  supports: {
    headers: ['Exact', 'RegularExpression'],
    headersPerMatch: 16,
    queryParams: ['Exact', 'RegularExpression'],
    queryParamsPerMatch: 16,
    cookies: ['Exact'],
    cookiesPerMatch: 1,
    paths: ['Exact', 'PathPrefix', 'RegularExpression'],
    mixedConditions: true,
    matches: 16,
    weight: true,
    weightWithMatches: true,
    requestHeaders: ['set', 'add', 'remove'],
    expressions: 'RE2',
    characters: { headerValue: NO_PERCENT, because: ENVOY_COMMANDS },
    routesToStable: true,
    // Proxies get clusters and endpoints before the routes to them.
    warmUp: false,
    routesPerBase: 16,
    backendService: 'ClusterIP',
  },
  write: (objects, routes) =>
    objects
      .filter((object) => !isOurs(object))
      .flatMap((object): Manifest[] => {
        if (isVirtualService(object)) return [writeRules(restore(object), routes)];
        return isDestinationRule(object)
          ? [object, ...routes.flatMap((route) => canaryPolicy(object, route))]
          : [object];
      }),
  read: (objects) => objects.filter(isVirtualService).flatMap(readRules),
  checkBase: (base, route) => (isVirtualService(base) ? checkVirtualService(restore(base), route) : []),
};

function writeRules(base: VirtualService, routes: readonly Route[]): VirtualService {
  const { http = [] } = base.spec;
  const written = http.flatMap((rule) => [...ruleCopies(rule, routes, base), rule]);
  return written.length === http.length ? base : { ...base, spec: { ...base.spec, http: written } };
}

/** The base without rules of ours. */
function restore(base: VirtualService): VirtualService {
  const { http = [] } = base.spec;
  const kept = http.filter((rule) => !isNamedByUs(rule));
  return kept.length === http.length ? base : { ...base, spec: { ...base.spec, http: kept } };
}

/** The rule with each match of the routes beside its own, then with the shares of those that match none. */
function ruleCopies(rule: HttpRoute, routes: readonly Route[], base: VirtualService): HttpRoute[] {
  const led = routes.filter(({ service }) => leadsTo(rule, service, base));
  const weighted = led.filter(({ weight }) => weight !== undefined);
  const shared: HttpRoute = {
    ...rule,
    name: weighted.map((route) => nameOf(route, 'weight')).join(AND),
    route: weighted.reduce((list, route) => divide(list, route, base), rule.route!),
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

/** Each destination of the Service becomes two; all others keep their share. */
function divide(
  list: readonly Destination[],
  { service, to, weight: share, requestHeaderModifier }: Route,
  base: VirtualService,
): Destination[] {
  // A single destination gets all, whatever its weight; of several those without a weight get nothing.
  const weightOf = ({ weight }: Destination) => weight ?? (list.length === 1 ? 100 : 0);
  const divided = list.filter(({ destination }) => isHostOf(destination.host, service, base));
  const scale = scaleFor(divided.map(weightOf), share!);
  return list.flatMap((from) => {
    const weight = weightOf(from) * scale;
    if (!divided.includes(from)) return [{ ...from, weight }];
    const { rest, part } = divideWeight(weight, share!);
    return [
      { ...from, weight: rest },
      { ...toTarget(from, to, requestHeaderModifier), weight: part },
    ];
  });
}

/** What the user's DestinationRule says of connections to the Service, for the canary's host. Its subsets stay: they are not asked for there. */
function canaryPolicy(base: DestinationRule, { owner, shared, service, to, warmUp }: Route): Manifest[] {
  const host = hostOf(base.spec.host, to);
  if (warmUp || !isHostOf(base.spec.host, service, base) || host === base.spec.host) return [];
  const { apiVersion, kind, metadata, spec } = base;
  const { trafficPolicy, exportTo } = spec;
  return [
    {
      apiVersion,
      kind,
      metadata: defined({
        name: objectNameOf(base, { owner, shared }),
        namespace: metadata.namespace,
        labels: ownerLabels(owner),
      }),
      spec: defined({ host, trafficPolicy, exportTo }),
    },
  ];
}
