/** What is wrong with an app: where it is told, when, and that nothing is written. */
import { readdirSync } from 'node:fs';
import { ApiObject, type App, Chart } from 'cdk8s';
import { StatefulSet } from 'cdk8s-plus-27';
import { type GraylaneError, isDeployment, locationOf, type Percentage } from 'graylane';
import {
  CanaryRollout,
  type CanaryRolloutProps,
  type ObjectRefProps,
  TrafficRoutingLane,
  type TrafficRoutingLaneProps,
} from 'graylane/cdk8s';
import { describe, expect, test } from 'vitest';
import { errorOf, newApp, synth } from './fixtures';
import { helmShop, plusShop, shopManifests } from './shop';

const steps = [{ replicas: 1 }];
const ingress = { classType: 'mse', name: 'web' };
const matches = [{ headers: [{ name: 'User-Agent', value: 'foo' }] }];

type Props<P> = (chart: Chart, shop: ReturnType<typeof plusShop>) => Partial<P>;

/** The shop with a rollout; what the case changes of its props is wrong. */
function rollout(change: Props<CanaryRolloutProps>, id = 'rollout'): App {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  const shop = plusShop(chart);
  new CanaryRollout(chart, id, { workload: shop.workload, steps, ...change(chart, shop) });
  return app;
}

function lane(change: Props<TrafficRoutingLaneProps>, id = 'lane'): App {
  return rollout((chart, shop) => ({
    lane: new TrafficRoutingLane(chart, id, {
      objectRef: { service: 'web', ingress },
      matches,
      ...change(chart, shop),
    }),
  }));
}

const told = ({ problems }: GraylaneError) => problems.map((one) => `${one.code} at ${locationOf(one)}`);

describe('a mistake within a construct is told when it is made', () => {
  test.each<[string, () => App]>([
    [
      'replicas-invalid at shop/rollout: steps[0].replicas',
      () => rollout(() => ({ steps: [{ replicas: '50' as Percentage }] })),
    ],
    ['steps-count at shop/rollout: steps', () => rollout(() => ({ steps: [] }))],
    ['name-invalid at shop/My_Rollout: metadata.name', () => rollout(() => ({}), 'My_Rollout')],
    ['name-invalid at shop/rollout: metadata.name', () => rollout(() => ({ metadata: { name: 'a b' } }))],
    [
      'routing-missing at shop/rollout: steps[0].traffic',
      () => rollout(() => ({ steps: [{ replicas: 1, traffic: '5%' }] })),
    ],
    [
      'base-missing at shop/rollout: trafficRoutings[0]',
      () => rollout(() => ({ trafficRoutings: [{ service: 'web' } as ObjectRefProps] })),
    ],
    [
      'workload-kind at shop/rollout: workload',
      () =>
        rollout((chart, { service }) => ({
          workload: new StatefulSet(chart, 'db', { service, containers: [{ image: 'x' }] }),
        })),
    ],
    ['workload-kind at shop/rollout: workload', () => rollout((_, { service }) => ({ workload: service }))],
    ['workload-not-found at shop/rollout: workload', () => rollout((chart) => ({ workload: chart }))],
    [
      'workload-not-found at shop/rollout: workload',
      () => rollout(() => ({ workload: helmShop(new Chart(newApp(), 'vendor')) })),
    ],
    [
      'service-not-found at shop/lane: objectRef[0].service',
      () => lane((chart) => ({ objectRef: { service: chart, ingress } })),
    ],
    [
      'base-not-found at shop/lane: objectRef[0].ingress.name',
      () => lane((chart) => ({ objectRef: { service: 'web', ingress: { name: chart } } })),
    ],
    ['match-empty at shop/lane: matches[0]', () => lane(() => ({ matches: [{}] }))],
    ['weight-invalid at shop/lane: weight', () => lane(() => ({ weight: 0 }))],
    ['name-invalid at shop/Lane: metadata.name', () => lane(() => ({}), 'Lane')],
    [
      'condition-reserved at shop/lane: matches[0].headers[0].name',
      () => lane(() => ({ requestHeaderModifier: { set: [{ name: 'user-agent', value: 'x' }] } })),
    ],
  ])('%s', (expected, build) => {
    const error = errorOf(build);
    expect(told(error)).toEqual([expected]);
    expect(error.stack).toBe(`GraylaneError: ${error.message}`);
  });

  test('a construct of several objects: the error says how to name one of them', () => {
    const { message } = errorOf(() => rollout(() => ({ workload: helmShop(new Chart(newApp(), 'vendor')) })));
    expect(message).toContain('Helm vendor/shop-chart with 3 objects');
    expect(message).toContain('Workload.in(construct, name)');
  });
});

/** Two rollouts of one workload. */
function twice(): App {
  return rollout((chart, { workload }) => {
    new CanaryRollout(chart, 'first', { workload, steps });
    return {};
  });
}

