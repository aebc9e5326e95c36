import { currentStage, holdsRoute, isService, laneRefs, type LaneSpec, selects } from '../../core';
import type { Engine } from '../port/engine';
import { kinds } from '../port/kinds';
import type { Live } from '../port/port';
import { isUnreadable, listRecords, type RolloutKey, type RolloutRecord } from '../records/rollout-record';
import { type LaneHolder, type LaneKey, type LaneRecord, readLane, versionOfLane } from './lane';

/**
 * The lane as it is stored. One that somebody has damaged or deleted is what its rollouts have stored of themselves: those of
 * its namespace. Others come back to it by their next run.
 * @param spec as it is declared
 */
export async function knownLane(engine: Engine, key: LaneKey, spec: LaneSpec): Promise<LaneRecord> {
  let version: Pick<LaneRecord, 'resourceVersion'> = {};
  try {
    const record = await readLane(engine.api, key);
    if (record) return record;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const rollout = `lane ${key.name}`;
    engine.report({
      rollout,
      is: 'warning',
      what: `${error.message}; it is made anew of what its rollouts have stored`,
    });
    version = await versionOfLane(engine.api, key);
  }
  return { spec, holders: await holdersOf(engine, key, spec), ...version };
}

/** Who takes part in the lane, by the records of rollouts. */
async function holdersOf({ api }: Engine, key: LaneKey, spec: LaneSpec): Promise<LaneHolder[]> {
  const { records } = await listRecords(api, key.namespace);
  const members = records.filter(({ facts: { lane } }) => lane?.name === key.name && lane.namespace === key.namespace);
  const names = [...new Set(laneRefs(spec).map(({ service }) => service))];
  const services = await Promise.all(
    members.length === 0 ? [] : names.map((name) => api.get({ ...kinds.service, name, namespace: key.namespace })),
  );
  const holders = await Promise.all(
    members.map(async (member) => {
      const stable = { ...kinds.deployment, name: member.facts.workload, namespace: member.namespace };
      const live = await api.get(stable);
      return live && holderBy(member, live, services);
    }),
  );
  return holders.flatMap((holder) => holder ?? []);
}

function holderBy(
  { name, namespace, ledger, facts }: RolloutRecord & RolloutKey,
  live: Live,
  services: readonly (Live | undefined)[],
): LaneHolder | undefined {
  const { route } = currentStage(ledger, facts.plan);
  if (ledger.release === undefined || route === 'none') return undefined;
  const { labels } = ledger.templates.stable.metadata ?? {};
  const routed = services.filter((one) => one && isService(one) && selects(one.spec.selector, labels));
  return {
    rollout: name,
    namespace,
    deployment: facts.workload,
    uid: live.metadata.uid,
    release: ledger.release.number,
    services: routed.map((one) => one!.metadata.name),
    holds: holdsRoute(route),
  };
}
