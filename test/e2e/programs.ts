/** Programs of a user, and what he gives to them. */
import type { CanaryRolloutArgs, ObjectRefArgs, TrafficRoutingLaneArgs } from '../../lib/pulumi';
import { TAG_LABELS } from '../cluster/app';
import { workload } from '../pulumi/fixtures';
import type { Modules } from './project';

export type Program = (modules: Modules) => Promise<Record<string, unknown> | void>;
export type Environment = Readonly<Record<string, string>>;

/** Seconds for each wait: one that takes longer ends with an error that says what is missing, and so does its test. */
export const PATIENCE = 60;

export function approve(...approvals: string[]): Environment {
  return { GRAYLANE_APPROVE: approvals.join(',') };
}

/** Everything a program varies of the sample. */
export interface Sample {
  readonly a?: string;
  readonly b?: string;
  readonly over?: Partial<CanaryRolloutArgs>;
}

/** The seed's sample: two services in one lane. Their Services and the Ingress are somebody else's. */
export function sample(namespace: string, { a = 'v1', b = 'v1', over = {} }: Sample = {}): Program {
  return async ({ graylane: { TrafficRoutingLane, CanaryRollout } }) => {
    const lane = new TrafficRoutingLane('mse-traffic', laneArgs(namespace));
    const rollout = (name: string, app: string, version: string) =>
      new CanaryRollout(name, { ...rolloutArgs(namespace, app, version), lane, ...over });
    const rollouts = [rollout('rollout-a', 'spring-cloud-a', a), rollout('rollout-b', 'spring-cloud-b', b)];
    const [first, second] = rollouts.map(({ stage, message }) => ({ stage, message }));
    return { a: first, b: second };
  };
}

export function rolloutArgs(namespace: string, app: string, version: string): CanaryRolloutArgs {
  const { metadata, spec } = workload(app, version);
  return {
    workload: { metadata: { ...metadata, namespace }, spec },
    steps: [{ replicas: 1, pause: {} }],
    patchPodTemplateMetadata: { labels: TAG_LABELS },
    timeout: PATIENCE,
  };
}

/** The Service of that name, and the Ingress of that name before it. */
export function mse(name: string): ObjectRefArgs {
  return { service: name, ingress: { classType: 'mse', name } };
}

export function laneArgs(namespace: string): TrafficRoutingLaneArgs {
  return {
    metadata: { namespace },
    objectRef: { ...mse('spring-cloud-a'), gracePeriodSeconds: 1 },
    matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
  };
}

/** A program of one rollout, in no lane. */
export function alone(namespace: string, version: string, over: Partial<CanaryRolloutArgs> = {}): Program {
  return async ({ graylane: { CanaryRollout } }) => {
    const { stage, gate } = new CanaryRollout('rollout-a', {
      ...rolloutArgs(namespace, 'spring-cloud-a', version),
      ...over,
    });
    return { stage, gate };
  };
}
