/**
 * A program is built again only when something that decides its content has changed. The stamp beside it says what it was
 * built from: a digest of pinned versions, of what is ours in its folder and of flags, and the version of Go.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binFolder } from './tools';

export interface Stamp {
  readonly digest: string;
  /** Such as `go1.26.8`; undefined when there is no Go on the PATH. */
  readonly go: string | undefined;
}

/** The stamp that a program from this folder would get if it were built now. */
export function stampOf(folder: string, flags: readonly string[]): Stamp {
  const hash = createHash('sha256').update(flags.join('\n'));
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, name)));
  return { digest: hash.digest('hex'), go: goVersion(folder) };
}

/** Without Go nothing can be built, so a program of the right versions is good whichever Go has built it. */
export function isCurrent(program: string, stamp: Stamp): boolean {
  if (!existsSync(join(binFolder, program)) || !existsSync(stampFile(program))) return false;
  const [digest, go] = readFileSync(stampFile(program), 'utf8').trim().split(' ');
  return digest === stamp.digest && (stamp.go === undefined || go === stamp.go);
}

export function writeStamp(program: string, stamp: Stamp): void {
  writeFileSync(stampFile(program), `${stamp.digest} ${stamp.go}\n`);
}

function stampFile(program: string): string {
  return join(binFolder, `${program}.stamp`);
}

function goVersion(folder: string): string | undefined {
  // In the module's folder, because its go.mod may ask for a newer toolchain than the installed one.
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION'], { cwd: folder, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
