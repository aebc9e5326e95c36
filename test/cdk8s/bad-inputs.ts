/** Apps that are refused when they are synthesized. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { newLedger, type PodTemplate } from 'graylane';
import { CanaryRollout, type CanaryRolloutProps, Ledger, TrafficRoutingLane, Workload } from 'graylane/cdk8s';
import { ledgerFile, writeLedger } from 'graylane/ledger';
import type { BadInput } from '../bad-input';
import { Environment } from './environment';
import { newApp, newFolder } from './fixtures';
import { plusShop, type Shop, shopTemplate } from './shop';

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

/** The same app, whose ledgers the commands move. */
function environment(): Environment<{ readonly tag: string; readonly rollout?: string }> {
  return new Environment(({ tag, rollout = 'rollout' }) => {
    const app = newApp();
    const chart = new Chart(app, 'shop');
    new CanaryRollout(chart, rollout, { workload: plusShop(chart, tag).workload, steps: [{ replicas: 1 }] });
    return app;
  });
}

/** With a release from v0 to v2 under way. */
function inRelease(): ReturnType<typeof environment> {
  const here = environment();
  here.begin({ tag: 'v0' });
  here.advance('rollout', { tag: 'v2' });
  return here;
}

/** The shop without ledgers. */
function withProps(props: Partial<CanaryRolloutProps>): CanaryRollout {
  const chart = new Chart(newApp(), 'shop');
  const { workload } = plusShop(chart);
  const rollout = new CanaryRollout(chart, 'rollout', { workload, steps: [{ replicas: 1 }], ...props });
  chart.toJson();
  return rollout;
}

/** The shop, with the rollout of what is taken from its chart. */
function ofChart(workload: (chart: Chart, shop: Shop) => IConstruct): void {
  const chart = new Chart(newApp(), 'shop');
  const shop = plusShop(chart);
  new CanaryRollout(chart, 'rollout', { workload: workload(chart, shop), steps: [{ replicas: 1 }] });
  chart.toJson();
}

/** A rollout in each of two namespaces. */
function inTwoNamespaces(metadata?: { readonly name: string }): App {
  const app = newApp();
  for (const namespace of ['eu', 'us']) {
    const chart = new Chart(app, namespace, { namespace });
    const { workload } = plusShop(chart);
    const named = namespace === 'us' && metadata !== undefined ? { metadata } : {};
    new CanaryRollout(chart, 'rollout', { workload, steps: [{ replicas: 1 }], ...named });
  }
  return app;
}

/** The shop twice, once with a rollout. */
function twice(charts: readonly [Chart, Chart]): void {
  const [one, other] = charts;
  new CanaryRollout(one, 'rollout', { workload: plusShop(one).workload, steps: [{ replicas: 1 }] });
  plusShop(other);
  for (const chart of charts) App.of(chart).synth();
}

function inLane(delivery: Pick<CanaryRolloutProps, 'delivery'>): void {
  const chart = new Chart(newApp(), 'shop');
  const { workload, service, ingress } = plusShop(chart);
  const objectRef = { service, ingress: { classType: 'mse', name: ingress } };
  const lane = new TrafficRoutingLane(chart, 'lane', { objectRef, weight: 5, delivery: 'kruise/v1beta1' });
  new CanaryRollout(chart, 'rollout', { workload, lane, steps: [{ replicas: 1 }], ...delivery });
  chart.toJson();
}

