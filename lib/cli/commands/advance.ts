import { type Command, InvalidArgumentError } from 'commander';
import { advance, checkStable, type Ledger, type RolloutRecording, templatesOf, warningsOf } from '../../core';
import { ledgerIn } from '../../ledger';
import { recordingOfApp } from '../input/cdk8s-app';
import { type Action, examples } from '../terminal/command';
import {
  chooseFolder,
  type LedgerFolder,
  type LedgerOptions,
  ledgerOptions,
  rolloutNamed,
  onlyOne,
  writeMoves,
} from '../input/ledgers';
import type { Terminal } from '../terminal/terminal';
import { type ReleaseWarning, writeWarnings } from '../terminal/progress';

interface AdvanceOptions extends LedgerOptions {
  readonly to?: number;
  readonly by?: string;
}

export function define(command: Command, terminal: Terminal): Action {
  ledgerOptions(command)
    .option('--to <step>', 'go to this step instead of the next stage', stepNumber)
    .option('--by <name>', 'who lets the release pass a gate, for the ledger')
    .addHelpText(
      'after',
      examples([
        'graylane advance rollout-a && cdk8s synth && git add -A && git commit -m "rollout-a: next stage"',
        'graylane advance rollout-a rollout-b --ledger releases/production --by "$USER"',
        'graylane advance rollout-a --to 3',
      ]),
    );
  return async (names: string[], options: AdvanceOptions) => {
    const recording = await recordingOfApp(terminal.folder, terminal);
    const ledgers = chooseFolder(recording, options, terminal);
    const chosen = names.length > 0 ? names.map((name) => rolloutNamed(ledgers.rollouts, name)) : [theOnlyOne(ledgers)];
    const { folder } = ledgers;
    const before = chosen.map((rollout) => ({ folder, rollout, before: ledgerIn(folder, rollout.name) }));
    // A release of a template that is another one each time would never end.
    if (before.some(begins)) checkStable(recording, await recordingOfApp(terminal.folder, terminal));
    const now = terminal.now().toISOString();
    const moves = before.map((one) => ({ ...one, after: advance(one.before, one.rollout, { ...options, now }) }));
    writeWarnings(before.filter(begins).flatMap(recordedWarnings), terminal);
    return writeMoves(moves, options, terminal);
  };
}

/** Without names: the one rollout that has a release under way or to begin. */
function theOnlyOne({ folder, rollouts }: LedgerFolder): RolloutRecording {
  const busy = rollouts.filter((rollout) => {
    const ledger = ledgerIn(folder, rollout.name);
    return ledger.release !== undefined || ledger.stable !== rollout.revision;
  });
  return rolloutNamed(rollouts, onlyOne(busy.map(({ name }) => name)));
}

function begins({ rollout, before }: { rollout: RolloutRecording; before: Ledger }): boolean {
  return before.release === undefined && before.stable !== rollout.revision;
}

/** What is wrong around a release that begins, as far as the app tells. */
function recordedWarnings({ rollout, before }: { rollout: RolloutRecording; before: Ledger }): ReleaseWarning[] {
  const { name, template, around } = rollout;
  if (around === undefined) return [];
  const prospect = { ...around.outlook, stable: templatesOf(before).stable, target: template };
  return warningsOf(prospect, around.objects).map((warning) => ({ rollout: name, ...warning }));
}

function stepNumber(text: string): number {
  const digits = /^(?:step-)?([1-9]\d*)$/.exec(text)?.[1];
  if (digits === undefined) throw new InvalidArgumentError('A step is a number, such as 2 or step-2.');
  return Number(digits);
}
