import type { Outcome, Progress } from '../../cluster';
import type { OutputFormat } from './output';
import { jobLine, outcomeLine, writeProgress } from './progress';
import type { Terminal } from './terminal';

/** Tells how a command on a live cluster gets on. */
export interface Teller {
  readonly progress: (progress: Progress) => void;
  readonly outcome: (outcome: Outcome) => void;
  readonly detached: (outcome: Outcome, job: string) => void;
}

/** Lines for people, warnings on stderr, or one JSON object or YAML document per event, the outcome among them. */
export function teller(format: OutputFormat, terminal: Terminal): Teller {
  const { out } = terminal;
  if (format === 'table') {
    return {
      progress: (progress: Progress) => writeProgress(progress, terminal),
      outcome: (outcome) => out.write(outcomeLine(outcome)),
      detached: (outcome, job) => out.write(jobLine(outcome, job)),
    };
  }
  const event = (data: object) => out.write(`${format === 'yaml' ? '--- ' : ''}${JSON.stringify(data)}\n`);
  return {
    progress: event,
    outcome: (outcome) => event({ is: 'outcome', ...outcome }),
    detached: (outcome, job) => event({ is: 'outcome', ...outcome, job }),
  };
}
