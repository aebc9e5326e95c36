import type { Command } from 'commander';
import {
  changesPods,
  checkRenamed,
  defined,
  type Deployment,
  gatewaysOf,
  goesOnWith,
  GraylaneError,
  isDeployment,
  type Member,
  objectName,
  type PodTemplate,
  type Problem,
  refuse,
  type Templates,
  templatesOf,
  type Topology,
  within,
  workloadRenamed,
} from '../../core';
import { problem } from '../errors';
import { gateways } from '../../gateways';
import { searchedExpressions } from '../../kruise';
import { type InputDeclarations, declare, topologyOf } from './declarations';
import { ledgerIn, refuseRenamed } from '../../ledger';
import { ledgerFolders } from './cdk8s-app';
import { parseFiles, type Source } from './documents';
import { readFiles } from './files';
import { lineOf } from './source-positions';
import { placed } from './namespace';
import { runningAmong } from './running-file';
import type { Terminal } from '../terminal/terminal';

/** Options of every command that reads manifests. */
export interface InputOptions {
  readonly file: readonly string[];
  readonly rollout?: string;
  readonly stable?: string;
  readonly gateway?: string;
  readonly namespace?: string;
}

/** Manifests as read, with all their references found. */
export interface Input extends AppReleases {
  readonly declared: InputDeclarations;
}

/** The releases of an app. */
export interface AppReleases {
  readonly topology: Topology;
  /** The rollouts that the command is about, with the templates of their releases. */
  readonly releases: ReadonlyMap<Member, Templates>;
}

export function inputOptions(command: Command): Command {
  return releaseOptions(command.requiredOption(...FILES));
}

/** Options of a command that also reads an app with ledgers. */
export function appOptions(command: Command): Command {
  return releaseOptions(command.option(FILES[0], `${FILES[1]}; without it, the app of cdk8s.yaml and its ledgers`));
}

const FILES = ['-f, --file <files...>', 'manifests: files, folders, or - for stdin'] as const;

function releaseOptions(command: Command): Command {
  const files = command
    .option('--rollout <name>', 'only this rollout; without it, all of them')
    .option('-n, --namespace <name>', 'for what is declared without one; by default that of the rollouts, or default')
    .option('--stable <file>', "manifests whose Deployments are what runs now; without it, the given ones' template");
  return gatewayOption(files);
}

/** Only those that read Ingresses. */
export function gatewayOption(command: Command): Command {
  const readers = gatewaysOf(gateways, ({ namedBy }) => namedBy === 'ingress');
  const names = readers.map(({ name }) => name);
  return command.addOption(
    command.createOption('--gateway <name>', 'read every Ingress by this gateway').choices(names),
  );
}

/** What files declare. @param gateway the gateway that reads every Ingress, instead of its `classType` */
export async function readDeclarations(
  files: readonly string[],
  terminal: Terminal,
  gateway?: string,
): Promise<InputDeclarations> {
  const declared = declare(parseFiles(await readFiles(files, terminal)), gateway);
  for (const source of [...declared.lanes.values(), ...declared.rollouts.values()]) tellSearched(source, terminal);
  return declared;
}

/** A file for Kruise says less than it does: its expressions are part of a longer one. */
function tellSearched(source: Source, { err }: Terminal): void {
  for (const { path, given, whole } of searchedExpressions(source.object)) {
    const where = `${lineOf(source, path)}: ${objectName(source.object)}: ${path}`;
    const anchored = JSON.stringify(`^(?:${given})$`);
    err.write(
      `note: ${where}: ${JSON.stringify(given)} is searched for anywhere in the value, as ${JSON.stringify(whole)} is in the whole of it; to mean the whole value: ${anchored}\n`,
    );
  }
}

/** The Deployments of a file with what runs now. */
export async function readDeployments(file: string, terminal: Terminal): Promise<Deployment[]> {
  const { objects } = declare(parseFiles(await readFiles([file], terminal)));
  return objects.map(({ object }) => object).filter(isDeployment);
}

