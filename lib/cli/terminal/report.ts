import { EngineError, type FailureCode, inWordsOf } from '../../cluster';
import { GraylaneError, sentenceOf, type Problem } from '../../core';
import { EXIT, type ExitCode, type Output, type Terminal } from './terminal';
import { waysOut } from './ways-out';

/** Errors that say that it is too early, not that something is wrong. */
const TOO_EARLY: ReadonlySet<string> = new Set(['gate-early', 'stage-ahead', 'check-undecided']);

/** How a live release ends that could not go on; everything else is for somebody to put right. */
const FAILURES: Partial<Record<FailureCode, ExitCode>> = {
  deadline: EXIT.stuck,
  'stable-capacity': EXIT.stuck,
  interrupted: EXIT.interrupted,
};

/** Tells an error on stderr, all of them in one style, and gives the code to end with. */
export function report(error: unknown, { err, env }: Terminal): ExitCode {
  if (error instanceof GraylaneError) {
    for (const problem of error.problems) err.write(describe(problem, err));
    if (error.problems.every(({ code }) => TOO_EARLY.has(code))) return EXIT.waiting;
    return error.problems.some(({ code }) => code === 'check-broken') ? EXIT.broken : EXIT.refused;
  }
  if (error instanceof EngineError) {
    const { at, what, code, fix } = inWordsOf(waysOut, error);
    err.write(`${label(err)} ${at}: ${what} (${code})\n  to fix:  ${fix}\n`);
    return FAILURES[code] ?? EXIT.refused;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  err.write(
    `${label(err)} ${message}\n  this is an error of graylane's own; please report it, with GRAYLANE_DEBUG=1\n`,
  );
  if (env.GRAYLANE_DEBUG) err.write(`${stack}\n`);
  return EXIT.bug;
}

function describe(problem: Problem, err: Output): string {
  const { allowed, fix, code } = problem;
  return `${label(err)} ${sentenceOf(problem)} (${code})\n  allowed: ${allowed}\n  to fix:  ${fix}\n`;
}

function label({ colour }: Output): string {
  return colour ? '\u001b[31merror:\u001b[0m' : 'error:';
}
