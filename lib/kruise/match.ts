import { defined, type Match, type PathMatch, type Problem, type ValueMatch } from '../core';
import { lostIf, refusedIf } from './errors';
import { asCompared, asWhole, type Comparison, searchedIn } from './expression';
import type { KruiseMatch, KruiseVersion } from './schema';

/** Kruise writes a cookie as a header of this name, whose value is the cookie's name. */
const COOKIE_HEADER = 'canary-by-cookie';
/** The only value of a cookie that Kruise's gateways look for. */
const COOKIE_VALUE = 'always';

/** Our matches, from Kruise's. */
export function parseMatch({ path, headers = [], queryParams }: KruiseMatch, comparison: Comparison): Match {
  const cookies = headers.filter(isCookie).map(({ name: _, value: name, ...rest }) => ({
    ...rest,
    name,
    value: COOKIE_VALUE,
  }));
  const others = headers.filter((header) => !isCookie(header)).map((header) => asWhole(header, comparison));
  return defined({
    // The defaults are those of Gateway API's HTTPPathMatch.
    path: path && ({ type: path.type ?? 'PathPrefix', value: path.value ?? '/' } as PathMatch),
    headers: others.length > 0 ? (others as ValueMatch[]) : undefined,
    queryParams: queryParams?.map((query) => asWhole(query, comparison)) as ValueMatch[] | undefined,
    cookies: cookies.length > 0 ? (cookies as ValueMatch[]) : undefined,
  });
}

/**
 * A cookie condition is no comparison: it has no other type than an exact one. An expression that some of the routing's
 * objects search for, and others compare, takes other requests on each of them.
 */
export function checkParsedMatch(match: KruiseMatch, path: string, comparison: Comparison): Problem[] {
  const allowed = '"Exact" for a cookie';
  const unlike = comparison === 'both' ? searchedIn(match, path) : [];
  return [
    ...(match.headers ?? []).flatMap((header, i) => {
      const compared = isCookie(header) && (header.type ?? 'Exact') !== 'Exact';
      return refusedIf(compared, `${path}.headers[${i}].type`, header.type, { allowed });
    }),
    ...unlike.flatMap(({ path: at, given, whole }) => refusedIf(true, at, given, anchoring(given, whole))),
  ];
}

function anchoring(given: string, whole: string) {
  return {
    allowed: 'an expression for the whole value: an Ingress searches for it anywhere, other objects compare all of it',
    fix: `write ^(?:${given})$ for the whole value, or ${whole} for anywhere in it`,
  };
}

/** Kruise's matches, from ours. */
export function printMatch(
  { path, headers = [], queryParams, cookies = [] }: Match,
  comparison: Comparison,
): KruiseMatch {
  const all = [
    ...headers.map((header) => asCompared(header, comparison)),
    ...cookies.map(({ name, value: _, ...rest }) => ({ ...rest, name: COOKIE_HEADER, value: name })),
  ];
  return defined({
    path: path && { ...path },
    headers: all.length > 0 ? all : undefined,
    queryParams: queryParams?.map((query) => asCompared(query, comparison)),
  });
}

/** What of a match would be lost: in a TrafficRouting, and in Rollouts of v1alpha1, paths and query parameters as well. */
export function lostOfMatch(match: Match, path: string, of: 'TrafficRouting' | KruiseVersion): Problem[] {
  const { headers = [], queryParams, cookies = [] } = match;
  const lost = (is: unknown, field: string, given: unknown, allowed: string, fix?: string) =>
    lostIf(is, `${path}.${field}`, given, defined({ allowed, fix }));
  const headersOnly = of !== 'v1beta1';
  const old = of === 'TrafficRouting' ? 'headers and cookies in a TrafficRouting' : `headers and cookies in ${of}`;
  const newer =
    of === 'TrafficRouting'
      ? undefined
      : 'print it in v1beta1 (export --api v1beta1, delivery kruise/v1beta1), or remove it';
  const exactly = `cookies whose value is exactly "${COOKIE_VALUE}"`;
  return [
    ...lost(headersOnly && match.path, 'path', match.path, old, newer),
    ...lost(headersOnly && queryParams?.length, 'queryParams', queryParams, old, newer),
    ...headers.flatMap((header, i) =>
      lost(
        isCookie(header),
        `headers[${i}].name`,
        header.name,
        'other names: Kruise reads this one as a cookie',
        'match another header, or a cookie',
      ),
    ),
    ...lost(cookies.length > 1, 'cookies', `${cookies.length} cookies`, 'one cookie in a match', 'keep one of them'),
    ...cookies.flatMap(({ type = 'Exact', value }, i) =>
      lost(
        type !== 'Exact' || value !== COOKIE_VALUE,
        `cookies[${i}].value`,
        value,
        exactly,
        `write "${COOKIE_VALUE}", without a type`,
      ),
    ),
  ];
}

function isCookie({ name }: { readonly name: string }): boolean {
  return name === COOKIE_HEADER;
}
