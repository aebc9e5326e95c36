import { type RolloutRecording, type Recording } from '../core';
import { writeWhole } from '../ledger';

/** Name of the variable that asks for a recording, and holds the file for it. */
export const RECORD_VARIABLE = 'GRAYLANE_RECORD';

/** One process may synthesize several apps: they share the file. */
const ledgers: Record<string, readonly RolloutRecording[]> = {};

/** Adds what an app declares of its rollouts to the recording. */
export function writeRecording(file: string, folder: string, rollouts: readonly RolloutRecording[]): void {
  ledgers[folder] = rollouts;
  writeWhole(file, `${JSON.stringify({ version: 1, ledgers } satisfies Recording, undefined, 2)}\n`);
}
