import { type ChildProcess, spawn } from 'node:child_process';
import type { CommandQuestion, Reply } from '../../core';
import type { Environment } from './ask-address';

/** Characters of what it wrote last that are kept. */
const MOST_OUTPUT = 2000;

/**
 * Runs a program without a shell. When it ends, or its time is over, whatever it has started ends with it.
 * @throws an error that says why it did not end by itself
 */
export function askCommand(
  { argv: [program, ...args] }: CommandQuestion,
  environment: Environment,
  signal: AbortSignal,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that it can be ended whole.
    const child = spawn(program!, args, { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const output = lastOf(child);
    const stop = () => {
      endGroup(child);
      // Who left the group may hold them for ever.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    };
    signal.addEventListener('abort', stop);
    child.on('exit', () => endGroup(child));
    child.on('error', (error: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', stop);
      reject(error.code === 'ENOENT' ? new Error(`there is no program ${program}`) : error);
    });
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      if (code !== null) resolve({ is: 'exit', code, output: output() });
      else reject(new Error(`it was ended by ${killedBy}`));
    });
  });
}

function lastOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-MOST_OUTPUT);
    });
  }
  return () => text;
}

/** With SIGKILL: whoever was given a time limit and is over it has had time to tidy up. */
function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left, or the system has no groups.
    child.kill('SIGKILL');
  }
}
