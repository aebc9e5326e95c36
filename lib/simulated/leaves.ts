import { isJsonObject, type JsonObject } from '../core';
import type { FieldSet } from '../cluster';
import { isAtomicMap, itemKey, listKeys } from './schema';

/** The values of an object by path: `f:spec f:replicas`, with a key for items of keyed lists. */
export type Leaves = ReadonlyMap<string, unknown>;

/** Between the segments of a path; no field name has it. */
const BETWEEN = '\n';

/** Fields that belong to the server, or name the object: nobody owns them. */
const UNOWNED =
  /^(f:(apiVersion|kind)|f:metadata\nf:(name|namespace|uid|resourceVersion|generation|creationTimestamp|deletionTimestamp|managedFields|generateName))($|\n)/;

/** Of objects and field sets that never change: each is taken apart once. */
const knownLeaves = new WeakMap<object, Leaves>();
const knownPaths = new WeakMap<FieldSet, readonly string[]>();

export function leavesOf(object: object): Leaves {
  return once(knownLeaves, object, () => takeApart(object));
}

function once<K extends object, T>(known: WeakMap<K, T>, key: K, compute: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = compute();
  if (Object.isFrozen(key)) known.set(key, value);
  return value;
}

function takeApart(object: object): Leaves {
  const leaves = new Map<string, unknown>();
  collect(object, [], '', leaves);
  for (const path of leaves.keys()) if (UNOWNED.test(path)) leaves.delete(path);
  return leaves;
}

function collect(value: unknown, path: readonly string[], names: string, leaves: Map<string, unknown>): void {
  const keys = Array.isArray(value) ? listKeys(names) : undefined;
  if (keys && (value as JsonObject[]).length > 0) {
    for (const item of value as JsonObject[]) collect(item, [...path, itemKey(item, keys)], names, leaves);
  } else if (isJsonObject(value) && !isAtomicMap(names) && Object.keys(value).length > 0) {
    for (const [name, field] of Object.entries(value)) {
      if (field !== undefined && field !== null) {
        collect(field, [...path, `f:${name}`], names === '' ? name : `${names}.${name}`, leaves);
      }
    }
  } else {
    leaves.set(path.join(BETWEEN), value);
  }
}

/** Sets the leaf of a mutable object, making what lies above it. */
export function setLeaf(object: object, path: string, value: unknown): void {
  const segments = path.split(BETWEEN);
  const last = segments.pop()!;
  let at: JsonObject | JsonObject[] = object as JsonObject;
  segments.forEach((segment, i) => {
    at = child(at, segment, (segments[i + 1] ?? last).startsWith('k:') ? [] : {});
  });
  if (last.startsWith('k:')) child(at, last, {});
  else at[last.slice(2)] = structuredClone(value);
}

/** Removes the leaf, and what above it is empty then. */
export function removeLeaf(object: object, path: string): void {
  remove(object as JsonObject, path.split(BETWEEN));
}

function remove(at: JsonObject | JsonObject[], [segment, ...rest]: readonly string[]): void {
  const below = segment === undefined ? undefined : find(at, segment);
  if (segment === undefined || below === undefined) return;
  if (rest.length > 0) {
    remove(below as JsonObject, rest);
    if (Object.keys(below as JsonObject).length > 0) return;
  }
  if (Array.isArray(at)) at.splice(at.indexOf(below as JsonObject), 1);
  else delete at[segment.slice(2)];
}

function find(at: JsonObject | JsonObject[], segment: string): unknown {
  if (segment.startsWith('f:')) return (at as JsonObject)[segment.slice(2)];
  const keys = Object.keys(JSON.parse(segment.slice(2)) as JsonObject);
  return Array.isArray(at) ? at.find((item) => itemKey(item, keys) === segment) : undefined;
}

function child(
  at: JsonObject | JsonObject[],
  segment: string,
  empty: JsonObject | JsonObject[],
): JsonObject | JsonObject[] {
  const there = find(at, segment) as JsonObject | undefined;
  if (there !== undefined && there !== null) return there;
  if (Array.isArray(at)) {
    const item = JSON.parse(segment.slice(2)) as JsonObject;
    at.push(item);
    return item;
  }
  return (at[segment.slice(2)] = empty);
}

/** FieldsV1 of these paths. */
export function fieldSetOf(paths: Iterable<string>): FieldSet {
  const root: JsonObject = {};
  for (const path of paths) {
    let at = root;
    for (const segment of path.split(BETWEEN)) {
      at = (at[segment] ??= segment.startsWith('k:') ? { '.': {} } : {}) as JsonObject;
    }
  }
  return root as FieldSet;
}

/** The paths of a FieldsV1. */
export function pathsOf(fields: FieldSet): readonly string[] {
  return once(knownPaths, fields, () => pathsBelow(fields, []));
}

function pathsBelow(fields: FieldSet, above: readonly string[]): string[] {
  const below = Object.entries(fields).filter(([segment]) => segment !== '.');
  if (below.length === 0 && above.length > 0) return [above.join(BETWEEN)];
  return below.flatMap(([segment, deeper]) => pathsBelow(deeper, [...above, segment]));
}

/** For messages: `.spec.replicas`. */
export function pathName(path: string): string {
  const segments = path.split(BETWEEN);
  return segments
    .map((segment) => (segment.startsWith('f:') ? `.${segment.slice(2)}` : `[${segment.slice(2)}]`))
    .join('');
}
