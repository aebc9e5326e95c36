import { laneRefs, transition } from '../../core';
import { giveBack } from '../objects/ownership';
import { removeIn } from '../objects/namespace';
import { kinds } from '../port/kinds';
import type { Engine } from '../port/engine';
import { type LaneKey, laneName, livingHolders, readLane, withLane } from '../routes/lane';
import { heldLane } from '../routes/lane-setup';
import { deleteRecord, recordName } from '../records/rollout-record';
import { basesIn, findRollout } from '../routes/observe';
import { refOf } from '../port/port';
import type { UpRequest } from '../run/request';
import { save, tellChange } from '../run/run';
import { withRollout } from './session';
import { sweep } from './stage';
import { walkRelease } from './walk';

/**
 * R11: walks the way back, then removes everything that is stored of the rollout, and stable too if we made it; one that was
 * adopted is given back. With its namespace all of it is gone.
 * @throws GraylaneError for wrong input; EngineError for everything that a cluster can do
 */
export async function destroy(engine: Engine, request: UpRequest): Promise<void> {
  const { key } = findRollout(request.declarations, request.namespace, request.rollout);
  await removeIn(engine.api, key.namespace, () => walkBack(engine, request));
}

async function walkBack(engine: Engine, request: UpRequest): Promise<void> {
  const { api } = engine;
  const key = await withRollout(engine, { ...request, abort: true }, async (run) => {
    const { record, member } = run;
    if (record.resourceVersion === undefined) return run.key;
    const stable = refOf(member.deployment);
    const live = await api.get(stable);
    // Whoever has deleted stable does not want it back for the sake of the way back.
    if (live && record.ledger.release) {
      await save(run, transition(record.ledger, { is: 'abort' }, member.plan));
      await walkRelease(run, false);
    }
    await sweep(run, live?.metadata.uid ?? '');
    if (record.facts.created) {
      await api.delete(stable);
      tellChange(run, 'deleted', stable);
    } else {
      await giveBack(api, stable);
    }
    await deleteRecord(api, run.key);
    return run.key;
  });
  await api.delete({ ...kinds.lease, name: recordName(key.name), namespace: key.namespace });
}

/**
 * Removes a lane that nobody holds, and gives back what its bases were given.
 * @throws EngineError lane-held, with the holders
 */
export async function removeLane(engine: Engine, key: LaneKey): Promise<void> {
  await removeIn(engine.api, key.namespace, () => unregister(engine, key));
}

async function unregister(engine: Engine, key: LaneKey): Promise<void> {
  await withLane({ engine, key }, key, async ({ engine: locked }) => {
    const { api, gateways } = locked;
    const record = await readLane(api, key);
    if (record === undefined) return;
    const holders = await livingHolders(locked, record.holders);
    if (holders.length > 0) throw heldLane(key, holders);
    for (const base of laneRefs(record.spec).flatMap((ref) => basesIn(ref, key.namespace, gateways))) {
      const { apiVersion, kind, name, namespace } = base;
      // Applying nothing gives up everything that we have applied, and nothing of anybody else's.
      if (await api.get(base)) await api.apply({ apiVersion, kind, metadata: { name, namespace } });
    }
    await api.delete({ ...kinds.configMap, name: laneName(key), namespace: key.namespace });
  });
  await engine.api.delete({ ...kinds.lease, name: laneName(key), namespace: key.namespace });
}
