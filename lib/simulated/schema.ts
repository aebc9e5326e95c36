/**
 * How server-side apply merges: which lists have keys, and which maps are replaced as a whole. Lists not named here are
 * atomic and maps are not, as in the API server's own schema for the kinds that a release touches.
 */
const keyedLists: readonly (readonly [path: RegExp, keys: readonly string[]])[] = [
  [/(^|\.)(containers|initContainers|volumes|env|imagePullSecrets)$/, ['name']],
  [/[cC]ontainers\.ports$/, ['containerPort', 'protocol']],
  [/^spec\.ports$/, ['port', 'protocol']],
  [/\.volumeMounts$/, ['mountPath']],
  [/\.topologySpreadConstraints$/, ['topologyKey', 'whenUnsatisfiable']],
  [/^metadata\.ownerReferences$/, ['uid']],
  [/^status\.conditions$/, ['type']],
];

const atomicMaps = /(^|\.)(selector|nodeSelector|configMapKeyRef|secretKeyRef|fieldRef|resourceFieldRef)$/;

/** Values that keys of list items have when they are not written. */
const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

/** The keys of a list's items; undefined for an atomic list. The path holds field names only, without items. */
export function listKeys(path: string): readonly string[] | undefined {
  return keyedLists.find(([pattern]) => pattern.test(path))?.[1];
}

export function isAtomicMap(path: string): boolean {
  return atomicMaps.test(path);
}

/** The key of a list item, as managedFields write it. */
export function itemKey(item: Readonly<Record<string, unknown>>, keys: readonly string[]): string {
  const key = Object.fromEntries(keys.map((name) => [name, item[name] ?? keyDefaults[name]]));
  return `k:${JSON.stringify(key)}`;
}
