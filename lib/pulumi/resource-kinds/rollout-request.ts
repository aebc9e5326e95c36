import { defined, type Deployment, type RolloutSpec } from '../../core';
import type { UpRequest } from '../../cluster';
import type { DeclaredRollout, RolloutInputs } from '../state';

/** On the Deployment: the id of the resource that holds it. Another resource's delete leaves it alone. */
export const ID_ANNOTATION = 'graylane.io/pulumi-id';
/** On the Deployment: `project/stack` of that resource. */
export const STACK_ANNOTATION = 'graylane.io/pulumi-stack';
const LONGEST_PAUSE = 300;

/** What the engine is asked to do; `id` is written on the Deployment. */
export function requestOf(
  inputs: Omit<RolloutInputs, 'plan' | 'stage' | 'revision' | 'cluster' | 'gate'>,
  id?: string,
): UpRequest {
  const { namespace, hold, adopt, direct, approve, abort, again, timeout, longestPause = LONGEST_PAUSE } = inputs;
  const declarations = { objects: [deploymentOf(inputs, id)], lanes: [], rollouts: [specOf(inputs)] };
  return defined({
    declarations,
    namespace,
    hold,
    adopt: adopt === 'retained' || adopt,
    direct,
    approve,
    abortOf: abort,
    againAfter: again,
    timeout,
    longestPause,
  });
}

/** The inputs with the time that each wait of an operation may take. */
export function within<T extends Pick<RolloutInputs, 'timeout' | 'customTimeouts'>>(
  inputs: T,
  operation: keyof NonNullable<RolloutInputs['customTimeouts']>,
): T {
  const { timeout = inputs.customTimeouts?.[operation] } = inputs;
  return timeout === undefined ? inputs : { ...inputs, timeout };
}

/** The rollout as every other way of declaring it says it. */
export function specOf(inputs: DeclaredRollout & { readonly name: string; readonly namespace: string }): RolloutSpec {
  const { name, namespace, workload, lane, steps, trafficRoutings } = inputs;
  const { checks, onBroken, bakeSeconds, patchPodTemplateMetadata, patchCanaryMetadata, canaryLabel } = inputs;
  return defined({
    name,
    namespace,
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workload.metadata.name! },
    steps,
    trafficRoutingRef: lane?.startsWith(`${namespace}/`) ? lane.slice(namespace.length + 1) : lane,
    trafficRoutings,
    checks,
    onBroken,
    bakeSeconds,
    patchPodTemplateMetadata,
    patchCanaryMetadata,
    canaryLabel,
  });
}

/** `project/stack`, as the resource's URN has it; undefined where that is not known. */
export function stackOf({ reportAs = '' }: Pick<RolloutInputs, 'reportAs'>): string | undefined {
  const [, stack, project] = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(reportAs) ?? [];
  return stack === undefined ? undefined : `${project}/${stack}`;
}

type Placed = Pick<RolloutInputs, 'workload' | 'namespace' | 'reportAs'>;

export function deploymentOf(inputs: Placed, id?: string): Deployment {
  const { metadata, spec } = inputs.workload;
  const held = id === undefined ? {} : defined({ [ID_ANNOTATION]: id, [STACK_ANNOTATION]: stackOf(inputs) });
  const annotations = { ...metadata.annotations, ...held };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, namespace: inputs.namespace, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec,
  };
}
