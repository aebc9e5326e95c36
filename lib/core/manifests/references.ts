import { isJsonObject } from './json';
import type { PodTemplate } from './manifest';

/** The fields of a pod, wherever they are in it, that name what it needs. */
const KINDS = new Map([
  ['configMap', 'ConfigMap'],
  ['configMapRef', 'ConfigMap'],
  ['configMapKeyRef', 'ConfigMap'],
  ['secret', 'Secret'],
  ['secretRef', 'Secret'],
  ['secretKeyRef', 'Secret'],
  ['imagePullSecrets', 'Secret'],
]);

/** The ConfigMaps and Secrets that pods of a template need: `ConfigMap settings`. */
export function references(template: PodTemplate): string[] {
  return [...new Set(namedIn(template.spec))].sort();
}

function namedIn(value: unknown, field = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => namedIn(entry, field));
  if (!isJsonObject(value)) return [];
  const kind = KINDS.get(field);
  const { name, secretName = name } = value;
  const own = kind !== undefined && typeof secretName === 'string' ? [`${kind} ${secretName}`] : [];
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => namedIn(inner, key))];
}
