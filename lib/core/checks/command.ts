import { type Answer, broken, holds, notYet } from '../answer';
import type { CommandCheck } from '../specs/check';
import type { CheckKind } from './kind';
import type { CommandQuestion, Reply } from './question';
import { shortened } from './reply';

const TIMEOUT_SECONDS = 60;

export const command: CheckKind<CommandCheck> = {
  words: ({ argv }) => `${programOf(argv)} ends with 0`,
  texts: ({ argv }) => Object.fromEntries(argv.map((word, i) => [`argv[${i}]`, word])),
  withTexts: (terms, change) => ({ ...terms, argv: terms.argv.map(change) }),
  questions: (terms) => [questionOf(terms)],
  answer: ({ argv, ...terms }, _, reply) => read(programOf(argv), reply(questionOf({ argv, ...terms }))),
};

function questionOf({ argv, timeoutSeconds = TIMEOUT_SECONDS }: CommandCheck): CommandQuestion {
  return { to: 'command', argv, timeoutSeconds };
}

function read(program: string, reply: Reply): Answer {
  if (reply.is !== 'exit') return notYet(`${program} did not end${reply.is === 'none' ? `: ${reply.why}` : ''}`);
  const lines = reply.output.trim().replace(/\s*\n\s*/g, ' / ');
  const told = `${program} ended with ${reply.code}${lines === '' ? '' : `: ${shortened(lines, 200)}`}`;
  if (reply.code === 0) return holds(told);
  return reply.code === 1 ? broken(told) : notYet(told);
}

/** Arguments may hold what is nobody's business. */
function programOf([program = '']: readonly string[]): string {
  return program;
}
