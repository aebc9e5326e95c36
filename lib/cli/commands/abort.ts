import type { Command } from 'commander';
import { abortRelease } from '../../core';
import { recordingOfApp } from '../input/cdk8s-app';
import { type Action, examples } from '../terminal/command';
import { ledgerIn } from '../../ledger';
import { chooseFolder, type LedgerOptions, ledgerOptions, rolloutNamed, writeMoves } from '../input/ledgers';
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
    const { folder, rollouts } = chooseFolder(await recordingOfApp(terminal.folder, terminal), options, terminal);
    const now = terminal.now().toISOString();
    const underWay = rollouts.filter((rollout) => ledgerIn(folder, rollout.name).release !== undefined);
    const chosen = names.length > 0 ? names.map((name) => rolloutNamed(rollouts, name)) : underWay;
    const moves = chosen.map((rollout) => {
      const before = ledgerIn(folder, rollout.name);
      return { folder, rollout, before, after: abortRelease(before, rollout, now) };
    });
    return writeMoves(moves, options, terminal);
  };
}
