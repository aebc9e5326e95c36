import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GraylaneError } from '../../core';
import { problem } from '../errors';

const run = promisify(execFile);

/** What git sets for a hook that it runs, which would lead any other git to the hook's own working tree. */
const OF_A_HOOK = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX'];

/** What a command of git prints. */
export type Git = (...args: string[]) => Promise<string>;

/**
 * git in a folder, without the hooks of its repository.
 * @param asked what the user gave that asks for it, for errors
 */
export function gitIn(folder: string, asked: string): Git {
  const env = { ...process.env };
  for (const name of OF_A_HOOK) delete env[name];
  return async (...args) => {
    try {
      const options = { cwd: folder, env, maxBuffer: Infinity };
      return (await run('git', ['-c', 'core.hooksPath=/dev/null', ...args], options)).stdout;
    } catch (error) {
      const { stderr = '', message } = error as { stderr?: string; message: string };
      throw new GraylaneError(problem('git-failed', asked, (stderr || message).trim().split('\n').at(-1)));
    }
  };
}

/** The paths of a list that git ends with zero bytes. */
export function pathsIn(list: string): string[] {
  return list.split('\0').filter((path) => path !== '');
}
