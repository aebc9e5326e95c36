import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { GraylaneError, naming, parseRecording, type Recording } from '../../core';
import { problem } from '../errors';
import type { Terminal } from '../terminal/terminal';

/** The file that tells cdk8s, and us, how to run the app. */
const PROJECT = 'cdk8s.yaml';

/**
 * What the app declares now: its command is run once, and told to record instead of looking at the ledgers.
 * @param folder where the app's cdk8s.yaml is
 * @throws GraylaneError app-missing, app-failed, or app-silent for one without `Ledger.fromFolder`
 */
export async function recordingOfApp(folder: string, terminal: Terminal): Promise<Recording> {
  const command = appCommand(folder);
  const scratch = mkdtempSync(join(tmpdir(), 'graylane-'));
  const file = join(scratch, 'recording.json');
  try {
    // An app with ledgers writes nothing; others of the same program must not write into dist/ either.
    const env = { ...terminal.env, GRAYLANE_RECORD: file, CDK8S_OUTDIR: join(scratch, 'dist') };
    await runCommand(command, folder, env, terminal);
    if (!existsSync(file)) throw new GraylaneError(problem('app-silent', PROJECT, command));
    return naming(PROJECT, () => parseRecording(readFileSync(file, 'utf8')));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function appCommand(folder: string): string {
  const file = join(folder, PROJECT);
  if (!existsSync(file)) throw new GraylaneError(problem('app-missing', PROJECT, undefined));
  const { app } = (parse(readFileSync(file, 'utf8')) ?? {}) as { app?: unknown };
  if (typeof app !== 'string') throw new GraylaneError(problem('app-missing', 'app', app, { subject: [PROJECT] }));
  return app;
}

/** The app's own words go to stderr: stdout is ours. */
async function runCommand(command: string, cwd: string, env: Terminal['env'], { err }: Terminal): Promise<void> {
  const child = spawn(command, { cwd, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => err.write(chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new GraylaneError(problem('app-failed', PROJECT, `${command}, which ended with ${code},`));
}
