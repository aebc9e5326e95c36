import { formatWarning, type Warning } from '../../core';
import { warningLine } from './progress';
import type { Terminal } from './terminal';

/** What is wrong around the release of a rollout. */
export interface ReleaseWarning extends Warning {
  readonly rollout: string;
}

/** Tells warnings on stderr, a line each. */
export function writeWarnings(warnings: readonly ReleaseWarning[], { err }: Pick<Terminal, 'err'>): void {
  for (const warning of warnings) err.write(warningLine(warning.rollout, formatWarning(warning), err));
}
