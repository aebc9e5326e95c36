import { type Gateways, type Manifest, routeKinds } from '../../core';
import { gateways } from '../../gateways';

/** Kinds that others need first, in the order in which they are applied; routes come after what they lead to. */
const FIRST = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ResourceQuota',
  'LimitRange',
  'NetworkPolicy',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Service',
  'DaemonSet',
  'Deployment',
  'StatefulSet',
  'Job',
  'CronJob',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
];

/** What routes refer to, then the kinds of routes, as the gateways order them. */
function lastOf(registry: Gateways): string[] {
  const kinds = routeKinds(Object.values(registry)).sort((a, b) => a.order - b.order);
  return ['IngressClass', 'Gateway', ...kinds.map(({ kind }) => kind)];
}

/** In the order in which objects can be applied one by one; objects of one kind stay in their order. */
export function inApplyOrder<T extends { readonly kind: string }>(
  objects: readonly T[],
  registry: Gateways = gateways,
): T[] {
  const last = lastOf(registry);
  return [...objects].sort((a, b) => rankOf(a, last) - rankOf(b, last));
}

/** Unknown kinds stand between the two groups: they may need a workload, and nothing here needs them. */
function rankOf({ kind }: Pick<Manifest, 'kind'>, last: readonly string[]): number {
  const first = FIRST.indexOf(kind);
  return first >= 0 ? first : FIRST.length + 1 + last.indexOf(kind);
}
