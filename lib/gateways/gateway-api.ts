import {
  defined,
  digest,
  type Gateway,
  type HeaderModifier,
  isOurs,
  type Manifest,
  type Match,
  type Route,
  type RouteTarget,
} from '../core';
import { checkRouteBase } from './route-base';
import {
  addedModifier,
  addModifier,
  type BackendRef,
  isRouteObject,
  leadsTo,
  readConditionOf,
  type RouteMatch,
  type RouteObject,
  type RouteRule,
  rulesTo,
  serviceOf,
  writeConditionOf,
} from './http-route';
import { groupByOwner, objectNameOf, objectsOf, ownerLabels, ownerOf, sideName } from './owner';
import { readWeights, restoreWeights, writeWeights } from './route-weights';

/** Limits of one HTTPRoute: rules, and matches in all of them. A rule's own 64 matches are the base's. */
const MOST_RULES = 16;
const MOST_MATCHES = 128;

/** On our route: the Service whose requests it takes. */
const SERVICE = 'graylane.io/service';
const WARM_UP = 'warm-up';

/**
 * Gateway API: matches as an HTTPRoute of our own, which repeats the base's rules with more conditions and so precedes
 * them for those requests only; a weight in the base's rules. Gateways and meshes (GAMMA) alike.
 */
export const gatewayApi: Gateway = {
  name: 'gateway-api',
  bases: ['HTTPRoute', 'GRPCRoute'],
  supports: {
    headers: ['Exact', 'RegularExpression'],
    headersPerMatch: 16,
    queryParams: ['Exact', 'RegularExpression'],
    queryParamsPerMatch: 16,
    cookies: [],
    cookiesPerMatch: 0,
    paths: [],
    mixedConditions: true,
    matches: 16,
    weight: true,
    weightWithMatches: true,
    requestHeaders: ['set', 'add', 'remove'],
    // Of the implementations most read RE2, and an expression must work on all of them.
    expressions: 'RE2',
    routesToStable: true,
    // A route may reach the proxy before the backend that it leads to.
    warmUp: true,
    routesPerBase: 16,
    backendService: 'ClusterIP',
  },
  write: (objects, routes) =>
    objects
      .filter((object) => !isOurs(object))
      .flatMap((object) => (isRouteObject(object) ? writeBase(restoreWeights(object), routes) : [object])),
  read: (objects) => {
    const ours = objects.filter(isRouteObject).filter(isOurs);
    const bases = objects.filter(isRouteObject).filter((object) => !isOurs(object));
    const routes = bases.flatMap((base) => readBase(base, ours));
    return [...new Map(routes.map((route) => [digest(route), route])).values()];
  },
  checkBase: (base, route, around) => (isRouteObject(base) ? checkRouteBase(restoreWeights(base), route, around) : []),
};

function writeBase(base: RouteObject, routes: readonly Route[]): Manifest[] {
  const ours = routes.flatMap((route) => (route.warmUp ? warmUp(base, route) : matchRoutes(base, route)));
  return [writeWeights(base, routes), ...ours];
}

/** Every rule that leads to the Service, once for each match of the route. */
function matchRoutes(base: RouteObject, route: Route): RouteObject[] {
  const rules = rulesTo(base, route.service);
  const added = (route.matches ?? []).flatMap((match) => rules.map((rule) => addConditions(rule, match, route, base)));
  return chunks(added).map((chunk, i) => ourRoute(base, route, objectNameOf(base, route, i), chunk));
}

function addConditions(rule: RouteRule, match: Match, route: Route, base: RouteObject): RouteRule {
  // Names of rules are unique in a route; ours would repeat them for each match.
  const { name: _, matches = [], filters = [], backendRefs = [], ...others } = rule;
  const modifier = route.requestHeaderModifier;
  // Requests that the rule sends elsewhere stay unchanged. Few implementations know filters of a backend, all of a rule.
  const mixed = backendRefs.some((ref) => !leadsTo(ref, route.service, base));
  const changed = addModifier(filters, mixed ? undefined : modifier);
  return {
    ...others,
    // A rule without matches takes every request.
    matches: (matches.length > 0 ? matches : [{}]).map((one) => both(one, match)),
    ...(changed.length > 0 && { filters: changed }),
    backendRefs: backendRefs.map((ref) =>
      leadsTo(ref, route.service, base) ? toCanary(ref, route, mixed ? modifier : undefined) : ref,
    ),
  };
}

