import { type Answer, broken, holds, notYet } from '../answer';
import type { CommandCheck } from '../specs/check';
import type { CheckAbout, CheckKind } from './kind';
import type { CommandQuestion, Reply } from './question';
import { shortened } from './reply';
import { fillIn } from './variables';

const TIMEOUT_SECONDS = 60;

export const command: CheckKind<CommandCheck> = {
  words: ({ argv }, about) => `${programOf(argv, about)} ends with 0`,
  texts: ({ argv }) => Object.fromEntries(argv.map((word, i) => [`argv[${i}]`, word])),
  questions: (terms, about) => [questionOf(terms, about)],
  answer: (terms, about, reply) => read(programOf(terms.argv, about), reply(questionOf(terms, about))),
};

function questionOf({ argv, timeoutSeconds = TIMEOUT_SECONDS }: CommandCheck, about: CheckAbout): CommandQuestion {
  return { to: 'command', argv: argv.map((word) => fillIn(word, about)), timeoutSeconds };
}

function read(program: string, reply: Reply): Answer {
  if (reply.is !== 'exit') return notYet(`${program} did not end${reply.is === 'none' ? `: ${reply.why}` : ''}`);
  const lines = reply.output.trim().replace(/\s*\n\s*/g, ' / ');
  const told = `${program} ended with ${reply.code}${lines === '' ? '' : `: ${shortened(lines, 200)}`}`;
  if (reply.code === 0) return holds(told);
  return reply.code === 1 ? broken(told) : notYet(told);
}

/** Arguments may hold what is nobody's business. */
function programOf([program = '']: readonly string[], about?: CheckAbout): string {
  return fillIn(program, about);
}
