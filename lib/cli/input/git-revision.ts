import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitIn } from './git';

/**
 * Work in a checkout of another revision of the repository to which a folder belongs, in the same folder there, with
 * the packages that are installed here. The checkout is gone afterwards.
 * @param asked what the user gave that names the revision, for errors
 * @throws GraylaneError git-failed
 */
export async function atRevision<T>(
  folder: string,
  ref: string,
  work: (folder: string) => Promise<T>,
  asked = '--from-git',
): Promise<T> {
  const git = gitIn(folder, asked);
  const below = (await git('rev-parse', '--show-prefix')).trim();
  const commit = (await git('rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`)).trim();
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'graylane-')));
  const checkout = join(scratch, 'checkout');
  try {
    await git('worktree', 'add', '--detach', checkout, commit);
    linkPackages(folder, checkout, below);
    return await work(join(checkout, below));
  } finally {
    await git('worktree', 'remove', '--force', checkout).catch(() => undefined);
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Packages are beside the app, or in a folder above it: a workspace has most of them at its root. */
function linkPackages(folder: string, checkout: string, below: string): void {
  const names = below.split('/').filter((name) => name !== '');
  for (let depth = 0; depth <= names.length; depth++) {
    const packages = join(folder, ...names.slice(depth).map(() => '..'), 'node_modules');
    const linked = join(checkout, ...names.slice(0, depth), 'node_modules');
    if (existsSync(packages) && !existsSync(linked)) symlinkSync(packages, linked);
  }
}
