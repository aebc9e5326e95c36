/** What compiles as props of the constructs, and what does not. `props.long.test.ts` and the package's tests compile it. */
import type { IConstruct } from 'constructs';
import type { Percentage, StageId, StageName, Step } from 'graylane';
import type { CanaryRollout, CanaryRolloutProps, ObjectRefProps, TrafficRoutingLaneProps } from 'graylane/cdk8s';

declare const workload: IConstruct;
declare const text: string;
declare const share: number;
declare const rollout: CanaryRollout;

const service = 'web';
const ingress = { name: 'web' };
const gateway = { httpRouteName: 'web' };
const customNetworkRefs = [{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'web' }];

export const steps: Step[] = [
  { replicas: 1, traffic: '5%' },
  { replicas: '50%', traffic: `${share}%`, pause: { duration: 60 } },
  { replicas: text as Percentage, traffic: text as Percentage },
  // @ts-expect-error a number as text is no number of replicas
  { replicas: '50' },
  // @ts-expect-error a text of unknown content may be no percentage
  { replicas: text },
  // @ts-expect-error a share is in percent
  { replicas: 1, traffic: '20' },
  // @ts-expect-error a share is a percentage, and weight a number
  { replicas: 1, traffic: 20 },
  // @ts-expect-error a text of unknown content may be no percentage
  { replicas: 1, traffic: text },
  // @ts-expect-error replicas are required
  { traffic: '5%' },
  // @ts-expect-error a duration is in seconds
  { replicas: 1, pause: { duration: '60s' } },
  // @ts-expect-error values are compared in two ways
  { replicas: 1, matches: [{ headers: [{ type: 'Prefix', name: 'a', value: 'b' }] }] },
];

const one = { workload, steps };

export const stages: CanaryRolloutProps[] = [
  { ...one, stage: 'start' },
  { ...one, stage: 'step-1' },
  { ...one, stage: 'step-12/canary' },
  { ...one, stage: 'step-1/warm' },
  { ...one, stage: 'promote/stable' },
  { ...one, stage: 'abort/unroute' },
  { ...one, stage: text as StageName },
  // @ts-expect-error no stage has this name
  { ...one, stage: 'step1' },
  // @ts-expect-error a step has no such part
  { ...one, stage: 'step-1/stable' },
  // @ts-expect-error the promotion has no such part
  { ...one, stage: 'promote/canary' },
  // @ts-expect-error a text of unknown content may be no stage
  { ...one, stage: text },
  // @ts-expect-error nobody delivers in this way
  { ...one, delivery: 'flux' },
  // @ts-expect-error a workload is required
  { steps },
  // @ts-expect-error steps are required
  { workload },
  // @ts-expect-error a workload is a construct
  { workload: 'web', steps },
];

export const refs: ObjectRefProps[] = [
  { service, ingress },
  { service: workload, ingress: { classType: 'mse', name: workload }, gracePeriodSeconds: 5 },
  { service, ingress: { classType: 'one-of-yours', name: 'web' } },
  { service, ingress: { classType: text, name: text } },
  { service, gateway },
  { service, gateway: { grpcRouteName: 'web' } },
  { service, customNetworkRefs },
  // @ts-expect-error a base is required
  { service },
  // @ts-expect-error one base, and not two
  { service, ingress, gateway },
  // @ts-expect-error one base, and not two
  { service, ingress, customNetworkRefs },
  // @ts-expect-error one base, and not two
  { service, gateway, customNetworkRefs },
  // @ts-expect-error a Service is required
  { ingress },
  // @ts-expect-error a route is required
  { service, gateway: {} },
  // @ts-expect-error one route, and not two
  { service, gateway: { httpRouteName: 'web', grpcRouteName: 'web' } },
  // @ts-expect-error an Ingress has a name
  { service, ingress: { classType: 'mse' } },
];

const [objectRef] = refs;

export const lanes: TrafficRoutingLaneProps[] = [
  { objectRef: objectRef!, weight: 20 },
  { objectRef: refs, matches: [{ cookies: [{ name: 'beta', value: 'always' }] }] },
  // @ts-expect-error bases are required
  { weight: 20 },
  // @ts-expect-error a weight is a number
  { objectRef: objectRef!, weight: '20%' },
];

/** Editors complete the names of gateways; of a type that is just any text there are none. */
type Names<T> = T extends string ? (string extends T ? never : T) : never;
export const known: Names<NonNullable<ObjectRefProps['ingress']>['classType']>[] = [
  'mse',
  'nginx',
  // @ts-expect-error none of ours
  'one-of-yours',
];

export const ids: readonly StageId[] = rollout.stages;
rollout.at('step-1');
rollout.at(ids[0]!, { stable: workload });
rollout.at('stable', { stable: { spec: {} } });
// @ts-expect-error no stage has this name
rollout.at('step-one');
// @ts-expect-error stable is a template or a workload
rollout.at('step-1', { stable: 'web:v1' });
