import { bakesWords, type Outcome } from '../../cluster';
import { canaryName, defined, formatRelease, revisionOf } from '../../core';
import { type RolloutInputs, type RolloutState, SCHEMA_VERSION } from '../state';

/** What is kept of a rollout that stands like this. */
export function stateOf(inputs: Omit<RolloutInputs, 'stage' | 'plan'>, outcome: Outcome): RolloutState {
  const { approve: _, direct: __, warnings: ____, abort: _____, again: ______, ...kept } = inputs;
  const { namespace, workload } = inputs;
  const { name } = workload.metadata as { name: string };
  const { plan: ___, ...declared } = kept as typeof kept & { plan?: unknown };
  const revision = revisionOf(workload.spec.template);
  return defined({
    ...declared,
    schemaVersion: SCHEMA_VERSION,
    revision,
    stable: { name, namespace },
    canary: { name: canaryName(name), namespace },
    ...outcomeFields(outcome, revision),
  });
}

/**
 * Where a rollout stands, and how to go on from there.
 * @param declared the revision that the program has
 */
export function outcomeFields(outcome: Outcome, declared: string): Pick<RolloutState, 'stage' | 'gate' | 'message'> {
  return { stage: outcome.stage, gate: outcome.gate?.approval ?? '', message: wordsOf(outcome, declared) };
}

function wordsOf({ rollout, stage, stable, gate, takenBack, releases, bakesUntil }: Outcome, declared: string): string {
  if (gate) {
    const until = gate.until === undefined ? '' : ` until ${gate.until}`;
    return `${rollout} waits at step-${gate.step}${until}; to go on: GRAYLANE_APPROVE=${gate.approval} pulumi up`;
  }
  if (bakesUntil !== undefined) return `${bakesWords(rollout, bakesUntil)}; pulumi up goes on then`;
  if (stage !== 'stable') return `${rollout} stopped at ${stage}; pulumi up goes on`;
  if (takenBack?.revision === declared) {
    const again = `to release it once more: GRAYLANE_AGAIN=${formatRelease({ rollout, number: releases })} pulumi up`;
    return `${rollout} is stable at ${stable}; ${declared} was taken back: ${takenBack.because}; ${again}`;
  }
  const waits = `; ${declared}, which is declared, is released by the next pulumi up that neither holds nor aborts`;
  return `${rollout} is stable at ${stable}${declared === stable ? '' : waits}`;
}
