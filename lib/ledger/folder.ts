import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { formatLedger, type Ledger, parseLedger } from '../core';

const ENDING = '.json';

/** File of a rollout's ledger in a folder. */
export function ledgerFile(folder: string, rollout: string): string {
  return join(folder, `${rollout}${ENDING}`);
}

/**
 * The ledger of a rollout; undefined if the folder has none.
 * @throws GraylaneError ledger-invalid or ledger-version, with the file
 */
export function readLedger(folder: string, rollout: string): Ledger | undefined {
  const file = ledgerFile(folder, rollout);
  return existsSync(file) ? parseLedger(readFileSync(file, 'utf8'), file) : undefined;
}

/** Names of the rollouts that have a ledger in the folder. */
export function listLedgers(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .sort();
}

/** Writes the ledger of a rollout, whole or not at all. */
export function writeLedger(folder: string, rollout: string, ledger: Ledger): void {
  writeWhole(ledgerFile(folder, rollout), formatLedger(ledger));
}

/** Replaces a file in one step: a reader sees the old text or the new one, never a part. */
export function writeWhole(file: string, text: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  const handle = openSync(draft, 'w');
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
}
