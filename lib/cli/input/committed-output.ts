import { existsSync, lstatSync, lutimesSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { appCommand, projectOf, runCommand } from './cdk8s-app';
import type { Terminal } from '../terminal/terminal';
import { gitIn, pathsIn } from './git';

/** How a file of an app's output can differ from what is committed. */
export type OutputDifference = 'differs' | 'uncommitted' | 'ignored' | 'left-over';

/** What a synthesis of a clean checkout writes, compared with what is committed there. Paths are absolute. */
export interface CommittedOutput {
  /** The folders that the app writes as a whole: the apps' own, and that of cdk8s.yaml. */
  readonly folders: readonly OutputFolder[];
  readonly written: readonly string[];
  readonly differences: readonly { readonly file: string; readonly is: OutputDifference }[];
}

export interface OutputFolder {
  readonly folder: string;
  /** The folder of the app's ledgers, as the app names it. @default - the app has none, or is not known */
  readonly ledgers?: string;
}

/** No file that a run writes is from then; seconds since 1970. */
const BEFORE = 0;

/**
 * Synthesizes the app of a clean checkout in there, and tells what it has written from what it found by the time of each
 * file: that holds for whatever writes them, and needs no list of places.
 * @param folder where the app's cdk8s.yaml is
 * @throws GraylaneError app-missing, app-failed
 */
export async function committedOutput(folder: string, terminal: Terminal): Promise<CommittedOutput> {
  const top = (await gitIn(folder, 'HEAD')('rev-parse', '--show-toplevel')).trim();
  const git = gitIn(top, 'HEAD');
  const tracked = pathsIn(await git('ls-files', '-z'));
  const files = [...tracked, ...(await statusOf(git)).map(({ path }) => path)].map((path) => join(top, path));
  for (const file of files) if (existsSync(file)) lutimesSync(file, BEFORE, BEFORE);

  const output = cdk8sOutput(folder, terminal);
  const apps = await synthesize(folder, output, terminal);
  const status = await statusOf(git);
  const changed = status.map(({ path, is }) => ({ file: join(top, path), is }));
  const isWritten = (file: string) => existsSync(file) && lstatSync(file).mtimeMs !== BEFORE;
  const written = [...new Set([...files, ...changed.map(({ file }) => file)])].filter(isWritten);
  // cdk8s empties its folder before it runs the app.
  const cleared = written.some((file) => isWithin(file, output)) ? [{ folder: output }] : [];
  const folders = [...apps, ...cleared];
  const inOutput = (file: string) => folders.some((one) => isWithin(file, one.folder));
  return {
    folders,
    written,
    differences: [
      ...changed.filter(
        ({ file, is }) => (is === 'left-over' || isWritten(file)) && (is !== 'ignored' || inOutput(file)),
      ),
      ...tracked
        .map((path) => join(top, path))
        .filter((file) => existsSync(file) && !isWritten(file) && inOutput(file))
        .map((file) => ({ file, is: 'left-over' as const })),
    ],
  };
}

export function isWithin(file: string, folder: string): boolean {
  return !/^\.\.(\/|$)/.test(relative(folder, file));
}

/** Where the cdk8s command line would have the app write: it tells the app by CDK8S_OUTDIR. */
function cdk8sOutput(folder: string, { env }: Terminal): string {
  const { output, synthConfig } = projectOf(folder) as { output?: string; synthConfig?: { format?: string } };
  const outdir = output ?? env.CDK8S_OUTDIR ?? 'dist';
  return resolve(folder, outdir, synthConfig?.format === 'helm' ? 'templates' : '.');
}

async function synthesize(folder: string, output: string, terminal: Terminal): Promise<OutputFolder[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'graylane-'));
  const file = join(scratch, 'outputs');
  const { validations } = projectOf(folder);
  // Where cdk8s validates, it asks for a file of metadata beside the manifests.
  const metadata = terminal.env.CDK8S_RECORD_CONSTRUCT_METADATA ?? String(validations !== undefined);
  const { GRAYLANE_RECORD: _, ...rest } = terminal.env;
  const env = { ...rest, CDK8S_RECORD_CONSTRUCT_METADATA: metadata, CDK8S_OUTDIR: output, GRAYLANE_OUTPUTS: file };
  try {
    await runCommand(appCommand(folder), folder, env, terminal);
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    return lines.map((line) => JSON.parse(line) as OutputFolder);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** What is not as it was committed, file by file. */
async function statusOf(git: ReturnType<typeof gitIn>): Promise<{ path: string; is: OutputDifference }[]> {
  const list = await git('status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', '--ignored');
  return pathsIn(list).map((entry) => ({
    path: entry.slice(3).replace(/\/$/, ''),
    is: differenceOf(entry.slice(0, 2)),
  }));
}

function differenceOf(code: string): OutputDifference {
  if (code === '??') return 'uncommitted';
  if (code === '!!') return 'ignored';
  return code.includes('D') ? 'left-over' : 'differs';
}
