import type { Route } from './gateway';
import type { Match, PathMatch, ValueMatch } from './spec';

/** Which matches of two routes one request can have, by their places; none for two shares. */
export interface Overlap {
  readonly matches?: readonly [number, number];
}

/**
 * Whether a request could take both routes, so that chance or age would decide between them. Decided from the matches:
 * they are apart only where one name has values that exclude each other. A match precedes every share.
 */
export function overlapOf(a: Route, b: Route): Overlap | undefined {
  if (a.service !== b.service) return undefined;
  if (a.weight !== undefined && b.weight !== undefined) return {};
  for (const [i, ofA] of (a.matches ?? []).entries()) {
    for (const [j, ofB] of (b.matches ?? []).entries()) if (!areApart(ofA, ofB)) return { matches: [i, j] };
  }
  return undefined;
}

function areApart(a: Match, b: Match): boolean {
  const differ = (kind: 'headers' | 'queryParams' | 'cookies', fold = (name: string) => name) =>
    (a[kind] ?? []).some((x) => (b[kind] ?? []).some((y) => fold(x.name) === fold(y.name) && exclude(x, y)));
  return (
    differ('headers', (name) => name.toLowerCase()) ||
    differ('queryParams') ||
    differ('cookies') ||
    (a.path !== undefined && b.path !== undefined && pathsExclude(a.path, b.path))
  );
}

/** Two expressions may have a value in common: only equal or different exact values are certain. */
function exclude(a: ValueMatch, b: ValueMatch): boolean {
  const [isA, isB] = [a.type !== 'RegularExpression', b.type !== 'RegularExpression'];
  if (isA && isB) return a.value !== b.value;
  if (isA !== isB) return isA ? !matchesWhole(b.value, a.value) : !matchesWhole(a.value, b.value);
  return false;
}

function pathsExclude(a: PathMatch, b: PathMatch): boolean {
  if (a.type === 'RegularExpression' || b.type === 'RegularExpression') {
    if (a.type === 'Exact') return !matchesWhole(b.value, a.value);
    return b.type === 'Exact' && !matchesWhole(a.value, b.value);
  }
  if (a.type === 'Exact' && b.type === 'Exact') return a.value !== b.value;
  if (a.type === 'Exact') return !isBelow(a.value, b.value);
  if (b.type === 'Exact') return !isBelow(b.value, a.value);
  return !isBelow(a.value, b.value) && !isBelow(b.value, a.value);
}

/** Prefixes are of whole path elements: `/orders` has `/orders/1`, not `/orders-old`. */
function isBelow(path: string, prefix: string): boolean {
  const base = prefix.replace(/\/$/, '');
  return path === prefix || path === base || path.startsWith(`${base}/`);
}

function matchesWhole(expression: string, value: string): boolean {
  return new RegExp(`^(?:${expression})$`).test(value);
}
