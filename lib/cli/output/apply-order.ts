import { type Manifest, routeKinds } from '../../core';
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
const LAST = [
  'IngressClass',
  'Gateway',
  ...routeKinds(Object.values(gateways))
    .sort((a, b) => a.order - b.order)
    .map(({ kind }) => kind),
];
const AFTER_FIRST = FIRST.length;

/** In the order in which objects can be applied one by one; objects of one kind stay in their order. */
export function inApplyOrder<T extends { readonly kind: string }>(objects: readonly T[]): T[] {
  const ranked = objects.map((object, i) => ({ object, i, rank: rankOf(object) }));
  return ranked.sort((a, b) => a.rank - b.rank || a.i - b.i).map(({ object }) => object);
}

/** Unknown kinds stand between the two groups: they may need a workload, and nothing here needs them. */
function rankOf({ kind }: Pick<Manifest, 'kind'>): number {
  const first = FIRST.indexOf(kind);
  return first >= 0 ? first : AFTER_FIRST + 1 + LAST.indexOf(kind);
}
