import {
  defined,
  type Gateway,
  isOurs,
  type Manifest,
  type Problem,
  problem,
  type Route,
  type RouteOwner,
} from '../core';
import { ENVOY_COMMANDS, NO_PERCENT } from './envoy';
import { objectNameOf, ownerLabels } from './owner';
import { divideWeight, scaleFor, shareOf } from './shares';
import {
  beyond,
  both,
  changedHeaders,
  COOKIE,
  type Destination,
  type DestinationRule,
  hostOf,
  type HttpMatch,
  type HttpRoute,
  isDestinationRule,
  isHostOf,
  isVirtualService,
  modifierBeyond,
  targetOf,
  toTarget,
  type VirtualService,
} from './virtual-service';

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
    paths: [],
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
  checkBase: (base, route) => (isVirtualService(base) ? checkRules(restore(base), route) : []),
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
    ...led.flatMap((route) => (route.matches ?? []).map((match, i) => matchCopy(rule, route, match, i, base))),
    ...(weighted.length > 0 ? [shared] : []),
  ];
}

function matchCopy(
  rule: HttpRoute,
  route: Route,
  match: NonNullable<Route['matches']>[number],
  index: number,
  base: VirtualService,
): HttpRoute {
  const matches: readonly HttpMatch[] = rule.match?.length ? rule.match : [{}];
  return {
    ...rule,
    name: nameOf(route, String(index + 1)),
    match: matches.map((one) => both(one, match)),
    route: rule.route!.map((from) =>
      isHostOf(from.destination.host, route.service, base)
        ? toTarget(from, route.to, route.requestHeaderModifier)
        : from,
    ),
  };
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

/** `graylane/lane/beta/a/1`: the owner, the Service whose requests it takes, and which of the route's rules it is. */
const OURS = 'graylane/';
const AND = '+';

interface RuleName {
  readonly owner: RouteOwner;
  readonly service: string;
  readonly part: string;
}

function nameOf({ owner, service }: Route, part: string): string {
  return OURS + ['lane' in owner ? `lane/${owner.lane}` : `rollout/${owner.rollout}`, service, part].join('/');
}

function parseNames(name: string): RuleName[] {
  return name.split(AND).map((one) => {
    const [kind, owner, service, part] = one.slice(OURS.length).split('/') as [string, string, string, string];
    return { owner: kind === 'lane' ? { lane: owner } : { rollout: owner }, service, part };
  });
}

function isNamedByUs({ name }: HttpRoute): boolean {
  return name?.startsWith(OURS) ?? false;
}

/** The first rule of each name tells what all of that name say; the base's follows it. */
function readRules(base: VirtualService): Route[] {
  const { http = [] } = base.spec;
  const routes = new Map<string, Route>();
  const seen = new Set<string>();
  http.forEach((rule, i) => {
    if (!isNamedByUs(rule) || seen.has(rule.name!)) return;
    seen.add(rule.name!);
    const before = http.slice(i).find((next) => !isNamedByUs(next))!;
    for (const name of parseNames(rule.name!)) {
      const key = `${JSON.stringify(name.owner)} ${name.service}`;
      const known = routes.get(key);
      const read = readRule(rule, before, name, base);
      const matches = [...(known?.matches ?? []), ...(read.matches ?? [])];
      routes.set(key, { ...known, ...read, ...(matches.length > 0 && { matches }) });
    }
  });
  return [...routes.values()];
}

function readRule(rule: HttpRoute, before: HttpRoute, { owner, service, part }: RuleName, base: VirtualService): Route {
  const place = rule.route!.findIndex(({ destination }) => isHostOf(destination.host, service, base));
  const from = before.route!.find(({ destination }) => isHostOf(destination.host, service, base))!;
  const share = part === 'weight';
  const at = share ? place + 1 : before.route!.indexOf(from);
  const to = rule.route![at]!;
  const requestHeaderModifier = modifierBeyond(to, from);
  return {
    owner,
    service,
    to: targetOf(to, service),
    ...(requestHeaderModifier && { requestHeaderModifier }),
    ...(share
      ? { weight: shareOf({ rest: rule.route![place]!.weight!, part: to.weight! }) }
      : { matches: [beyond(rule.match![0]!, before.match?.[0] ?? {})] }),
  };
}

function leadsTo({ route = [] }: HttpRoute, service: string, base: VirtualService): boolean {
  return route.some(({ destination }) => isHostOf(destination.host, service, base));
}

/** Names that the base's rules use already: a second condition or change under a name replaces the first. */
function checkRules(base: VirtualService, route: Route): Problem[] {
  const rules = (base.spec.http ?? []).filter((rule) => leadsTo(rule, route.service, base));
  const matches = rules.flatMap(({ match = [] }) => match);
  const conditions = matches.flatMap(({ headers, withoutHeaders, queryParams }) => [
    ...[...Object.keys(headers ?? {}), ...Object.keys(withoutHeaders ?? {})].map(
      (name) => `header ${name.toLowerCase()}`,
    ),
    ...Object.keys(queryParams ?? {}).map((name) => `query parameter ${name}`),
  ]);
  const changed = rules.flatMap((rule) => [rule, ...(rule.route ?? [])].flatMap(changedHeaders));
  const { set = [], add = [], remove = [] } = route.requestHeaderModifier ?? {};
  const changes = [...set.map(({ name }) => name), ...add.map(({ name }) => name), ...remove];
  return [
    ...(route.matches ?? []).flatMap((match) =>
      taken('spec.http.match', conditionNames(match), conditions, 'match on'),
    ),
    ...taken(
      'spec.http.headers',
      changes.map((name) => name.toLowerCase()),
      changed,
      'change',
    ),
  ];
}

/** A cookie is a condition on the header of all cookies. */
function conditionNames({
  headers = [],
  queryParams = [],
  cookies = [],
}: NonNullable<Route['matches']>[number]): string[] {
  return [
    ...headers.map(({ name }) => `header ${name.toLowerCase()}`),
    ...cookies.map(() => `header ${COOKIE}`),
    ...queryParams.map(({ name }) => `query parameter ${name}`),
  ];
}

function taken(path: string, names: readonly string[], others: readonly string[], what: string): Problem[] {
  const twice = names.filter((name, i) => others.includes(name) || names.indexOf(name) < i);
  if (twice.length === 0) return [];
  const details = {
    allowed: `names that the base's rules do not ${what}`,
    fix: 'use other names, or leave these to the base',
  };
  return [problem('base-unsuitable', path, twice, details)];
}
