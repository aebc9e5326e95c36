import { deleteRecord, destroy, kinds, ourFields, readRecord, recordName, writeRecord } from '../cluster';
import { ID_ANNOTATION, requestOf } from './rollout-request';
import { type RolloutState, upgrade } from './state';
import { engineFor, type Surroundings } from './surroundings';

/**
 * The way back from wherever the release is, then nothing of ours; stable goes only if we made it, and if it still
 * bears this resource's id: Pulumi deletes a renamed resource after its successor has taken the Deployment over.
 */
export async function deleteRollout(around: Surroundings, id: string, state: object): Promise<void> {
  const olds = upgrade<RolloutState>(state);
  const { name, namespace, workload } = olds;
  const engine = await engineFor(around, olds);
  const { api } = engine;
  const key = { name, namespace };
  const live = await api.get({ ...kinds.deployment, name: workload.metadata.name!, namespace });
  const bearer = live?.metadata.annotations?.[ID_ANNOTATION];
  if (bearer !== undefined && bearer !== id) {
    around.log({
      text: `${name}: Deployment ${live!.metadata.name} stays, for ${bearer} holds it`,
      urn: olds.reportAs,
    });
    if (rolloutOf(bearer) !== name) {
      await deleteRecord(api, key);
      await api.delete({ ...kinds.lease, name: recordName(name), namespace });
    }
    return;
  }
  const record = await readRecord(api, key);
  // The command line leaves no id on it, but our fields are ours.
  if (live && record?.facts.created && bearer === undefined && ourFields(live) === undefined) {
    // Somebody made it anew.
    await writeRecord(api, key, { ...record, facts: { ...record.facts, created: false } });
  }
  await destroy(engine, requestOf(olds));
}

/** An id is the rollout's name and a random suffix. */
function rolloutOf(id: string): string {
  return id.replace(/-[0-9a-f]{12}$/, '');
}
