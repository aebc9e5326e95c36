import type { FieldSet } from './port';

/** `theirs` without what `ours` has too; undefined when nothing is left. */
export function subtract(theirs: FieldSet, ours: FieldSet): FieldSet | undefined {
  const left = Object.entries(theirs).flatMap(([segment, below]): [string, FieldSet][] => {
    const other = ours[segment];
    if (other === undefined) return [[segment, below]];
    if (Object.keys(below).length === 0) return [];
    const deeper = subtract(below, other);
    return deeper ? [[segment, deeper]] : [];
  });
  // A lone dot says that the map or item itself is owned; without any of its fields that is worth nothing.
  return left.some(([segment]) => segment !== '.') ? Object.fromEntries(left) : undefined;
}

/** Everything that either has. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  const segments = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(segments.map((segment) => [segment, union(a[segment] ?? {}, b[segment] ?? {})]));
}
