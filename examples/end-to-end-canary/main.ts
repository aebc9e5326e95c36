import { App, YamlOutputType } from 'cdk8s';
import type { StageName } from 'graylane';
import { EndToEndCanary } from './sample';

/** `cdk8s synth`, or `npx tsx main.ts`: prints the app at the stages given here into `dist`. */
const app = new App({ yamlOutputType: YamlOutputType.FILE_PER_APP });
new EndToEndCanary(app, {
  a: { image: 'example.com/shop/spring-cloud-a:v2', stage: process.env.STAGE_A as StageName },
  b: { image: 'example.com/shop/spring-cloud-b:v1', stage: process.env.STAGE_B as StageName },
});
app.synth();
