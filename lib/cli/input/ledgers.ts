import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  formatLedger,
  GraylaneError,
  type Ledger,
  type RolloutRecording,
  type Recording,
  templatesOf,
} from '../../core';
import { problem } from '../errors';
import { ledgerFile, writeLedger } from '../../ledger';
import { diffLines } from '../terminal/diff';
import { EXIT, type ExitCode, type Terminal } from '../terminal/terminal';

/** Options of the commands that edit ledger files. */
export interface LedgerOptions {
  readonly ledger?: string;
  readonly frozen?: boolean;
}

/** The ledger of a rollout before and after a command. */
export interface LedgerMove {
  readonly folder: string;
  readonly rollout: RolloutRecording;
  readonly before: Ledger | undefined;
  readonly after: Ledger;
}

/** The rollouts of one folder of ledgers. */
export interface LedgerFolder {
  readonly folder: string;
  readonly rollouts: readonly RolloutRecording[];
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
export function chooseFolder(recording: Recording, options: LedgerOptions, terminal: Terminal): LedgerFolder {
  const [found, other] = chooseFolders(recording, options, terminal);
  if (other === undefined) return found!;
  throw noSuchFolder(recording, options);
}

/**
 * The folders of ledgers that are meant: all of them, or the one that was named.
 * @throws GraylaneError ledger-folder, with the folders that the app has
 */
export function chooseFolders(recording: Recording, options: LedgerOptions, terminal: Terminal): LedgerFolder[] {
  const wanted = options.ledger === undefined ? undefined : resolve(terminal.folder, options.ledger);
  const found = Object.entries(recording.ledgers)
    .map(([name, rollouts]) => ({ folder: resolve(terminal.folder, name), rollouts }))
    .filter(({ folder }) => wanted === undefined || folder === wanted);
  if (found.length === 0) throw noSuchFolder(recording, options);
  return found;
}

function noSuchFolder({ ledgers }: Recording, { ledger }: LedgerOptions): GraylaneError {
  return new GraylaneError(problem('ledger-folder', '--ledger', ledger, { allowed: Object.keys(ledgers).join(', ') }));
}

/** @throws GraylaneError rollout-not-found, with the rollouts that there are */
export function rolloutNamed(rollouts: readonly RolloutRecording[], name: string): RolloutRecording {
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
  if (name === undefined) throw new GraylaneError(problem('advance-nothing', 'rollouts', 'no new template'));
  if (other === undefined) return name;
  throw new GraylaneError(problem('rollout-ambiguous', 'rollouts', 'no name', { allowed: names.join(', ') }));
}

/** Tells what each move changes, and writes it unless the ledgers are frozen. */
export function writeMoves(moves: readonly LedgerMove[], { frozen }: LedgerOptions, terminal: Terminal): ExitCode {
  const changed = moves.filter(
    ({ before, after }) => before === undefined || formatLedger(before) !== formatLedger(after),
  );
  const fileOf = ({ folder, rollout }: LedgerMove) => relative(terminal.folder, ledgerFile(folder, rollout.name));
  for (const move of moves) {
    const word = !changed.includes(move) ? 'unchanged' : move.before === undefined ? 'created' : 'changed';
    terminal.out.write(`${fileOf(move)}: ${word}; ${standingWords(move.after)}\n`);
    if (changed.includes(move)) terminal.out.write(diffLines(readable(move.before), readable(move.after)));
  }
  if (frozen && changed.length > 0) {
    throw new GraylaneError(problem('ledger-frozen', '--frozen', `a change of ${changed.map(fileOf).join(', ')}`));
  }
  for (const { folder, rollout, after } of changed) writeLedger(folder, rollout.name, after);
  return EXIT.done;
}

function standingWords({ release, stable }: Ledger): string {
  if (release === undefined) return `no release under way, stable is ${stable}`;
  return `release ${release.number} to ${release.target} is at ${release.stage}`;
}

/** R16: a template may hold values that belong in no log; its hash tells whether it is another one. */
function readable(ledger: Ledger | undefined): string {
  if (ledger === undefined) return '';
  const { stable, target } = templatesOf(ledger);
  const templates = Object.fromEntries(
    Object.entries(ledger.templates).map(([revision, template]) => [
      revision,
      [...(template === stable ? ['stable'] : []), ...(template === target ? ['target'] : [])].join(' and '),
    ]),
  );
  return JSON.stringify({ ...ledger, templates }, undefined, 2);
}
