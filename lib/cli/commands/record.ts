import type { Command } from 'commander';
import { relative } from 'node:path';
import { checkStable, GraylaneError, newLedger, type PodTemplate, type RolloutRecording } from '../../core';
import { problem } from '../errors';
import { readLedger } from '../../ledger';
import { type LedgerFolder, ledgerFolders, type LedgerRollout } from '../input/cdk8s-app';
import { type ClusterOptions, clusterOptions, openWorld } from '../terminal/cluster-options';
import { type Action, examples } from '../terminal/command';
import { atRevision } from '../input/git-revision';
import { readDeployments, templateAmong } from '../input/input';
import { chooseFolder, chooseFolders, type LedgerOptions, ledgerOptions, rolloutNamed } from '../input/ledgers';
import { type LedgerMove, writeMoves } from '../output/ledger-moves';
import { runningInCluster } from '../terminal/running';
import type { Terminal } from '../terminal/terminal';

interface RecordOptions extends LedgerOptions, ClusterOptions {
  readonly from?: string;
  readonly fromGit?: string;
  readonly fromCluster?: boolean;
}

/** The template that runs now, of a rollout. */
type Running = (rollout: RolloutRecording) => PodTemplate | Promise<PodTemplate>;

export function define(command: Command, terminal: Terminal): Action {
  const from = command.createOption('--from <file>', 'manifests of what runs now; without it, what the app declares');
  const fromGit = command.createOption('--from-git <ref>', 'what the app declared at this revision');
  const fromCluster = command.createOption(
    '--from-cluster',
    'what the app declares, once a dry run shows that it runs',
  );
  clusterOptions(ledgerOptions(command))
    .addOption(from)
    .addOption(fromGit.conflicts('from'))
    .addOption(fromCluster.conflicts(['from', 'fromGit']))
    .addHelpText(
      'after',
      `\nIn CI (with the variable CI set) record is frozen: a ledger that is missing there was forgotten.\n${examples([
        'graylane record',
        'graylane record rollout-a --from running.yaml',
        'graylane record --from-git v1.4.0 --ledger releases/production',
        'graylane record --from-cluster --context production',
      ])}`,
    );
  return async (names: string[], options: RecordOptions) => {
    const folders = await ledgerFolders(terminal.folder, terminal);
    checkStable(folders, await ledgerFolders(terminal.folder, terminal));
    const moves = await movesOf(folders, names, options, terminal);
    return writeMoves(moves, { folders, frozen: options.frozen ?? Boolean(terminal.env.CI) }, terminal);
  };
}

/** What runs somewhere is of one environment; what is declared, of each. */
async function movesOf(
  all: readonly LedgerFolder[],
  names: readonly string[],
  options: RecordOptions,
  terminal: Terminal,
): Promise<LedgerMove[]> {
  const { from, fromGit, fromCluster } = options;
  const ofOne = from ?? fromGit ?? fromCluster;
  const folders = ofOne ? [chooseFolder(all, options, terminal)] : chooseFolders(all, options, terminal);
  const moves = folders.map(async (ledgers) => {
    const { folder, rollouts } = ledgers;
    const running = await runningTemplates(options, ledgers, terminal);
    const chosen = names.length > 0 ? names.map((name) => rolloutNamed(rollouts, name)) : rollouts;
    return Promise.all(chosen.map((rollout) => move(folder, rollout, running)));
  });
  return (await Promise.all(moves)).flat();
}

/** A ledger that is there stays: only a release changes what is stable. */
async function move(folder: string, rollout: LedgerRollout, running: Running): Promise<LedgerMove> {
  const before = readLedger(folder, rollout.name);
  return { folder, rollout, before, after: before ?? newLedger(await running(rollout)) };
}

async function runningTemplates(
  { from, fromGit, fromCluster, ...cluster }: RecordOptions,
  ledgers: LedgerFolder,
  terminal: Terminal,
): Promise<Running> {
  if (from !== undefined) return inFile(from, terminal);
  if (fromGit !== undefined) return inGit(fromGit, ledgers, terminal);
  if (fromCluster) {
    const { api, namespace } = await openWorld(cluster, terminal);
    return (rollout) => runningInCluster(api, namespace, rollout);
  }
  return ({ template }) => template;
}

async function inFile(file: string, terminal: Terminal): Promise<Running> {
  const deployments = await readDeployments(file, terminal);
  return ({ plan: { workloadRef }, namespace }) => {
    const template = templateAmong(deployments, { name: workloadRef.name, namespace });
    if (template !== undefined) return template;
    const allowed = deployments.map(({ metadata }) => metadata.name).join(', ') || 'a file with Deployments';
    throw new GraylaneError(problem('workload-not-found', '--from', workloadRef.name, { allowed }));
  };
}

async function inGit(ref: string, { folder }: LedgerFolder, terminal: Terminal): Promise<Running> {
  const wanted = relative(terminal.folder, folder);
  return atRevision(terminal.folder, ref, async (checkout) => {
    const then = await ledgerFolders(checkout, terminal);
    const { rollouts = [] } = then.find((one) => relative(checkout, one.folder) === wanted) ?? {};
    return ({ name }) => rolloutNamed(rollouts, name).template;
  });
}
