import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatLedger, GraylaneError, type Ledger, parseLedger, type PodTemplate, restsOn } from '../core';
import { problem } from './errors';

const ENDING = '.json';

/** File of a rollout's ledger in a folder. */
export function ledgerFile(folder: string, rollout: string): string {
  return join(folder, `${rollout}${ENDING}`);
}

/**
 * The ledger of a rollout; undefined if the folder has none.
 * @throws GraylaneError ledger-invalid, ledger-version or file-unreadable, with the file
 */
export function readLedger(folder: string, rollout: string): Ledger | undefined {
  const file = ledgerFile(folder, rollout);
  const text = textOf(file);
  return text === undefined ? undefined : parseLedger(text, file);
}

/**
 * The ledger of a rollout that has to have one; undefined where it is at rest with this template, as its text alone tells:
 * looking at that takes a tenth of reading it.
 * @throws GraylaneError as `ledgerIn`
 */
export function ledgerUnlessAtRest(
  folder: string,
  rollout: string,
  template: PodTemplate,
  workload: string,
): Ledger | undefined {
  const file = ledgerFile(folder, rollout);
  const text = textOf(file);
  if (text !== undefined && restsOn(text, template, workload)) return undefined;
  return demanded(file, text);
}

function textOf(file: string): string | undefined {
  return unlessMissing(file, () => readFileSync(file, 'utf8'));
}

/**
 * The ledger of a rollout that has to have one.
 * @throws GraylaneError ledger-missing, and as `readLedger`
 */
export function ledgerIn(folder: string, rollout: string): Ledger {
  const file = ledgerFile(folder, rollout);
  return demanded(file, textOf(file));
}

function demanded(file: string, text: string | undefined): Ledger {
  if (text === undefined) throw new GraylaneError(problem('ledger-missing', file, undefined));
  return parseLedger(text, file);
}

/** Names of the rollouts that have a ledger in the folder. */
export function listLedgers(folder: string): string[] {
  return (unlessMissing(folder, () => readdirSync(folder)) ?? [])
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
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}.unfinished`;
  try {
    writeFileSync(unfinished, text, { flush: true });
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** What is not there is no error; what is there and cannot be read is one of the user's. */
function unlessMissing<T>(path: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new GraylaneError(problem('file-unreadable', path, code));
  }
}
