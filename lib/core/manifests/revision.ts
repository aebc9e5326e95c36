import { createHash } from 'node:crypto';
import type { PodTemplate } from './manifest';

/** Name of a pod template: a hash of the template as the user wrote it. */
export type Revision = string;

/** Templates are values that nobody changes: one that is asked for again has the revision that it had. */
const known = new WeakMap<PodTemplate, Revision>();

/** The same template has the same revision, whatever the order of its keys and whether undefined fields are written. */
export function revisionOf(template: PodTemplate): Revision {
  const revision = known.get(template) ?? digest(template);
  known.set(template, revision);
  return revision;
}

/** Short hash of any JSON value, independent of key order. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 12);
}

/** JSON with sorted keys. As in JSON, undefined fields are left out and undefined entries of a list are null. */
export function canonical(value: unknown): string {
  // What cdk8s prints and ledgers hold is sorted, and nothing is as fast at writing that as the engine.
  return isSorted(value) ? JSON.stringify(value) : sorted(value);
}

/** Whether it is written with sorted keys as it is. */
function isSorted(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return value !== undefined;
  if (Array.isArray(value)) return value.every(isSorted);
  const keys = Object.keys(value);
  return keys.every((key, i) => (i === 0 || keys[i - 1]! < key) && isSorted((value as Record<string, unknown>)[key]));
}

function sorted(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  let text = '';
  if (Array.isArray(value)) {
    for (const entry of value) text += `${text && ','}${sorted(entry ?? null)}`;
    return `[${text}]`;
  }
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields).sort()) {
    if (fields[key] !== undefined) text += `${text && ','}${JSON.stringify(key)}:${sorted(fields[key])}`;
  }
  return `{${text}}`;
}
