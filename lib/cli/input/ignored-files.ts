import { accessSync, constants, cpSync, existsSync, lstatSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gitIn, pathsIn } from './git';

/**
 * Takes the files that git ignores to a checkout: an app that is compiled first (`app: node main.js`) is among them.
 * Packages are linked, all others copied, so that nothing that runs there can change them here.
 */
export async function takeIgnoredFiles(folder: string, checkout: string): Promise<void> {
  const list = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'];
  for (const path of pathsIn(await gitIn(folder, 'HEAD')(...list))) {
    const [from, to] = [join(folder, path), join(checkout, path)];
    if (existsSync(to) || !existsSync(dirname(to))) continue;
    if (basename(path) === 'node_modules') symlinkSync(from, to.replace(/\/$/, ''));
    else
      cpSync(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE, filter: isCopied });
  }
}

/** Sockets cannot be copied, and what this user cannot read no app of his needs. */
function isCopied(path: string): boolean {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return true;
  try {
    accessSync(path, constants.R_OK);
    return stats.isFile() || stats.isDirectory();
  } catch {
    return false;
  }
}
