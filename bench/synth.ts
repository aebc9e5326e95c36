/**
 * Times one synthesis in this process and prints its milliseconds.
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

/** Everything that is not timed: ledgers, and for `objects` the output of a release to print again. */
function prepare(of: Kind): () => void {
  const output = (name: string) => new App({ outdir: join(folder, name), yamlOutputType: YamlOutputType.FILE_PER_APP });
  if (of === 'plain') return () => services(output('plain'), 'v1').synth();
  writeLedgers(of !== 'steady');
  if (of === 'steady') return () => released(output(of), 'v1').synth();
  if (of === 'released') return () => released(output(of), 'v2').synth();
  const manifests = released(output('released'), 'v2').charts.flatMap((chart) => chart.toJson() as Manifest[]);
  return () => {
    const app = output('objects');
    const chart = new Chart(app, 'shop');
    manifests.forEach((manifest, i) => new ApiObject(chart, `object-${i}`, manifest));
    app.synth();
  };
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** An app with a gateway Ingress, and a Deployment and a Service for each of the services. */
function services(app: App, image: string, rollout?: (chart: Chart, workload: Deployment, i: number) => void): App {
  const chart = new Chart(app, 'shop');
  const gateway = new Ingress(chart, 'gateway', { metadata: { name: 'gateway' }, className: 'mse' });
  for (let i = 0; i < count; i++) {
    const name = `service-${i}`;
    const container = { name, image: `example.com/shop/${name}:${image}`, portNumber: 8080 };
    const workload = new Deployment(chart, name, { metadata: { name }, replicas: 3, containers: [container] });
    const service = workload.exposeViaService({ name, ports: [{ port: 80, targetPort: 8080 }] });
    if (i === 0) gateway.addHostRule('shop.example.com', '/', IngressBackend.fromService(service));
    rollout?.(chart, workload, i);
  }
  return app;
}

/** The same app with a lane and a rollout for each service, and its ledgers. */
function released(app: App, image: string): App {
  Ledger.fromFolder(app, ledgers);
  let lane: TrafficRoutingLane;
  return services(app, image, (chart, workload, i) => {
    lane ??= new TrafficRoutingLane(chart, 'lane', {
      objectRef: { service: 'service-0', ingress: { classType: 'mse', name: 'gateway' } },
      matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
      requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
    });
    new CanaryRollout(chart, `rollout-${i}`, {
      workload,
      lane,
      steps: [{ replicas: 1 }],
      patchPodTemplateMetadata: { labels: { 'opensergo.io/canary-gray': 'gray' } },
    });
  });
}

/** Ledgers of the services at v1; with a release, of v2, at the gate of its only step. */
function writeLedgers(release: boolean): void {
  const now = new Date().toISOString();
  for (const { name, template } of recorded('v1')) writeLedger(ledgers, name, newLedger(template));
  if (!release) return;
  for (const declared of recorded('v2')) {
    const begun = advance(readLedger(ledgers, declared.name)!, declared, { now });
    writeLedger(ledgers, declared.name, advance(begun, declared, { now }));
  }
}

/** What the app declares of its rollouts with these images. */
function recorded(image: string): readonly RecordedRollout[] {
  const file = join(folder, 'recording.json');
  process.env.GRAYLANE_RECORD = file;
  released(new App(), image).charts.forEach((chart) => void chart.toJson());
  delete process.env.GRAYLANE_RECORD;
  return (JSON.parse(readFileSync(file, 'utf8')) as Recording).ledgers[ledgers]!;
}
