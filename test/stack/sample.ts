/** Small objects that the tests of the stack play with, and what they look at. */
import type { Api, KubernetesObject } from './api';

export interface Deployment extends KubernetesObject {
  readonly metadata: { readonly name: string; readonly generation: number; readonly uid: string };
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  };
}

export interface Pod extends KubernetesObject {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly startTime?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly state: { readonly waiting?: { reason: string } };
    }[];
  };
}

export interface List<T> {
  readonly items: readonly T[];
}

export interface Wanted {
  readonly replicas?: number;
  readonly image?: string;
  /** Of the pods. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export function deployment(
  name: string,
  { replicas = 1, image = 'nginx:1.27', annotations = {} }: Wanted = {},
): KubernetesObject {
  const labels = { app: name };
  const spec = { containers: [{ name: 'app', image }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec } },
  } as KubernetesObject;
}

export function deploymentPath(namespace: string, name: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}

/** All replicas are of the current template and available. */
export function isRolledOut({ metadata, spec, status }: Deployment): boolean {
  if ((status.observedGeneration ?? 0) < metadata.generation) return false;
  return [status.replicas, status.updatedReplicas, status.availableReplicas].every((count) => count === spec.replicas);
}

export async function podsOf(api: Api, namespace: string, app: string): Promise<readonly Pod[]> {
  const { items } = await api.get<List<Pod>>(`/api/v1/namespaces/${namespace}/pods`, { labelSelector: `app=${app}` });
  return items;
}

export function service(app: string): KubernetesObject {
  return { metadata: { name: app }, spec: { selector: { app }, ports: [{ port: 80 }] } } as KubernetesObject;
}

/** The addresses of ready pods behind a Service, sorted. */
export async function endpoints(api: Api, namespace: string, serviceName: string): Promise<readonly string[]> {
  interface EndpointSlice {
    readonly endpoints:
      readonly { readonly addresses: readonly string[]; readonly conditions: { readonly ready?: boolean } }[] | null;
  }
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const labelSelector = `kubernetes.io/service-name=${serviceName}`;
  const { items } = await api.get<List<EndpointSlice>>(path, { labelSelector });
  const ready = items.flatMap((slice) => slice.endpoints ?? []).filter(({ conditions }) => conditions.ready);
  return ready.flatMap(({ addresses }) => addresses).sort();
}

export function quotaOfPods(pods: number): KubernetesObject {
  return { metadata: { name: 'pods' }, spec: { hard: { pods: `${pods}` } } } as KubernetesObject;
}
