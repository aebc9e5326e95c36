import type { Outcome, Progress } from '../../cluster';
import type { Output, Terminal } from './terminal';

/** A line of a release's story: warnings on stderr, the others on stdout. */
export function writeProgress(progress: Progress, { out, err }: Pick<Terminal, 'out' | 'err'>): void {
  const stream = progress.is === 'warning' ? err : out;
  stream.write(progressLine(progress, stream));
}

/** A warning looks the same wherever it comes from. */
export function warningLine(rollout: string, what: string, { colour }: Output): string {
  return `${paint('warning:', YELLOW, colour)} ${rollout}: ${what}\n`;
}

function progressLine(progress: Progress, output: Output): string {
  const { rollout } = progress;
  const { colour } = output;
  switch (progress.is) {
    case 'stage':
      return `${paint(`${rollout}: ${progress.stage}`, BOLD, colour)}\n`;
    case 'changed':
      return `  ${progress.verb.padEnd(7)} ${progress.object}\n`;
    case 'waiting':
      return paint(`  waiting: ${progress.what}`, DIM, colour) + '\n';
    case 'warning':
      return warningLine(rollout, progress.what, output);
  }
}

/** How a run has ended, and what to type to go on. */
export function outcomeLine({ rollout, stage, gate, message, aborting }: Outcome): string {
  if (gate?.until !== undefined) return `${rollout} waits at step-${gate.step} until ${gate.until}\n`;
  if (gate) return `${rollout} waits at step-${gate.step}; to go on: --approve ${gate.approval}, to go back: --abort\n`;
  return stage === 'stable' || aborting ? `${message}\n` : `${rollout} is held at ${stage}\n`;
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
