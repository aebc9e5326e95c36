/** Props of programs without types: what is missing or of another kind is told by the prop, and never a TypeError. */
import { Chart } from 'cdk8s';
import { locationOf } from 'graylane';
import {
  CanaryRollout,
  type CanaryRolloutProps,
  TrafficRoutingLane,
  type TrafficRoutingLaneProps,
} from 'graylane/cdk8s';
import { describe, expect, test } from 'vitest';
import { errorOf, newApp } from './fixtures';
import { plusShop } from './shop';

/** What is told of props that somebody gave without types; all else of them is right. */
type Case = readonly [told: string, change: Record<string, unknown>];

const ingress = { name: 'web' };
const matches = [{ headers: [{ name: 'User-Agent', value: 'foo' }] }];
const header = (value: unknown) => ({ matches: [{ headers: value }] });

/** Of steps, and of what a lane and a rollout name alike. */
const refs = (field: string): Case[] => [
  [`field-type ${field}[0]`, { [field]: [null] }],
  [`field-type ${field}[0]`, { [field]: ['web'] }],
  [`field-missing ${field}[0].service`, { [field]: [{ ingress }] }],
  [`field-type ${field}[0].service`, { [field]: [{ service: 5, ingress }] }],
  [`service-not-found ${field}[0].service`, { [field]: [{ service: {}, ingress }] }],
  [`service-missing ${field}[0].service`, { [field]: [{ service: '', ingress }] }],
  [`base-missing ${field}[0]`, { [field]: [{ service: 'web' }] }],
  [`base-missing ${field}[0]`, { [field]: [{ service: 'web', ingress, gateway: { httpRouteName: 'web' } }] }],
  [`field-type ${field}[0].ingress`, { [field]: [{ service: 'web', ingress: 'web' }] }],
  [`field-missing ${field}[0].ingress.name`, { [field]: [{ service: 'web', ingress: {} }] }],
  [`base-not-found ${field}[0].ingress.name`, { [field]: [{ service: 'web', ingress: { name: {} } }] }],
  [
    `field-type ${field}[0].ingress.classType`,
    { [field]: [{ service: 'web', ingress: { name: 'web', classType: 5 } }] },
  ],
  [`gateway-routes ${field}[0].gateway`, { [field]: [{ service: 'web', gateway: {} }] }],
  [
    `gateway-routes ${field}[0].gateway`,
    { [field]: [{ service: 'web', gateway: { httpRouteName: 'web', grpcRouteName: 'web' } }] },
  ],
  [
    `field-missing ${field}[0].customNetworkRefs[0].kind`,
    { [field]: [{ service: 'web', customNetworkRefs: [{ apiVersion: 'v1', name: 'web' }] }] },
  ],
];

const rollouts: readonly Case[] = [
  ['field-missing workload', { workload: undefined }],
  ['field-type workload', { workload: null }],
  ['field-type workload', { workload: 'web' }],
  ['field-type workload', { workload: { metadata: { name: 'web' } } }],
  ['field-missing steps', { steps: undefined }],
  ['field-type steps', { steps: null }],
  ['field-type steps', { steps: { replicas: 1 } }],
  ['field-type steps[0]', { steps: [null] }],
  ['field-missing steps[0]', { steps: [undefined] }],
  ['replicas-missing steps[0].replicas', { steps: [{}] }],
  ['replicas-invalid steps[0].replicas', { steps: [{ replicas: null }] }],
  ['field-type steps[0].matches', { steps: [{ replicas: 1, matches: 'all' }] }],
  ['field-type steps[0].matches[0]', { steps: [{ replicas: 1, matches: [null] }] }],
  ['field-type steps[0].pause', { steps: [{ replicas: 1, pause: 60 }] }],
  ['field-type lane', { lane: null }],
  ['field-type lane', { lane: 'mse-traffic' }],
  ['field-type trafficRoutings', { trafficRoutings: { service: 'web', ingress } }],
  ['field-type patchPodTemplateMetadata.labels.tier', { patchPodTemplateMetadata: { labels: { tier: 1 } } }],
  ['field-type patchCanaryMetadata.services.labels', { patchCanaryMetadata: { services: { labels: 'team' } } }],
  ['field-type canaryLabel', { canaryLabel: 5 }],
  ['field-type metadata.name', { metadata: { name: 5 } }],
  ['field-type stable', { stable: 'web:v1' }],
  ['field-type delivery', { delivery: 'flux' }],
  ['field-type delivery', { delivery: null }],
  ...refs('trafficRoutings'),
];

