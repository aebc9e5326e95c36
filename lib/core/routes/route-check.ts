import { problem, type Problem } from '../errors';
import type { Gateway } from './gateway';
import type { ConditionSupport, Supports } from './supports';
import type { HeaderModifier, Match, PathMatch, RouteSpec, ValueMatch } from '../specs/spec';

/** R12: everything in a route that the gateway cannot express, by its fields. */
export function checkRoute(route: RouteSpec, { name, supports }: Gateway): Problem[] {
  const problems: Problem[] = [];
  const unsupported = (field: string, given: unknown, can: string) =>
    problems.push(problem('gateway-unsupported', field, given, { allowed: `${name} can route by ${can}` }));

  const matches = route.matches ?? [];
  const { weight } = supports.route;
  if (matches.length > supports.route.matches)
    unsupported('matches', `${matches.length} matches`, `${supports.route.matches} at most`);
  if (route.weight !== undefined) {
    if (weight === 'none') unsupported('weight', route.weight, 'matches only');
    else if (matches.length > 0 && weight === 'alone') {
      unsupported('weight', 'a weight beside matches', 'either of them');
    }
  }
  matches.forEach((match, i) => checkMatch(match, supports, `matches[${i}]`, unsupported));
  const modifier = route.requestHeaderModifier ?? {};
  checkModifier(modifier, supports, 'requestHeaderModifier', unsupported);
  if (route.weight !== undefined && supports.route.requestHeadersOf === 'matches' && changes(modifier)) {
    unsupported('requestHeaderModifier', 'changed headers beside a weight', 'changed headers beside matches only');
  }
  return problems;
}

type Unsupported = (field: string, given: unknown, can: string) => void;

function checkMatch(match: Match, supports: Supports, path: string, unsupported: Unsupported): void {
  const kinds = conditionKinds(match);
  if (kinds.length > 1 && !supports.match.mixed) {
    unsupported(path, kinds.join(' and '), 'one kind of condition in a match');
  }
  if (match.path !== undefined && !supports.match.paths.includes(match.path.type)) {
    unsupported(`${path}.path`, match.path.type, supports.match.paths.join(' or ') || "the base's paths only");
  }
  if (match.path !== undefined) checkExpression(match.path, supports, `${path}.path`, unsupported);
  for (const kind of ['headers', 'queryParams', 'cookies'] as const) {
    checkConditions(match[kind], supports.match[kind], `${path}.${kind}`, unsupported);
  }
  for (const kind of ['headers', 'queryParams', 'cookies'] as const) {
    match[kind]?.forEach((condition, i) => checkText(condition, supports, `${path}.${kind}[${i}]`, unsupported));
  }
  for (const kind of ['headers', 'queryParams', 'cookies'] as const) {
    const { values } = supports.match[kind];
    match[kind]?.forEach(({ value }, i) => {
      if (values && !values.includes(value)) {
        unsupported(`${path}.${kind}[${i}].value`, value, `${kind} with the value ${values.join(' or ')}`);
      }
    });
  }
}

function checkConditions(
  conditions: readonly ValueMatch[] | undefined,
  { types, most }: ConditionSupport,
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
    if (entries.length > 0 && !supports.route.requestHeaders.includes(kind)) {
      unsupported(`${path}.${kind}`, entries, supports.route.requestHeaders.join(', ') || 'unchanged requests only');
    }
  }
  for (const kind of ['set', 'add'] as const) {
    modifier[kind]?.forEach(({ value }, i) => {
      checkCharacters(value, 'headerValue', supports, `${path}.${kind}[${i}].value`, unsupported);
    });
  }
}

function changes({ set = [], add = [], remove = [] }: HeaderModifier): boolean {
  return set.length + add.length + remove.length > 0;
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
  if (type === 'RegularExpression' && supports.text.expressions === 'RE2' && BEYOND_RE2.test(value)) {
    unsupported(`${path}.value`, value, 'RE2 expressions: no lookaround, no backreferences');
  }
}

function checkCharacters(
  given: string,
  kind: 'exact' | 'expression' | 'headerValue',
  { text: characters }: Supports,
  path: string,
  unsupported: Unsupported,
): void {
  const allowed = characters[kind] ?? (kind === 'expression' ? characters.exact : undefined);
  if (allowed === undefined || new RegExp(`^[${allowed}]*$`, 'u').test(given)) return;
  unsupported(path, given, `the characters ${allowed}: ${characters.because}`);
}

/** The kinds of conditions that a match has. */
export function conditionKinds(match: Match): string[] {
  const kinds: string[] = match.path === undefined ? [] : ['path'];
  for (const kind of ['headers', 'queryParams', 'cookies'] as const) if (match[kind]?.length) kinds.push(kind);
  return kinds;
}
