import { kinds, type Live } from '../cluster';
import type { Store } from './store';
import {
  controller,
  controllerStatus,
  isReady,
  type LivePod,
  type LiveReplicaSet,
  ownedBy,
  ownerReference,
} from './workloads';

/** One look at a ReplicaSet: pods are made and deleted until there are as many as it wants, within the quota. */
export function reconcileReplicaSet(store: Store, replicaSet: LiveReplicaSet): void {
  const { namespace } = replicaSet.metadata;
  const pods = podsOf(store, replicaSet);
  const missing = replicaSet.spec.replicas - pods.length;
  const room = roomForPods(store, namespace!);
  for (let i = 0; i < Math.min(missing, room); i++) createPod(store, replicaSet);
  const newestLast = [...pods].sort((a, b) => Number(isReady(b)) - Number(isReady(a)));
  for (const pod of missing < 0 ? newestLast.slice(missing) : []) store.remove(pod);
  const left = podsOf(store, replicaSet);
  const status = {
    replicas: left.length,
    availableReplicas: left.filter(isReady).length,
    ...(missing > room && { refused: `pods "${replicaSet.metadata.name}-" is forbidden: exceeded quota: pods` }),
  };
  store.put({ ...(store.find(replicaSet) ?? replicaSet), status }, controllerStatus);
}

export function podsOf(store: Store, replicaSet: LiveReplicaSet): LivePod[] {
  const pods = store.list(kinds.pod, { namespace: replicaSet.metadata.namespace }) as LivePod[];
  return pods.filter(ownedBy(replicaSet));
}

function createPod(store: Store, replicaSet: LiveReplicaSet): void {
  const { name, namespace } = replicaSet.metadata;
  const { metadata, spec } = replicaSet.spec.template;
  const pod = {
    ...kinds.pod,
    metadata: {
      ...metadata,
      name: `${name}-${store.newName()}`,
      namespace,
      ownerReferences: [ownerReference(replicaSet)],
    },
    spec,
    status: { phase: 'Pending' },
  };
  store.put(pod, controller);
}

function roomForPods(store: Store, namespace: string): number {
  const quotas = store.list({ apiVersion: 'v1', kind: 'ResourceQuota' }, { namespace }) as (Live & {
    spec?: { hard?: { pods?: string } };
  })[];
  const pods = store.list(kinds.pod, { namespace }).length;
  return Math.min(...quotas.map(({ spec }) => Number(spec?.hard?.pods ?? Infinity) - pods), Infinity);
}
