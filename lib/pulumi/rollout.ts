import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { dynamic } from '@pulumi/pulumi';
import { EngineError, kinds, outcomeOf, readRecord, up } from '../cluster';
import { defined } from '../core';
import { isAway, PartialFailure } from './failures';
import { requestOf } from './rollout-request';
import { standingOf, stateOf } from './rollout-state';
import { isKnown, isPending, type RolloutInputs, type RolloutState, upgrade } from './state';
import { engineFor, type Surroundings } from './surroundings';
import { messageOf } from './wording';

/** Another value in one of these is another rollout. */
const IDENTITY = ['cluster', 'namespace', 'name'] as const;
/** What the user declares, and so is his to change. */
const DECLARED = [
  'workload',
  'lane',
  'trafficRoutings',
  'steps',
  'patchPodTemplateMetadata',
  'canaryLabel',
  'advance',
  'hold',
  'adopt',
  'timeout',
  'longestPause',
  'kubeconfig',
  'context',
] as const;

/**
 * Whether there is something to do: the declaration has changed, or the ledger in the cluster is not where it leads.
 * @throws EngineError cluster-changed
 */
export function diffRollout(state: object, news: RolloutInputs): dynamic.DiffResult {
  const olds = upgrade<RolloutState>(state);
  const replaces = IDENTITY.filter((field) => isKnown(news[field]) && olds[field] !== news[field]);
  if (replaces.length > 0 && olds.stage !== 'stable') {
    throw new EngineError('cluster-changed', olds.name, `its ${replaces.join(' and ')} would change at ${olds.stage}`);
  }
  const declared = DECLARED.some((field) => !isDeepStrictEqual(olds[field], news[field]));
  const moves = isPending(olds, news) || olds.stage !== news.stage;
  return { changes: replaces.length > 0 || declared || moves, replaces };
}

export async function createRollout(around: Surroundings, inputs: RolloutInputs): Promise<dynamic.CreateResult> {
  const id = `${inputs.name}-${randomBytes(6).toString('hex')}`;
  return { id, outs: await goOn(around, id, inputs) };
}

export async function updateRollout(
  around: Surroundings,
  id: string,
  state: object,
  inputs: RolloutInputs,
): Promise<dynamic.UpdateResult> {
  return { outs: await goOn(around, id, inputs, upgrade<RolloutState>(state)) };
}

/** A refresh: where the rollout stands, whoever took it there. Without ledger and Deployment it is gone. */
export async function readRollout(around: Surroundings, id: string, state: object): Promise<dynamic.ReadResult> {
  const olds = upgrade<RolloutState>(state);
  const stands = await whereItStands(around, olds);
  if (stands === 'gone') return { id: '', props: {} };
  // Only an update ends at a gate: one that is found there is not passed by the next (see `onUpApproval`).
  const gate = stands.gate === olds.gate ? olds.gate : undefined;
  const props = defined({ ...olds, ...stands, gate });
  // Inputs that nobody has overtaken stay as they are: Pulumi would show a change.
  if (stands.stage === olds.stage) return { id, props };
  const { schemaVersion: _, message: __, stable: ___, canary: ____, ...inputs } = props;
  return { id, props, inputs: { ...inputs, plan: [] } };
}

/** To the next gate, or to the end. What fails on its way keeps what was kept of it, and says where it stands. */
async function goOn(
  around: Surroundings,
  id: string,
  inputs: RolloutInputs,
  olds?: RolloutState,
): Promise<RolloutState> {
  const engine = await engineFor(around, inputs);
  const namespace = inputs.workload.metadata.namespace ?? engine.namespace;
  const placed = { ...inputs, namespace, cluster: engine.api.server };
  let begun = olds !== undefined;
  const report: typeof engine.report = (progress) => {
    begun ||= progress.is === 'changed' || progress.is === 'stage';
    engine.report(progress);
  };
  try {
    return stateOf(placed, await up({ ...engine, report }, requestOf(placed, id)));
  } catch (error) {
    // Nothing was made: there is nothing to keep.
    if (!begun) throw error;
    const kept =
      olds ?? stateOf(placed, outcomeOf(placed, { version: 1, releases: 0, stable: '', templates: {} }, placed));
    const stands = isAway(error) ? 'gone' : await whereItStands(around, kept).catch(() => 'gone' as const);
    const { stage } = stands === 'gone' ? kept : stands;
    throw new PartialFailure(id, { ...kept, stage, gate: undefined, message: messageOf(error) }, error);
  }
}

async function whereItStands(around: Surroundings, state: RolloutState) {
  const { name, namespace, workload } = state;
  const { api } = await engineFor(around, state);
  const record = await readRecord(api, { name, namespace });
  if (record) return standingOf(outcomeOf({ name, namespace }, record.ledger, record.facts.plan));
  const live = await api.get({ ...kinds.deployment, name: workload.metadata.name!, namespace });
  return live ? { stage: state.stage, gate: state.gate, message: state.message } : 'gone';
}
