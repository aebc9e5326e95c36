/** A project as `cdk8s init typescript-app` makes it, of the newest cdk8s-cli, with graylane as it is packed. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { digest } from '../../lib/core';
import { pack } from '../package/consumer';

const ROOT = process.cwd();
const CACHE = join(ROOT, '.cache/cdk8s-project');

/** cdk8s asks nobody whether there is a newer cdk8s: tests use no more of the network than they need. */
export const AS_INSTALLED = { CDK8S_CHECK_UPGRADE: 'false' };

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export interface Cdk8sProject {
  /** Writes the files of the template into a folder. */
  readonly write: (folder: string) => void;
  /** A folder node_modules with all that the project has installed. */
  readonly packages: string;
  /** The package of cdk8s-plus that the template names. */
  readonly plus: string;
}

/** @param folder of the caller's own, for packages */
export function cdk8sProject(folder: string): Cdk8sProject {
  const installed = install();
  const cli = join(installed, 'node_modules/cdk8s-cli');
  const manifest = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8')) as Manifest;
  const plus = Object.keys(manifest.dependencies).find((name) => name.startsWith('cdk8s-plus-'))!;
  return {
    write: (to) => writeTemplate(join(cli, 'templates/typescript-app'), to, manifest),
    packages: packagesWith(join(installed, 'node_modules'), folder),
    plus,
  };
}

/** What the template's package.json names, once for each version; the tests of its own are left out. */
function install(): string {
  mkdirSync(CACHE, { recursive: true });
  const version = JSON.parse(run(CACHE, 'npm', 'view', 'cdk8s-cli', 'version', '--json')) as string;
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const packages = [
    `cdk8s-cli@${version}`,
    'typescript@5.9',
    'ts-node@10',
    '@types/node@14',
    ...Object.entries(own.dependencies).map(([name, range]) => `${name}@${range}`),
  ];
  const folder = join(CACHE, `${version}-${digest(packages)}`);
  if (existsSync(folder)) return folder;
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'));
  writeFileSync(join(unfinished, 'package.json'), '{ "private": true }');
  run(unfinished, 'npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', ...packages);
  renameSync(unfinished, folder);
  return folder;
}

function writeTemplate(template: string, to: string, { version, dependencies }: Manifest): void {
  const values: Record<string, string> = { $base: 'shop', cdk8s_cli_spec: `^${version}` };
  const plus = Object.keys(dependencies).find((name) => name.startsWith('cdk8s-plus-'))!;
  const named = { cdk8s_core_version: 'cdk8s', cdk8s_plus_version: plus, constructs_version: 'constructs' };
  for (const [name, of] of Object.entries(named)) values[name] = dependencies[of]!.replace('^', '');
  for (const name of readdirSync(template)) {
    if (name.startsWith('.hooks') || name === '__snapshots__') continue;
    const text = readFileSync(join(template, name), 'utf8');
    writeFileSync(
      join(to, name.replace('{{}}', '')),
      text.replace(/\{\{ (\S+) \}\}/g, (_, key: string) => values[key]!),
    );
  }
}

/** Everything that is installed, and the packed graylane as a package among the others. */
function packagesWith(installed: string, folder: string): string {
  const packages = join(folder, 'node_modules');
  mkdirSync(join(packages, '.bin'), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (!name.startsWith('.')) symlinkSync(join(installed, name), join(packages, name));
  }
  for (const name of readdirSync(join(installed, '.bin')))
    symlinkSync(join(installed, '.bin', name), join(packages, '.bin', name));
  const { file, remove } = pack();
  run(folder, 'tar', '-xzf', file);
  remove();
  cpSync(join(folder, 'package'), join(packages, 'graylane'), { recursive: true });
  rmSync(join(folder, 'package'), { recursive: true });
  const main = join(packages, 'graylane/build/cli/main.js');
  chmodSync(main, 0o755);
  symlinkSync(main, join(packages, '.bin/graylane'));
  return packages;
}

function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
