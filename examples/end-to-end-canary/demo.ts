import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { App, Testing, YamlOutputType } from 'cdk8s';
import { formatStoryboard, type Manifest, type PodTemplate } from 'graylane';
import { EndToEndCanary, type ServiceProps } from './sample';

/**
 * Synthesizes the sample at every stage of a release of spring-cloud-a, tells what happens at each, and plays the release
 * on a simulated cluster.
 */
const folder = join(__dirname, 'dist');
const image = (name: string, revision: string) => `example.com/shop/${name}:${revision}`;
const b: ServiceProps = { image: image('spring-cloud-b', 'v1') };
const v1: ServiceProps = { image: image('spring-cloud-a', 'v1') };
const v2: ServiceProps = { image: image('spring-cloud-a', 'v2'), stable: templateOf(v1) };

rmSync(folder, { recursive: true, force: true });
const { rollouts } = new EndToEndCanary(new App(), { a: v2, b });
const stages = rollouts.a.storyboard();
console.log('The release of spring-cloud-a from v1 to v2, with requests of User-Agent: foo in the lane:\n');
console.log(formatStoryboard(stages));
for (const [i, { stage }] of stages.entries()) synthesize(`${i}-${stage.replace('/', '-')}`, { ...v2, stage });
console.log(`The YAML of every stage is in ${relative(process.cwd(), folder)}/<stage>/app.k8s.yaml`);
console.log('\nThe same release, walked by the live engine on a simulated cluster (graylane simulate):\n');
simulate();

function synthesize(name: string, a: ServiceProps): void {
  const app = new App({ outdir: join(folder, name), yamlOutputType: YamlOutputType.FILE_PER_APP });
  new EndToEndCanary(app, { a, b });
  app.synth();
}

/** As a user would run it; in a terminal with a live view. */
function simulate(): void {
  const command = [
    join(__dirname, '../../lib/cli/main.ts'),
    'simulate',
    '--rollout',
    'rollout-a',
    '-f',
    join(__dirname, '../yaml'),
  ];
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', ...command], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

/** The pod template that runs before the release. */
function templateOf(a: ServiceProps): PodTemplate {
  const objects = Testing.synth(new EndToEndCanary(Testing.app(), { a, b })) as Manifest[];
  const { spec } = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'spring-cloud-a')!;
  return (spec as { template: PodTemplate }).template;
}
