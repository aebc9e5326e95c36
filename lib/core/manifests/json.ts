/** JSON values: what Kubernetes, files and previews hold. A field that is undefined is as if it were not there. */

export type JsonObject = Record<string, unknown>;

/** Where a value is within another one: names of fields, and places in lists. */
export type Keys = readonly (string | number)[];

/** A map, and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isContainer(value) && !Array.isArray(value);
}

/** As it would be read again after it was written. */
export function asJson<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

/** Equal, whatever the order of fields. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return isContainer(a) && isContainer(b) && areAlike(a, b) && keysOf(a, b).every((key) => sameJson(a[key], b[key]));
}

/** Whether a value is there as wanted; what it has beside that does not matter, except in lists. */
export function containsJson(value: unknown, wanted: unknown): boolean {
  if (!isContainer(value) || !isContainer(wanted) || !areAlike(value, wanted)) return value === wanted;
  if (Array.isArray(wanted) && wanted.length !== value.length) return false;
  return Object.keys(wanted).every((key) => wanted[key] === undefined || containsJson(value[key], wanted[key]));
}

/** The fields in which two values differ; never what they hold (R16). */
export function changedPaths(a: unknown, b: unknown, at: Keys = []): Keys[] {
  if (sameJson(a, b)) return [];
  if (!isContainer(a) || !isContainer(b) || !areAlike(a, b)) return [at];
  const key = (name: string) => (Array.isArray(a) ? Number(name) : name);
  return keysOf(a, b).flatMap((name) => changedPaths(a[name], b[name], [...at, key(name)]));
}

/** The same as words for people, below a field: `spec.containers[0].image`. */
export function changedFields(a: unknown, b: unknown, ...below: string[]): string[] {
  return changedPaths(a, b, below).map((keys) => keys.join('.').replace(/\.(\d+)(?=\.|$)/g, '[$1]'));
}

/** The path of a field in an error, exactly: `spec.steps[0].replicas`, `labels["app.kubernetes.io/name"]`. */
export function fieldPath(keys: readonly unknown[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    const name = String(key);
    if (!/^[\w-]+$/.test(name)) return `${path}["${name}"]`;
    return path === '' ? name : `${path}.${name}`;
  }, '');
}

/** A copy without the fields that are null: for Kubernetes they are absent. */
export function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  if (!isContainer(value)) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutNulls(field)])) as T;
}

function isContainer(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

/** Both maps, or both lists. */
function areAlike(a: object, b: object): boolean {
  return Array.isArray(a) === Array.isArray(b);
}

function keysOf(a: JsonObject, b: JsonObject): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}
