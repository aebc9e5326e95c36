import type { Command } from 'commander';
import { relative } from 'node:path';
import {
  changedFields,
  checkRenamed,
  checkStable,
  defined,
  GraylaneError,
  naming,
  objectName,
  recordedLedger,
  refuse,
  type RolloutRecording,
  within,
} from '../../core';
import { problem } from '../errors';
import { readLedger, type Renamed, refuseRenamed, renamed } from '../../ledger';
import { type LedgerFolder, ledgerFolders, type LedgerRollout } from '../input/cdk8s-app';
import { type ClusterOptions, clusterOptions, openWorld } from '../terminal/cluster-options';
import { type Action, examples } from '../terminal/command';
import { atRevision } from '../input/git-revision';
import { readDeployments } from '../input/input';
import { chooseFolder, chooseFolders, type LedgerOptions, ledgerOptions, rolloutNamed } from '../input/ledgers';
import { type Running, runningAmong } from '../input/running-file';
import { type LedgerMove, writeMoves } from '../output/ledger-moves';
import { differenceOf, runningInCluster } from '../terminal/running';
import type { Terminal } from '../terminal/terminal';

interface RecordOptions extends LedgerOptions, ClusterOptions {
  readonly from?: string;
  readonly fromGit?: string;
  readonly fromCluster?: boolean;
}

/** What runs, with what was declared of what it refers to. */
type Found = Running & Pick<RolloutRecording, 'references'>;

/** Finds what runs now of a rollout. */
type Lookup = (rollout: RolloutRecording) => Found | Promise<Found>;

/** A move, and the fields in which what it records differs from what is declared. */
interface RecordMove extends LedgerMove {
  readonly fields: readonly string[];
}

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
        'kubectl get deployments -o yaml > running.yaml && graylane record --from running.yaml',
        'graylane record rollout-a --from running.yaml -n shop',
        'graylane record --from-git v1.4.0 --ledger releases/production',
        'graylane record --from-cluster --context production',
      ])}`,
    );
  return async (names: string[], options: RecordOptions) => {
    const folders = await ledgerFolders(terminal.folder, terminal);
    checkStable(folders, await ledgerFolders(terminal.folder, terminal));
    const moves = await movesOf(folders, names, options, terminal);
    const code = writeMoves(moves, { folders, frozen: options.frozen ?? Boolean(terminal.env.CI) }, terminal);
    for (const { rollout, fields } of moves) if (fields.length > 0) tellDifference(rollout, fields, terminal);
    return code;
  };
}

/** What runs somewhere is of one environment; what is declared, of each. */
async function movesOf(
  all: readonly LedgerFolder[],
  names: readonly string[],
  options: RecordOptions,
  terminal: Terminal,
): Promise<RecordMove[]> {
  const { from, fromGit, fromCluster } = options;
  const ofOne = from ?? fromGit ?? fromCluster;
  const folders = ofOne ? [chooseFolder(all, options, terminal)] : chooseFolders(all, options, terminal);
  const moves = folders.map(async (ledgers) => {
    const { folder, rollouts, topology } = ledgers;
    // What is named, or found somewhere, is meant.
    if (names.length === 0 && ofOne === undefined) refuseRenamed(folder, topology.members);
    const left = renamed(folder, topology.members);
    const lookup = await lookupOf(options, ledgers, terminal);
    const chosen = names.length > 0 ? names.map((name) => rolloutNamed(rollouts, name)) : rollouts;
    const made = await Promise.all(chosen.map((rollout) => move(folder, rollout, lookup)));
    tellLeft(left, terminal);
    return made;
  });
  return (await Promise.all(moves)).flat();
}

/** A ledger that is there stays: only a release changes what is stable. */
async function move(folder: string, rollout: LedgerRollout, lookup: Lookup): Promise<RecordMove> {
  const before = readLedger(folder, rollout.name);
  if (before !== undefined) return { folder, rollout, before, after: before, fields: [] };
  const { template, fields, references = fields.length === 0 ? rollout.references : undefined } = await lookup(rollout);
  return { folder, rollout, before, after: recordedLedger(template, references, rollout), fields };
}

/** What is declared no longer goes with the next commit, where that is applied with pruning. */
function tellLeft(left: readonly Renamed[], { err, folder }: Terminal): void {
  for (const { file, before, member, sameWorkload } of left) {
    const until = `declare it with its rollout until ${objectName(member.deployment)} is ready`;
    const what = sameWorkload
      ? 'its rollout is declared no longer: delete this file'
      : `${before} is declared no longer; if its pods serve, ${until}`;
    err.write(`note: ${relative(folder, file)}: ${what}\n`);
  }
}

function tellDifference({ name }: RolloutRecording, fields: readonly string[], { out }: Terminal): void {
  out.write(
    `${name}: what is declared has ${differenceOf(fields)} than what runs: this is the first release that graylane advance will begin\n`,
  );
}

async function lookupOf(
  { from, fromGit, fromCluster, ...cluster }: RecordOptions,
  ledgers: LedgerFolder,
  terminal: Terminal,
): Promise<Lookup> {
  if (from !== undefined) return inFile(from, cluster.namespace, terminal);
  if (fromGit !== undefined) return inGit(fromGit, ledgers, terminal);
  if (fromCluster) {
    const { api, namespace } = await openWorld('record', cluster, terminal);
    return async (rollout) => ({ template: await runningInCluster(api, namespace, rollout), fields: [] });
  }
  return ({ template }) => ({ template, fields: [] });
}

/** @param chosen namespace of rollouts that are declared without one */
async function inFile(file: string, chosen: string | undefined, terminal: Terminal): Promise<Lookup> {
  const deployments = await readDeployments(file, terminal);
  return ({ name, plan: { workloadRef }, namespace = chosen, template }) => {
    const wanted = defined({ name: workloadRef.name, namespace });
    const running = naming(`rollout ${name}`, () => runningAmong(deployments, wanted, template, '--from'));
    if (running !== undefined) return running;
    const allowed = deployments.map(objectName).join(', ') || 'a file with Deployments';
    const subject = [`rollout ${name}`];
    throw new GraylaneError(problem('workload-not-found', '--from', workloadRef.name, { allowed, subject }));
  };
}

async function inGit(ref: string, { folder }: LedgerFolder, terminal: Terminal): Promise<Lookup> {
  const wanted = relative(terminal.folder, folder);
  return atRevision(terminal.folder, ref, async (checkout) => {
    const then = await ledgerFolders(checkout, terminal);
    const { rollouts = [] } = then.find((one) => relative(checkout, one.folder) === wanted) ?? {};
    return ({ name, template: declared, plan }) => {
      const { template, references, plan: before } = rolloutNamed(rollouts, name);
      refuse(within(`rollout ${name}`, checkRenamed(before.workloadRef.name, plan)));
      return { template, fields: changedFields(template, declared), ...defined({ references }) };
    };
  });
}
