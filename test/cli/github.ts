/**
 * GitHub Actions, as far as our workflows use it: jobs in fresh clones, their steps in order, expressions that name one
 * value, and programs on the PATH that note what they are called with.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { AS_INSTALLED } from './cdk8s-project';
import { COMMITTER, folderWith } from './fixtures';

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly if?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string;
  readonly if?: string;
  readonly environment?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface WorkflowFile {
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** What an expression may name. */
type Context = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface RunOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Whether the reviewers of an environment approve. @default true */
  readonly approved?: boolean;
  /** Seconds by which the clock of the run is ahead. @default 0 */
  readonly ahead?: number;
}

export interface JobRun {
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
}

/** Notes its arguments, runs a script that a test has left for its next call, and ends well unless that does not. */
const STUB = `#!/bin/bash
echo "$(basename "$0") $*" >> "$STUBS/calls"
if [ -f "$STUBS/on-$(basename "$0")" ]; then
  mv "$STUBS/on-$(basename "$0")" "$STUBS/now"
  bash -e "$STUBS/now"
fi
`;

/** jq itself, for machines that have none; GitHub's have. */
const JQ = `#!/usr/bin/env node
const { raw } = require(${JSON.stringify(require.resolve('jq-wasm'))});
const [flag, filter, file] = process.argv.slice(2);
const input = JSON.parse(require('fs').readFileSync(file, 'utf8'));
raw(input, filter, [flag]).then((out) => process.stdout.write(out && out + '\\n'));
`;

const CLOCK = `
const now = Date.now;
const ahead = Number(process.env.CLOCK_AHEAD) * 1000;
Date.now = () => now() + ahead;
globalThis.Date = class extends Date { constructor(...args) { args.length ? super(...args) : super(Date.now()); } };
`;

export class GitHub {
  readonly stubs = folderWith({ 'clock.cjs': CLOCK, calls: '' });
  readonly origin = folderWith({});

  /** @param packages what `npm ci` installs */
  constructor(packages: string) {
    for (const name of ['kubectl', 'gh', 'sleep', 'flux']) this.stub(name, STUB);
    this.stub('jq', JQ);
    this.stub('npm', `#!/bin/bash\n[ "$1" = ci ] && ln -sfn ${packages} node_modules\n`);
    // As npx does for what is installed, without looking whether it is.
    this.stub('npx', '#!/bin/bash\nexec "node_modules/.bin/$1" "${@:2}"\n');
    this.git(this.origin, 'init', '-q', '--bare', '-b', 'main');
  }

  private stub(name: string, text: string): void {
    mkdirSync(join(this.stubs, 'bin'), { recursive: true });
    writeFileSync(join(this.stubs, 'bin', name), text);
    chmodSync(join(this.stubs, 'bin', name), 0o755);
  }

  /** A script for the next call of a program. */
  on(program: string, script: string): void {
    writeFileSync(join(this.stubs, `on-${program}`), script);
  }

  /** Takes what the programs have been called with since the last time. */
  calls(): string[] {
    const file = join(this.stubs, 'calls');
    const calls = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    writeFileSync(file, '');
    return calls;
  }

