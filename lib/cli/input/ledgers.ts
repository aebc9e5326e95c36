import { resolve } from 'node:path';
import type { Command } from 'commander';
import { GraylaneError } from '../../core';
import type { LedgerFolder } from './cdk8s-app';
import { problem } from '../errors';
import type { Terminal } from '../terminal/terminal';

/** Options of the commands that edit ledger files. */
export interface LedgerOptions {
  readonly ledger?: string;
  readonly frozen?: boolean;
}

export function ledgerOptions(command: Command): Command {
  return command
    .argument('[rollouts...]', 'names of rollouts')
    .option('--ledger <folder>', 'the folder of ledgers, where the app has several')
    .option('--frozen', 'write nothing, and fail if something would be written');
}

/**
 * The folder of ledgers that is meant: the only one, or the one that was named.
 * @throws GraylaneError ledger-folder, with the folders that the app has
 */
export function chooseFolder(
  folders: readonly LedgerFolder[],
  options: LedgerOptions,
  terminal: Terminal,
): LedgerFolder {
  const [found, other] = chooseFolders(folders, options, terminal);
  if (other === undefined) return found!;
  throw noSuchFolder(folders, options);
}

/**
 * The folders of ledgers that are meant: all of them, or the one that was named.
 * @throws GraylaneError ledger-folder, with the folders that the app has
 */
export function chooseFolders(
  folders: readonly LedgerFolder[],
  options: LedgerOptions,
  terminal: Terminal,
): readonly LedgerFolder[] {
  const wanted = options.ledger === undefined ? undefined : resolve(terminal.folder, options.ledger);
  const found = folders.filter(({ folder }) => wanted === undefined || folder === wanted);
  if (found.length === 0) throw noSuchFolder(folders, options);
  return found;
}

function noSuchFolder(folders: readonly LedgerFolder[], { ledger }: LedgerOptions): GraylaneError {
  const allowed = folders.map(({ name }) => name).join(', ');
  return new GraylaneError(problem('ledger-folder', '--ledger', ledger, { allowed }));
}

/** @throws GraylaneError rollout-not-found, with the rollouts that there are */
export function rolloutNamed<T extends { readonly name: string }>(rollouts: readonly T[], name: string): T {
  const found = rollouts.find((rollout) => rollout.name === name);
  if (found !== undefined) return found;
  const allowed = rollouts.map((rollout) => rollout.name).join(', ') || 'a rollout of the app; it has none';
  throw new GraylaneError(problem('rollout-not-found', 'rollouts', name, { allowed }));
}

/**
 * The rollout that is meant where none was named.
 * @throws GraylaneError advance-nothing for none of them, rollout-ambiguous for several
 */
export function onlyOne(names: readonly string[]): string {
  const [name, other] = names;
  if (name === undefined)
    throw new GraylaneError(
      problem('advance-nothing', 'rollouts', 'no rollout has a new template or a release under way'),
    );
  if (other === undefined) return name;
  throw new GraylaneError(problem('rollout-ambiguous', 'rollouts', 'no name', { allowed: names.join(', ') }));
}

/** A folder as the app names it, which commands have to say where there are others. */
export function namedAmong(
  path: string,
  folders: readonly LedgerFolder[],
): { readonly folder: string; readonly onlyFolder: boolean } {
  const { name } = folders.find(({ folder }) => folder === path)!;
  return { folder: name, onlyFolder: folders.length === 1 };
}
