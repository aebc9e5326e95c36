/**
 * Prints what a `pulumi up` costs that has nothing to do: 100 rollouts, whose ledgers are read in a cluster, against 100
 * trivial dynamic resources, in turn: A B A B. Seconds as the user waits them.
 *
 *     npx tsx bench/pulumi.ts [COUNT]      needs the programs of test/stack/build.ts, with pulumi
 */
import { execFileSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { installProject } from '../test/e2e/project';
import { startCluster } from '../test/stack/cluster';
import { binFolder } from '../test/stack/tools';

const RUNS = 5;
const GOAL = 2;

interface Up {
  readonly seconds: number;
  readonly changes: Readonly<Record<string, number>>;
}

main(process.argv[2] ?? '100').catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

async function main(count: string): Promise<void> {
  const cluster = await startCluster();
  const { folder, remove } = installProject();
  try {
    const namespace = await cluster.newNamespace();
    const up = (kind: string) => pulumiUp(folder, cluster.kubeconfig(), [kind, count, namespace]);
    // The first one makes them.
    [up('rollouts'), up('resources')].forEach(({ changes }) => console.log(JSON.stringify(changes)));
    const pairs = Array.from({ length: RUNS }, () => [idle(up('rollouts')), idle(up('resources'))] as const);
    report(count, pairs);
  } finally {
    remove();
    await cluster.stop();
  }
}

function pulumiUp(cwd: string, kubeconfig: string, args: readonly string[]): Up {
  const path = [binFolder, join(cwd, 'node_modules/@pulumi/pulumi'), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, KUBECONFIG: kubeconfig };
  const script = join(__dirname, 'pulumi-up.mjs');
  const text = execFileSync('node', [script, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(text) as Up;
}

function idle({ seconds, changes }: Up): number {
  if (Object.keys(changes).join() !== 'same') throw new Error(`there was something to do: ${JSON.stringify(changes)}`);
  return seconds;
}

function report(count: string, pairs: readonly (readonly [number, number])[]): void {
  const ratio = median(pairs.map(([x, y]) => x / y));
  const [x, y] = [0, 1].map((i) => median(pairs.map((pair) => pair[i]!)).toFixed(1));
  console.log(`pulumi up, nothing to do, ${count} rollouts : ${count} dynamic resources`);
  console.log(
    `${x} s : ${y} s = ${ratio.toFixed(2)} (goal ${GOAL}${ratio > GOAL ? ', missed' : ''}; median of ${RUNS})`,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)]!;
}
