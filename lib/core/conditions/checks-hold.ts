import { type Answer, answerWords, holds } from '../answer';
import { answerOf, checkWords, questionsOf } from '../checks/check';
import type { Reply } from '../checks/question';
import type { CheckSpec } from '../specs/check';
import type { About, Condition, GateAbout } from './condition';
import { endOf } from './time-over';

/** Everything that the stage asks outside of the cluster: what is broken comes first, then what is awaited. */
export const checksHold: Condition<Pick<About, 'checks' | 'gate'>> = {
  words: ({ checks }) => checks && checksWords(checks.list).join('; '),
  asks: ({ checks }, now) => checks?.list.flatMap((check) => questionsOf(check, checks, now)) ?? [],
  answer: ({ checks, gate }, { now, reply = () => NOBODY }) => {
    const told = (checks?.list ?? []).map((check) => ({ check, answer: answerOf(check, checks!, reply, now) }));
    const deciding = told.filter(({ check }) => !check.dryRun);
    const broken = deciding.filter(({ answer }) => answer.is === 'broken');
    if (broken.length > 0) return { is: 'broken', why: words(broken) };
    const awaited = deciding.filter(
      ({ check, answer }) => answer.is === 'not-yet' && !passesUndecided(check, gate, now),
    );
    return awaited.length > 0 ? { is: 'not-yet', awaited: words(awaited) } : holds(words(told));
  },
};

const NOBODY: Reply = { is: 'none', why: 'nobody asks outside of the cluster here' };

/** What each check waits for. */
export function checksWords(list: readonly CheckSpec[]): string[] {
  return list.map((check) => `${check.name}: ${tried(check)}${checkWords(check)}`);
}

/** What does not know by the end of its step, and is declared to pass then. */
function passesUndecided({ whenUndecided }: CheckSpec, gate: GateAbout | undefined, now: number): boolean {
  return whenUndecided === 'pass' && gate !== undefined && (gate.approved || now >= (endOf(gate) ?? Infinity));
}

function words(told: readonly { readonly check: CheckSpec; readonly answer: Answer }[]): string {
  return told.map(({ check, answer }) => `${check.name}: ${tried(check)}${answerWords(answer)}`).join('; ');
}

/** What decides nothing says so. */
function tried({ dryRun }: CheckSpec): string {
  return dryRun ? '(dry run) ' : '';
}
