import { type Command, InvalidArgumentError } from 'commander';
import {
  advance,
  type Answer,
  askedChecks,
  checkedOf,
  checkStable,
  defined,
  gateOf,
  knowsRevision,
  type Ledger,
  mapAll,
  templatesOf,
  type Topology,
  waitsAt,
  warningsAround,
  warningsUnderWay,
} from '../../core';
import { ask, type Asker, outsideWorld } from '../../cluster';
import { ledgerIn, refuseRenamed } from '../../ledger';
import { ledgerFolders, type LedgerFolder, type LedgerRollout } from '../input/cdk8s-app';
import { type Action, examples } from '../terminal/command';
import { chooseFolder, type LedgerOptions, ledgerOptions, onlyOne, rolloutNamed } from '../input/ledgers';
import { type LedgerMove, writeMoves } from '../output/ledger-moves';
import { type NamedStandpoint, readApproval, readFrom, standpointOf } from '../input/standpoint';
import type { Terminal } from '../terminal/terminal';
import { type ReleaseWarning, writeWarnings } from '../terminal/progress';

interface AdvanceOptions extends LedgerOptions {
  readonly all?: boolean;
  readonly from?: readonly NamedStandpoint[];
  readonly approve?: readonly NamedStandpoint[];
  readonly to?: number;
  readonly by?: string;
  readonly again?: boolean;
}

const ONCE = `
With --from or --approve a job that runs twice moves a release once: one that is further on is left as it is, which is
no error. Ends with 3 where it is too early: a gate's time is not over, its checks do not hold yet, or the release has not
come there yet; and with 5 where a check is broken: \`graylane abort\` is the way back.`;

export function define(command: Command, terminal: Terminal): Action {
  const approve = command
    .createOption(
      '--approve <gate>',
      'pass exactly this gate, such as rollout-a#2-5f0c1e9ab3d2/step-1; may be repeated',
    )
    .argParser(readApproval);
  const to = command.createOption('--to <step>', 'go to this step instead of the next stage').argParser(stepNumber);
  ledgerOptions(command)
    .option('--all', 'every rollout that has a release under way or to begin')
    .option(
      '--from <stage>',
      'move only from this stage, such as step-1/canary or RELEASE/STAGE as status prints it',
      readFrom,
    )
    .addOption(approve)
    .addOption(to.conflicts('approve'))
    .option('--by <name>', 'who lets the release pass a gate, for the ledger')
    .option('--again', 'release once more what the last release went back from')
    .addHelpText('after', ONCE)
    .addHelpText(
      'after',
      examples([
        'graylane advance rollout-a && cdk8s synth && git add -A && git commit -m "rollout-a: next stage"',
        'graylane advance --approve rollout-a#2-5f0c1e9ab3d2/step-1 --by "$USER"',
        'graylane advance rollout-a rollout-b --ledger releases/production',
        'graylane advance rollout-a --to 3',
      ]),
    );
  return async (names: string[], options: AdvanceOptions) => {
    const folders = await ledgerFolders(terminal.folder, terminal);
    const { name: ledgerName, folder, rollouts, topology } = chooseFolder(folders, options, terminal);
    refuseRenamed(folder, topology.members);
    const chosen = choose(names, options, { folder, rollouts });
    const { to, by, again, approve = [], from = [] } = options;
    const now = terminal.now().toISOString();
    const before = mapAll(chosen, (rollout) => ({ rollout, before: ledgerIn(folder, rollout.name) }));
    const asker = {
      outside: outsideWorld({ command: 'advance' }, terminal.env),
      clock: { now: () => Date.parse(now) },
    };
    const answered = await Promise.all(
      before.map(async (one) => ({ ...one, checks: await askChecks(one.rollout, one.before, asker) })),
    );
    const moves = mapAll(answered, ({ rollout, before, checks }) => {
      const standpoint = standpointOf(rollout.name, [...approve, ...from]);
      const after = advance(before, rollout, defined({ now, ledgerName, to, by, again, checks, from: standpoint }));
      return { folder, rollout, before, after };
    });
    // A release of a template that is another one each time would never end.
    if (moves.some(isBegun)) checkStable(folders, await ledgerFolders(terminal.folder, terminal));
    writeWarnings(
      moves.flatMap((one) => warnings(one, topology)),
      terminal,
    );
    return writeMoves(moves, { ...options, folders }, terminal);
  };
}

/** Whoever advances approves: then a check that does not know may be declared to pass. */
async function askChecks(
  { member, namespace = 'default', plan }: LedgerRollout,
  ledger: Ledger,
  asker: Asker,
): Promise<Answer | undefined> {
  const checks = askedChecks(ledger, plan, checkedOf(member, namespace));
  if (checks === undefined) return undefined;
  const waits = waitsAt(ledger, plan);
  const gate = waits && { ...gateOf(waits, ledger.release!), approved: waits.pause.duration === undefined };
  return ask(asker, 'checks-hold', { checks, ...defined({ gate }) });
}

/** Those that are named, also by an approval; without names the only one that has something to do, or all of them. */
function choose(
  names: readonly string[],
  { all = false, approve = [], from = [] }: AdvanceOptions,
  { folder, rollouts }: Pick<LedgerFolder, 'folder' | 'rollouts'>,
): LedgerRollout[] {
  const named = new Set([...names, ...[...approve, ...from].flatMap(({ rollout }) => rollout ?? [])]);
  if (named.size > 0) return mapAll([...named], (name) => rolloutNamed(rollouts, name));
  const busy = rollouts.filter((rollout) => {
    const ledger = ledgerIn(folder, rollout.name);
    return ledger.release !== undefined || !knowsRevision(ledger, rollout.revision);
  });
  return all ? busy : [rolloutNamed(rollouts, onlyOne(busy.map(({ name }) => name)))];
}

function isBegun({ before, after }: Pick<LedgerMove, 'after'> & { readonly before: Ledger }): boolean {
  return after.releases > before.releases;
}

/**
 * What is wrong around a release that begins, as far as the app tells; on its way nothing is told again.
 * @throws GraylaneError for what no release begins with, or goes on with
 */
function warnings(
  { rollout, before, after }: Pick<LedgerMove, 'after'> & { rollout: LedgerRollout; before: Ledger },
  { objects }: Topology,
): ReleaseWarning[] {
  const { name, member } = rollout;
  if (isBegun({ before, after })) {
    return warningsAround(member, templatesOf(after), objects).map((warning) => ({ rollout: name, ...warning }));
  }
  if (after.release && after.release.abortedAt === undefined) warningsUnderWay(member, templatesOf(after), objects);
  return [];
}

function stepNumber(text: string): number {
  const digits = /^(?:step-)?([1-9]\d*)$/.exec(text)?.[1];
  if (digits === undefined) throw new InvalidArgumentError('A step is a number, such as 2 or step-2.');
  return Number(digits);
}
