import { type Manifest, sameJson } from '../core';
import { ApiError, type ManagedFields } from '../cluster';
import { fieldSetOf, type Leaves, leavesOf, pathName, pathsOf, removeLeaf, setLeaf } from './leaves';

/** Who writes, and how. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: string;
}

interface Owner {
  readonly writer: Writer;
  readonly paths: Set<string>;
  /** As it stands on the object. */
  readonly entry?: ManagedFields;
}

type Owned = Map<string, Owner>;

interface Managed extends Manifest {
  readonly metadata: Manifest['metadata'] & { readonly managedFields?: readonly ManagedFields[] };
}

/**
 * Server-side apply: the live object with the applied fields, without those that the manager applied before and no
 * longer does, unless somebody else owns them too.
 * @throws ApiError 409 where another manager owns a field with another value, unless `force`
 */
export function applyFields(live: Managed, applied: Manifest, writer: Writer, force: boolean): Managed {
  const owned = readOwned(live);
  const wanted = leavesOf(applied);
  const current = leavesOf(live);
  const conflicts = takeOver(owned, wanted, current, writer);
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);

  const result = structuredClone(live);
  const others = [...owned].filter(([key]) => key !== keyOf(writer)).map(([, { paths }]) => paths);
  for (const path of owned.get(keyOf(writer))?.paths ?? []) {
    if (!wanted.has(path) && !others.some((paths) => paths.has(path))) removeLeaf(result, path);
  }
  for (const [path, value] of wanted) {
    if (!sameJson(current.get(path), value)) setLeaf(result, path, value);
  }
  own(owned, writer, wanted.keys());
  return withOwned(result, owned);
}

/** After any other write: who changed a field owns it alone, and nobody owns what is gone. */
export function updateFields(before: Managed | undefined, after: Managed, writer: Writer): Managed {
  const owned = readOwned(after);
  const [old, now] = [before ? leavesOf(before) : new Map<string, unknown>(), leavesOf(after)];
  const changed = [...now].filter(([path, value]) => !sameJson(old.get(path), value)).map(([path]) => path);
  for (const { paths } of owned.values()) {
    for (const path of changed) paths.delete(path);
    for (const path of paths) if (!now.has(path)) paths.delete(path);
  }
  own(owned, writer, [...(owned.get(keyOf(writer))?.paths ?? []), ...changed]);
  return withOwned(after, owned);
}

/** Others lose the fields that get another value; an equal value is owned together. */
function takeOver(owned: Owned, wanted: Leaves, current: Leaves, writer: Writer): [path: string, manager: string][] {
  const conflicts: [string, string][] = [];
  for (const [key, { writer: other, paths }] of owned) {
    if (key === keyOf(writer)) continue;
    for (const path of paths) {
      if (!wanted.has(path) || sameJson(wanted.get(path), current.get(path))) continue;
      conflicts.push([path, other.manager]);
      paths.delete(path);
    }
  }
  return conflicts;
}

function conflictError(conflicts: readonly [path: string, manager: string][]): ApiError {
  const all = conflicts.map(([path, manager]) => `conflict with "${manager}": ${pathName(path)}`);
  return new ApiError(409, 'Conflict', `Apply failed with ${all.length} conflicts: ${all.join(', ')}`);
}

function own(owned: Owned, writer: Writer, paths: Iterable<string>): void {
  owned.set(keyOf(writer), { ...owned.get(keyOf(writer)), writer, paths: new Set(paths) });
}

function readOwned({ metadata }: Managed): Owned {
  const owned: Owned = new Map();
  for (const entry of metadata.managedFields ?? []) {
    const { manager = '', operation = 'Update', subresource, fieldsV1 = {} } = entry;
    const writer: Writer = { manager, operation, ...(subresource !== undefined && { subresource }) };
    owned.set(keyOf(writer), { writer, paths: new Set(pathsOf(fieldsV1)), entry });
  }
  return owned;
}

function withOwned(object: Managed, owned: Owned): Managed {
  const managedFields = [...owned.values()]
    .filter(({ paths }) => paths.size > 0)
    .map((owner) => (isAsBefore(owner, object) ? owner.entry! : entryOf(owner, object)));
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

function entryOf({ writer, paths }: Owner, { apiVersion }: Managed): ManagedFields {
  return { ...writer, apiVersion, fieldsType: 'FieldsV1', fieldsV1: fieldSetOf([...paths].sort()) };
}

function isAsBefore({ paths, entry }: Owner, { apiVersion }: Managed): boolean {
  const before = entry?.fieldsV1 && pathsOf(entry.fieldsV1);
  return before?.length === paths.size && entry?.apiVersion === apiVersion && before.every((path) => paths.has(path));
}

function keyOf({ manager, operation, subresource = '' }: Writer): string {
  return [manager, operation, subresource].join('/');
}
