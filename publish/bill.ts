/**
 * Prints a bill of materials of the package (CycloneDX): what an install of it brings, in the versions of the lock file,
 * which the tests ran with. Optional peers are the consumer's own.
 *
 *     tsx publish/bill.ts
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { name, version, description, license, repository, dependencies } = JSON.parse(
  readFileSync('package.json', 'utf8'),
) as Record<string, unknown>;

// npm's own `--omit dev` leaves out each dependency that a development dependency has, too. So npm sees a package without.
const scratch = mkdtempSync(join(tmpdir(), 'graylane-bill-'));
try {
  // It takes the name from the folder.
  const folder = join(scratch, String(name));
  mkdirSync(folder);
  const manifest = { name, version, description, license, repository, dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  copyFileSync('package-lock.json', join(folder, 'package-lock.json'));
  npm(folder, 'install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline');
  process.stdout.write(npm(folder, 'sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'));
} finally {
  rmSync(scratch, { recursive: true });
}

function npm(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args[0]} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
