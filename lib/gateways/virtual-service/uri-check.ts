import { type PathMatch, problem, type Problem } from '../../core';
import { matchesOf, narrowMatch, narrowRule } from './uri-match';
import type { HttpMatch, HttpRoute } from './virtual-service';

const AT = 'spec.http.match.uri';

/** R12: a path of a route that has no place beside those of the rules to the Service. */
export function checkUri(rules: readonly HttpRoute[], path: PathMatch): Problem[] {
  const unknown = rules.flatMap(matchesOf).filter((match) => narrowMatch(match, path) === 'unknown');
  if (unknown.length > 0) return [notSayable(unknown, path)];
  const narrowed = rules.map((rule) => ({ rule, matches: narrowRule(rule, path) }));
  if (rules.length > 0 && narrowed.every(({ matches }) => matches.length === 0)) return [nothingLeft(rules, path)];
  const rewritten = narrowed.filter(
    ({ rule, matches }) =>
      rule.rewrite?.uri !== undefined && matches.some(({ before, after }) => before.uri !== after.uri),
  );
  return rewritten.length > 0 ? [rewriteChanged(rewritten.map(({ rule }) => rule))] : [];
}

function notSayable(unknown: readonly HttpMatch[], path: PathMatch): Problem {
  const allowed =
    'a path that one condition can say together with that of the rule: an exact one beside an expression, case and all';
  const exact = { type: 'Exact', value: '/x' } as const;
  const ways = [
    ...(unknown.some((match) => narrowMatch(match, exact) === 'unknown')
      ? []
      : ['match on an exact path that the rule takes']),
    'match on headers only',
    ...(path.type === 'RegularExpression'
      ? []
      : ['write the rule with an exact path or a prefix, and without ignoreUriCase']),
  ];
  return problem('base-unsuitable', AT, [path, ...unknown.map(uriOf)], { allowed, fix: ways.join(', or ') });
}

function nothingLeft(rules: readonly HttpRoute[], path: PathMatch): Problem {
  const uris = rules.flatMap(matchesOf).map(uriOf);
  const paths = new Set(uris.map((uri) => JSON.stringify(uri)));
  const allowed = `paths that the base leads to the Service: ${[...paths].join(', ')}`;
  const below = uris.some((uri) => 'prefix' in uri) ? ', or on a path below a prefix' : '';
  return problem('base-unsuitable', AT, path, { allowed, fix: `match on one of them${below}` });
}

/** A rewrite replaces what the match says: of a prefix the prefix, of an expression all of the path. */
function rewriteChanged(rules: readonly HttpRoute[]): Problem {
  const allowed = "the base's own paths, where the rule rewrites them";
  const fix = "match on headers, or on the base's own path, or use rewrite.uriRegexRewrite";
  return problem(
    'base-unsuitable',
    'spec.http.rewrite.uri',
    rules.map(({ rewrite }) => rewrite!.uri),
    { allowed, fix },
  );
}

function uriOf({ uri = { prefix: '/' }, ignoreUriCase }: HttpMatch): object {
  return { ...uri, ...(ignoreUriCase && { ignoreUriCase }) };
}
