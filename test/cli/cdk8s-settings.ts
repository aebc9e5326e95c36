/** The ways in which a cdk8s app is set up that matter to a release by commits, and an app in each of them. */

export interface Setting {
  /** Of `YamlOutputType`. */
  readonly type: string;
  readonly module: 'cjs' | 'mjs';
  readonly environments: readonly string[];
}

const ONE = ['production'];
const TWO = ['staging', 'production'];

/** Every output type; both kinds of modules, each with one environment and with several. */
export const settings: Setting[] = [
  { type: 'FILE_PER_APP', module: 'cjs', environments: ONE },
  { type: 'FILE_PER_CHART', module: 'mjs', environments: TWO },
  { type: 'FILE_PER_RESOURCE', module: 'mjs', environments: ONE },
  { type: 'FOLDER_PER_CHART_FILE_PER_RESOURCE', module: 'cjs', environments: TWO },
];

/** An app that reads each environment's image from images.json, and has a lane, two rollouts and a network policy. */
export function program({ type, module, environments }: Setting, plus: string): string {
  const packages = {
    'node:fs': 'readFileSync',
    cdk8s: 'App, Chart, YamlOutputType',
    [plus]: 'Deployment, Ingress, IngressBackend',
    'graylane/cdk8s': 'CanaryRollout, Ledger, TrafficRoutingLane',
  };
  const imports = Object.entries(packages).map(([from, names]) =>
    module === 'mjs' ? `import { ${names} } from '${from}';` : `const { ${names} } = require('${from}');`,
  );
  const outdir = environments.length > 1 ? "'dist/' + environment" : 'undefined';
  return `${imports.join('\n')}

for (const [environment, image] of Object.entries(JSON.parse(readFileSync('images.json', 'utf8')))) {
  const app = new App({ outdir: ${outdir}, yamlOutputType: YamlOutputType.${type} });
  const chart = new Chart(app, 'shop');
  const workload = new Deployment(chart, 'web', {
    metadata: { name: 'web' },
    replicas: 3,
    containers: [{ image, portNumber: 8080 }],
  });
  const service = workload.exposeViaService({ name: 'web', ports: [{ port: 80, targetPort: 8080 }] });
  const db = new Deployment(chart, 'db', {
    metadata: { name: 'db' },
    replicas: 1,
    containers: [{ image: process.env.DB ?? 'db:v1', portNumber: 5432 }],
  });
  workload.connections.allowTo(db);
  const gateway = new Ingress(chart, 'gateway', { className: 'nginx' });
  gateway.addRule('/', IngressBackend.fromService(service));
  const lane = new TrafficRoutingLane(chart, 'lane', {
    objectRef: { service, ingress: { classType: 'nginx', name: gateway } },
    matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
    delivery: process.env.DELIVERY,
  });
  new CanaryRollout(chart, 'rollout-a', { workload, lane, steps: [{ replicas: 1 }], stage: process.env.STAGE });
  new CanaryRollout(chart, 'rollout-b', { workload: process.env.MISSING ? undefined : db, steps: [{ replicas: 1 }] });
  Ledger.fromFolder(app, 'releases/' + environment);
  app.synth();
}
`;
}
