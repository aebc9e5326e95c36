/**
 * Prints what live releases cost, in calls and time of a cluster; and what the built package costs, as ratios of two programs that run in turn: A B A B. Each runs in a process of its own and
 * tells the milliseconds of processor time of what is measured, so that starting it is not counted; where starting it is what is
 * measured, the clock runs around the whole process. Below a goal that was missed stands where the time of its program went.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callsByStage, releaseNames, timesOf } from './live';
import { sharesOf } from './shares';

interface Comparison {
  readonly name: string;
  readonly a: readonly string[];
  readonly b: readonly string[];
  /** How a program's milliseconds are had. @default - it tells them itself */
  readonly measure?: (args: readonly string[]) => number;
  /** The ratio that we want not to be exceeded. */
  readonly goal?: number;
}

const RUNS = 9;
const MEMORY = ['nothing', 'up', 'status'];
const root = join(__dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'graylane-bench-'));
void main().finally(() => rmSync(folder, { recursive: true }));

async function main(): Promise<void> {
  await live();
  synthesis();
}

/** On a simulated cluster, in its own time: the same on every machine. */
async function live(): Promise<void> {
  for (const name of releaseNames) {
    console.log(
      `Calls of a live release, ${name}; a stage is to write what changes, the ledger, and the lane on joining and leaving.\n`,
    );
    console.log(row('stage', 'writes', 'changed', 'goal', 'Leases', 'Events', 'reads'));
    for (const { stage, writes, changed, lane, leases, events, reads } of await callsByStage(name)) {
      const goal = changed + 1 + lane;
      console.log(
        row(
          stage,
          ...[writes, changed].map(String),
          writes > goal ? `${goal} missed` : `${goal}`,
          ...[leases, events, reads].map(String),
        ),
      );
    }
    const { release, bare, own } = await timesOf(name);
    console.log(`\nTime of that release, grace periods aside, where each call takes 10 ms\n`);
    console.log(row('what', 'A ms', 'B ms', 'A/B', 'goal'));
    console.log(
      row('release : the same by bare calls', ...[release, bare].map(String), (release / bare).toFixed(2), '1.3'),
    );
    console.log(
      row("release : the Deployment's own rollout", ...[release, own].map(String), (release / own).toFixed(2)),
    );
    console.log();
  }
  console.log('Most memory of a process with a simulated cluster, and a release to its gate or `status` in it\n');
  console.log(row('rollouts', ...MEMORY.map((what) => `${what} MB`)));
  for (const count of [1, 1000, 5000]) console.log(row(String(count), ...MEMORY.map((what) => memory(count, what))));
  console.log();
}

function memory(count: number, what: string): string {
  return run('--import', 'tsx', join(__dirname, 'memory.ts'), String(count), what).trim();
}

function synthesis(): void {
  const [thousand, five] = [prepare(1000, 'released'), prepare(5000, 'steady')];
  const comparisons: Comparison[] = [
    {
      name: 'synth, 1,000 steady : without graylane',
      a: synth('steady', thousand),
      b: synth('plain', thousand),
      goal: 1.1,
    },
    {
      name: 'synth, 1,000 released : plain output',
      a: synth('released', thousand),
      b: synth('output', thousand),
      goal: 1.15,
    },
    {
      name: 'synth, 5,000 steady : without graylane',
      a: synth('steady', five),
      b: synth('plain', five),
      goal: 1.1,
    },
    { name: 'synth, 5,000 steady : 1,000 steady', a: synth('steady', five), b: synth('steady', thousand) },
    { name: 'without graylane, 5,000 : 1,000', a: synth('plain', five), b: synth('plain', thousand) },
    {
      name: 'import graylane, beside valibot : constructs',
      a: load('./build/index.js', ['valibot', 'node:crypto']),
      b: load('constructs'),
      goal: 1.3,
    },
    {
      name: 'import graylane/pulumi : @pulumi/pulumi',
      a: load('./build/pulumi/index.js'),
      b: load('@pulumi/pulumi'),
    },
    { name: 'import graylane/cdk8s : cdk8s', a: load('./build/cdk8s/index.js'), b: load('cdk8s') },
    {
      name: 'graylane --help : node -e 0',
      a: ['./build/cli/main.js', '--help'],
      b: ['-e', '0'],
      measure: wholeProcess,
      goal: 3,
    },
  ];
  console.log(`Medians of ${RUNS} runs each, in turn; the ratio is the median of the ratios pair by pair.\n`);
  console.log(row('what', 'A ms', 'B ms', 'A/B', 'goal'));
  comparisons.forEach(report);
}

function report({ name, a, b, goal = Infinity, measure = told }: Comparison): void {
  const pairs = Array.from({ length: RUNS }, () => [measure(a), measure(b)] as const);
  const ratio = median(pairs.map(([x, y]) => x / y));
  const times = [median(pairs.map(([x]) => x)), median(pairs.map(([, y]) => y))].map((time) => time.toFixed(0));
  const missed = ratio > goal;
  console.log(row(name, ...times, ratio.toFixed(2), goal === Infinity ? '' : `${goal}${missed ? ' missed' : ''}`));
  if (missed) console.log(`  ${sharesOf(root, a)}`);
}

function prepare(count: number, most: 'steady' | 'released'): string {
  const into = mkdtempSync(join(folder, 'apps-'));
  run(join(__dirname, 'prepare.mjs'), into, String(count), most);
  return into;
}

function synth(program: string, apps: string): string[] {
  return [join(__dirname, 'synth.mjs'), program, apps];
}

/** @param before what is loaded before the time begins */
function load(name: string, before: readonly string[] = []): string[] {
  return [
    '-e',
    `for (const one of ${JSON.stringify(before)}) require(one);
     const start = process.cpuUsage(); require(${JSON.stringify(name)});
     const { user, system } = process.cpuUsage(start); console.log((user + system) / 1000);`,
  ];
}

function told(args: readonly string[]): number {
  return Number(run(...args));
}

function wholeProcess(args: readonly string[]): number {
  const start = performance.now();
  run(...args);
  return performance.now() - start;
}

function run(...args: string[]): string {
  return execFileSync('node', args, { cwd: root, encoding: 'utf8' });
}

function median(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)]!;
}

function row(what: string, ...cells: string[]): string {
  return `${what.padEnd(46)}${cells.map((cell) => cell.padStart(12)).join('')}`;
}
