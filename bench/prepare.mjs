/**
 * Writes what the programs of synth.mjs read, so that each of them does only what is measured.
 *
 *     node bench/prepare.mjs FOLDER COUNT steady|released
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { Deployment, Handler, Ingress, IngressBackend, Probe } from 'cdk8s-plus-27';
import { advance, newLedger, parseRecording, recordingOf, resolve } from 'graylane';
import { gateways } from 'graylane/gateways';
import { readLedger, writeLedger } from 'graylane/ledger';
import { manifestsOf, releasing } from './app.mjs';

const [folder, count, most] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const now = new Date().toISOString();
const [v1, v2] = [services('v1'), services('v2')];
const [steady, released] = [join(folder, 'steady'), join(folder, 'released')];

const stable = recorded(v1, steady).map(({ name, template }) => ({ name, ledger: newLedger(template) }));
for (const { name, ledger } of stable) writeLedger(steady, name, ledger);
write('v1', v1);
if (most === 'released') release();

/** The first routes are open. */
function release() {
  for (const { name, ledger } of stable) writeLedger(released, name, ledger);
  for (const declared of recorded(v2, released)) {
    const begun = advance(readLedger(released, declared.name), declared, { now });
    writeLedger(released, declared.name, advance(begun, declared, { now }));
  }
  write('v2', v2);
  write('output', manifestsOf(releasing(folder, v2, released)));
}

/** Manifests of cdk8s-plus: a gateway Ingress, and a Deployment and a Service for each of the services. */
function services(image) {
  const app = new App();
  const chart = new Chart(app, 'shop');
  const gateway = new Ingress(chart, 'gateway', { metadata: { name: 'gateway' }, className: 'mse' });
  for (let i = 0; i < count; i++) {
    const name = `service-${i}`;
    const container = {
      name,
      image: `example.com/shop/${name}:${image}`,
      portNumber: 8080,
      // What a release would warn of otherwise: printing that is not what is measured.
      readiness: Probe.fromHttpGet('/ready', { port: 8080 }),
      lifecycle: { preStop: Handler.fromCommand(['sleep', '5']) },
    };
    const workload = new Deployment(chart, name, { metadata: { name }, replicas: 3, containers: [container] });
    const service = workload.exposeViaService({ name, ports: [{ port: 80, targetPort: 8080 }] });
    if (i === 0) gateway.addHostRule('shop.example.com', '/', IngressBackend.fromService(service));
  }
  return manifestsOf(app);
}

/** What an app of these objects declares of its rollouts. */
function recorded(manifests, ledgers) {
  const file = join(folder, 'recording.json');
  process.env.GRAYLANE_RECORD = file;
  manifestsOf(releasing(folder, manifests, ledgers));
  delete process.env.GRAYLANE_RECORD;
  const { declarations } = parseRecording(readFileSync(file, 'utf8')).apps[ledgers];
  return resolve(declarations, gateways).members.map((member) => recordingOf(member));
}

function write(name, manifests) {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(manifests));
}
