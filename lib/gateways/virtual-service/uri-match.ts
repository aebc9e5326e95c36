import { intersectPaths, type Intersection, type PathMatch, withoutSlash } from '../../core';
import { anchored, escaped } from '../writing/pattern';
import type { HttpMatch, HttpRoute, StringMatch } from './virtual-service';

/** A match of a rule, and what a path leaves of it. */
export interface NarrowedMatch {
  readonly before: HttpMatch;
  /** The very match of the rule where the path takes nothing from it. */
  readonly after: HttpMatch;
}

/** Those of the rule's matches that the path leaves requests; all of them without a path. */
export function narrowRule(rule: HttpRoute, path: PathMatch | undefined): NarrowedMatch[] {
  return matchesOf(rule).flatMap((before) => {
    const after = path === undefined ? before : narrowMatch(before, path);
    return after === 'none' || after === 'unknown' ? [] : [{ before, after }];
  });
}

/** A rule without matches takes every request. */
export function matchesOf({ match = [] }: HttpRoute): readonly HttpMatch[] {
  return match.length > 0 ? match : [{}];
}

/** `unknown`: one condition cannot say what both take. */
export function narrowMatch(match: HttpMatch, path: PathMatch): HttpMatch | 'none' | 'unknown' {
  const { uri = {}, ignoreUriCase } = match;
  if (path.type === 'PathPrefix' && withoutSlash(path.value) === '') return match;
  // Paths of routes have a case, in whatever form they are written.
  if (ignoreUriCase) return 'unknown';
  const both = intersectUri(uri, path);
  if (both === 'none' || both === 'unknown') return both;
  return both === uri ? match : { ...match, uri: both };
}

function intersectUri(uri: StringMatch, path: PathMatch): StringMatch | 'none' | 'unknown' {
  const { exact, prefix = '/', regex } = uri;
  if (exact === undefined && regex === undefined) return intersectPrefix(uri, prefix, path);
  const own: PathMatch =
    regex === undefined ? { type: 'Exact', value: exact! } : { type: 'RegularExpression', value: regex };
  const both: Intersection = intersectPaths(own, path);
  if (both === 'none' || both === 'unknown') return both;
  return both === own ? uri : writeUri(both);
}

/** The prefix is one of characters: `/orders` takes `/orders-old` as well. */
function intersectPrefix(uri: StringMatch, prefix: string, path: PathMatch): StringMatch | 'none' | 'unknown' {
  if ('/'.startsWith(prefix)) return writeUri(path);
  if (path.type === 'RegularExpression') return 'unknown';
  if (path.type === 'PathPrefix' && prefix.startsWith(`${withoutSlash(path.value)}/`)) return uri;
  const begin = path.type === 'PathPrefix' ? withoutSlash(path.value) : path.value;
  return begin.startsWith(prefix) ? writeUri(path) : 'none';
}

/** Expressions are compared with the whole path, without its query. */
function writeUri({ type, value }: PathMatch): StringMatch {
  if (type === 'Exact') return { exact: value };
  if (type === 'PathPrefix') return { regex: `${escaped(withoutSlash(value))}(/.*)?` };
  return { regex: anchored(value) };
}