function toCanary(ref: BackendRef, { to, service }: Route, modifier: HeaderModifier | undefined): BackendRef {
  const filters = addModifier(ref.filters ?? [], modifier);
  return { ...ref, name: serviceOf(to, service), ...(filters.length > 0 && { filters }) };
}

function both(one: RouteMatch, { headers = [], queryParams = [] }: Match): RouteMatch {
  return {
    ...one,
    ...((one.headers ?? headers.length > 0) && { headers: [...(one.headers ?? []), ...headers.map(writeConditionOf)] }),
    ...((one.queryParams ?? queryParams.length > 0) && {
      queryParams: [...(one.queryParams ?? []), ...queryParams.map(writeConditionOf)],
    }),
  };
}

/** A route over the base's parents and hosts that no client's request takes: the gateway gets to know the backend. */
function warmUp(base: RouteObject, route: Route): RouteObject[] {
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
  return [ourRoute(base, route, sideName(base, route, WARM_UP), rules)];
}

function ourRoute(
  base: RouteObject,
  { owner, service }: Route,
  name: string,
  rules: readonly RouteRule[],
): RouteObject {
  const { apiVersion, kind, metadata, spec } = base;
  const { parentRefs, hostnames } = spec;
  return {
    apiVersion,
    kind,
    metadata: defined({
      name,
      namespace: metadata.namespace,
      labels: ownerLabels(owner),
      annotations: { [SERVICE]: service },
    }),
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

function readBase(written: RouteObject, ours: readonly RouteObject[]): Route[] {
  const base = restoreWeights(written);
  const weights = readWeights(written);
  const groups = groupByOwner(ours);
  const matching = groups.flatMap((group) => readMatches(base, group));
  const owners = new Set([...weights, ...matching].map(({ owner }) => digest(owner)));
  const joined = [...owners].map((key) => {
    const parts = [...matching, ...weights].filter(({ owner }) => digest(owner) === key);
    return Object.assign({}, ...parts) as Route;
  });
  return [...groups.flatMap((group) => readWarmUp(base, group)), ...joined];
}

function readMatches(base: RouteObject, group: readonly RouteObject[]): Route[] {
  const own = objectsOf(base, group);
  if (own === undefined) return [];
  const service = serviceTaken(own.objects[0]!);
  const rules = rulesTo(base, service);
  const added = own.objects.flatMap(({ spec }) => spec.rules ?? []);
  const firsts = added.filter((_, i) => i % rules.length === 0);
  return [
    {
      ...defined({ owner: own.owner, shared: own.shared || undefined }),
      ...readTarget(base, added[0]!, rules[0]!, service),
      service,
      matches: firsts.map((rule) => conditionsBeyond(rule.matches![0]!, rules[0]!.matches?.[0] ?? {})),
    },
  ];
}

function conditionsBeyond(after: RouteMatch, before: RouteMatch): Match {
  const beyond = (kind: 'headers' | 'queryParams') => {
    const list = (after[kind] ?? []).slice(before[kind]?.length ?? 0).map(readConditionOf);
    return list.length > 0 ? list : undefined;
  };
  return defined({ headers: beyond('headers'), queryParams: beyond('queryParams') });
}

function readWarmUp(base: RouteObject, group: readonly RouteObject[]): Route[] {
  const owner = ownerOf(group[0]!);
  return [false, true].flatMap((shared) => {
    const found = group.find(({ metadata }) => metadata.name === sideName(base, { owner, shared }, WARM_UP));
    if (found === undefined) return [];
    const service = serviceTaken(found);
    const name = found.spec.rules![0]!.backendRefs![0]!.name;
    const to: RouteTarget = name === service ? 'stable' : { service: name };
    return [{ owner, service, to, warmUp: true, ...(shared && { shared }) }];
  });
}

/** Where the first rule leads, and what it or its backend changes of the headers. */
function readTarget(
  base: RouteObject,
  after: RouteRule,
  before: RouteRule,
  service: string,
): Pick<Route, 'to' | 'requestHeaderModifier'> {
  const place = before.backendRefs!.findIndex((ref) => leadsTo(ref, service, base));
  const [to, from] = [after.backendRefs![place]!, before.backendRefs![place]!];
  const requestHeaderModifier =
    addedModifier(after.filters ?? [], before.filters ?? []) ?? addedModifier(to.filters ?? [], from.filters ?? []);
  return {
    to: to.name === service ? 'stable' : { service: to.name },
    ...(requestHeaderModifier && { requestHeaderModifier }),
  };
}

function serviceTaken({ metadata }: RouteObject): string {
  return metadata.annotations?.[SERVICE] ?? '';
}
