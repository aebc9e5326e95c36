import { ApiError, kinds } from '../cluster';
import { refuseWithoutRoom } from './quotas';
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
  const pods = podsOf(store, replicaSet);
  const missing = replicaSet.spec.replicas - pods.length;
  let refused: string | undefined;
  for (let i = 0; i < missing && refused === undefined; i++) refused = createPod(store, replicaSet);
  const newestLast = [...pods].sort((a, b) => Number(isReady(b)) - Number(isReady(a)));
  for (const pod of missing < 0 ? newestLast.slice(missing) : []) store.remove(pod);
  const left = podsOf(store, replicaSet);
  const status = {
    replicas: left.length,
    availableReplicas: left.filter(isReady).length,
    ...(refused !== undefined && { refused }),
  };
  store.put({ ...(store.find(replicaSet) ?? replicaSet), status }, controllerStatus);
}

export function podsOf(store: Store, replicaSet: LiveReplicaSet): LivePod[] {
  const pods = store.list(kinds.pod, { namespace: replicaSet.metadata.namespace }) as LivePod[];
  return pods.filter(ownedBy(replicaSet));
}

/** @returns why it is refused */
function createPod(store: Store, replicaSet: LiveReplicaSet): string | undefined {
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
  try {
    refuseWithoutRoom(store, pod);
    store.put(pod, controller);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}
