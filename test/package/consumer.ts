import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');

/** The package as `npm pack` makes it, in a folder of its own. */
export function pack(): { file: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'graylane-pack-'));
  run(root, 'npm', 'pack', '--silent', '--pack-destination', folder);
  return { file: join(folder, readdirSync(folder)[0]!), remove: () => rmSync(folder, { recursive: true }) };
}

/** An empty folder that becomes somebody's project. */
export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), 'graylane-consumer-'));

  constructor(type: 'commonjs' | 'module') {
    this.write('package.json', JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type }));
  }

  write(name: string, text: string): void {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Peers that are optional are not installed unless they are named. */
  install(...packages: string[]): void {
    this.run('npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', ...packages);
  }

  /** Programs of its packages come first: `node` is that of the package of this name, where there is one. */
  run(command: string, ...args: string[]): string {
    const path = [join(this.folder, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    return started(this.folder, { ...process.env, PATH: path }, command, args);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** What a command prints; compilers tell what is wrong on stdout, so an error has that too. */
export function run(cwd: string, command: string, ...args: string[]): string {
  return started(cwd, process.env, command, args);
}

function started(cwd: string, env: NodeJS.ProcessEnv, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
