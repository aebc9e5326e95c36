import type { Route } from './gateway';
import { entryOf, excludeEachOther } from '../specs/baggage';
import { intersectPaths, matchesWhole } from '../specs/path-match';
import type { Match, ValueMatch } from '../specs/spec';

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
    (a.path !== undefined && b.path !== undefined && intersectPaths(a.path, b.path) === 'none')
  );
}

/** Two expressions may have a value in common, but those of two values of one entry of the baggage. */
function exclude(a: ValueMatch, b: ValueMatch): boolean {
  const [isA, isB] = [a.type !== 'RegularExpression', b.type !== 'RegularExpression'];
  if (isA && isB) return a.value !== b.value;
  if (isA !== isB) return isA ? matchesWhole(b.value, a.value) === false : matchesWhole(a.value, b.value) === false;
  const [entryA, entryB] = [entryOf(a.value), entryOf(b.value)];
  return entryA !== undefined && entryB !== undefined && excludeEachOther(entryA, entryB);
}
