import { deleteRecord, destroy, kinds, ourFields, readRecord, recordName, writeRecord } from '../../cluster';
import type { Session } from '../lifecycle/resource-kind';
import type { RolloutState } from '../state';
import { managerOfPulumi } from './adoption';
import { leavingReplicas } from './replicas-ignored';
import { ID_ANNOTATION, requestOf, within } from './rollout-request';

/**
 * The way back from wherever the release is, then nothing of ours; stable goes only if we made it, and if it still
 * bears this resource's id: Pulumi deletes a renamed resource after its successor has taken the Deployment over. In the same
 * way a resource of its Kubernetes provider takes it over, in the update that takes the rollout out of the program.
 */
export async function removeRollout({ engine, host }: Session, id: string, state: RolloutState): Promise<void> {
  const { name, namespace, workload, reportAs: urn } = state;
  const { api } = engine;
  const key = { name, namespace };
  const live = await api.get({ ...kinds.deployment, name: workload.metadata.name!, namespace });
  const bearer = live?.metadata.annotations?.[ID_ANNOTATION];
  if (bearer !== undefined && bearer !== id) {
    host.log({ text: `${name}: Deployment ${live!.metadata.name} stays, for ${bearer} holds it`, urn });
    if (rolloutOf(bearer) !== name) {
      await deleteRecord(api, key);
      await api.delete({ ...kinds.lease, name: recordName(name), namespace });
    }
    return;
  }
  const record = await readRecord(api, key);
  // The command line leaves no id on it, but our fields are ours.
  const madeAnew = live && bearer === undefined && ourFields(live) === undefined;
  if (record?.facts.created && (madeAnew || (live && managerOfPulumi(live) !== undefined))) {
    // It is somebody else's now.
    await writeRecord(api, key, { ...record, facts: { ...record.facts, created: false } });
  }
  await destroy(engine, requestOf(within(await leavingReplicas(engine, state), 'delete')));
}

/** An id is the rollout's name and a random suffix. */
function rolloutOf(id: string): string {
  return id.replace(/-[0-9a-f]{12}$/, '');
}
