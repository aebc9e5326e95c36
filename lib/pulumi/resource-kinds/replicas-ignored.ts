import { type Engine, kinds } from '../../cluster';
import type { RolloutInputs } from '../state';

type Scaled = Pick<RolloutInputs, 'namespace' | 'workload' | 'replicasIgnored'>;

/**
 * The inputs as `ignoreChanges` of replicas means them: a Deployment that is there keeps the number that somebody else has
 * set, as where none is declared; one that is to be made gets the declared one.
 */
export async function leavingReplicas<T extends Scaled>({ api }: Engine, inputs: T): Promise<T> {
  const { namespace, workload, replicasIgnored } = inputs;
  if (!replicasIgnored) return inputs;
  const live = await api.get({ ...kinds.deployment, name: workload.metadata.name!, namespace });
  return live ? { ...inputs, workload: scaledBy(workload, undefined) } : inputs;
}

/** The workload with this number of replicas, or with none declared. */
export function scaledBy(workload: Scaled['workload'], replicas: number | undefined): Scaled['workload'] {
  const { replicas: _, ...spec } = workload.spec;
  return { ...workload, spec: { ...spec, ...(replicas !== undefined && { replicas }) } };
}
