/**
 * Times one synthesis in this process and prints its milliseconds of processor time.
 *
 *     tsx bench/synth.ts plain|steady|released|objects COUNT
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { Deployment, Ingress, IngressBackend } from 'cdk8s-plus-27';
import { advance, type Manifest, newLedger, type RecordedRollout, type Recording } from 'graylane';
import { CanaryRollout, Ledger, TrafficRoutingLane } from 'graylane/cdk8s';
import { readLedger, writeLedger } from 'graylane/ledger';

type Kind = 'plain' | 'steady' | 'released' | 'objects';

const [kind, count] = [process.argv[2] as Kind, Number(process.argv[3])];
const folder = mkdtempSync(join(tmpdir(), 'graylane-bench-'));
const ledgers = join(folder, 'ledgers');
try {
  console.log(time(prepare(kind)).toFixed(1));
} finally {
  rmSync(folder, { recursive: true });
}

/** Everything that is not timed: the user's manifests and the ledgers; for `objects` the output of a release. */
function prepare(of: Kind): () => void {
  const app = () => new App({ outdir: join(folder, of), yamlOutputType: YamlOutputType.FILE_PER_APP });
  const v1 = services('v1');
  if (of === 'plain') return () => printing(app(), v1).synth();
  const v2 = services('v2');
  writeLedgers(v1, of === 'steady' ? undefined : v2);
  if (of === 'steady') return () => releasing(app(), v1).synth();
  if (of === 'released') return () => releasing(app(), v2).synth();
  const output = manifestsOf(releasing(app(), v2));
  return () => printing(app(), output).synth();
}

/** Milliseconds of processor time: whatever else the machine does has little to do with it. */
function time(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Manifests of cdk8s-plus: a gateway Ingress, and a Deployment and a Service for each of the services. */
function services(image: string): Manifest[] {
  const app = new App();
  const chart = new Chart(app, 'shop');
  const gateway = new Ingress(chart, 'gateway', { metadata: { name: 'gateway' }, className: 'mse' });
  for (let i = 0; i < count; i++) {
    const name = `service-${i}`;
    const container = { name, image: `example.com/shop/${name}:${image}`, portNumber: 8080 };
    const workload = new Deployment(chart, name, { metadata: { name }, replicas: 3, containers: [container] });
    const service = workload.exposeViaService({ name, ports: [{ port: 80, targetPort: 8080 }] });
    if (i === 0) gateway.addHostRule('shop.example.com', '/', IngressBackend.fromService(service));
  }
  return manifestsOf(app);
}

function manifestsOf(app: App): Manifest[] {
  return app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
}

/** An app that prints these objects. */
function printing(app: App, manifests: readonly Manifest[]): App {
  const chart = new Chart(app, 'shop');
  manifests.forEach((manifest, i) => new ApiObject(chart, `object-${i}`, manifest));
  return app;
}

/** The same app with a lane, a rollout for each Deployment, and their ledgers. */
function releasing(app: App, manifests: readonly Manifest[]): App {
  const [chart] = printing(app, manifests).charts;
  Ledger.fromFolder(app, ledgers);
  const lane = new TrafficRoutingLane(chart!, 'lane', {
    objectRef: { service: 'service-0', ingress: { classType: 'mse', name: 'gateway' } },
    matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
  });
  const workloads = app.node.findAll().filter((child) => ApiObject.isApiObject(child) && child.kind === 'Deployment');
  workloads.forEach((workload, i) => {
    new CanaryRollout(chart!, `rollout-${i}`, {
      workload,
      lane,
      steps: [{ replicas: 1 }],
      patchPodTemplateMetadata: { labels: { 'opensergo.io/canary-gray': 'gray' } },
    });
  });
  return app;
}

/** Ledgers of these services; with others, of their release at the gate of its only step. */
function writeLedgers(stable: readonly Manifest[], target: readonly Manifest[] = []): void {
  const now = new Date().toISOString();
  for (const { name, template } of recorded(stable)) writeLedger(ledgers, name, newLedger(template));
  for (const declared of target.length > 0 ? recorded(target) : []) {
    const begun = advance(readLedger(ledgers, declared.name)!, declared, { now });
    writeLedger(ledgers, declared.name, advance(begun, declared, { now }));
  }
}

/** What an app of these objects declares of its rollouts. */
function recorded(manifests: readonly Manifest[]): readonly RecordedRollout[] {
  const file = join(folder, 'recording.json');
  process.env.GRAYLANE_RECORD = file;
  manifestsOf(releasing(new App(), manifests));
  delete process.env.GRAYLANE_RECORD;
  return (JSON.parse(readFileSync(file, 'utf8')) as Recording).ledgers[ledgers]!;
}
