import type { AppRecording, Recording } from '../core';
import { writeWhole } from '../ledger';

/** Name of the variable that asks for a recording, and holds the file for it. */
export const RECORD_VARIABLE = 'GRAYLANE_RECORD';

/** One process may synthesize several apps: they share the file. */
const apps: Record<string, AppRecording> = {};

/** Adds what an app declares to the recording. */
export function writeRecording(file: string, folder: string, app: AppRecording): void {
  apps[folder] = app;
  writeWhole(file, `${JSON.stringify({ version: 2, apps } satisfies Recording, undefined, 2)}\n`);
}
