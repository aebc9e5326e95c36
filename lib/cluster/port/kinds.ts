import type { Kind } from './port';

/** The kinds that the engine reads or writes by itself; those of routes come from the gateways. */
export const kinds = {
  deployment: { apiVersion: 'apps/v1', kind: 'Deployment' },
  replicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  service: { apiVersion: 'v1', kind: 'Service' },
  networkPolicy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  pod: { apiVersion: 'v1', kind: 'Pod' },
  configMap: { apiVersion: 'v1', kind: 'ConfigMap' },
  serviceAccount: { apiVersion: 'v1', kind: 'ServiceAccount' },
  job: { apiVersion: 'batch/v1', kind: 'Job' },
  event: { apiVersion: 'v1', kind: 'Event' },
  lease: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
} as const satisfies Record<string, Kind>;
