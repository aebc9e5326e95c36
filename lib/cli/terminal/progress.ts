import type { Outcome, Progress } from '../../cluster';
import { formatWarning, type Warning } from '../../core';
import type { Output, Terminal } from './terminal';

/** A line of a release's story: warnings on stderr, the others on stdout. */
export function writeProgress(progress: Progress, { out, err }: Pick<Terminal, 'out' | 'err'>): void {
  const stream = progress.is === 'warning' ? err : out;
  stream.write(progressLine(progress, stream));
}

/** What is wrong around the release of a rollout. */
export interface ReleaseWarning extends Warning {
  readonly rollout: string;
}

/** A warning looks the same wherever it comes from. */
export function writeWarnings(warnings: readonly ReleaseWarning[], terminal: Pick<Terminal, 'out' | 'err'>): void {
  for (const warning of warnings) {
    writeProgress({ is: 'warning', rollout: warning.rollout, what: formatWarning(warning) }, terminal);
  }
}

function progressLine(progress: Progress, { colour }: Output): string {
  const { rollout } = progress;
  switch (progress.is) {
    case 'stage':
      return `${paint(`${rollout}: ${progress.stage}`, BOLD, colour)}\n`;
    case 'changed':
      return `  ${progress.verb.padEnd(7)} ${progress.object}\n`;
    case 'waiting':
      return paint(`  waiting: ${progress.what}`, DIM, colour) + '\n';
    case 'warning':
      return `${paint('warning:', YELLOW, colour)} ${rollout}: ${progress.what}\n`;
  }
}

/** How a run has ended, and what to type to go on. */
export function outcomeLine({ rollout, stage, gate, message, aborting, bakesUntil, takenBack }: Outcome): string {
  if (gate?.until !== undefined) return `${rollout} waits at step-${gate.step} until ${gate.until}\n`;
  if (gate) return `${rollout} waits at step-${gate.step}; to go on: --approve ${gate.approval}, to go back: --abort\n`;
  if (stage === 'stable' && takenBack) return `${message}; to release it once more: --again\n`;
  return stage === 'stable' || aborting || bakesUntil !== undefined
    ? `${message}\n`
    : `${rollout} is held at ${stage}\n`;
}

/** How to look at a Job. */
export function jobLine({ rollout, namespace }: Outcome, job: string): string {
  return `${rollout}: Job ${namespace}/${job} goes on with it: graylane status -n ${namespace}, kubectl -n ${namespace} logs -f job/${job}\n`;
}

export const BOLD = 1;
export const DIM = 2;
export const RED = 31;
export const GREEN = 32;
export const YELLOW = 33;
export const CYAN = 36;

/** Text in one of the colours of a terminal. */
export function paint(text: string, code: number, colour: boolean): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text;
}
