/**
 * Runs the packed package beside the versions of others that it says it works with: each cell in an empty folder, with
 * the versions that it names. CONTRIBUTING.md has the table.
 *
 *     npm run test:matrix [-- CELL...]      without an argument all cells, some minutes
 */
import { equal, match, throws } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Consumer, pack } from './consumer';
import { asCommonJs, cdk8sProgram, cdk8sSettings, playRelease, pulumiSettings } from './programs';
import { buildTools } from '../stack/build';
import { type Cluster, startCluster } from '../stack/cluster';
import { binFolder, clusterModules, toolModules, type ToolModuleName } from '../stack/tools';

const root = join(__dirname, '../..');
const COMPILER = ['typescript@5.9', '@types/node@^20'];
const CDK8S = ['cdk8s@^2.70.0', 'constructs@^10.3.0'];

/** What a cell does in a project that has the tarball. */
type Cell = (project: Consumer, tarball: string) => void | Promise<void>;

const cells: Readonly<Record<string, Cell>> = {
  'plus-27': withPlus('27', CDK8S),
  'plus-28': withPlus('28', CDK8S),
  'plus-32': withPlus('32', CDK8S),
  'plus-34': withPlus('34', CDK8S),
  'cdk8s-oldest': withPlus('27', ['cdk8s@2.70.0', 'constructs@10.3.0'], '2.9.0'),
  'node-20': withNode('20'),
  'node-22': withNode('22'),
  'node-24': withNode('24'),
  'client-node-1': withClient('1.4.0', '20'),
  'client-node-2': withClient('2', '22'),
  // There is no 4.17.0.
  'pulumi-oldest': withPulumi('3.160.0', '4.17.1'),
  'pulumi-newest': withPulumi('latest', 'latest'),
  'kube-pinned': withApiServer('kubernetes'),
  'kube-newest': withApiServer('kubernetes-newest'),
};

void main(process.argv.slice(2));

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in cells));
  if (unknown.length > 0) {
    console.error(`no such cell: ${unknown.join(', ')}; there are: ${Object.keys(cells).join(', ')}`);
    process.exit(2);
  }
  const { file, remove } = pack();
  for (const name of names.length > 0 ? names : Object.keys(cells)) {
    if (!(await passes(name, file))) process.exitCode = 1;
  }
  remove();
}

async function passes(name: string, tarball: string): Promise<boolean> {
  const project = new Consumer('commonjs');
  try {
    await cells[name]!(project, tarball);
    console.log(`${name}: ok`);
    return true;
  } catch (error) {
    console.log(`${name}: FAILED\n${String(error)}`);
    return false;
  } finally {
    project.remove();
  }
}

/** The program of the README compiles, and its release goes to the open route. */
function withPlus(plus: string, others: readonly string[], version = 'latest'): Cell {
  return (project, tarball) => {
    project.install(tarball, ...others, `cdk8s-plus-${plus}@${version}`, ...COMPILER);
    project.write('tsconfig.json', JSON.stringify(cdk8sSettings));
    project.write('main.ts', cdk8sProgram(plus));
    playRelease(project, 'main.ts', () => project.run('npx', 'tsc', '--build'));
  };
}

/** The same release in JavaScript, and one from plain YAML on the simulated cluster, with that Node. */
function withNode(version: string): Cell {
  return (project, tarball) => {
    project.install(tarball, ...CDK8S, 'cdk8s-plus-27', `node@${version}`);
    checkNode(project, version);
    project.write('main.js', asCommonJs(cdk8sProgram('27')));
    playRelease(project, 'main.js', () => undefined);
    project.run('npx', 'graylane', 'simulate', '-f', join(root, 'examples/yaml'));
  };
}

/** A live release goes to its gate and is asked about, on the API server of the tests. */
function withClient(version: string, node: string): Cell {
  return async (project, tarball) => {
    project.install(tarball, `@kubernetes/client-node@${version}`, `node@${node}`);
    checkNode(project, node);
    await onCluster([], (cluster) => liveRelease(project, cluster));
  };
}

