/** What the tests of the Pulumi resources and their provider work with. */
import type { ProviderResource } from '@pulumi/pulumi';
import type { DeclaredLane, DeclaredRollout } from '../../lib/pulumi/state';
import { deployment, TAG_LABELS } from '../cluster/app';

interface PodSpec {
  readonly containers: { readonly name: string; readonly image: string }[];
}

/** The Deployment of that name in test/cluster/app.ts, as a program gives it. */
export function workload(name: string, version = 'v1', replicas = 2) {
  const { template } = deployment(name, { version }).spec;
  return {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: template.spec as PodSpec },
    },
  };
}

/** As far as the constructors look at it. */
export function foreignProvider(): ProviderResource {
  return { __pulumiType: 'pulumi:providers:kubernetes' } as unknown as ProviderResource;
}

/** A rollout with a route of its own, and a manual gate at each step. */
export function web(version: string, over: Partial<DeclaredRollout> = {}): DeclaredRollout {
  return {
    resource: 'web',
    workload: workload('web', version),
    steps: [{ replicas: 1, traffic: '20%' }],
    trafficRoutings: [{ service: 'web', ingress: { classType: 'mse', name: 'web' } }],
    ...over,
  };
}

/** One of the seed's rollouts, in the lane. */
export function inLane(rollout: string, app: string, version: string): DeclaredRollout {
  return {
    resource: rollout,
    workload: workload(app, version),
    lane: 'mse-traffic',
    steps: [{ replicas: 1, pause: {} }],
    patchPodTemplateMetadata: { labels: TAG_LABELS },
  };
}

export function lane(over: Partial<DeclaredLane> = {}): DeclaredLane {
  return {
    resource: 'mse-traffic',
    objectRef: [{ service: 'spring-cloud-a', ingress: { classType: 'mse', name: 'spring-cloud-a' } }],
    matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
    ...over,
  };
}