const lanes: readonly Case[] = [
  ['field-missing objectRef', { objectRef: undefined }],
  ['field-type objectRef', { objectRef: null }],
  ['field-type objectRef', { objectRef: 'web' }],
  ['field-missing objectRef[0]', { objectRef: [undefined] }],
  ['lane-objects objectRef', { objectRef: [] }],
  ['field-type matches', { matches: 'all' }],
  ['field-type matches[0].headers', header({ name: 'a', value: 'b' })],
  ['field-type matches[0].headers[0]', header([null])],
  ['field-type matches[0].headers[0].name', header([{ name: 5, value: 'b' }])],
  ['condition-name matches[0].headers[0].name', header([{ value: 'b' }])],
  ['condition-value matches[0].headers[0].value', header([{ name: 'a' }])],
  ['field-missing matches[0].path.value', { matches: [{ path: { type: 'Exact' } }] }],
  ['field-type requestHeaderModifier.set', { requestHeaderModifier: { set: { name: 'a', value: 'b' } } }],
  ['field-type requestHeaderModifier.remove[0]', { requestHeaderModifier: { remove: [5] } }],
  ['modifier-value requestHeaderModifier.set[0].value', { requestHeaderModifier: { set: [{ name: 'a' }] } }],
  ['weight-invalid weight', { weight: '20%' }],
  ['field-type metadata.name', { metadata: { name: 5 } }],
  ['field-type hops', { hops: { service: 'web', ingress } }],
  ['field-type delivery', { delivery: 'flux' }],
  ...refs('objectRef'),
];

function shop() {
  const chart = new Chart(newApp(), 'shop');
  return { chart, ...plusShop(chart) };
}

function rollout(change: Record<string, unknown>): void {
  const { chart, workload } = shop();
  new CanaryRollout(chart, 'rollout', { workload, steps: [{ replicas: 1 }], ...change });
}

function lane(change: Record<string, unknown>): void {
  const props = { objectRef: { service: 'web', ingress }, matches, ...change };
  new TrafficRoutingLane(shop().chart, 'lane', props);
}

/** The problem, and that its message says what is allowed and what to do. */
function told(run: () => void, owner: string): string[] {
  const { problems } = errorOf(run);
  for (const { allowed, fix } of problems) expect([allowed, fix]).not.toContain('');
  return problems.map((one) => `${one.code} ${locationOf(one).replace(`${owner}: `, '')}`);
}

describe('a rollout', () => {
  test.each(rollouts)('%s: %j', (expected, change) => {
    expect(told(() => rollout(change), 'shop/rollout')).toEqual([expected]);
  });

  test('without props: all that is required is told', () => {
    const run = () => void new CanaryRollout(shop().chart, 'rollout', undefined as unknown as CanaryRolloutProps);
    expect(told(run, 'shop/rollout')).toEqual(['field-missing workload', 'field-missing steps']);
  });

  test('the message says what is wanted', () => {
    expect(errorOf(() => rollout({ workload: undefined })).message).toBe(
      'shop/rollout: workload is missing; allowed: the construct of a Deployment. ' +
        'To fix: give the construct of a Deployment as workload. (field-missing)',
    );
  });

  test('a prop that is undefined is one that is not given', () => {
    const optional = ['metadata', 'lane', 'trafficRoutings', 'canaryLabel', 'stage', 'stable', 'delivery'];
    rollout(Object.fromEntries(optional.map((name) => [name, undefined])));
  });
});

describe('a lane', () => {
  test.each(lanes)('%s: %j', (expected, change) => {
    expect(told(() => lane(change), 'shop/lane')).toEqual([expected]);
  });

  test('without props: what is required is told', () => {
    const run = () =>
      void new TrafficRoutingLane(shop().chart, 'lane', undefined as unknown as TrafficRoutingLaneProps);
    expect(told(run, 'shop/lane')).toEqual(['field-missing objectRef']);
  });
});
