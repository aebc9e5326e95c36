import { type Engine, goneWords, kinds, type Live, outcomeOf, readRecord, recordName, up } from '../../cluster';
import { checkRollout, defined, newLedger, refuse, sameJson, workloadRenamed } from '../../core';
import { problem } from '../errors';
import { messageOf } from '../lifecycle/error-messages';
import { isAway } from '../lifecycle/failures';
import type { Observed, ResourceKind, Session, WithName } from '../lifecycle/resource-kind';
import type { DeclaredRollout, InCluster, RolloutInputs, RolloutState } from '../state';
import { refuseAdoption, refuseTakeover } from './adoption';
import { asFound, damageTo } from './damage';
import { foreseeRollout } from './rollout-foresight';
import { possibleOutcomes } from './rollout-plan';
import { removeRollout } from './rollout-removal';
import { leavingReplicas, scaledBy } from './replicas-ignored';
import { requestOf, specOf, within } from './rollout-request';
import { outcomeFields, stateOf } from './rollout-state';

export const rolloutKind: ResourceKind<DeclaredRollout, RolloutInputs, RolloutState> = {
  noun: 'rollout',
  title: (name) => name,
  declared: [
    'workload',
    'lane',
    'trafficRoutings',
    'steps',
    'checks',
    'onBroken',
    'bakeSeconds',
    'patchPodTemplateMetadata',
    'patchCanaryMetadata',
    'canaryLabel',
    'advance',
    'hold',
    'adopt',
    'replicasIgnored',
    'timeout',
    'customTimeouts',
    'longestPause',
    'kubeconfig',
    'context',
  ] satisfies (keyof DeclaredRollout)[],
  foreseen: ['namespace', 'cluster', 'revision', 'stage', 'gate'],
  keepable: ({ secretWorkload, ...declared }) => {
    checkSecrets({ secretWorkload });
    return declared;
  },
  validate: (news, olds) => {
    checkWorkloadArgs(olds, news);
    refuse(checkRollout(specOf({ ...news, namespace: news.workload.metadata.namespace ?? 'default' })));
  },
  namespaceOf: ({ workload }) => workload.metadata.namespace,
  foresee: foreseeRollout,
  refuseTakeover: ({ engine }, inputs, id) => refuseTakeover(engine, inputs, id),
  possible: possibleOutcomes,
  /** To the next gate, or to the end. */
  apply: async ({ engine }, id, inputs, olds) => {
    await refuseAdoption(engine, inputs, olds && id);
    const asked = await leavingReplicas(engine, inputs);
    return stateOf(inputs, await up(engine, requestOf(within(asked, olds ? 'update' : 'create'), id)));
  },
  stopped: stoppedRollout,
  observe: observeRollout,
  remove: removeRollout,
};

async function stoppedRollout(
  session: Session,
  inputs: RolloutInputs & InCluster,
  error: unknown,
  olds?: RolloutState,
): Promise<RolloutState> {
  const kept = olds ?? stateOf(inputs, outcomeOf(inputs, newLedger(inputs.workload.spec.template), inputs));
  const seen = isAway(error) ? undefined : await readRecord(session.engine.api, kept).catch(() => undefined);
  const stage = seen ? (seen.ledger.release?.stage ?? 'stable') : kept.stage;
  // Only an update that ends at a gate may pass it with the next (see `onUpApproval`).
  return { ...kept, stage, gate: '', message: messageOf(error) };
}

/** Without ledger and Deployment it is gone. */
async function observeRollout(session: Session, olds: RolloutState): Promise<Observed<RolloutState> | undefined> {
  const { api } = session.engine;
  const { name, namespace } = olds;
  const record = await readRecord(api, olds);
  const live = await api.get({ ...kinds.deployment, name: olds.workload.metadata.name!, namespace });
  if (record === undefined && live === undefined) return undefined;
  const position = record
    ? outcomeFields(outcomeOf({ name, namespace }, record.ledger, record.facts.plan), olds.revision)
    : olds;
  const damage = record
    ? await damageTo(session.engine, await leavingReplicas(session.engine, olds), record)
    : [goneWords('ConfigMap', recordName(name))];
  // Only an update ends at a gate: one that is found there is not passed by the next (see `onUpApproval`).
  const gate = position.gate === olds.gate ? olds.gate : '';
  const damaged = damage.length > 0;
  const message = damaged ? `${name}: ${damage.join('; ')}. To put it right: pulumi up` : position.message;
  if (damaged) session.host.log({ text: message, urn: olds.reportAs, warning: true });
  const workload =
    live && position.stage === 'stable' ? await foundWorkload(session.engine, olds, live) : olds.workload;
  const seen = { stage: position.stage, message, gate, workload, damage: damaged ? damage : undefined };
  const props = defined({ ...olds, ...seen });
  // With the inputs as they are found, the next preview compares them with what is declared, and so does Pulumi's display.
  if (position.stage === olds.stage && sameJson(workload, olds.workload)) return { props };
  const { schemaVersion: _, message: __, stable: ___, canary: ____, damage: _____, ...inputs } = props;
  return { props, inputs: { ...inputs, plan: [] } };
}

/** Replicas that are ignored are shown as they are declared, whatever somebody has set. */
async function foundWorkload(engine: Engine, olds: RolloutState, live: Live): Promise<RolloutState['workload']> {
  if (!olds.replicasIgnored) return asFound(engine, olds, live);
  const { workload } = olds;
  const unscaled = { ...olds, workload: scaledBy(workload, undefined) };
  return scaledBy(await asFound(engine, unscaled, live), workload.spec.replicas);
}

/** R16: the release keeps the pod template where everybody can read it who can read the Deployment. */
export function checkSecrets({ secretWorkload = [] }: Pick<DeclaredRollout, 'secretWorkload'>): void {
  refuse(secretWorkload.map((path) => problem('workload-secret', path, 'a Pulumi secret')));
}

/** @throws GraylaneError for a workload that is none, or that is not the one of before */
export function checkWorkloadArgs(
  olds: Partial<RolloutInputs>,
  { workload, name }: Pick<WithName<DeclaredRollout>, 'workload' | 'name'>,
): void {
  const { apiVersion = 'apps/v1', kind = 'Deployment', metadata, spec } = workload;
  const given = `${apiVersion} ${kind}`;
  if (given !== 'apps/v1 Deployment') refuse([problem('workload-kind', 'workload.kind', given)]);
  if (!metadata?.name) refuse([problem('workload-missing', 'workload.metadata.name', undefined)]);
  if (!spec?.template) refuse([problem('field-missing', 'workload.spec.template', undefined)]);
  const before = olds.name === name ? olds.workload?.metadata.name : undefined;
  if (before !== undefined && before !== metadata.name) {
    refuse([workloadRenamed(`${metadata.name}, and was ${before}`, 'workload.metadata.name')]);
  }
}
