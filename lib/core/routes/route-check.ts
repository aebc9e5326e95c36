import { problem, type Problem } from '../errors';
import type { Gateway } from './gateway';
import type { Supports } from './supports';
import type { HeaderModifier, Match, PathMatch, RouteSpec, ValueMatch } from '../specs/spec';

const KINDS = ['headers', 'queryParams', 'cookies'] as const;

/** R12: everything in a route that the gateway cannot express, by its fields. */
export function checkRoute(route: RouteSpec, { name, supports }: Gateway): Problem[] {
  return [...inRoute(route, supports)].map(([field, given, can]) =>
    problem('gateway-unsupported', field, given, { allowed: `${name} can route by ${can}` }),
  );
}

/** Fields, what is given there, and what the gateway can route by instead. */
type Unsupported = Iterable<readonly [field: string, given: unknown, can: string]>;

function* inRoute(route: RouteSpec, supports: Supports): Unsupported {
  const { matches = [], weight, requestHeaderModifier: modifier = {} } = route;
  const can = supports.route;
  const alike = KINDS.map((kind) => matches.filter((match) => match[kind]?.length).length);
  if (matches.length > can.matches || Math.max(...alike) > can.ofKind) {
    const most =
      can.ofKind < can.matches ? `${can.matches} at most, ${can.ofKind} of each kind` : `${can.matches} at most`;
    yield ['matches', `${matches.length} matches`, most];
  }
  if (weight !== undefined && can.weight === 'none') yield ['weight', weight, 'matches only'];
  if (weight !== undefined && matches.length > 0 && can.weight === 'alone') {
    yield ['weight', 'a weight beside matches', 'either of them'];
  }
  for (const [i, match] of matches.entries()) yield* inMatch(match, supports, `matches[${i}]`);
  yield* inModifier(modifier, supports);
  if (weight !== undefined && can.requestHeadersOf === 'matches' && changes(modifier)) {
    yield ['requestHeaderModifier', 'changed headers beside a weight', 'changed headers beside matches only'];
  }
}

function* inMatch(match: Match, supports: Supports, at: string): Unsupported {
  const { mixed, paths } = supports.match;
  const kinds = [...(match.path ? ['path'] : []), ...KINDS.filter((kind) => match[kind]?.length)];
  if (kinds.length > 1 && !mixed) yield [at, kinds.join(' and '), 'one kind of condition in a match'];
  if (match.path) {
    const { type } = match.path;
    if (!paths.includes(type)) yield [`${at}.path`, type, paths.join(' or ') || "the base's paths only"];
    yield* inExpression(match.path, supports, `${at}.path`);
  }
  for (const kind of KINDS) yield* inConditions(kind, match[kind] ?? [], supports, `${at}.${kind}`);
}

function* inConditions(
  kind: (typeof KINDS)[number],
  conditions: readonly ValueMatch[],
  supports: Supports,
  at: string,
): Unsupported {
  const { types, most, values } = supports.match[kind];
  const none = types.length === 0;
  if (conditions.length > 0 && none) yield [at, kind, `everything but ${kind}`];
  if (conditions.length > most && !none) yield [at, `${conditions.length} ${kind}`, `${most} of ${kind} in a match`];
  for (const [i, { type = 'Exact', name, value }] of conditions.entries()) {
    if (!types.includes(type) && !none) yield [`${at}[${i}].type`, type, `${types.join(' or ')} ${kind}`];
    yield* inExpression({ type, value }, supports, `${at}[${i}]`);
    yield* inText(name, 'exact', supports, `${at}[${i}].name`);
    yield* inText(value, type === 'Exact' ? 'exact' : 'expression', supports, `${at}[${i}].value`);
    if (values && !values.includes(value)) {
      yield [`${at}[${i}].value`, value, `${kind} with the value ${values.join(' or ')}`];
    }
  }
}

function* inModifier(modifier: HeaderModifier, supports: Supports): Unsupported {
  const can = supports.route.requestHeaders;
  for (const kind of ['set', 'add', 'remove'] as const) {
    const entries = modifier[kind] ?? [];
    if (entries.length > 0 && !can.includes(kind)) {
      yield [`requestHeaderModifier.${kind}`, entries, can.join(', ') || 'unchanged requests only'];
    }
  }
  for (const kind of ['set', 'add'] as const) {
    for (const [i, { value }] of (modifier[kind] ?? []).entries()) {
      yield* inText(value, 'headerValue', supports, `requestHeaderModifier.${kind}[${i}].value`);
    }
  }
}

function changes({ set = [], add = [], remove = [] }: HeaderModifier): boolean {
  return set.length + add.length + remove.length > 0;
}

/** Lookaround and backreferences, which an expression of JavaScript may have. */
const BEYOND_RE2 = /\(\?<?[=!]|(?<!\\)(\\\\)*\\([1-9]|k<)/;

function* inExpression({ type, value }: PathMatch, { text }: Supports, at: string): Unsupported {
  if (type === 'RegularExpression' && text.expressions === 'RE2' && BEYOND_RE2.test(value)) {
    yield [`${at}.value`, value, 'RE2 expressions: no lookaround, no backreferences'];
  }
}

function* inText(
  given: string,
  kind: 'exact' | 'expression' | 'headerValue',
  { text }: Supports,
  at: string,
): Unsupported {
  const allowed = text[kind] ?? (kind === 'expression' ? text.exact : undefined);
  if (allowed === undefined || new RegExp(`^[${allowed}]*$`, 'u').test(given)) return;
  yield [at, given, `the characters ${allowed}: ${text.because}`];
}
