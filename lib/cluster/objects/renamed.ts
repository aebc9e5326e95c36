import {
  changesPods,
  checkRenamed,
  type Declarations,
  type Deployment,
  isDeployment,
  objectName,
  refuse,
  type RolloutSpec,
  takesPodsOf,
  within,
  workloadRenamed,
} from '../../core';
import { kinds } from '../port/kinds';
import type { Api } from '../port/port';
import { listRecords, type RolloutKey, type RolloutRecord } from '../records/rollout-record';
import { unlessForbidden } from './foreign';

/**
 * A rollout that has another Deployment than it had: whatever is asked, it would be done to the wrong one.
 * @throws GraylaneError workload-renamed
 */
export function refuseRenamed(
  { key, spec }: { readonly key: RolloutKey; readonly spec: Pick<RolloutSpec, 'workloadRef'> },
  record: RolloutRecord | undefined,
): void {
  refuse(within(`rollout ${key.name}`, checkRenamed(record?.facts.workload, spec)));
}

/** What is about to be made at once. */
export interface Beginning {
  readonly api: Api;
  readonly declarations: Pick<Declarations, 'rollouts'>;
  readonly key: RolloutKey;
  readonly deployment: Deployment;
}

/**
 * What a Deployment that is about to be made takes over of rollouts that are not declared here: their pods, by its
 * selector, or a Service that they route.
 * @returns what is left behind, in words, where its pods run as those of before
 * @throws GraylaneError workload-renamed, where they do not: nobody would have approved them
 */
export function takenOver({ api, declarations, key, deployment }: Beginning): Promise<string[]> {
  return unlessForbidden(async () => {
    const { records } = await listRecords(api, key.namespace);
    const { rollouts } = declarations;
    const routed = servicesOf(rollouts.find(({ name }) => name === key.name)?.trafficRoutings);
    const told: string[] = [];
    for (const { name, facts, ledger } of records) {
      const { stable } = ledger.templates;
      const shares = servicesOf(facts.plan.trafficRoutings).some((service) => routed.includes(service));
      if (rollouts.some((one) => one.name === name) || !(shares || takesPodsOf(deployment, stable))) continue;
      const live = await api.get({ ...kinds.deployment, name: facts.workload, namespace: key.namespace });
      if (live === undefined || !isDeployment(live)) continue;
      const before = `${objectName(live)} of rollout ${name}`;
      if (changesPods(deployment, stable)) {
        const given = `${deployment.metadata.name}, beside ${before}, which is not declared here`;
        refuse(within(`rollout ${key.name}`, [workloadRenamed(given)]));
      }
      told.push(`${before} is left behind, and serves beside ${objectName(deployment)} until it is removed`);
    }
    return told;
  });
}

function servicesOf(refs: readonly { readonly service: string }[] = []): string[] {
  return refs.map(({ service }) => service);
}
