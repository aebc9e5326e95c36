import type { Command } from 'commander';
import { defined, mapAll } from '../../core';
import { type RealWorld, readStatus, type RolloutStatus, type Status } from '../../cluster';
import { ledgerIn, refuseRenamed } from '../../ledger';
import { isApp, ledgerFolders } from '../input/cdk8s-app';
import { chooseFolders, namedAmong } from '../input/ledgers';
import { type ClusterOptions, clusterOptions, openWorld } from '../terminal/cluster-options';
import { type Action, examples } from '../terminal/command';
import { interruptible } from '../terminal/interruption';
import { type OutputFormat, outputOption, printData } from '../terminal/output';
import { type LedgerStatus, ledgerStatus, ledgerTable } from '../output/ledger-status';
import { isInHand, statusTree } from '../output/status-tree';
import { EXIT, type ExitCode, type Terminal } from '../terminal/terminal';

interface StatusOptions extends ClusterOptions {
  /** True for all folders. */
  readonly ledger?: string | true;
  readonly allNamespaces?: boolean;
  readonly watch?: boolean;
  readonly output: OutputFormat;
}

/** Milliseconds between two looks of --watch. */
const LOOK = 1000;

const WHERE = `
In the folder of a cdk8s app with ledgers it tells of those: where each release stands, what must hold before the next
commit, and what makes it. Options of the cluster tell of that instead.
`;

const EXIT_CODES = `
Ends with 0 where no release is under way or all are being walked, with ${EXIT.waiting} where a gate waits, with
${EXIT.stuck} where a release has stopped before its gate, a Deployment is gone, or a record cannot be read.`;

export function define(command: Command, terminal: Terminal): Action {
  outputOption(clusterOptions(command))
    .option('--ledger [folder]', 'the ledgers of the app, of all folders or of this one')
    .option('-A, --all-namespaces', 'everything that you may see')
    .option('-w, --watch', 'again and again, until ^C')
    .addHelpText('after', WHERE + EXIT_CODES)
    .addHelpText(
      'after',
      examples([
        'graylane status',
        'graylane status -n shop --watch',
        'graylane status --ledger releases/production',
        "graylane status -o json | jq -r '.rollouts[].gate'",
      ]),
    );
  return async (options: StatusOptions) => {
    const ledgers = await readLedgers(options, terminal);
    if (ledgers !== undefined) return tellLedgers(ledgers, options, terminal);
    const world = await openWorld('status', options, terminal);
    if (options.watch) return interruptible((signal) => watch(world, options, terminal, signal));
    const status = await read(world, options);
    terminal.out.write(print(status, options.output, terminal));
    return exitCode(status);
  };
}

/** The ledgers that are meant, and not a cluster. */
async function readLedgers(options: StatusOptions, terminal: Terminal): Promise<LedgerStatus[] | undefined> {
  const { ledger, kubeconfig, context, namespace, allNamespaces, watch } = options;
  const ofCluster = [kubeconfig, context, namespace, allNamespaces, watch].some((option) => option !== undefined);
  if (ledger === undefined && (ofCluster || !isApp(terminal.folder))) return undefined;
  const all = await ledgerFolders(terminal.folder, terminal, { silent: ledger === undefined });
  if (all.length === 0) return undefined;
  const folders = chooseFolders(all, defined({ ledger: ledger === true ? undefined : ledger }), terminal);
  return mapAll(folders, ({ folder, rollouts, topology }) => {
    refuseRenamed(folder, topology.members);
    return mapAll(rollouts, (rollout) => {
      const at = { ...namedAmong(folder, all), rollout, ledger: ledgerIn(folder, rollout.name) };
      return ledgerStatus(at, Number(terminal.now()));
    });
  }).flat();
}

function tellLedgers(ledgers: readonly LedgerStatus[], { output }: StatusOptions, { out }: Terminal): ExitCode {
  out.write(output === 'table' ? ledgerTable(ledgers, out.colour) : printData({ rollouts: ledgers }, output));
  return ledgers.some(({ gate }) => gate !== undefined) ? EXIT.waiting : EXIT.done;
}

function read(world: RealWorld, { allNamespaces }: StatusOptions): Promise<Status> {
  return readStatus(world, allNamespaces ? undefined : world.namespace);
}

/** Draws over what it drew before in a terminal; elsewhere it prints what has changed. */
async function watch(
  world: RealWorld,
  options: StatusOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  let shown = '';
  for (;;) {
    const status = await read(world, options);
    const text = print(status, options.output, terminal);
    if (text !== shown) terminal.out.write(terminal.out.colour ? `\u001b[H\u001b[2J${text}` : text);
    shown = text;
    await world.clock.sleep(LOOK, signal);
    if (signal.aborted) return exitCode(status);
  }
}

function print(status: Status, format: OutputFormat, { out }: Terminal): string {
  return format === 'table' ? statusTree(status, out.colour) : printData(status, format);
}

function waits({ gate, until }: RolloutStatus): boolean {
  return gate !== undefined || until !== undefined;
}

function exitCode({ rollouts, damaged }: Status): ExitCode {
  const left = rollouts.filter((rollout) => !isInHand(rollout));
  if (damaged.length > 0 || left.some(({ gone }) => gone.length > 0)) return EXIT.stuck;
  if (left.some((rollout) => rollout.release !== undefined && !waits(rollout))) return EXIT.stuck;
  return rollouts.some(waits) ? EXIT.waiting : EXIT.done;
}
