/** Apps that are refused when they are synthesized. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import { newLedger, type PodTemplate } from 'graylane';
import { CanaryRollout, Ledger, TrafficRoutingLane } from 'graylane/cdk8s';
import { ledgerFile, writeLedger } from 'graylane/ledger';
import type { BadInput } from '../bad-input';
import { newApp, newFolder } from './fixtures';
import { plusShop, shopTemplate } from './shop';

const folder = newFolder();

/** The shop with a rollout, and ledgers in that folder. */
function shop(ledgers: string, rollout = 'rollout'): Chart {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  Ledger.fromFolder(app, ledgers);
  new CanaryRollout(chart, rollout, { workload: plusShop(chart).workload, steps: [{ replicas: 1 }] });
  return chart;
}

function ledgersOf(name: string, template: PodTemplate, target?: PodTemplate): string {
  const ledgers = join(folder, name);
  const steady = newLedger(template);
  writeLedger(ledgers, 'rollout', target === undefined ? steady : begun(steady, target));
  return ledgers;
}

function begun(steady: ReturnType<typeof newLedger>, target: PodTemplate): ReturnType<typeof newLedger> {
  const { stable: revision } = newLedger(target);
  const release = {
    number: 1,
    target: revision,
    steps: [{ replicas: 1 }],
    routing: '',
    stage: 'step-1/canary' as const,
    id: '5f0c1e9ab3d2',
    approved: [],
  };
  return { ...steady, templates: { ...steady.templates, target }, release };
}

const behind = ledgersOf('behind', shopTemplate('v0'));
const third = ledgersOf('third', shopTemplate('v0'), shopTemplate('v2'));
const orphan = ledgersOf('orphan', shopTemplate('v1'), shopTemplate('v2'));
const unreadable = join(folder, 'unreadable');
mkdirSync(ledgerFile(unreadable, 'rollout'), { recursive: true });
writeLedger(orphan, 'other', newLedger(shopTemplate('v1')));

export const badInputs: readonly BadInput[] = [
  {
    code: 'ledger-missing',
    path: `shop/rollout: ${ledgerFile(folder, 'rollout')}`,
    run: () => void shop(folder).toJson(),
  },
  { code: 'ledger-behind', path: 'shop/rollout: workload.spec.template', run: () => void shop(behind).toJson() },
  { code: 'ledger-template', path: 'shop/rollout: workload.spec.template', run: () => void shop(third).toJson() },
  { code: 'ledger-orphan', path: ledgerFile(orphan, 'rollout'), run: () => void shop(orphan, 'other').toJson() },
  {
    code: 'ledger-folders',
    path: 'Ledger.fromFolder',
    run: () => {
      const app = newApp();
      for (const environment of ['test', 'prod']) Ledger.fromFolder(app, `releases/${environment}`);
    },
  },
  {
    code: 'file-unreadable',
    path: `shop/rollout: ${ledgerFile(unreadable, 'rollout')}`,
    run: () => void shop(unreadable).toJson(),
  },
  {
    code: 'name-duplicate',
    path: 'us/rollout: metadata.name',
    run: () => {
      const app = newApp();
      Ledger.fromFolder(app, folder);
      for (const namespace of ['eu', 'us']) {
        const chart = new Chart(app, namespace, { namespace });
        new CanaryRollout(chart, 'rollout', { workload: plusShop(chart).workload, steps: [{ replicas: 1 }] });
      }
      app.synth();
    },
  },
  {
    code: 'object-duplicate',
    path: 'us/web/Resource: metadata.name',
    run: () => {
      const app = newApp();
      const [eu, us] = [new Chart(app, 'eu'), new Chart(app, 'us')];
      new CanaryRollout(eu, 'rollout', { workload: plusShop(eu).workload, steps: [{ replicas: 1 }] });
      plusShop(us);
      app.synth();
    },
  },
  {
    code: 'stable-missing',
    path: 'shop/rollout: stable',
    run: () => {
      const chart = new Chart(newApp(), 'shop');
      const { workload } = plusShop(chart);
      new CanaryRollout(chart, 'rollout', { workload, delivery: 'argocd', stage: 'step-1', steps: [{ replicas: 1 }] });
      chart.toJson();
    },
  },
  {
    code: 'delivery-stageless',
    path: 'shop/rollout: delivery',
    run: () => {
      const chart = new Chart(newApp(), 'shop');
      const { workload } = plusShop(chart);
      const delivery = 'kruise/v1beta1';
      return new CanaryRollout(chart, 'rollout', { workload, delivery, steps: [{ replicas: 1 }] }).at('step-1');
    },
  },
  {
    code: 'delivery-mixed',
    path: 'shop/rollout: delivery',
    run: () => {
      const chart = new Chart(newApp(), 'shop');
      const objectRef = { service: 'web', ingress: { classType: 'mse', name: 'web' } };
      const lane = new TrafficRoutingLane(chart, 'lane', { objectRef, weight: 5, delivery: 'kruise/v1beta1' });
      const { workload } = plusShop(chart);
      new CanaryRollout(chart, 'rollout', { workload, lane, delivery: 'apply', steps: [{ replicas: 1 }] });
    },
  },
];
