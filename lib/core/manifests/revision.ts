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
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  let text = '';
  if (Array.isArray(value)) {
    for (const entry of value) text += `${text && ','}${canonical(entry ?? null)}`;
    return `[${text}]`;
  }
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields).sort()) {
    if (fields[key] !== undefined) text += `${text && ','}${JSON.stringify(key)}:${canonical(fields[key])}`;
  }
  return `{${text}}`;
}
