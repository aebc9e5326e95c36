import { holds } from '../answer';
import type { GateCondition } from './condition';

/** Somebody lets the release pass the gate of a step. */
export const approval: GateCondition = {
  words: ({ gate }) => `approval of step ${gate!.step}`,
  answer: ({ gate }) => {
    const { step, approved, approval: form, settledAt } = gate!;
    if (approved) return holds(`step ${step} is approved`);
    const awaited = `approval of step ${step}${form === undefined ? '' : `: ${form}`}`;
    return { is: 'not-yet', awaited, ...(settledAt !== undefined && { since: settledAt }) };
  },
};
