import { type Match, problem, type Problem, type Route, type Around } from '../../core';
import { isRouteObject, matchesOf, type HttpRouteObject, type RouteRule, rulesTo, withConditions } from './http-route';
import { type Narrowed, narrowRules } from './route-paths';
import { disjoint, precedence } from './route-precedence';

/**
 * R12: what takes a request before a match of the base does, must take it before our copy of that match as well. Else a
 * rule for another backend would lose requests, and another rule of the Service would treat them.
 */
export function checkNeighbours(base: HttpRouteObject, route: Route, match: Match, around: Around): Problem[] {
  const own = copiesOf(base, route, match);
  const neighbours = neighboursOf(base, route, around);
  const otherBases = besides(base, around.bases).flatMap((other) => copiesOf(other, route, match));
  const captured = own.flatMap((copy, i) => [
    // Of equals the base's own wins: it is older.
    ...neighbours.filter((other) => captures(copy, other, 1)),
    ...own.filter((other, j) => other.rule !== copy.rule && captures(copy, other, i - j)),
    ...otherBases.filter((other) => captures(copy, other, 0)),
  ]);
  if (captured.length === 0) return [];
  const given = [...new Set(captured.map(({ before }) => before))];
  return [problem('base-unsuitable', 'spec.rules', given, match.path ? OF_PATHS : OF_CONDITIONS)];
}

const OF_CONDITIONS = {
  allowed: 'rules for other backends on the same path only with no more conditions than those for the Service',
  fix: 'give the other backend a path of its own, or match on fewer headers and query parameters',
};
const OF_PATHS = {
  allowed: 'a path that leaves the order of the rules as it is: longer and exact paths come before all others',
  fix: 'match on a path under which one rule alone leads to the Service, or on headers only',
};

/** A match of the base's for the Service with our copy of it, or one beside it, which stays as it is. */
interface Copied extends Narrowed {
  readonly rule?: RouteRule;
}

function copiesOf(base: HttpRouteObject, { service }: Route, match: Match): Copied[] {
  return narrowRules(base, service, match.path).flatMap(({ rule, matches }) =>
    matches.map(({ before, after }) => ({ rule, before, after: withConditions(after, match) })),
  );
}

/** Matches that lead elsewhere on the same parents and hosts. Other bases of the routing have routes of their own. */
function neighboursOf(base: HttpRouteObject, { service }: Route, { bases, others }: Around): Copied[] {
  const elsewhere = (object: HttpRouteObject) => {
    const led = new Set(rulesTo(object, service));
    return (object.spec.rules ?? []).filter((rule) => !led.has(rule));
  };
  const rules = [
    ...[base, ...besides(base, bases)].flatMap(elsewhere),
    ...besides(base, others).flatMap(({ spec }) => spec.rules ?? []),
  ];
  return rules.flatMap(matchesOf).map((match) => ({ before: match, after: match }));
}

/** Those that have a parent and a host in common with the base. */
function besides(base: HttpRouteObject, objects: Around['bases']): HttpRouteObject[] {
  return objects.filter(isRouteObject).filter((object) => object.kind === base.kind && meet(object, base));
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

/** Whether two routes have a parent and a host in common. */
function meet(a: HttpRouteObject, b: HttpRouteObject): boolean {
  const parents = ({ metadata, spec }: HttpRouteObject) =>
    (spec.parentRefs ?? []).map(({ kind = 'Gateway', namespace = metadata.namespace, name }) =>
      [kind, namespace, name].join('/'),
    );
  const hosts = ({ spec }: HttpRouteObject) => spec.hostnames ?? ['*'];
  const under = (host: string, other: string) =>
    other === '*' || host === other || (other.startsWith('*.') && host.endsWith(other.slice(1)));
  return (
    parents(a).some((parent) => parents(b).includes(parent)) &&
    hosts(a).some((host) => hosts(b).some((other) => under(host, other) || under(other, host)))
  );
}
