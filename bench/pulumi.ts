/**
 * Prints what a `pulumi up` costs that has nothing to do: 100 rollouts, whose ledgers are read in a cluster, against 100
 * trivial dynamic resources, in turn: A B A B. Seconds as the user waits them.
 *
 *     npx tsx bench/pulumi.ts [RESOURCES]      needs the programs of test/stack/build.ts, with pulumi
 */
import { type Program, ReleaseStack, rolloutArgs } from '../test/e2e/release';
import { installProject, Project } from '../test/e2e/project';
import { startCluster } from '../test/stack/cluster';

const RUNS = 5;
const GOAL = 2;

main(Number(process.argv[2] ?? 100)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

async function main(count: number): Promise<void> {
  const cluster = await startCluster();
  const installed = installProject();
  try {
    const project = new Project(installed.folder);
    const environment = { KUBECONFIG: cluster.kubeconfig() };
    const programs = { a: rollouts(await cluster.newNamespace(), count), b: plain(count) };
    const a = await ReleaseStack.create(project, 'rollouts', environment);
    const b = await ReleaseStack.create(project, 'plain', environment);
    // The second update still tidies up what the first one has shown.
    for (let i = 0; i < 2; i++) await Promise.all([a.up(programs.a), b.up(programs.b)]);
    const pairs: [number, number][] = [];
    for (let i = 0; i < RUNS; i++) pairs.push([await seconds(a, programs.a), await seconds(b, programs.b)]);
    report(count, pairs);
  } finally {
    installed.remove();
    await cluster.stop();
  }
}

function rollouts(namespace: string, count: number): Program {
  return async ({ graylane: { CanaryRollout } }) => {
    for (let i = 0; i < count; i++) new CanaryRollout(`app-${i}`, rolloutArgs(namespace, `app-${i}`, 'v1'));
  };
}

function plain(count: number): Program {
  return async ({ pulumi }) => {
    const provider = {
      create: async (inputs: object) => ({ id: 'id', outs: inputs }),
      diff: async () => ({ changes: false }),
    };
    class Trivial extends pulumi.dynamic.Resource {}
    for (let i = 0; i < count; i++) new Trivial(provider, `app-${i}`, { value: i });
  };
}

async function seconds(stack: ReleaseStack, program: Program): Promise<number> {
  const start = performance.now();
  const { changes } = await stack.up(program);
  if (Object.keys(changes).join() !== 'same') throw new Error(`there was something to do: ${JSON.stringify(changes)}`);
  return (performance.now() - start) / 1000;
}

function report(count: number, pairs: readonly (readonly [number, number])[]): void {
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
