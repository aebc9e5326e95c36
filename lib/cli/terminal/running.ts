import { changedFields, GraylaneError, isDeployment, type PodTemplate, type RolloutRecording } from '../../core';
import { problem } from '../errors';
import type { Api } from '../../cluster';

/**
 * The declared template, if it is the one that runs: applying it would change nothing. What the API server has cannot be
 * recorded itself, for its defaults would make it another template than the declared one for ever. Fields that are not
 * declared and belong to others stay, and are not looked at.
 * @param namespace of rollouts that are declared without one
 * @throws GraylaneError workload-not-found, or template-differs with the fields
 */
export async function runningInCluster(
  api: Pick<Api, 'get' | 'apply'>,
  namespace: string,
  { name, plan, template, ...rollout }: RolloutRecording,
): Promise<PodTemplate> {
  const workload = { name: plan.workloadRef.name, namespace: rollout.namespace ?? namespace };
  const live = await api.get({ apiVersion: 'apps/v1', kind: 'Deployment', ...workload });
  if (live === undefined || !isDeployment(live)) {
    throw new GraylaneError(
      problem('workload-not-found', '--from-cluster', workload.name, { subject: [`rollout ${name}`] }),
    );
  }
  const { apiVersion, kind } = live;
  const tried = await api.apply(
    { apiVersion, kind, metadata: workload, spec: { template } },
    { force: true, dryRun: true },
  );
  const fields = changedFields(live.spec.template, (tried as typeof live).spec.template);
  if (fields.length === 0) return template;
  throw new GraylaneError(
    problem('template-differs', '--from-cluster', differenceOf(fields), { subject: [`rollout ${name}`] }),
  );
}

/** `another value of spec.containers[0].image`: never the value itself (R16). */
export function differenceOf(fields: readonly string[]): string {
  return `another value of ${fields.join(', ')}`;
}
