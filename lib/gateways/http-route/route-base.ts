import { type Match, problem, type Problem, type Route, type Around } from '../../core';
import { changedHeaders, type RouteMatch, type HttpRouteObject, rulesTo } from './http-route';
import { checkNeighbours } from './route-neighbours';
import { checkPath } from './route-path-check';
import { narrowRules } from './route-paths';
import { fold } from './route-precedence';
import { MOST_WEIGHT } from './route-weights';

/** Conditions of one match, of each kind. */
const MOST_CONDITIONS = 16;

/** R12: what a base HTTPRoute leaves no room for. */
export function checkRouteBase(base: HttpRouteObject, route: Route, around: Around): Problem[] {
  return [
    ...(route.matches ?? []).flatMap((match) => checkMatch(base, route, match, around)),
    ...rulesTo(base, route.service).flatMap(({ filters = [], backendRefs = [] }) =>
      checkModifier([filters, ...backendRefs.map((ref) => ref.filters ?? [])].flatMap(changedHeaders), route),
    ),
    ...(route.weight === undefined ? [] : checkWeights(base, route)),
  ];
}

function checkMatch(base: HttpRouteObject, route: Route, match: Match, around: Around): Problem[] {
  const kind = checkKind(base, match);
  if (kind.length > 0) return kind;
  const narrowed = narrowRules(base, route.service, match.path);
  return [
    ...(match.path ? checkPath(rulesTo(base, route.service), narrowed, match, match.path) : []),
    ...narrowed.flatMap(({ matches }) => matches).flatMap(({ before }) => checkConditions(before, match)),
    ...checkNeighbours(base, route, match, around),
  ];
}

/** A header that the base's rule decides on already cannot get a second condition: names are unique in a match. */
function checkConditions(one: RouteMatch, match: Match): Problem[] {
  return (['headers', 'queryParams'] as const).flatMap((kind) => {
    const [before, after] = [one[kind] ?? [], match[kind] ?? []];
    const names = before.map(({ name }) => fold(kind, name));
    const used = after.filter(({ name }) => names.includes(fold(kind, name))).map(({ name }) => name);
    const details = { allowed: `${kind} that the base's rules do not match on`, fix: 'match on another name' };
    const count = { allowed: `${MOST_CONDITIONS} of ${kind} in a match, the base's included`, fix: 'match on fewer' };
    return [
      ...(used.length > 0 ? [problem('base-unsuitable', `spec.rules.matches.${kind}`, used, details)] : []),
      ...(before.length + after.length > MOST_CONDITIONS
        ? [problem('base-unsuitable', `spec.rules.matches.${kind}`, before.length + after.length, count)]
        : []),
    ];
  });
}

function checkKind({ kind }: HttpRouteObject, { path, queryParams = [] }: Match): Problem[] {
  if (kind !== 'GRPCRoute' || (path === undefined && queryParams.length === 0)) return [];
  return [
    problem('base-unsuitable', 'kind', kind, { allowed: 'headers only, on a GRPCRoute', fix: 'match on headers' }),
  ];
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

function checkWeights(base: HttpRouteObject, { service }: Route): Problem[] {
  const weights = rulesTo(base, service).flatMap(({ backendRefs = [] }) => backendRefs.map(({ weight = 1 }) => weight));
  const large = weights.filter((weight) => weight > MOST_WEIGHT);
  const details = { allowed: `weights up to ${MOST_WEIGHT}`, fix: 'divide the weights of the rule by a common factor' };
  return large.length > 0 ? [problem('base-unsuitable', 'spec.rules.backendRefs.weight', large, details)] : [];
}
