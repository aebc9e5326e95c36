import { isJsonObject, type JsonObject } from '../../core';
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

/** Whether a value has all of these fields: applied anew, it gives up none. */
export function hasFields(value: unknown, fields: FieldSet): boolean {
  return Object.entries(fields).every(([path, below]) => {
    if (path.startsWith('f:')) {
      const field = isJsonObject(value) ? value[path.slice(2)] : undefined;
      return field !== undefined && hasFields(field, below);
    }
    if (!path.startsWith('k:')) return true;
    const key = JSON.parse(path.slice(2)) as JsonObject;
    return Array.isArray(value) && value.some((item) => isItem(item, key) && hasFields(item, below));
  });
}

/** What an item leaves out of its key has a default. */
function isItem(item: unknown, key: JsonObject): boolean {
  return isJsonObject(item) && Object.entries(key).every(([name, part]) => (item[name] ?? part) === part);
}
