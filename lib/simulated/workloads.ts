import type { Live } from '../cluster';
import type { LabelSelector, PodTemplate } from '../core';
import type { Writer } from './field-managers';

export interface DeploymentCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

/** Objects that the controllers read and write, with the fields they need. */
export type LiveReplicaSet = Live & {
  readonly spec: { readonly replicas: number; readonly selector: LabelSelector; readonly template: PodTemplate };
  readonly status?: { readonly replicas?: number; readonly availableReplicas?: number; readonly refused?: string };
};

export type LivePod = Live & {
  readonly spec: { readonly containers?: readonly { readonly name?: string; readonly image?: string }[] };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly DeploymentCondition[] };
};

export const HASH_LABEL = 'pod-template-hash';

export const controller: Writer = { manager: 'kube-controller-manager', operation: 'Update' };
export const controllerStatus: Writer = { ...controller, subresource: 'status' };
export const kubelet: Writer = { manager: 'kubelet', operation: 'Update', subresource: 'status' };

export function ownedBy(owner: Live): (object: Live) => boolean {
  return ({ metadata }) => owners(metadata.ownerReferences).some(({ uid }) => uid === owner.metadata.uid);
}

export function owners(references: unknown): { readonly uid: string }[] {
  return (references ?? []) as { uid: string }[];
}

export function ownerReference({ apiVersion, kind, metadata: { name, uid } }: Live) {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export function isReady({ status, metadata }: LivePod): boolean {
  const ready = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return ready === true && metadata.deletionTimestamp === undefined;
}
