import { defined, type Deployment, type RolloutSpec } from '../../core';
import type { UpRequest } from '../../cluster';
import type { DeclaredRollout, RolloutInputs } from '../state';

/** On the Deployment: the id of the resource that holds it. Another resource's delete leaves it alone. */
export const ID_ANNOTATION = 'graylane.io/pulumi-id';
const LONGEST_PAUSE = 300;

/** What the engine is asked to do; `id` is written on the Deployment. */
export function requestOf(
  inputs: Omit<RolloutInputs, 'plan' | 'stage' | 'revision' | 'cluster' | 'gate'>,
  id?: string,
): UpRequest {
  const { namespace, hold, adopt, direct, approve, timeout, longestPause = LONGEST_PAUSE } = inputs;
  const declarations = { objects: [deploymentOf(inputs, id)], lanes: [], rollouts: [specOf(inputs)] };
  return defined({
    declarations,
    namespace,
    hold,
    adopt: adopt === 'retained' || adopt,
    direct,
    approve,
    timeout,
    longestPause,
  });
}

/** The rollout as every other way of declaring it says it. */
export function specOf(inputs: DeclaredRollout & { readonly name: string; readonly namespace: string }): RolloutSpec {
  const { name, namespace, workload, lane, steps, trafficRoutings, patchPodTemplateMetadata, canaryLabel } = inputs;
  return defined({
    name,
    namespace,
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workload.metadata.name! },
    steps,
    trafficRoutingRef: lane?.startsWith(`${namespace}/`) ? lane.slice(namespace.length + 1) : lane,
    trafficRoutings,
    patchPodTemplateMetadata,
    canaryLabel,
  });
}

export function deploymentOf(
  { workload, namespace }: Pick<RolloutInputs, 'workload' | 'namespace'>,
  id?: string,
): Deployment {
  const { metadata, spec } = workload;
  const annotations = id === undefined ? metadata.annotations : { ...metadata.annotations, [ID_ANNOTATION]: id };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, namespace, ...(annotations && { annotations }) },
    spec,
  };
}
