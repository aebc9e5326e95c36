import { type Match, problem, type Problem, type Route, type Surroundings, type ValueMatch } from '../core';
import {
  changedHeaders,
  type Condition,
  isRouteObject,
  type RouteMatch,
  type RouteObject,
  rulesTo,
} from './http-route';
import { MOST_WEIGHT } from './route-weights';

/** Conditions of one match, of each kind. */
const MOST_CONDITIONS = 16;

/** R12: what a base HTTPRoute leaves no room for. */
export function checkRouteBase(base: RouteObject, route: Route, around: Surroundings): Problem[] {
  const rules = rulesTo(base, route.service);
  const matches = rules.flatMap((rule) => rule.matches ?? [{}]);
  const neighbours = neighboursOf(base, route, around);
  return [
    ...(route.matches ?? []).flatMap((match) => [
      ...matches.flatMap((one) => checkConditions(one, match)),
      ...checkKind(base, match),
      ...checkNeighbours(neighbours, matches, match),
    ]),
    ...rules.flatMap(({ filters = [], backendRefs = [] }) =>
      checkModifier([filters, ...backendRefs.map((ref) => ref.filters ?? [])].flatMap(changedHeaders), route),
    ),
    ...(route.weight === undefined ? [] : checkWeights(base, route)),
  ];
}

/** A header that the base's rule decides on already cannot get a second condition: names are unique in a match. */
function checkConditions(one: RouteMatch, match: Match): Problem[] {
  return (['headers', 'queryParams'] as const).flatMap((kind) => {
    const [before, after] = [one[kind] ?? [], match[kind] ?? []];
    const names = before.map(({ name }) => fold(kind, name));
    const used = after.filter(({ name }) => names.includes(fold(kind, name))).map(({ name }) => name);
    const details = { allowed: `${kind} that the base's rules do not match on`, fix: 'match on another name' };
    const count = { allowed: `${MOST_CONDITIONS} of ${kind} in a match, the base's included` };
    return [
      ...(used.length > 0 ? [problem('base-unsuitable', `spec.rules.matches.${kind}`, used, details)] : []),
      ...(before.length + after.length > MOST_CONDITIONS
        ? [problem('base-unsuitable', `spec.rules.matches.${kind}`, before.length + after.length, count)]
        : []),
    ];
  });
}

function checkKind({ kind }: RouteObject, { queryParams = [] }: Match): Problem[] {
  if (kind !== 'GRPCRoute' || queryParams.length === 0) return [];
  return [
    problem('base-unsuitable', 'kind', kind, { allowed: 'headers only, on a GRPCRoute', fix: 'match on headers' }),
  ];
}

/** Matches that lead elsewhere on the same parents and hosts. Other bases of the routing have routes of their own. */
function neighboursOf(base: RouteObject, { service }: Route, { bases, others }: Surroundings): RouteMatch[] {
  const elsewhere = (object: RouteObject) => {
    const led = new Set(rulesTo(object, service));
    return (object.spec.rules ?? []).filter((rule) => !led.has(rule));
  };
  const beside = (object: RouteObject) => object.kind === base.kind && meet(object, base);
  return [
    ...elsewhere(base),
    ...bases.filter(isRouteObject).filter(beside).flatMap(elsewhere),
    ...others
      .filter(isRouteObject)
      .filter(beside)
      .flatMap(({ spec }) => spec.rules ?? []),
  ].flatMap(({ matches = [{}] }) => matches);
}

/** Whether two routes have a parent and a host in common. */
function meet(a: RouteObject, b: RouteObject): boolean {
  const parents = ({ metadata, spec }: RouteObject) =>
    ((spec.parentRefs ?? []) as ParentRef[]).map(({ kind = 'Gateway', namespace = metadata.namespace, name }) =>
      [kind, namespace, name].join('/'),
    );
  const hosts = ({ spec }: RouteObject) => (spec.hostnames ?? ['*']) as string[];
  const under = (host: string, other: string) =>
    other === '*' || host === other || (other.startsWith('*.') && host.endsWith(other.slice(1)));
  return (
    parents(a).some((parent) => parents(b).includes(parent)) &&
    hosts(a).some((host) => hosts(b).some((other) => under(host, other) || under(other, host)))
  );
}