  git(folder: string, ...args: string[]): string {
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: folder, env: this.env(), encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** A clone as somebody has it, with packages. */
  clone(): string {
    const folder = folderWith({});
    this.git(folder, 'clone', '-q', this.origin, '.');
    this.shell(folder, 'npm ci');
    return folder;
  }

  /** Runs a command as a person does. @throws Error for one that ends badly */
  shell(folder: string, command: string, env: NodeJS.ProcessEnv = {}): string {
    const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', command], {
      cwd: folder,
      env: { ...this.env(), ...env },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${command}\nended with ${status}:\n${stdout}${stderr}`);
    return stdout + stderr;
  }

  /** Runs a workflow: the jobs by name, those that were skipped or not approved left out. */
  run(workflow: WorkflowFile, options: RunOptions = {}): Record<string, JobRun> {
    const done: Record<string, JobRun> = {};
    for (const [name, job] of Object.entries(workflow.jobs)) {
      if (job.needs !== undefined && done[job.needs] === undefined) continue;
      const context = this.context(options, job.needs === undefined ? {} : { [job.needs]: done[job.needs] });
      if (job.if !== undefined && !holds(job.if, context)) continue;
      if (job.environment !== undefined && options.approved === false) continue;
      done[name] = this.job(job, { ...workflow.env, ...job.env }, context, options);
    }
    return done;
  }

  private job(job: Job, env: Readonly<Record<string, string>>, context: Context, { ahead = 0 }: RunOptions): JobRun {
    const [folder, temp] = [folderWith({}), folderWith({})];
    const steps: Record<string, unknown> = {};
    const inJob = { ...context, steps };
    let log = '';
    for (const step of job.steps) {
      if (step.if !== undefined && !holds(step.if, inJob)) continue;
      if (step.uses?.startsWith('actions/checkout@')) {
        this.git(folder, 'clone', '-q', '--branch', 'main', this.origin, '.');
      }
      if (step.run === undefined) continue;
      const output = join(temp, 'output');
      log += this.shell(folder, step.run, {
        ...Object.fromEntries(
          Object.entries({ ...env, ...step.env }).map(([name, value]) => [name, filled(value, inJob)]),
        ),
        ...RUNNER,
        CLOCK_AHEAD: String(ahead),
        RUNNER_TEMP: temp,
        GITHUB_OUTPUT: output,
      });
      if (step.id !== undefined) steps[step.id] = { outputs: outputsIn(output) };
      rmSync(output, { force: true });
    }
    const outputs = Object.entries(job.outputs ?? {}).map(([name, value]) => [name, filled(value, inJob)]);
    return { outputs: Object.fromEntries(outputs) as Record<string, string>, log };
  }

  private context({ inputs = {}, vars = {}, secrets = {} }: RunOptions, needs: Context[string]): Context {
    return { inputs, vars, secrets, needs, github: { token: 'token', ref_name: 'main' } };
  }

  private env(): NodeJS.ProcessEnv {
    const { HOME } = process.env;
    return {
      ...COMMITTER,
      ...AS_INSTALLED,
      HOME,
      PATH: `${join(this.stubs, 'bin')}:${process.env.PATH}`,
      STUBS: this.stubs,
      CLOCK_AHEAD: '0',
      NODE_OPTIONS: `--require ${join(this.stubs, 'clock.cjs')}`,
      // Types are looked at once, by a test of their own.
      TS_NODE_TRANSPILE_ONLY: 'true',
      GIT_CONFIG_NOSYSTEM: '1',
    };
  }
}

const RUNNER = {
  CI: 'true',
  GITHUB_SERVER_URL: 'https://git.example.com',
  GITHUB_REPOSITORY: 'shop/shop',
  GITHUB_RUN_ID: '7',
  GITHUB_WORKFLOW: 'graylane release',
  GITHUB_REF_NAME: 'main',
};

export function workflowIn(file: string): WorkflowFile {
  return workflowFrom(readFileSync(file, 'utf8'));
}

export function workflowFrom(text: string): WorkflowFile {
  return parse(text) as WorkflowFile;
}

function outputsIn(file: string): Record<string, string> {
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function holds(condition: string, context: Context): boolean {
  return condition.split(' && ').every((one) => {
    const [, path, value] = /^([\w.]+) != '(\w*)'$/.exec(one) ?? [];
    if (path === undefined) throw new Error(`no such condition is known: ${condition}`);
    return valueOf(path, context) !== value;
  });
}

function filled(text: string, context: Context): string {
  return text.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, path: string) => valueOf(path, context));
}

/** What is not there is empty, as on GitHub. */
function valueOf(path: string, context: Context): string {
  let value: unknown = context;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}
