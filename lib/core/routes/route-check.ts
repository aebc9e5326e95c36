import { problem, type Problem } from '../errors';
import type { Gateway, Supports } from './gateway';
import type { HeaderModifier, Match, MatchType, PathMatch, RouteSpec, ValueMatch } from '../specs/spec';

/** R12: everything in a routing that the gateway cannot express. */
export function checkRoute(route: RouteSpec, { name, supports }: Gateway, path: string): Problem[] {
  const problems: Problem[] = [];
  const unsupported = (field: string, given: unknown, can: string) =>
    problems.push(problem('gateway-unsupported', `${path}${field}`, given, { allowed: `${name} can route by ${can}` }));

  const matches = route.matches ?? [];
  if (matches.length > supports.matches)
    unsupported('.matches', `${matches.length} matches`, `${supports.matches} at most`);
  if (route.weight !== undefined) {
    if (!supports.weight) unsupported('.weight', route.weight, 'matches only');
    else if (matches.length > 0 && !supports.weightWithMatches) {
      unsupported('.weight', 'a weight beside matches', 'either of them');
    }
  }
  matches.forEach((match, i) => checkMatch(match, supports, `.matches[${i}]`, unsupported));
  checkModifier(route.requestHeaderModifier ?? {}, supports, '.requestHeaderModifier', unsupported);
  return problems;
}

type Unsupported = (field: string, given: unknown, can: string) => void;

function checkMatch(match: Match, supports: Supports, path: string, unsupported: Unsupported): void {
  const kinds = conditionKinds(match);
  if (kinds.length > 1 && !supports.mixedConditions) {
    unsupported(path, kinds.join(' and '), 'one kind of condition in a match');
  }
  if (match.path !== undefined && !supports.paths.includes(match.path.type)) {
    unsupported(`${path}.path`, match.path.type, supports.paths.join(' or ') || "the base's paths only");
  }
  if (match.path !== undefined) checkExpression(match.path, supports, `${path}.path`, unsupported);
  checkConditions(match.headers, supports.headers, supports.headersPerMatch, `${path}.headers`, unsupported);
  checkConditions(
    match.queryParams,
    supports.queryParams,
    supports.queryParamsPerMatch,
    `${path}.queryParams`,
    unsupported,
  );
  checkConditions(match.cookies, supports.cookies, supports.cookiesPerMatch, `${path}.cookies`, unsupported);
  for (const kind of ['headers', 'queryParams', 'cookies'] as const) {
    match[kind]?.forEach((condition, i) => checkText(condition, supports, `${path}.${kind}[${i}]`, unsupported));
  }
  const values = supports.cookieValues;
  match.cookies?.forEach(({ value }, i) => {
    if (values && !values.includes(value)) {
      unsupported(`${path}.cookies[${i}].value`, value, `cookies with the value ${values.join(' or ')}`);
    }
  });
}

function checkConditions(
  conditions: readonly ValueMatch[] | undefined,
  types: readonly MatchType[],
  most: number,
  path: string,
  unsupported: Unsupported,
): void {
  if (!conditions?.length) return;
  const kind = path.slice(path.lastIndexOf('.') + 1);
  if (types.length === 0) return unsupported(path, kind, `everything but ${kind}`);
  if (conditions.length > most) unsupported(path, `${conditions.length} ${kind}`, `${most} of ${kind} in a match`);
  conditions.forEach(({ type = 'Exact' }, i) => {
    if (!types.includes(type)) unsupported(`${path}[${i}].type`, type, `${types.join(' or ')} ${kind}`);
  });
}

function checkModifier(modifier: HeaderModifier, supports: Supports, path: string, unsupported: Unsupported): void {
  for (const kind of ['set', 'add', 'remove'] as const) {
    const entries = modifier[kind] ?? [];
    if (entries.length > 0 && !supports.requestHeaders.includes(kind)) {
      unsupported(`${path}.${kind}`, entries, supports.requestHeaders.join(', ') || 'unchanged requests only');
    }
  }
  for (const kind of ['set', 'add'] as const) {
    modifier[kind]?.forEach(({ value }, i) => {
      checkCharacters(value, 'headerValue', supports, `${path}.${kind}[${i}].value`, unsupported);
    });
  }
}

/** Lookaround and backreferences, which an expression of JavaScript may have. */
const BEYOND_RE2 = /\(\?<?[=!]|(?<!\\)(\\\\)*\\([1-9]|k<)/;

function checkText(
  { type = 'Exact', name, value }: ValueMatch,
  supports: Supports,
  path: string,
  unsupported: Unsupported,
): void {
  checkExpression({ type, value }, supports, path, unsupported);
  checkCharacters(name, 'exact', supports, `${path}.name`, unsupported);
  checkCharacters(value, type === 'Exact' ? 'exact' : 'expression', supports, `${path}.value`, unsupported);
}

function checkExpression({ type, value }: PathMatch, supports: Supports, path: string, unsupported: Unsupported): void {
  if (type === 'RegularExpression' && supports.expressions === 'RE2' && BEYOND_RE2.test(value)) {
    unsupported(`${path}.value`, value, 'RE2 expressions: no lookaround, no backreferences');
  }
}

function checkCharacters(
  text: string,
  kind: 'exact' | 'expression' | 'headerValue',
  { characters = { because: '' } }: Supports,
  path: string,
  unsupported: Unsupported,
): void {
  const allowed = characters[kind] ?? (kind === 'expression' ? characters.exact : undefined);
  if (allowed === undefined || new RegExp(`^[${allowed}]*$`, 'u').test(text)) return;
  unsupported(path, text, `the characters ${allowed}: ${characters.because}`);
}

/** The kinds of conditions that a match has. */
export function conditionKinds(match: Match): string[] {
  const kinds: string[] = match.path === undefined ? [] : ['path'];
  for (const kind of ['headers', 'queryParams', 'cookies'] as const) if (match[kind]?.length) kinds.push(kind);
  return kinds;
}
