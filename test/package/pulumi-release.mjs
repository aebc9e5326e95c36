/**
 * Brings a release of a stack to its gate, with what is installed in the folder that it runs in, and prints the stages:
 *
 *     node pulumi-release.mjs NAMESPACE
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [namespace] = process.argv.slice(2);
const load = createRequire(join(process.cwd(), 'index.js'));
const { LocalWorkspace } = load('@pulumi/pulumi/automation');
const { CanaryRollout } = load('graylane/pulumi');

const labels = { app: 'web' };
let version;
const program = async () => {
  const containers = [{ name: 'web', image: `example.com/web:${version}` }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  const workload = { metadata: { name: 'web', namespace }, spec };
  return { stage: new CanaryRollout('web', { workload, steps: [{ replicas: 1, pause: {} }] }).stage };
};
const stack = await LocalWorkspace.createStack({ stackName: 'matrix', projectName: 'matrix', program });
const stages = [];
for (version of ['v1', 'v2']) stages.push((await stack.up({ color: 'never' })).outputs.stage?.value);
await stack.destroy();
console.log(stages.join(' '));
// The client of Pulumi's engine would keep the process.
process.exit();
