/** What compiles as arguments of the resources, and what does not. `props.long.test.ts` compiles it. */
import { type Output, output } from '@pulumi/pulumi';
import type { Percentage, StageId } from 'graylane';
import type { CanaryRollout, CanaryRolloutArgs, KubernetesResource, ObjectRefArgs } from 'graylane/pulumi';

declare const text: string;
declare const share: number;
declare const resource: KubernetesResource;
declare const rollout: CanaryRollout;

const service = 'web';
const ingress = { name: 'web' };
const gateway = { httpRouteName: 'web' };
const customNetworkRefs = output([{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'web' }]);
const labels = { app: 'web' };
const workload = { metadata: { name: 'web' }, spec: { selector: { matchLabels: labels }, template: {} } };

export const args: CanaryRolloutArgs[] = [
  { workload, steps: [{ replicas: 1, traffic: '5%' }] },
  { workload, steps: [output(share).apply((n) => ({ replicas: 1, traffic: `${n}%` as const }))] },
  { workload, steps: output([{ replicas: text as Percentage }]) },
  // @ts-expect-error a number as text is no number of replicas
  { workload, steps: [{ replicas: '50' }] },
  // @ts-expect-error a text of unknown content may be no percentage
  { workload, steps: [{ replicas: 1, traffic: text }] },
  // @ts-expect-error steps are required
  { workload },
  // @ts-expect-error a workload is required
  { steps: [{ replicas: 1 }] },
  // @ts-expect-error gates are passed in two ways
  { workload, steps: [{ replicas: 1 }], advance: 'always' },
];

export const refs: ObjectRefArgs[] = [
  { service: resource, ingress: { classType: 'mse', name: resource } },
  { service: output(text), ingress: { classType: output(text), name: output(text) } },
  { service, gateway },
  { service, customNetworkRefs },
  // @ts-expect-error a base is required
  { service },
  // @ts-expect-error one base, and not two
  { service, ingress, gateway },
  // @ts-expect-error one base, and not two
  { service, gateway, customNetworkRefs },
  // @ts-expect-error a Service is required
  { ingress },
  // @ts-expect-error one route, and not two
  { service, gateway: { httpRouteName: 'web', grpcRouteName: 'web' } },
];

/** Editors complete the names of gateways; of a type that is just any text there are none. */
type Names<T> = T extends string ? (string extends T ? never : T) : never;
export const known: Names<NonNullable<ObjectRefArgs['ingress']>['classType']>[] = [
  'mse',
  'nginx',
  // @ts-expect-error none of ours
  'one-of-yours',
];

export const stage: Output<StageId> = rollout.stage;