/** The shop as plain objects, of which one is changed or (undefined) left out. */
function plain(kind: string, change: object | undefined): App {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  for (const manifest of shopManifests()) {
    if (manifest.kind !== kind) new ApiObject(chart, manifest.kind, manifest);
    else if (change) new ApiObject(chart, manifest.kind, { ...manifest, ...change });
  }
  const workload = chart.node.tryFindChild('Deployment') as ApiObject;
  const own = new TrafficRoutingLane(chart, 'lane', { objectRef: { service: 'web', ingress }, matches });
  new CanaryRollout(chart, 'rollout', { workload, lane: own, steps });
  return app;
}

describe('a mistake between constructs is told at synthesis', () => {
  const web = shopManifests().find(isDeployment)!;
  test.each<[string, () => App]>([
    ['workload-shared at shop/rollout: workload', twice],
    ['service-not-found at shop/lane: objectRef[0].service', () => plain('Service', undefined)],
    ['base-not-found at shop/lane: objectRef[0]', () => plain('Ingress', undefined)],
    ['service-external at shop/lane: objectRef[0].service', () => plain('Service', { spec: { type: 'ExternalName' } })],
    [
      'workload-paused at shop/rollout: workload.spec.paused',
      () => plain('Deployment', { spec: { ...web.spec, paused: true } }),
    ],
    ['object-shape at shop/rollout: workload.spec', () => plain('Deployment', { spec: {} })],
    ['stage-unknown at shop/rollout: stage', () => rollout(() => ({ stage: 'step-7' }))],
    [
      'gateway-unknown at shop/lane: objectRef[0].ingress.classType',
      () => lane(() => ({ objectRef: { service: 'web', ingress: { classType: 'f5', name: 'web' } } })),
    ],
    [
      'gateway-unsupported at shop/lane: matches[0].path',
      () => lane(() => ({ matches: [{ path: { type: 'Exact', value: '/x' } }] })),
    ],
    [
      'replicas-unknown at shop/rollout: steps[0].replicas',
      () => {
        const unscaled = { ...web, metadata: { name: 'unscaled' }, spec: { ...web.spec, replicas: undefined } };
        return rollout((chart) => ({
          workload: new ApiObject(chart, 'unscaled', unscaled),
          steps: [{ replicas: '50%' }],
          stage: 'step-1',
        }));
      },
    ],
    [
      'object-taken at shop/rollout: metadata.name',
      () =>
        rollout((chart, { workload }) => {
          new ApiObject(chart, 'taken', {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'web-canary' },
          });
          return { workload, stage: 'step-1' };
        }),
    ],
    [
      'patch-selector at shop/rollout: patchPodTemplateMetadata.labels["cdk8s.io/metadata.addr"]',
      () => rollout(() => ({ patchPodTemplateMetadata: { labels: { 'cdk8s.io/metadata.addr': 'x' } } })),
    ],
  ])('%s', (expected, build) => {
    const app = build();
    const error = errorOf(() => app.synth());
    expect(told(error)).toEqual([expected]);
    expect(error.stack).not.toContain('\n    at ');
    expect(readdirSync(app.outdir)).toEqual([]);
    for (const chart of app.charts) expect(told(errorOf(() => chart.toJson() as unknown))).toEqual([expected]);
    expect(told(errorOf(() => app.synthYaml()))).toEqual([expected]);
  });

  test('a rollout of another app', () => {
    const { workload } = plusShop(new Chart(newApp(), 'other'));
    const app = newApp();
    new CanaryRollout(new Chart(app, 'shop'), 'rollout', { workload, steps });
    expect(told(errorOf(() => app.synth()))).toEqual(['workload-not-found at shop/rollout: workload']);
  });

  test('of two rollouts of one name in two namespaces both are named', () => {
    const app = newApp();
    for (const namespace of ['eu', 'us']) {
      const chart = new Chart(app, namespace, { namespace });
      const { workload } = plusShop(chart);
      new CanaryRollout(chart, 'rollout', { workload, steps, stage: namespace === 'us' ? 'step-7' : undefined });
    }
    expect(told(errorOf(() => app.synth()))).toEqual(['stage-unknown at eu/rollout or us/rollout: stage']);
  });

  test('an app that is corrected synthesizes', () => {
    const app = newApp();
    const chart = new Chart(app, 'shop');
    const own = new TrafficRoutingLane(chart, 'lane', { objectRef: { service: 'web', ingress }, matches });
    expect(told(errorOf(() => app.synth()))).toEqual(['service-not-found at shop/lane: objectRef[0].service']);
    const { workload } = plusShop(chart);
    new CanaryRollout(chart, 'rollout', { workload, lane: own, steps, stage: 'step-1' });
    expect([...synth(app).keys()]).toContain('Ingress/web-canary');
  });
});

test('objects that are incomplete and not released are left alone', () => {
  const app = rollout((chart) => {
    new ApiObject(chart, 'a', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } });
    new ApiObject(chart, 'b', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'b' } });
    new ApiObject(chart, 'c', { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'c' } });
    return { stage: 'step-1' };
  });
  expect([...synth(app).keys()]).toContain('Deployment/web-canary');
});
