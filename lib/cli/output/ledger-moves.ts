import { relative } from 'node:path';
import { formatLedger, GraylaneError, type Ledger, revisionOf } from '../../core';
import { problem } from '../errors';
import { ledgerFile, writeLedger } from '../../ledger';
import type { LedgerFolder, LedgerRollout } from '../input/cdk8s-app';
import { type LedgerOptions, namedAmong } from '../input/ledgers';
import { diffLines } from '../terminal/diff';
import { EXIT, type ExitCode, type Terminal } from '../terminal/terminal';
import { ledgerStatus, nextCommit } from './ledger-status';

/** The ledger of a rollout before and after a command. */
export interface LedgerMove {
  readonly folder: string;
  readonly rollout: LedgerRollout;
  readonly before: Ledger | undefined;
  readonly after: Ledger;
}

/** Tells what each move changes and what comes after it, and writes it unless the ledgers are frozen. */
export function writeMoves(
  moves: readonly LedgerMove[],
  { frozen, folders }: Pick<LedgerOptions, 'frozen'> & { readonly folders: readonly LedgerFolder[] },
  terminal: Terminal,
): ExitCode {
  const changed = moves.filter(
    ({ before, after }) => before === undefined || formatLedger(before) !== formatLedger(after),
  );
  const fileOf = ({ folder, rollout }: LedgerMove) => relative(terminal.folder, ledgerFile(folder, rollout.name));
  for (const move of moves) {
    const word = !changed.includes(move) ? 'unchanged' : move.before === undefined ? 'created' : 'changed';
    terminal.out.write(`${fileOf(move)}: ${word}; ${standingWords(move.after)}\n`);
    if (changed.includes(move)) terminal.out.write(diffLines(readable(move.before), readable(move.after)));
    const status = ledgerStatus(
      { ...move, ledger: move.after, ...namedAmong(move.folder, folders) },
      Number(terminal.now()),
    );
    terminal.out.write(nextCommit(status));
  }
  if (frozen && changed.length > 0) {
    throw new GraylaneError(problem('ledger-frozen', '--frozen', `a change of ${changed.map(fileOf).join(', ')}`));
  }
  for (const { folder, rollout, after } of changed) writeLedger(folder, rollout.name, after);
  return EXIT.done;
}

/** Where a ledger stands, in one line. */
export function standingWords({ release, stable }: Ledger): string {
  if (release === undefined) return `no release under way, stable is ${stable}`;
  return `release ${release.number} to ${release.target} is at ${release.stage}`;
}

/** R16: a template may hold values that belong in no log; its hash tells whether it is another one. */
function readable(ledger: Ledger | undefined): string {
  if (ledger === undefined) return '';
  const templates = Object.fromEntries(
    Object.entries(ledger.templates).map(([role, template]) => [role, revisionOf(template)]),
  );
  return JSON.stringify({ ...ledger, templates }, undefined, 2);
}
