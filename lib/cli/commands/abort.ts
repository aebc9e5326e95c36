import type { Command } from 'commander';
import { abortRelease, mapAll } from '../../core';
import { ledgerFolders } from '../input/cdk8s-app';
import { type Action, examples } from '../terminal/command';
import { ledgerIn, readLedger } from '../../ledger';
import { chooseFolder, type LedgerOptions, ledgerOptions, rolloutNamed } from '../input/ledgers';
import { writeMoves } from '../output/ledger-moves';
import type { Terminal } from '../terminal/terminal';

export function define(command: Command, terminal: Terminal): Action {
  ledgerOptions(command).addHelpText(
    'after',
    examples([
      'graylane abort rollout-a && cdk8s synth && git add -A && git commit -m "rollout-a: back to stable"',
      'graylane abort rollout-a rollout-b --ledger releases/production',
    ]),
  );
  return async (names: string[], options: LedgerOptions) => {
    const folders = await ledgerFolders(terminal.folder, terminal);
    const { folder, rollouts } = chooseFolder(folders, options, terminal);
    const now = terminal.now().toISOString();
    const chosen =
      names.length > 0
        ? mapAll(names, (name) => rolloutNamed(rollouts, name))
        : rollouts.filter((rollout) => readLedger(folder, rollout.name)?.release !== undefined);
    const moves = mapAll(chosen, (rollout) => {
      const before = ledgerIn(folder, rollout.name);
      return { folder, rollout, before, after: abortRelease(before, rollout, now) };
    });
    return writeMoves(moves, { ...options, folders }, terminal);
  };
}
