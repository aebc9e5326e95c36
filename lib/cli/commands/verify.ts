import type { Command } from 'commander';
import { relative } from 'node:path';
import { checkStable, type Ledger, mapAll, type Problem, refuse, rewording } from '../../core';
import { ledgerFile, readLedger, refuseRenamed } from '../../ledger';
import { problem } from '../errors';
import { ledgerFolders, type LedgerFolder } from '../input/cdk8s-app';
import { committedOutput } from '../input/committed-output';
import { gitIn, pathsIn } from '../input/git';
import { atRevision } from '../input/git-revision';
import { takeIgnoredFiles } from '../input/ignored-files';
import { chooseFolders } from '../input/ledgers';
import { agreement } from '../output/agreement';
import { standingWords } from '../output/ledger-moves';
import { type Action, examples } from '../terminal/command';
import { EXIT, type Terminal } from '../terminal/terminal';

interface VerifyOptions {
  readonly ledger?: string;
}

const WHAT = `
It looks at the last commit (HEAD) and nothing else, in a checkout of its own: what is not committed yet is told, and not
looked at, and the working tree stays as it is. Packages and other ignored files are those of the working tree.

Every rollout has a ledger, the app declares the same templates each time it is run, they are those of their ledgers, and
what the app writes is what is committed, file by file and byte by byte.`;

export function define(command: Command, terminal: Terminal): Action {
  command
    .option('--ledger <folder>', 'look only at the ledgers of this folder, and the output of their app')
    .addHelpText('after', WHAT)
    .addHelpText('after', examples(['graylane verify', 'graylane verify --ledger releases/production']));
  return async (options: VerifyOptions) => {
    await tellUncommitted(terminal);
    const verified = async (folder: string) => {
      await takeIgnoredFiles(terminal.folder, folder);
      const there = { ...terminal, folder };
      const folders = await ledgerFolders(folder, there);
      checkStable(folders, await ledgerFolders(folder, there));
      const chosen = chooseFolders(folders, options, there);
      const ledgers = ledgersOf(chosen, folder);
      const output = await committedOutput(folder, there);
      const names = options.ledger === undefined ? undefined : chosen.map(({ name }) => name);
      return [...ledgers, ...agreement(output, folder, names)];
    };
    const lines = await atRevision(terminal.folder, 'HEAD', verified, 'HEAD');
    terminal.out.write(lines.map((line) => `${line}\n`).join(''));
    return EXIT.done;
  };
}

async function tellUncommitted({ folder, err }: Terminal): Promise<void> {
  const list = pathsIn(await gitIn(folder, 'HEAD')('status', '--porcelain', '-z', '--no-renames', '.'));
  if (list.length === 0) return;
  err.write(`note: not committed, and not looked at: ${list.map((entry) => entry.slice(3)).join(', ')}\n`);
}

/** Where each ledger stands. */
function ledgersOf(folders: readonly LedgerFolder[], top: string): string[] {
  const named = (one: Problem) => ({ ...one, path: one.path.replace(`${top}/`, '') });
  const lines = mapAll(folders, ({ folder, rollouts, topology }) => {
    rewording(named, () => refuseRenamed(folder, topology.members));
    return mapAll(rollouts, ({ name }) => {
      const file = relative(top, ledgerFile(folder, name));
      const ledger: Ledger | undefined = rewording(named, () => readLedger(folder, name));
      if (ledger === undefined) refuse([problem('ledger-missing', file, undefined)]);
      return `${file}: ${standingWords(ledger!)}`;
    });
  });
  return lines.flat();
}
