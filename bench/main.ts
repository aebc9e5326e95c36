/**
 * Prints what graylane costs, as ratios of two programs that run in turn: A B A B. Each runs in a process of its own and
 * tells the milliseconds of processor time of what is measured, so that starting it is not counted.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

interface Comparison {
  readonly name: string;
  readonly a: readonly string[];
  readonly b: readonly string[];
  /** The ratio that we want not to be exceeded. */
  readonly goal?: number;
}

const RUNS = 9;
const root = join(__dirname, '..');
const synth = (...args: string[]) => ['--import', 'tsx', join(__dirname, 'synth.ts'), ...args];
const load = (name: string) => [
  '-e',
  `const start = process.cpuUsage(); require(${JSON.stringify(name)});
   const { user, system } = process.cpuUsage(start); console.log((user + system) / 1000);`,
];

const comparisons: readonly Comparison[] = [
  {
    name: 'synth, 1,000 rollouts steady : without graylane',
    a: synth('steady', '1000'),
    b: synth('plain', '1000'),
    goal: 1.15,
  },
  {
    name: 'synth, 1,000 in mid-release : plain objects of the same output',
    a: synth('released', '1000'),
    b: synth('objects', '1000'),
    goal: 1.15,
  },
  { name: 'synth, 5,000 rollouts steady : 1,000', a: synth('steady', '5000'), b: synth('steady', '1000'), goal: 5.5 },
  { name: 'import graylane : constructs', a: load('./build/index.js'), b: load('constructs') },
  { name: 'import graylane/cdk8s : cdk8s', a: load('./build/cdk8s/index.js'), b: load('cdk8s') },
];

console.log(`Medians of ${RUNS} runs each, in turn; the ratio is the median of the ratios pair by pair.\n`);
console.log(row('what', 'A ms', 'B ms', 'A/B', 'goal'));
for (const { name, a, b, goal } of comparisons) {
  const pairs = Array.from({ length: RUNS }, () => [measure(a), measure(b)] as const);
  const ratio = median(pairs.map(([x, y]) => x / y));
  const cells = [
    median(pairs.map(([x]) => x)).toFixed(0),
    median(pairs.map(([, y]) => y)).toFixed(0),
    ratio.toFixed(2),
  ];
  console.log(row(name, ...cells, goal === undefined ? '' : `${goal}${ratio > goal ? ' missed' : ''}`));
}

function measure(args: readonly string[]): number {
  return Number(execFileSync('node', args, { cwd: root, encoding: 'utf8' }));
}

function median(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)]!;
}

function row(what: string, ...cells: string[]): string {
  return `${what.padEnd(66)}${cells.map((cell) => cell.padStart(8)).join('')}`;
}
