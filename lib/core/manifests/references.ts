import { isJsonObject } from './json';
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
  for (const { reference, path } of namedIn(spec))
    if (reference !== ALWAYS && !found.has(reference)) found.set(reference, `spec${path}`);
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

/** A reference, and the path of its name in the value that has it. */
interface Named {
  readonly reference: string;
  readonly path: string;
}

/** Paths are written on the way back: most of a pod names nothing. */
function namedIn(value: unknown, field = ''): Named[] {
  if (Array.isArray(value))
    return value.flatMap((entry, i) => namedIn(entry, field).map((one) => below(`[${i}]`, one)));
  if (!isJsonObject(value)) return [];
  const own = namedBy(NAMING.get(field), value.name, 'name');
  const inner = Object.keys(value).flatMap((key) => [
    ...namedBy(NAMES.get(key), value[key], key),
    ...namedIn(value[key], key).map((one) => below(`.${key}`, one)),
  ]);
  return [...own, ...inner];
}

function below(at: string, { reference, path }: Named): Named {
  return { reference, path: `${at}${path}` };
}

function namedBy(kind: string | undefined, name: unknown, key: string): Named[] {
  return kind !== undefined && typeof name === 'string' ? [{ reference: `${kind} ${name}`, path: `.${key}` }] : [];
}
