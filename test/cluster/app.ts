/** Apps to release on a cluster: the seed's sample, and one Deployment with routing of its own or none. */
import type { Declarations, Deployment, LaneSpec, Manifest, RolloutSpec, Service, Step } from '../../lib/core';

export const TAG_LABELS = { 'alicloud.service.tag': 'gray', 'opensergo.io/canary-gray': 'gray' };

/** What a test varies of one Deployment. */
export interface Variant {
  /** Image tag; `broken` and `unready` do what they say, in both clusters. */
  readonly version?: string;
  /** null: left out of the manifest. @default 3 */
  readonly replicas?: number | null;
  readonly spec?: Partial<Omit<Deployment['spec'], 'strategy'>> & { readonly strategy?: object };
}

export function deployment(name: string, { version = 'v1', replicas = 3, spec = {} }: Variant = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      ...(replicas !== null && { replicas }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: `example.com/shop/${name}:${version}` }] },
      },
      ...spec,
    },
  };
}

export function service(name: string, spec: Partial<Service['spec']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  };
}

export function ingress(name: string, ingressClassName = 'mse'): Manifest {
  const path = { path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name },
    spec: { ingressClassName, rules: [{ host: `${name}.example.com`, http: { paths: [path] } }] },
  };
}

export const lane: LaneSpec = {
  name: 'mse-traffic',
  objectRef: [
    { service: 'spring-cloud-a', gracePeriodSeconds: 1, ingress: { classType: 'mse', name: 'spring-cloud-a' } },
  ],
  matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
  requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
};

/** What the user applies himself: everything but the Deployments. */
export const sampleBase: readonly Manifest[] = [
  service('spring-cloud-a'),
  service('spring-cloud-b'),
  ingress('spring-cloud-a'),
];

/** The seed's sample: gateway, a, b, one lane, two rollouts. */
export function sample({ a = {}, b = {} }: { a?: Variant; b?: Variant } = {}): Declarations {
  return {
    objects: [deployment('spring-cloud-a', a), deployment('spring-cloud-b', b)],
    lanes: [lane],
    rollouts: [laneRollout('rollout-a', 'spring-cloud-a'), laneRollout('rollout-b', 'spring-cloud-b')],
  };
}

export function laneRollout(name: string, workload: string, over: Partial<RolloutSpec> = {}): RolloutSpec {
  return {
    name,
    workloadRef: { name: workload },
    steps: [{ replicas: 1, pause: {} }],
    trafficRoutingRef: 'mse-traffic',
    patchPodTemplateMetadata: { labels: TAG_LABELS },
    ...over,
  };
}

export const webBase: readonly Manifest[] = [service('web'), ingress('web')];

/** One Deployment with weights of its own. */
export function web(steps: readonly Step[], variant: Variant = {}, over: Partial<RolloutSpec> = {}): Declarations {
  const rollout: RolloutSpec = {
    name: 'web',
    workloadRef: { name: 'web' },
    steps,
    trafficRoutings: [{ service: 'web', gracePeriodSeconds: 1, ingress: { classType: 'mse', name: 'web' } }],
    ...over,
  };
  return { objects: [deployment('web', variant)], lanes: [], rollouts: [rollout] };
}

/** One Deployment whose canary shares the Service with stable. */
export function joined(steps: readonly Step[], variant: Variant = {}): Declarations {
  const { trafficRoutings: _, ...rollout } = web(steps).rollouts[0]!;
  return { objects: [deployment('web', variant)], lanes: [], rollouts: [rollout] };
}
