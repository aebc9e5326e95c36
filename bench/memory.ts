/**
 * Prints the most memory, in MB, that this process has had: with a simulated cluster of so many rollouts, and what is done there.
 *
 *     tsx bench/memory.ts COUNT nothing|up|status
 */
import { readStatus, recordName, storedLabels, up } from '../lib/cluster';
import { formatLedger, newLedger, ROLLOUT_LABEL } from '../lib/core';
import { gateways } from '../lib/gateways';
import { SimulatedCluster } from '../lib/simulated';
import { deployment, ingress, service, web, webBase } from '../test/cluster/app';

const namespace = 'bench';
const [count, what] = [Number(process.argv[2]), process.argv[3]];

void main();

async function main(): Promise<void> {
  const cluster = new SimulatedCluster();
  const user = cluster.client('kubectl');
  for (const object of [...webBase, ...others()])
    await user.create({ ...object, metadata: { ...object.metadata, namespace } });
  const { clock } = cluster;
  const api = cluster.client('graylane');
  const engine = { api, clock, gateways, random: { id: () => 'bench' }, report: () => {} };
  const release = (version: string) =>
    up(engine, { namespace, declarations: web([{ replicas: 1, traffic: '20%' }], { version }), rollout: 'web' });
  await release('v1');
  if (what === 'up') await release('v2');
  if (what === 'status') await readStatus({ api, clock }, namespace);
  console.log((process.resourceUsage().maxRSS / 1024).toFixed(0));
}

/** Rollouts at rest, each with what belongs to it but its pods. */
function others() {
  return Array.from({ length: count }, (_, i) => `other-${i}`).flatMap((name) => {
    const own = deployment(name, { replicas: 0 });
    const facts = { rollout: name, workload: name, plan: { steps: [{ replicas: 1 }] }, created: true };
    const record = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: recordName(name), labels: { ...storedLabels, [ROLLOUT_LABEL]: name } },
      data: { ledger: formatLedger(newLedger(own.spec.template)), rollout: JSON.stringify(facts) },
    };
    return [service(name), ingress(name), record];
  });
}
