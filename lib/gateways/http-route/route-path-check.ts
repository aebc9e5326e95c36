import { type Match, type PathMatch, problem, type Problem } from '../../core';
import { matchesOf, type RouteFilter, type RouteRule } from './http-route';
import type { NarrowedRule } from './route-paths';
import { intersectRoutePaths, pathOf } from './route-precedence';

const AT = 'spec.rules.matches.path';

/**
 * R12: a path of a route that has no place beside those of the base.
 * @param rules those of the base that lead to the Service
 * @param narrowed what the path leaves of them
 */
export function checkPath(
  rules: readonly RouteRule[],
  narrowed: readonly NarrowedRule[],
  match: Match,
  path: PathMatch,
): Problem[] {
  const refused = [...checkWritable(path), ...checkExpressions(rules, path)];
  if (refused.length > 0) return refused;
  if (rules.length > 0 && narrowed.length === 0) return [nothingLeft(rules, match, path)];
  return [...checkMore(narrowed, match), ...checkRewrites(narrowed)];
}

/** What the CRD takes as a path. */
const VALID = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/;
const INVALID = /\/\/|\/\.{1,2}(\/|$)|%2f/i;

function checkWritable({ value }: PathMatch): Problem[] {
  if (VALID.test(value) && !INVALID.test(value)) return [];
  const allowed =
    "a path of an HTTPRoute: letters, digits, escapes such as %20 and -/._~!$&'()*+,;=:@, without //, /./, /../, %2F";
  return [problem('gateway-unsupported', AT, value, { allowed, fix: 'write such a path' })];
}

function checkExpressions(rules: readonly RouteRule[], path: PathMatch): Problem[] {
  const unknown = pathsIn(rules).filter((own) => intersectRoutePaths(own, path) === 'unknown');
  if (unknown.length === 0) return [];
  const allowed = 'an exact path that the expressions of the base take as a whole, or not at all';
  const fix = 'match on one that they take as a whole, or on headers only';
  return [problem('base-unsuitable', AT, [words(path), ...unknown.map(words)], { allowed, fix })];
}

function nothingLeft(rules: readonly RouteRule[], match: Match, path: PathMatch): Problem {
  const paths = pathsIn(rules);
  const all = [...new Set(paths.map(words))];
  const allowed = `paths that the base leads to the Service: ${all.join(', ')}, without those that other rules take before`;
  const has = (type: PathMatch['type']) => paths.some((own) => own.type === type);
  const ways = [
    ...(has('Exact') || has('PathPrefix')
      ? [
          `one of these${has('RegularExpression') ? ' that is no expression' : ''}${hasConditions(match) ? '' : ' and on a header'}`,
        ]
      : []),
    ...(has('PathPrefix') ? ['a path below a prefix'] : []),
    ...(has('RegularExpression') ? ['an exact path that an expression takes as a whole'] : []),
  ];
  return problem('base-unsuitable', AT, words(path), { allowed, fix: `match on ${ways.join(', or on ')}` });
}

/** Of two equal matches the base's wins: it is older. */
function checkMore(narrowed: readonly NarrowedRule[], match: Match): Problem[] {
  if (hasConditions(match)) return [];
  const equal = narrowed.flatMap(({ matches }) => matches).filter(({ before, after }) => before === after);
  if (equal.length === 0) return [];
  const allowed = "a path below the base's, or a condition beside the path: of equal rules the base's wins";
  const paths = equal.map(({ before }) => pathOf(before));
  const longer = paths.every(({ type }) => type === 'PathPrefix') ? 'on a longer path, or ' : '';
  const fix = `match ${longer}on a header as well, or use a weight`;
  return [problem('base-unsuitable', AT, paths.map(words), { allowed, fix })];
}

/** `ReplacePrefixMatch` replaces what the match says: with a longer prefix, more. */
function checkRewrites(narrowed: readonly NarrowedRule[]): Problem[] {
  const rewritten = narrowed.filter(
    ({ rule, matches }) => replacesPrefix(rule) && matches.some(({ before, after }) => before !== after),
  );
  if (rewritten.length === 0) return [];
  const allowed = "the base's own paths, where a filter replaces their prefix";
  const fix = "match on headers without the path or with the base's, or use ReplaceFullPath";
  return [
    problem('base-unsuitable', 'spec.rules.filters', pathsIn(rewritten.map(({ rule }) => rule)).map(words), {
      allowed,
      fix,
    }),
  ];
}

function hasConditions({ headers = [], queryParams = [] }: Match): boolean {
  return headers.length + queryParams.length > 0;
}

function replacesPrefix({ filters = [], backendRefs = [] }: RouteRule): boolean {
  return [...filters, ...backendRefs.flatMap((ref) => ref.filters ?? [])].some(
    ({ urlRewrite, requestRedirect }: RouteFilter) =>
      [urlRewrite, requestRedirect].some((change) => change?.path?.type === 'ReplacePrefixMatch'),
  );
}

function pathsIn(rules: readonly RouteRule[]): PathMatch[] {
  return rules.flatMap(matchesOf).map(pathOf);
}

function words({ type, value }: PathMatch): string {
  return `${type} ${value}`;
}
