/** What the release workflow publishes, made by its own steps in a copy of the repository. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { run } from './consumer';

const root = resolve(__dirname, '../..');
const copied = [
  ...['lib', 'publish', 'deploy', 'tsconfig.build.json', 'package.json', 'package-lock.json', '.npmrc'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE'],
];

export interface Workflow {
  readonly on: unknown;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly needs?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly name?: string; readonly uses?: string; readonly run?: string }[];
}

export const workflowText = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');
export const workflow = parse(workflowText) as Workflow;
export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** What a step of the workflow runs, by its name. */
export function script(name: string): string {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const found = steps.find((step) => step.name === name)?.run;
  if (!found) throw new Error(`the workflow has no step ${name}`);
  return found;
}

/** Runs a step as GitHub does, in a folder, for a tag. */
export function runStep(name: string, folder: string, tag: string, path = process.env.PATH): string {
  return run(folder, 'env', `TAG=${tag}`, `PATH=${path}`, 'bash', '-eo', 'pipefail', '-c', script(name));
}

/** The folder that the workflow hands on for the version of package.json, and its tarball. */
export class Release {
  readonly folder: string;
  readonly file: string;
  readonly files: readonly string[];
  private readonly copy = mkdtempSync(join(tmpdir(), 'graylane-release-'));

  constructor() {
    for (const name of copied) cpSync(join(root, name), join(this.copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(this.copy, 'node_modules'));
    const changelog = join(this.copy, 'CHANGELOG.md');
    // As somebody has prepared the release: until then the version is not there.
    writeFileSync(changelog, readFileSync(changelog, 'utf8').replace('## Unreleased', `## ${version} (2026-12-01)`));
    runStep('Tarball, bill of materials, and what is new', this.copy, `v${version}`);
    this.folder = join(this.copy, 'release');
    this.file = join(this.folder, `graylane-${version}.tgz`);
    const names = run(this.folder, 'tar', '-tzf', this.file).trim().split('\n');
    this.files = names.map((name) => name.replace(/^package\//, ''));
  }

  text(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  remove(): void {
    rmSync(this.copy, { recursive: true });
  }
}
