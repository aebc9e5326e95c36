import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { parse } from 'yaml';
import {
  GraylaneError,
  type Member,
  naming,
  parseRecording,
  type Recording,
  recordingOf,
  resolve,
  type RolloutRecording,
  type Topology,
} from '../../core';
import { gateways } from '../../gateways';
import { problem } from '../errors';
import type { Terminal } from '../terminal/terminal';

/** The file that tells cdk8s, and us, how to run the app. */
const PROJECT = 'cdk8s.yaml';

/** The rollouts of one folder of ledgers, with what their app declares. */
export interface LedgerFolder {
  /** As the app names it. */
  readonly name: string;
  /** Its path. */
  readonly folder: string;
  readonly topology: Topology;
  readonly rollouts: readonly LedgerRollout[];
}

/** A rollout whose ledger is a file. */
export interface LedgerRollout extends RolloutRecording {
  readonly member: Member;
}

/**
 * What the app declares now, by the folders of its ledgers: its command is run once, and told to record instead of
 * looking at the ledgers.
 * @param folder where the app's cdk8s.yaml is
 * @param options silent: an app without `Ledger.fromFolder` has no folders, which is no error
 * @throws GraylaneError app-missing, app-failed, or app-silent for one without `Ledger.fromFolder`
 */
export async function ledgerFolders(
  folder: string,
  terminal: Terminal,
  { silent = false }: { readonly silent?: boolean } = {},
): Promise<LedgerFolder[]> {
  const recording = await recordingOfApp(folder, terminal);
  if (recording === undefined && !silent) throw new GraylaneError(problem('app-silent', PROJECT, appCommand(folder)));
  return Object.entries(recording?.apps ?? {}).map(([name, { declarations, inWaves }]) => {
    const topology = resolve(declarations, gateways);
    const rollouts = topology.members.map((member) => ({
      ...recordingOf(member, inWaves.includes(member.spec.name), topology.objects),
      member,
    }));
    return { name, folder: resolvePath(folder, name), topology, rollouts };
  });
}

/** Whether a folder is that of a cdk8s app. */
export function isApp(folder: string): boolean {
  return existsSync(join(folder, PROJECT));
}

async function recordingOfApp(folder: string, terminal: Terminal): Promise<Recording | undefined> {
  const command = appCommand(folder);
  const scratch = mkdtempSync(join(tmpdir(), 'graylane-'));
  const file = join(scratch, 'recording.json');
  try {
    // An app with ledgers writes nothing; others of the same program must not write into dist/ either.
    const env = { ...terminal.env, GRAYLANE_RECORD: file, CDK8S_OUTDIR: join(scratch, 'dist') };
    await runCommand(command, folder, env, terminal);
    if (!existsSync(file)) return undefined;
    return naming(PROJECT, () => parseRecording(readFileSync(file, 'utf8')));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/**
 * What a cdk8s.yaml says, as it is written.
 * @throws GraylaneError app-missing
 */
export function projectOf(folder: string): Readonly<Record<string, unknown>> {
  if (!isApp(folder)) throw new GraylaneError(problem('app-missing', PROJECT, undefined));
  return (parse(readFileSync(join(folder, PROJECT), 'utf8')) ?? {}) as Record<string, unknown>;
}

/** @throws GraylaneError app-missing */
export function appCommand(folder: string): string {
  const { app } = projectOf(folder);
  if (typeof app !== 'string') throw new GraylaneError(problem('app-missing', 'app', app, { subject: [PROJECT] }));
  return app;
}

/**
 * Runs the command of an app. The app's own words go to stderr: stdout is ours.
 * @throws GraylaneError app-failed
 */
export async function runCommand(command: string, cwd: string, env: Terminal['env'], { err }: Terminal): Promise<void> {
  const child = spawn(command, { cwd, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => err.write(chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new GraylaneError(problem('app-failed', PROJECT, `\`${command}\` ended with ${code}`));
}