interface ParentRef {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * The most conditions win among rules of one path. A rule that wins against the base's must not lose against ours: it
 * would lose requests.
 */
function checkNeighbours(neighbours: readonly RouteMatch[], own: readonly RouteMatch[], match: Match): Problem[] {
  const captured = neighbours.filter((other) =>
    own.some(
      (one) =>
        samePlace(one, other) &&
        wins(other, one) &&
        !wins(other, widened(one, match)) &&
        !apart(other, widened(one, match)),
    ),
  );
  if (captured.length === 0) return [];
  const details = {
    allowed: 'rules for other backends on the same path only with no more conditions than those for the Service',
    fix: 'give the other backend a path of its own, or match on fewer headers and query parameters',
  };
  return [problem('base-unsuitable', 'spec.rules', captured, details)];
}

function widened(one: RouteMatch, { headers = [], queryParams = [] }: Match): RouteMatch {
  return {
    ...one,
    headers: [...(one.headers ?? []), ...(headers as readonly Condition[])],
    queryParams: [...(one.queryParams ?? []), ...(queryParams as readonly Condition[])],
  };
}

function samePlace(a: RouteMatch, b: RouteMatch): boolean {
  const place = ({ path }: RouteMatch) => `${path?.type ?? 'PathPrefix'} ${path?.value ?? '/'}`;
  return place(a) === place(b);
}

/** Whether `a` precedes `b` on the same path: method, then headers, then query parameters. Of equals the base wins. */
function wins(a: RouteMatch, b: RouteMatch): boolean {
  const rank = ({ method, headers = [], queryParams = [] }: RouteMatch) => [
    method === undefined ? 0 : 1,
    headers.length,
    queryParams.length,
  ];
  const [x, y] = [rank(a), rank(b)];
  const place = x.findIndex((value, i) => value !== y[i]);
  return place === -1 || x[place]! > y[place]!;
}

/** Whether no request has both: one name with two exact values, or two methods. */
function apart(a: RouteMatch, b: RouteMatch): boolean {
  const differ = (kind: 'headers' | 'queryParams') =>
    (a[kind] ?? []).some((x) =>
      (b[kind] ?? []).some(
        (y) => isExact(x) && isExact(y) && fold(kind, x.name) === fold(kind, y.name) && x.value !== y.value,
      ),
    );
  const methods = typeof a.method === 'string' && typeof b.method === 'string' && a.method !== b.method;
  return methods || differ('headers') || differ('queryParams');
}

function checkModifier(
  changed: readonly string[],
  { requestHeaderModifier: { set = [], add = [], remove = [] } = {} }: Route,
): Problem[] {
  const names = [...set.map(({ name }) => name), ...add.map(({ name }) => name), ...remove];
  const twice = names.filter((name) => changed.includes(name.toLowerCase()));
  if (twice.length === 0) return [];
  const details = {
    allowed: "headers that the base's filters do not change",
    fix: 'change other headers, or leave these to the base',
  };
  return [problem('base-unsuitable', 'spec.rules.filters', twice, details)];
}

function checkWeights(base: RouteObject, { service }: Route): Problem[] {
  const weights = rulesTo(base, service).flatMap(({ backendRefs = [] }) => backendRefs.map(({ weight = 1 }) => weight));
  const large = weights.filter((weight) => weight > MOST_WEIGHT);
  const details = { allowed: `weights up to ${MOST_WEIGHT}`, fix: 'divide the weights of the rule by a common factor' };
  return large.length > 0 ? [problem('base-unsuitable', 'spec.rules.backendRefs.weight', large, details)] : [];
}

function isExact({ type = 'Exact' }: ValueMatch): boolean {
  return type === 'Exact';
}

function fold(kind: 'headers' | 'queryParams', name: string): string {
  return kind === 'headers' ? name.toLowerCase() : name;
}
