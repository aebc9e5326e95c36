import { type Outcome } from '../../cluster';
import { canaryName, defined, revisionOf } from '../../core';
import { type RolloutInputs, type RolloutState, SCHEMA_VERSION } from '../state';

/** What is kept of a rollout that stands like this. */
export function stateOf(inputs: Omit<RolloutInputs, 'stage' | 'plan'>, outcome: Outcome): RolloutState {
  const { approve: _, direct: __, warnings: ____, ...kept } = inputs;
  const { namespace, workload } = inputs;
  const { name } = workload.metadata as { name: string };
  const { plan: ___, ...declared } = kept as typeof kept & { plan?: unknown };
  return defined({
    ...declared,
    schemaVersion: SCHEMA_VERSION,
    revision: revisionOf(workload.spec.template),
    stable: { name, namespace },
    canary: { name: canaryName(name), namespace },
    ...outcomeFields(outcome),
  });
}

/** Where a rollout stands, and how to go on from there. */
export function outcomeFields(outcome: Outcome): Pick<RolloutState, 'stage' | 'gate' | 'message'> {
  return { stage: outcome.stage, gate: outcome.gate?.approval ?? '', message: wordsOf(outcome) };
}

function wordsOf({ rollout, stage, stable, gate }: Outcome): string {
  if (gate) {
    const until = gate.until === undefined ? '' : ` until ${gate.until}`;
    return `${rollout} waits at step-${gate.step}${until}; to go on: GRAYLANE_APPROVE=${gate.approval} pulumi up`;
  }
  return stage === 'stable' ? `${rollout} is stable at ${stable}` : `${rollout} stopped at ${stage}; pulumi up goes on`;
}