/** The same on the API server of one of the modules, which its version tells. */
function withApiServer(name: 'kubernetes' | 'kubernetes-newest'): Cell {
  return async (project, tarball) => {
    project.install(tarball, '@kubernetes/client-node@1');
    const goMod = readFileSync(join(root, 'test/stack/tools', toolModules[name].folder, 'go.mod'), 'utf8');
    const [, pinned] = /^\tk8s\.io\/kubernetes (v\S+)/m.exec(goMod)!;
    await buildTools([...clusterModules, name]);
    await withPrograms(name, () =>
      onCluster([], async (cluster) => {
        equal((await cluster.api.get<{ gitVersion: string }>('/version')).gitVersion, pinned);
        await liveRelease(project, cluster);
      }),
    );
  };
}

/** Programs of a module in the place of those that the tests have, while something is done. */
async function withPrograms(name: ToolModuleName, work: () => Promise<void>): Promise<void> {
  const assets = mkdtempSync(join(tmpdir(), 'graylane-assets-'));
  for (const program of Object.keys(toolModules[name].programs)) {
    symlinkSync(join(binFolder, program), join(assets, program.replace(/-newest$/, '')));
  }
  const before = process.env.KUBEBUILDER_ASSETS;
  process.env.KUBEBUILDER_ASSETS = assets;
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env.KUBEBUILDER_ASSETS;
    else process.env.KUBEBUILDER_ASSETS = before;
    rmSync(assets, { recursive: true });
  }
}

/** @param others what it takes beside a cluster; what has been built is not built again */
async function onCluster(others: readonly ToolModuleName[], work: (cluster: Cluster) => Promise<void>): Promise<void> {
  await buildTools([...clusterModules, ...others]);
  const cluster = await startCluster();
  try {
    await work(cluster);
  } finally {
    await cluster.stop();
  }
}

async function liveRelease(project: Consumer, cluster: Cluster): Promise<void> {
  const on = ['--kubeconfig', cluster.kubeconfig(), '-n', await cluster.newNamespace()];
  const graylane = (command: string, ...args: string[]) => project.run('npx', 'graylane', command, ...args, ...on);
  project.write('web.yaml', web('v1'));
  graylane('up', '-f', 'web.yaml');
  project.write('web.yaml', web('v2'));
  // A gate that waits has an exit code of its own.
  throws(() => graylane('up', '-f', 'web.yaml'), /ended with 3:[^]*waits at step-1/);
  throws(() => graylane('status'), /ended with 3:[^]*web-canary {2}1\/1 ready/);
}

/** What the project runs is that Node. */
function checkNode(project: Consumer, version: string): void {
  match(project.run('node', '--version'), new RegExp(`^v${version}[.]`));
}

function deployment(version: string) {
  const labels = { app: 'web' };
  const containers = [{ name: 'web', image: `example.com/web:${version}` }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

function web(version: string): string {
  const objects = [
    deployment(version),
    {
      apiVersion: 'rollouts.kruise.io/v1beta1',
      kind: 'Rollout',
      metadata: { name: 'web' },
      spec: {
        workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        strategy: { canary: { enableExtraWorkloadForCanary: true, steps: [{ replicas: 1, pause: {} }] } },
      },
    },
  ];
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}

/** The example compiles with the settings of `pulumi new`, and the real `pulumi` brings a release to its gate. */
function withPulumi(pulumi: string, kubernetes: string): Cell {
  return async (project, tarball) => {
    const client = '@kubernetes/client-node@1';
    project.install(tarball, `@pulumi/pulumi@${pulumi}`, `@pulumi/kubernetes@${kubernetes}`, client, ...COMPILER);
    project.write('tsconfig.json', JSON.stringify(pulumiSettings));
    for (const file of ['index.ts', 'shop.ts']) {
      project.write(file, readFileSync(join(root, 'examples/end-to-end-canary-pulumi', file), 'utf8'));
    }
    project.run('npx', 'tsc');
    await onCluster(['pulumi'], (cluster) => pulumiRelease(project, cluster));
  };
}

async function pulumiRelease(project: Consumer, cluster: Cluster): Promise<void> {
  const state = join(project.folder, 'state');
  mkdirSync(state);
  const settings = {
    KUBECONFIG: cluster.kubeconfig(),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_HOME: join(project.folder, 'pulumi-home'),
    PATH: [binFolder, join(project.folder, 'node_modules/@pulumi/pulumi'), process.env.PATH].join(delimiter),
  };
  const script = join(__dirname, 'pulumi-release.mjs');
  const set = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const told = project.run('env', ...set, 'node', script, await cluster.newNamespace());
  equal(told.trim(), 'stable step-1/canary');
}
