import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chart, Testing } from 'cdk8s';
import { Deployment, Ingress, IngressBackend } from 'cdk8s-plus-27';
import type { Manifest } from 'graylane';
import { CanaryRollout, type Delivery, TrafficRoutingLane } from 'graylane/cdk8s';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const LANE_ANNOTATION = 'rollouts.kruise.io/trafficrouting';

/** The document that the product implements, as Kruise's users write it. */
function seed(name: string): Manifest[] {
  const text = readFileSync(join(__dirname, `../../examples/yaml/${name}`), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** The sample's lane and rollouts, for Kruise's controller. */
function sample(delivery: Delivery): Manifest[] {
  const chart = new Chart(Testing.app(), 'shop');
  const lane = new TrafficRoutingLane(chart, 'mse-traffic', {
    objectRef: { service: 'spring-cloud-a', ingress: { classType: 'mse', name: 'spring-cloud-a' } },
    matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
    delivery,
  });
  for (const id of ['a', 'b']) {
    const name = `spring-cloud-${id}`;
    const workload = new Deployment(chart, name, { metadata: { name }, containers: [{ image: 'v1' }] });
    new CanaryRollout(chart, `rollout-${id}`, {
      workload,
      lane,
      steps: [{ replicas: 1, pause: {} }],
      patchPodTemplateMetadata: { labels: { 'alicloud.service.tag': 'gray', 'opensergo.io/canary-gray': 'gray' } },
    });
  }
  return Testing.synth(chart) as Manifest[];
}

function ofKinds(manifests: readonly Manifest[], ...kinds: string[]): Manifest[] {
  return manifests.filter(({ kind }) => kinds.includes(kind));
}

describe('delivery by Kruise', () => {
  it('prints the Rollouts of v1alpha1 as the seed has them', () => {
    const printed = ofKinds(sample('kruise/v1alpha1'), 'Rollout');
    expect(printed).toEqual(seed('v1alpha1/rollouts.yaml'));
  });

  it('prints those of v1beta1 with the annotation that its controller reads', () => {
    const printed = ofKinds(sample('kruise/v1beta1'), 'Rollout');
    expect(printed.map(({ metadata }) => metadata.annotations)).toEqual(
      Array(2).fill({ [LANE_ANNOTATION]: 'mse-traffic' }),
    );
    const bare = printed.map(({ metadata: { annotations: _, ...metadata }, ...rollout }) => ({ ...rollout, metadata }));
    expect(bare).toEqual(seed('rollouts.yaml'));
  });

  it.each(['kruise/v1alpha1', 'kruise/v1beta1'] as const)('prints the TrafficRouting with %s', (delivery) => {
    expect(ofKinds(sample(delivery), 'TrafficRouting')).toEqual(seed('traffic-routing.yaml'));
  });

  it('leaves the app as it is', () => {
    const kinds = sample('kruise/v1beta1').map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['Deployment', 'Deployment', 'Rollout', 'Rollout', 'TrafficRouting']);
  });

  it('goes by the lane, and refuses a rollout that says otherwise', () => {
    const chart = new Chart(Testing.app(), 'shop');
    const workload = new Deployment(chart, 'a', { containers: [{ image: 'v1' }] });
    const lane = new TrafficRoutingLane(chart, 'lane', {
      objectRef: { service: 'a', ingress: { name: 'a' } },
      weight: 20,
      delivery: 'kruise/v1beta1',
    });
    expect(
      () => new CanaryRollout(chart, 'r', { workload, lane, steps: [{ replicas: 1 }], delivery: 'apply' }),
    ).toThrow('shop/r: delivery: "apply" is not possible; allowed: kruise/v1beta1, as its lane');
  });

  it.each(['kruise/v1alpha1', 'kruise/v1beta1'] as const)(
    'tells the same storyboard with %s as without',
    (delivery) => {
      expect(storyboardOf(delivery)).toEqual(storyboardOf('apply'));
    },
  );
});

function storyboardOf(delivery: Delivery) {
  const chart = new Chart(Testing.app(), 'shop');
  const containers = [{ image: 'v1', portNumber: 80 }];
  const workload = new Deployment(chart, 'web', { metadata: { name: 'web' }, containers });
  const service = workload.exposeViaService({ name: 'web', ports: [{ port: 80 }] });
  const ingress = new Ingress(chart, 'gateway', { metadata: { name: 'web' }, className: 'nginx' });
  ingress.addRule('/', IngressBackend.fromService(service));
  const lane = new TrafficRoutingLane(chart, 'lane', {
    objectRef: { service, ingress: { name: ingress } },
    matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
    delivery,
  });
  const rows = new CanaryRollout(chart, 'rollout', { workload, lane, steps: [{ replicas: 1 }] }).storyboard();
  expect(rows.map(({ stage }) => stage)).toContain('step-1/route');
  return rows;
}
