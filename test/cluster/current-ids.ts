import { type Api, readRecord } from '../../lib/cluster';
import {
  type Declarations,
  formatApproval,
  isDeployment,
  parseApproval,
  type PodTemplate,
  releaseId,
  revisionOf,
} from '../../lib/core';

/**
 * Approvals with the ids that they have now.
 * @param template what is declared, for a release that begins in the same run
 */
export async function withIds(
  api: Api,
  namespace: string,
  texts: readonly string[],
  template?: PodTemplate,
): Promise<string[]> {
  return Promise.all(
    texts.map(async (text) => {
      const { rollout, number, id, step } = parseApproval(text);
      if (id !== undefined) return text;
      const record = await readRecord(api, { name: rollout, namespace });
      const release = record?.ledger.release;
      if (release?.number === number) return formatApproval(rollout, release, step);
      const next = { number, target: template ? revisionOf(template) : '' };
      return formatApproval(rollout, { number, id: releaseId(next, record?.uid) }, step);
    }),
  );
}

export function declaredTemplate(
  { objects, rollouts }: Declarations,
  rollout = rollouts[0]?.name,
): PodTemplate | undefined {
  const { workloadRef } = rollouts.find(({ name }) => name === rollout) ?? rollouts[0]!;
  return objects.filter(isDeployment).find(({ metadata }) => metadata.name === workloadRef.name)?.spec.template;
}
