import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GraylaneError } from '../../core';
import { problem } from '../errors';

const run = promisify(execFile);

/**
 * Work in a checkout of another revision of the repository to which a folder belongs, in the same folder there, with
 * the packages that are installed here. The checkout is gone afterwards.
 */
export async function atRevision<T>(folder: string, ref: string, work: (folder: string) => Promise<T>): Promise<T> {
  const git = async (...args: string[]) => {
    try {
      return (await run('git', args, { cwd: folder })).stdout.trim();
    } catch (error) {
      const { stderr = '', message } = error as { stderr?: string; message: string };
      throw new GraylaneError(problem('git-failed', '--from-git', (stderr || message).trim().split('\n').at(-1)));
    }
  };
  const below = await git('rev-parse', '--show-prefix');
  const commit = await git('rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`);
  const scratch = mkdtempSync(join(tmpdir(), 'graylane-'));
  const checkout = join(scratch, 'checkout');
  try {
    await git('worktree', 'add', '--detach', checkout, commit);
    linkPackages(folder, join(checkout, below));
    return await work(join(checkout, below));
  } finally {
    await git('worktree', 'remove', '--force', checkout).catch(() => undefined);
    rmSync(scratch, { recursive: true, force: true });
  }
}

function linkPackages(from: string, to: string): void {
  const packages = join(from, 'node_modules');
  if (existsSync(packages) && !existsSync(join(to, 'node_modules'))) symlinkSync(packages, join(to, 'node_modules'));
}
