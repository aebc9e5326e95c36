import { type Answer, answerWords, holds } from '../answer';
import { answerOf, questionsOf } from '../checks/check';
import type { Reply } from '../checks/question';
import type { CheckSpec } from '../specs/check';
import type { About, Condition, GateAbout, Seen } from './condition';
import { endOf } from './time-over';

/** Everything that the stage asks outside of the cluster: what is broken comes first, then what is awaited. */
export const checksHold: Condition = {
  words: ({ checks }) => checks && `checks ${checks.list.map(({ name }) => name).join(', ')}`,
  asks: ({ checks }, now) => checks?.list.flatMap((check) => questionsOf(check, checks, now)) ?? [],
  answer: (about, seen) => {
    const { list = [] } = about.checks ?? {};
    const told = list.map((check) => ({ check, answer: answerTo(check, about, seen) }));
    const deciding = told.filter(({ check }) => !check.dryRun);
    const broken = deciding.filter(({ answer }) => answer.is === 'broken');
    if (broken.length > 0) return { is: 'broken', why: words(broken) };
    const awaited = deciding.filter(({ check, answer }) => answer.is === 'not-yet' && !passesUndecided(check, about, seen));
    return awaited.length > 0 ? { is: 'not-yet', awaited: words(awaited) } : holds(words(told));
  },
};

const NOBODY: Reply = { is: 'none', why: 'nobody asks outside of the cluster here' };

function answerTo(check: CheckSpec, { checks }: About, { now, reply = () => NOBODY }: Seen): Answer {
  return answerOf(check, checks!, reply, now);
}

/** What does not know by the end of its step, and is declared to pass then. */
function passesUndecided({ whenUndecided }: CheckSpec, { gate }: About, { now }: Seen): boolean {
  return whenUndecided === 'pass' && gate !== undefined && isOver(gate, now);
}

function isOver(gate: GateAbout, now: number): boolean {
  return gate.approved || now >= (endOf(gate) ?? Infinity);
}

function words(told: readonly { readonly check: CheckSpec; readonly answer: Answer }[]): string {
  return told.map(({ check, answer }) => `${check.name}: ${tried(check)}${answerWords(answer)}`).join('; ');
}

/** What decides nothing says so. */
function tried({ dryRun }: CheckSpec): string {
  return dryRun ? '(dry run) ' : '';
}
