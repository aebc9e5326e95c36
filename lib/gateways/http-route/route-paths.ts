import { type PathMatch, withoutSlash } from '../../core';
import { matchesOf, type RouteMatch, type HttpRouteObject, type RouteRule, rulesTo } from './http-route';
import { covers, intersectRoutePaths, pathOf, precedence } from './route-precedence';

/** A match of the base, and what a path leaves of it. */
export interface Narrowed {
  readonly before: RouteMatch;
  /** The very match of the base where the path takes nothing from it. */
  readonly after: RouteMatch;
}

/** A rule of the base with those of its matches that a path leaves requests. */
export interface NarrowedRule {
  readonly rule: RouteRule;
  readonly matches: readonly Narrowed[];
}

/** The base's rules to the Service as far as requests under the path reach them; all of them without a path. */
export function narrowRules(base: HttpRouteObject, service: string, path: PathMatch | undefined): NarrowedRule[] {
  const all = (base.spec.rules ?? []).flatMap((rule) => matchesOf(rule).map((match) => ({ rule, match })));
  const left = all.flatMap(({ rule, match: before }, i) => {
    if (path === undefined) return [{ rule, before, after: before }];
    const after = narrow(before, path);
    // With a longer path it could come before those that take its requests in the base.
    const taken = after && all.some(({ match }, j) => isBefore(match, before, j < i) && covers(match, after));
    return after && !taken ? [{ rule, before, after }] : [];
  });
  return rulesTo(base, service).flatMap((rule) => {
    const matches = left.filter((one) => one.rule === rule).map(({ before, after }) => ({ before, after }));
    return matches.length > 0 ? [{ rule, matches }] : [];
  });
}

function narrow(match: RouteMatch, path: PathMatch): RouteMatch | undefined {
  const own = pathOf(match);
  const both = intersectRoutePaths(own, path);
  if (both === 'none' || both === 'unknown') return undefined;
  if (both === own) return match;
  return { ...match, path: both.type === 'PathPrefix' ? { ...both, value: withoutSlash(both.value) || '/' } : both };
}

function isBefore(a: RouteMatch, b: RouteMatch, earlier: boolean): boolean {
  const rank = precedence(a, b);
  return rank !== undefined && (rank > 0 || (rank === 0 && earlier));
}
