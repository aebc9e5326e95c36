/**
 * Runs `pulumi up` in a project and prints the seconds that it took, and what it did:
 *
 *     node pulumi-up.mjs rollouts|resources COUNT NAMESPACE      in the project's folder
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const [kind, count, namespace] = process.argv.slice(2);
const load = createRequire(join(process.cwd(), 'index.js'));
const { LocalWorkspace } = load('@pulumi/pulumi/automation');
const { dynamic } = load('@pulumi/pulumi');
const { CanaryRollout } = load('graylane/pulumi');

const programs = {
  rollouts: (name) => new CanaryRollout(name, { workload: deployment(name), steps: [{ replicas: 1 }] }),
  resources: (name) => new Trivial(provider, name, { value: name }),
};
const provider = {
  create: async (inputs) => ({ id: 'id', outs: inputs }),
  diff: async () => ({ changes: false }),
};
class Trivial extends dynamic.Resource {}

const state = join(process.cwd(), 'state', kind);
mkdirSync(state, { recursive: true });
const environment = { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: 'bench' };
const stack = await LocalWorkspace.createOrSelectStack(
  {
    stackName: 'bench',
    projectName: 'bench',
    program: async () => {
      for (let i = 0; i < Number(count); i++) programs[kind](`app-${i}`);
    },
  },
  { envVars: { ...environment, PULUMI_SKIP_UPDATE_CHECK: 'true' } },
);
const start = performance.now();
const { summary } = await stack.up();
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, changes: summary.resourceChanges }));
process.exit();

function deployment(name) {
  const labels = { app: name };
  const containers = [{ name: 'main', image: 'example.com/app:v1' }];
  return {
    metadata: { name, namespace },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}
