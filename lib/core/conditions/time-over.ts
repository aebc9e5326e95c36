import { holds } from '../answer';
import type { GateAbout, GateCondition } from './condition';

/** The time of a timed gate, which begins when its stage has settled. */
export const timeOver: GateCondition = {
  words: ({ gate }) => `${gate!.pause.duration} s`,
  answer: ({ gate }, { now }) => {
    const end = endOf(gate!);
    const pause = pauseWords(gate!);
    if (end === undefined) return { is: 'not-yet', awaited: `${pause} has not begun` };
    const until = new Date(end).toISOString();
    if (now >= end) return holds(`${pause} ended at ${until}`);
    return { is: 'not-yet', awaited: `the pause ends at ${until}`, since: gate!.settledAt!, until };
  },
};

function pauseWords({ step }: GateAbout): string {
  return step === undefined ? 'the pause after promotion' : `the pause of step ${step}`;
}

/** Milliseconds since 1970; undefined while it has not begun. */
export function endOf({ settledAt, pause }: GateAbout): number | undefined {
  return settledAt === undefined ? undefined : Date.parse(settledAt) + (pause.duration ?? Infinity) * 1000;
}
