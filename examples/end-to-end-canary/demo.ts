import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { App, Testing, YamlOutputType } from 'cdk8s';
import { formatStoryboard, type Manifest, type PodTemplate } from 'graylane';
import { EndToEndCanary, type ServiceProps } from './sample';

/** Synthesizes the sample at every stage of a release of spring-cloud-a, and tells what happens at each. */
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

function synthesize(name: string, a: ServiceProps): void {
  const app = new App({ outdir: join(folder, name), yamlOutputType: YamlOutputType.FILE_PER_APP });
  new EndToEndCanary(app, { a, b });
  app.synth();
}

/** The pod template that runs before the release. */
function templateOf(a: ServiceProps): PodTemplate {
  const objects = Testing.synth(new EndToEndCanary(Testing.app(), { a, b })) as Manifest[];
  const { spec } = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'spring-cloud-a')!;
  return (spec as { template: PodTemplate }).template;
}
