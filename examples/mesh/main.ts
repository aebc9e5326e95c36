import { App, YamlOutputType } from 'cdk8s';
import type { StageName } from 'graylane';
import { MeshCanary } from './sample';

/** `cdk8s synth`, or `npx tsx main.ts`: prints the app at the stage given here into `dist`. */
const app = new App({ yamlOutputType: YamlOutputType.FILE_PER_APP });
new MeshCanary(app, { image: 'example.com/shop/spring-cloud-b:v2', stage: process.env.STAGE as StageName });
app.synth();
