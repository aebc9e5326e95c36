import { fieldPath, isJsonObject } from './json';
import { groupOf, type Manifest, type PodTemplate } from './manifest';

/** The fields of a pod, wherever they are in it, whose object or list of objects names what it needs. */
const NAMING = new Map([
  ['configMap', 'ConfigMap'],
  ['configMapRef', 'ConfigMap'],
  ['configMapKeyRef', 'ConfigMap'],
  ['secret', 'Secret'],
  ['secretRef', 'Secret'],
  ['secretKeyRef', 'Secret'],
  ['nodePublishSecretRef', 'Secret'],
  ['imagePullSecrets', 'Secret'],
]);

/** The fields that are such a name themselves. */
const NAMES = new Map([
  ['secretName', 'Secret'],
  ['claimName', 'PersistentVolumeClaim'],
  ['serviceAccountName', 'ServiceAccount'],
  ['resourceClaimName', 'ResourceClaim'],
  ['resourceClaimTemplateName', 'ResourceClaimTemplate'],
  ['secretProviderClass', 'SecretProviderClass'],
]);

/** The groups of what pods refer to. */
const GROUPS = new Map([
  ['ConfigMap', ''],
  ['Secret', ''],
  ['PersistentVolumeClaim', ''],
  ['ServiceAccount', ''],
  ['ResourceClaim', 'resource.k8s.io'],
  ['ResourceClaimTemplate', 'resource.k8s.io'],
  ['SecretProviderClass', 'secrets-store.csi.x-k8s.io'],
]);

/** Every namespace has it. */
const ALWAYS = 'ServiceAccount default';

/** What pods of a template need, and cannot start without: `ConfigMap settings`, in order. */
export function references(template: PodTemplate): string[] {
  return [...referencePaths(template).keys()].sort();
}

/** The same, with the first field of the template that names each. */
export function referencePaths({ spec }: PodTemplate): Map<string, string> {
  const found = new Map<string, string>();
  collect(spec, ['spec'], 'spec', found);
  found.delete(ALWAYS);
  return found;
}

/** Whether pods may refer to objects of this kind. */
export function isReferable({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return GROUPS.get(kind) === groupOf(apiVersion);
}

/**
 * Those of the references that are among these objects.
 * @param namespace that of the pods: an app may write it on some of its objects only
 */
export function declaredAmong(
  references: readonly string[],
  objects: readonly Manifest[],
  namespace: string | undefined,
): string[] {
  if (references.length === 0) return [];
  const isHere = ({ metadata }: Manifest) => [undefined, namespace ?? metadata.namespace].includes(metadata.namespace);
  const declared = new Set(
    objects
      .filter((object) => isReferable(object) && isHere(object))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`),
  );
  return references.filter((reference) => declared.has(reference));
}

/**
 * Adds what a value names, with the path of its name, which is written for what is found only: most of a pod names nothing.
 * @param field the last name among the keys that lead to the value
 */
function collect(value: unknown, keys: (string | number)[], field: string, found: Map<string, string>): void {
  if (Array.isArray(value)) {
    for (const [i, entry] of value.entries()) collectAt(i, entry, keys, field, found);
  } else if (isJsonObject(value)) {
    const named = NAMING.get(field);
    if (named !== undefined) note(named, value.name, [...keys, 'name'], found);
    for (const key of Object.keys(value)) {
      const kind = NAMES.get(key);
      if (kind !== undefined) note(kind, value[key], [...keys, key], found);
      collectAt(key, value[key], keys, key, found);
    }
  }
}

function collectAt(
  key: string | number,
  value: unknown,
  keys: (string | number)[],
  field: string,
  found: Map<string, string>,
): void {
  keys.push(key);
  collect(value, keys, field, found);
  keys.pop();
}

function note(kind: string, name: unknown, keys: readonly unknown[], found: Map<string, string>): void {
  if (typeof name !== 'string' || found.has(`${kind} ${name}`)) return;
  found.set(`${kind} ${name}`, fieldPath(keys));
}