export const badInputs: readonly BadInput[] = [
  {
    code: 'ledger-missing',
    path: `shop/rollout: ${ledgerFile(folder, 'rollout')}`,
    run: () => void shop(folder).toJson(),
    fixed: () => {
      const here = environment();
      here.begin({ tag: 'v1' });
      here.synth({ tag: 'v1' });
    },
  },
  {
    code: 'ledger-behind',
    path: 'shop/rollout: workload.spec.template',
    run: () => void shop(behind).toJson(),
    fixed: [
      () => {
        const here = environment();
        here.begin({ tag: 'v0' });
        here.advance('rollout', { tag: 'v1' });
        here.synth({ tag: 'v1' });
      },
      () => {
        const here = environment();
        here.begin({ tag: 'v0' });
        here.synth({ tag: 'v0' });
      },
    ],
  },
  {
    code: 'ledger-template',
    path: 'shop/rollout: workload.spec.template',
    run: () => void shop(third).toJson(),
    fixed: [
      () => {
        const here = inRelease();
        here.advance('rollout', { tag: 'v1' });
        here.synth({ tag: 'v1' });
      },
      () => inRelease().synth({ tag: 'v2' }),
    ],
  },
  {
    code: 'ledger-orphan',
    path: ledgerFile(orphan, 'rollout'),
    run: () => void shop(orphan, 'other').toJson(),
    fixed: [
      () => {
        const here = inRelease();
        here.abort('rollout', { tag: 'v0' });
        here.begin({ tag: 'v0', rollout: 'other' });
        here.synth({ tag: 'v0', rollout: 'other' });
      },
      () => {
        const here = inRelease();
        rmSync(ledgerFile(here.folder, 'rollout'));
        here.begin({ tag: 'v0', rollout: 'other' });
        here.synth({ tag: 'v0', rollout: 'other' });
      },
    ],
  },
  {
    code: 'ledger-left',
    path: `shop/other: ${ledgerFile(behind, 'rollout')}`,
    run: () => void shop(behind, 'other').toJson(),
    fixed: () => {
      const here = environment();
      here.begin({ tag: 'v0' });
      here.synth({ tag: 'v0' });
    },
  },
  {
    code: 'ledger-folders',
    path: 'Ledger.fromFolder',
    run: () => {
      const app = newApp();
      for (const environment of ['test', 'prod']) Ledger.fromFolder(app, `releases/${environment}`);
    },
    fixed: () => {
      for (const environment of ['test', 'prod']) Ledger.fromFolder(newApp(), `releases/${environment}`);
    },
  },
  {
    code: 'file-unreadable',
    path: `shop/rollout: ${ledgerFile(unreadable, 'rollout')}`,
    run: () => void shop(unreadable).toJson(),
    fixed: 'a test that runs as root may read every file',
  },
  {
    code: 'name-duplicate',
    path: 'us/rollout: metadata.name',
    run: () => {
      const app = inTwoNamespaces();
      Ledger.fromFolder(app, folder);
      app.synth();
    },
    fixed: () => {
      const here = new Environment(inTwoNamespaces);
      here.begin({ name: 'rollout-us' });
      here.synth({ name: 'rollout-us' });
    },
  },
  {
    code: 'object-duplicate',
    path: 'us/web/Resource: metadata.name',
    run: () => {
      const app = newApp();
      twice([new Chart(app, 'eu'), new Chart(app, 'us')]);
    },
    fixed: [
      () => {
        const app = newApp();
        twice([new Chart(app, 'eu', { namespace: 'eu' }), new Chart(app, 'us', { namespace: 'us' })]);
      },
      () => twice([new Chart(newApp(), 'eu'), new Chart(newApp(), 'us')]),
    ],
  },
  {
    code: 'stable-missing',
    path: 'shop/rollout: stable',
    run: () => withProps({ delivery: 'argocd', stage: 'step-1' }),
    fixed: [
      () => withProps({ delivery: 'argocd', stage: 'step-1', stable: shopTemplate('v0') }),
      () => {
        const here = environment();
        here.begin({ tag: 'v0' });
        here.advance('rollout', { tag: 'v1' });
        here.synth({ tag: 'v1' });
      },
    ],
  },
  {
    code: 'delivery-stageless',
    path: 'shop/rollout: delivery',
    run: () => withProps({ delivery: 'kruise/v1beta1' }).at('step-1'),
    fixed: () => withProps({ delivery: 'kruise/v1beta1' }).storyboard(),
  },
  {
    code: 'delivery-mixed',
    path: 'shop/rollout: delivery',
    run: () => inLane({ delivery: 'apply' }),
    fixed: () => inLane({}),
  },
  {
    code: 'field-missing',
    path: 'shop/rollout: steps',
    run: () => withProps({ steps: undefined }),
    fixed: () => withProps({ steps: [{ replicas: 1 }] }),
  },
  {
    code: 'workload-not-found',
    path: 'shop/rollout: workload',
    run: () => ofChart((chart) => chart),
    fixed: [() => ofChart((chart) => Workload.in(chart, 'web')), () => ofChart((_, { workload }) => workload)],
  },
];
