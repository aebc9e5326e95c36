import { type Match, objectName, problem, type Problem, type Route, type Around, withoutSlash } from '../../core';
import { isRouteObject, matchesOf, type HttpRouteObject, type RouteRule, rulesTo, withConditions } from './http-route';
import { type Narrowed, narrowRules } from './route-paths';
import { meets } from './route-places';
import { disjoint, pathOf, precedence } from './route-precedence';

/**
 * R12: what takes a request before a match of the base does, must take it before our copy of that match as well. Else a
 * rule for another backend would lose requests, and another rule of the Service would treat them.
 */
export function checkNeighbours(base: HttpRouteObject, route: Route, match: Match, around: Around): Problem[] {
  const captured = capturedBy(base, route, match, around);
  if (captured.length === 0) return [];
  const given = [...new Set(captured.map(nameOf))];
  const allowed = match.path ? OF_PATHS : OF_CONDITIONS;
  const free = (other: Match) => capturedBy(base, route, other, around).length === 0;
  const apart = captured.some(({ object }) => object !== base) ? [APART] : match.path ? [] : [onItsOwn(base)];
  const ways = [
    ...apart,
    ...otherMatches(base, route, match).flatMap(([words, ...tried]) => (tried.some(free) ? [words] : [])),
  ];
  const fix = (ways.length > 0 ? ways : ['route by a weight instead']).join(', or ');
  return [problem('base-unsuitable', 'spec.rules', given, { allowed, fix })];
}

const OF_CONDITIONS =
  'rules for other backends on the same path only with no more conditions than those for the Service';
const OF_PATHS = 'a path that leaves the order of the rules as it is: longer and exact paths come before all others';
const APART = 'keep the routes apart by hostnames, or by sectionName or port of parentRefs';

function onItsOwn({ kind }: HttpRouteObject): string {
  return `give the other backend ${kind === 'GRPCRoute' ? 'methods' : 'a path'} of its own`;
}

/** No more than what any match of its kind takes: a condition under a name that nobody has. */
const SOME = [{ name: 'x-graylane', value: 'x' }];

/** Matches that may be in nobody's way, in words. */
function otherMatches(base: HttpRouteObject, { service }: Route, match: Match): [words: string, ...tried: Match[]][] {
  const { path, headers = [], queryParams = [] } = match;
  const conditions = { headers, queryParams };
  if (path === undefined) {
    return [
      ['match on one header', { headers: SOME }],
      ...(base.kind === 'GRPCRoute'
        ? []
        : [['match on one query parameter', { queryParams: SOME }] as [string, Match]]),
    ];
  }
  const prefixes = rulesTo(base, service)
    .flatMap(matchesOf)
    .map(pathOf)
    .filter(({ type }) => type === 'PathPrefix');
  const below = (type: 'Exact' | 'PathPrefix') =>
    prefixes.map(({ value }): Match => ({ ...conditions, path: { type, value: `${withoutSlash(value)}/x-graylane` } }));
  return [
    headers.length + queryParams.length > 0
      ? ['match without the path', conditions]
      : ['match on a header instead of the path', { headers: SOME }],
    [
      'match on a path that no other rule takes, an exact one beside expressions',
      ...below('PathPrefix'),
      ...below('Exact'),
    ],
  ];
}

function capturedBy(base: HttpRouteObject, route: Route, match: Match, around: Around): Copied[] {
  const own = copiesOf(base, route, match);
  const neighbours = neighboursOf(base, route, around);
  const otherBases = besides(base, around.bases, around).flatMap((other) => copiesOf(other, route, match));
  return own.flatMap((copy, i) => [
    // Of equals the base's own wins: it is older.
    ...neighbours.filter((other) => captures(copy, other, 1)),
    ...own.filter((other, j) => other.rule !== copy.rule && captures(copy, other, i - j)),
    ...otherBases.filter((other) => captures(copy, other, 0)),
  ]);
}

/** `HTTPRoute shop/redirect: Exact /orders, GET, header x-tenant`. */
function nameOf({ object, before }: Copied): string {
  const { type, value } = pathOf(before);
  const { method, headers = [], queryParams = [] } = before;
  const conditions = [
    ...(object.kind === 'GRPCRoute' ? [] : [`${type} ${value}`]),
    ...(method === undefined ? [] : [typeof method === 'string' ? method : JSON.stringify(method)]),
    ...headers.map(({ name }) => `header ${name}`),
    ...queryParams.map(({ name }) => `query parameter ${name}`),
  ];
  return `${objectName(object)}: ${conditions.join(', ') || 'every call'}`;
}

/** A match of the base's for the Service with our copy of it, or one beside it, which stays as it is. */
interface Copied extends Narrowed {
  readonly object: HttpRouteObject;
  readonly rule?: RouteRule;
}

function copiesOf(base: HttpRouteObject, { service }: Route, match: Match): Copied[] {
  return narrowRules(base, service, match.path).flatMap(({ rule, matches }) =>
    matches.map(({ before, after }) => ({ object: base, rule, before, after: withConditions(after, match) })),
  );
}

/** Matches that lead elsewhere on the same parents and hosts. Other bases of the routing have routes of their own. */
function neighboursOf(base: HttpRouteObject, { service }: Route, around: Around): Copied[] {
  const elsewhere = (object: HttpRouteObject) => {
    const led = new Set(rulesTo(object, service));
    return matchesIn(
      object,
      (object.spec.rules ?? []).filter((rule) => !led.has(rule)),
    );
  };
  return [
    ...[base, ...besides(base, around.bases, around)].flatMap(elsewhere),
    ...besides(base, around.others, around).flatMap((object) => matchesIn(object, object.spec.rules ?? [])),
  ];
}

function matchesIn(object: HttpRouteObject, rules: readonly RouteRule[]): Copied[] {
  return rules.flatMap(matchesOf).map((match) => ({ object, before: match, after: match }));
}

/** Those of which paths and conditions decide, and not the host or the listener. */
function besides(base: HttpRouteObject, objects: Around['bases'], { others }: Around): HttpRouteObject[] {
  const isNear = meets(base, others);
  return objects.filter(isRouteObject).filter((object) => object.kind === base.kind && isNear(object));
}

/** Whether our copy takes requests before the other one that the other one took first. `tie` decides between equals: above 0 for the other one. */
function captures(copy: Copied, other: Copied, tie: number): boolean {
  if (disjoint(other.after, copy.after)) return false;
  const before = precedence(other.before, copy.before);
  const after = precedence(other.after, copy.after);
  if (before === undefined || after === undefined) return isNarrower(copy) || isNarrower(other);
  const [first, now] = [Math.sign(before || tie), Math.sign(after || tie)];
  return first >= 0 && now < first;
}

function isNarrower({ before, after }: Narrowed): boolean {
  return before.path !== after.path;
}