/** @throws GraylaneError for whatever is wrong with the manifests */
export async function readInput(options: InputOptions, terminal: Terminal): Promise<Input> {
  const declared = placed(await readDeclarations(options.file, terminal, options.gateway), options.namespace);
  const topology = topologyOf(declared);
  const members = chosen(topology, options.rollout);
  const stable =
    options.stable === undefined ? undefined : await readStable(options.stable, members, topology, terminal);
  const releases = members.map((member): [Member, Templates] => {
    const target = member.deployment.spec.template;
    return [member, { stable: stable?.get(member) ?? target, target }];
  });
  return { declared, topology, releases: new Map(releases) };
}

/**
 * The releases of an app of cdk8s, from what its ledgers say is stable; by the folders of its ledgers.
 * @throws GraylaneError for options that are about files, and as `ledgerFolders`
 */
export async function readAppReleases(
  { rollout, stable, gateway, namespace }: Omit<InputOptions, 'file'>,
  terminal: Terminal,
): Promise<(AppReleases & { readonly folder: string })[]> {
  const all = { '--stable': stable, '--gateway': gateway, '--namespace': namespace };
  const ofFiles = Object.entries(all).filter(([, value]) => value !== undefined);
  refuse(ofFiles.map(([option, value]) => problem('option-of-files', option, value)));
  const folders = await ledgerFolders(terminal.folder, terminal);
  return folders.map(({ name, folder, topology }) => {
    refuseRenamed(folder, topology.members);
    const releases = chosen(topology, rollout).map((member): [Member, Templates] => {
      const ledger = ledgerIn(folder, member.spec.name);
      refuse(within(`rollout ${member.spec.name}`, checkRenamed(ledger.workload, member.plan)));
      const templates = templatesOf(ledger);
      return [member, ledger.release ? templates : { ...templates, target: member.deployment.spec.template }];
    });
    return { folder: name, topology, releases: new Map(releases) };
  });
}

function chosen({ members }: Topology, name: string | undefined): readonly Member[] {
  const found = name === undefined ? members : members.filter(({ spec }) => spec.name === name);
  if (found.length > 0) return found;
  const names = members.map(({ spec }) => spec.name).join(', ') || 'one; the input has none';
  throw new GraylaneError(problem('rollout-not-found', '--rollout', name, { allowed: names }));
}

/** The templates that run now, of those rollouts whose Deployment the file has. */
async function readStable(
  file: string,
  members: readonly Member[],
  topology: Topology,
  terminal: Terminal,
): Promise<Map<Member, PodTemplate>> {
  const deployments = await readDeployments(file, terminal);
  const found = members.flatMap((member): [Member, PodTemplate][] => {
    const { metadata, spec } = member.deployment;
    const wanted = { name: metadata.name!, ...defined({ namespace: metadata.namespace }) };
    const running = runningAmong(deployments, wanted, spec.template, '--stable');
    if (running === undefined) refuse(renamedIn(member, deployments, topology));
    return running === undefined ? [] : [[member, running.template]];
  });
  if (found.length > 0) return new Map(found);
  const allowed = members.map(({ deployment }) => `Deployment ${deployment.metadata.name}`).join(', ');
  throw new GraylaneError(problem('workload-not-found', '--stable', file, { allowed }));
}

/** Where the Deployment of a rollout ran under a name that is not declared any more. */
function renamedIn({ spec, deployment }: Member, running: readonly Deployment[], { objects }: Topology): Problem[] {
  const { namespace: wanted } = deployment.metadata;
  const declared = objects.filter(isDeployment).map(({ metadata }) => metadata.name);
  const before = running.find(({ metadata, spec: { template } }) => {
    const { namespace = wanted } = metadata;
    const gone = namespace === wanted && !declared.includes(metadata.name);
    return gone && goesOnWith(deployment, template) && changesPods(deployment, template);
  });
  if (before === undefined) return [];
  const given = `${deployment.metadata.name}, and ${before.metadata.name} in --stable`;
  return within(`rollout ${spec.name}`, [workloadRenamed(given)]);
}
