/** Fields of our own beside Kruise's, in the YAML that the command line reads: canaryLabel, patchCanaryMetadata, grpcRouteName, hops. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from '../../lib/core';
import { printRollout } from '../../lib/kruise';
import { deployment, ingress, laneRollout, service, web } from '../cluster/app';
import { httpRoute } from '../gateways/fixtures';
import { folderWith, graylane, objects } from './fixtures';

type Strategy = { strategy: { canary: object } };

const version = { app: 'web', version: 'base' };
const labelled: readonly Manifest[] = [
  deployment('web', {
    spec: {
      selector: { matchLabels: version },
      template: { metadata: { labels: version }, spec: { containers: [{ name: 'main', image: 'x:v2' }] } },
    },
  }),
  service('web', { selector: version }),
  ingress('web'),
];

const rollout = (more: object, over = {}): Manifest => {
  const printed = printRollout(web([{ replicas: 1, traffic: '20%' }], {}, over).rollouts[0]!, 'v1beta1');
  const { strategy, ...spec } = printed.spec as Strategy;
  return { ...printed, spec: { ...spec, strategy: { canary: { ...strategy.canary, ...more } } } };
};

function run(command: readonly string[], manifests: readonly Manifest[]) {
  const folder = folderWith({ 'all.yaml': manifests.map((one) => stringify(one)).join('---\n') });
  return graylane([command[0]!, '-f', `${folder}/all.yaml`, ...command.slice(1)]);
}

const plain = (text: string) => text.replace(/^warning.*\n/gm, '');

describe('canaryLabel', () => {
  test.each([
    ['version', { app: 'web', version: 'base-canary' }],
    ['app', { app: 'web-canary', version: 'base' }],
  ])('%s gets the other value', async (canaryLabel, selector) => {
    const { err, out } = await run(['render', '--stage', 'step-1'], [...labelled, rollout({ canaryLabel })]);
    expect(plain(err)).toBe('');
    const canary = objects(out).find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'web-canary')!;
    expect(canary.spec).toMatchObject({ selector });
  });

  test.each([
    ['version', { app: 'web', version: 'canary' }],
    ['app', { app: 'canary', version: 'base' }],
  ])('%s gets the value of the patch', async (canaryLabel, selector) => {
    const patch = { patchPodTemplateMetadata: { labels: { [canaryLabel]: 'canary' } } };
    const { err, out } = await run(['render', '--stage', 'step-1'], [...labelled, rollout({ canaryLabel, ...patch })]);
    expect(plain(err)).toBe('');
    const ofCanary = objects(out).filter(({ metadata }) => metadata.name === 'web-canary');
    const service = ofCanary.find(({ kind }) => kind === 'Service')!;
    const canary = ofCanary.find(({ kind }) => kind === 'Deployment')!;
    expect(service.spec).toMatchObject({ selector });
    expect(canary.spec).toMatchObject({
      selector: { matchLabels: selector },
      template: { metadata: { labels: selector } },
    });
  });

  test("stable's own value keeps nothing apart", async () => {
    const patch = { patchPodTemplateMetadata: { labels: { version: 'base' } } };
    const { err } = await run(['plan'], [...labelled, rollout({ canaryLabel: 'version', ...patch })]);
    expect(err).toContain('(patch-selector)');
    expect(err).toContain("with another value than stable's");
  });

  test('one that the Services do not select on is refused by its field', async () => {
    const { code, err } = await run(['plan'], [...labelled, rollout({ canaryLabel: 'tier' })]);
    expect(code).toBe(1);
    expect(err).toContain('canaryLabel');
  });

  test('a patch of a label of the selector is pointed to it', async () => {
    const patch = { patchPodTemplateMetadata: { labels: { version: 'canary' } } };
    const { err } = await run(['plan'], [...labelled, rollout(patch)]);
    expect(err).toContain('(patch-selector)');
    expect(err).toContain('or name it as canaryLabel');
  });
});

describe('patchCanaryMetadata', () => {
  const patch = { labels: { team: 'a', 'example.com/tier': '' }, annotations: { 'Example.com/owner': 'a team: ä' } };
  const rendered = async (patchCanaryMetadata: object, stage = 'step-1') => {
    const { err, out } = await run(['render', '--stage', stage], [...labelled, rollout({ patchCanaryMetadata })]);
    expect(plain(err)).toBe('');
    const of = (name: string) => (kind: string) =>
      objects(out).find((one) => one.kind === kind && one.metadata.name === name)?.metadata;
    return { stable: of('web'), canary: of('web-canary') };
  };
  const ours = { 'graylane.io/rollout': 'web' };

  test.each([
    ['deployment', 'Deployment', 'Service'],
    ['services', 'Service', 'Deployment'],
  ])('%s: that of the canary, and no other object', async (field, kind, other) => {
    const { stable, canary } = await rendered({ [field]: patch });
    expect(canary(kind)).toMatchObject({ labels: { ...patch.labels, ...ours }, annotations: patch.annotations });
    expect(canary(other)).toEqual({ name: 'web-canary', labels: ours });
    expect(stable(kind)).toEqual({ name: 'web' });
  });

  test('goes with the canary', async () => {
    const { stable, canary } = await rendered({ deployment: patch, services: patch }, 'stable');
    for (const kind of ['Deployment', 'Service']) {
      expect(canary(kind)).toBeUndefined();
      expect(stable(kind)).toEqual({ name: 'web' });
    }
  });

  test.each([
    ['patch-label', 'deployment.labels["a b"]', { deployment: { labels: { 'a b': 'x' } } }],
    ['patch-label', 'services.labels["team"]', { services: { labels: { team: 'a team' } } }],
    ['patch-annotation', 'deployment.annotations["a b"]', { deployment: { annotations: { 'a b': 'x' } } }],
    [
      'label-reserved',
      'services.labels["graylane.io/rollout"]',
      { services: { labels: { 'graylane.io/rollout': 'x' } } },
    ],
    [
      'patch-annotation',
      'services.annotations["graylane.io/canary"]',
      { services: { annotations: { 'graylane.io/canary': 'left-out' } } },
    ],
    ['field-unknown', 'spec.strategy.canary.patchCanaryMetadata.service', { service: patch }],
    ['field-unknown', 'spec.strategy.canary.patchCanaryMetadata.labels', { labels: patch.labels }],
  ])('refused: %s at %s', async (code, path, patchCanaryMetadata) => {
    const { code: exit, err } = await run(['plan'], [...labelled, rollout({ patchCanaryMetadata })]);
    expect(exit).toBe(1);
    expect(err).toContain(`(${code})`);
    expect(err).toContain(path);
  });
});

const lane = (kind: 'httpRouteName' | 'grpcRouteName', hops?: object[]): Manifest => ({
  apiVersion: 'rollouts.kruise.io/v1alpha1',
  kind: 'TrafficRouting',
  metadata: { name: 'mse-traffic' },
  spec: {
    objectRef: [{ service: 'a', gateway: { [kind]: 'web' } }],
    ...(hops && { hops }),
    strategy: {
      matches: [{ headers: [{ type: 'Exact', name: 'x-user', value: 'anna' }] }],
      requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }] },
    },
  },
});
const placed = (object: Manifest): Manifest => ({ ...object, metadata: { ...object.metadata, namespace: 'shop' } });
const member = (name: string) => printRollout(laneRollout(`rollout-${name}`, name), 'v1beta1');
const toA = { backendRefs: [{ name: 'a', port: 80 }] };

test('grpcRouteName names a GRPCRoute', async () => {
  const base = { ...httpRoute([{ ...toA, matches: [{ method: { service: 'shop.Orders' } }] }]), kind: 'GRPCRoute' };
  const all = [...[deployment('a'), service('a'), lane('grpcRouteName'), member('a')].map(placed), base];
  const { err, out } = await run(['render', '--stage', 'step-1'], all);
  expect(plain(err)).toBe('');
  expect(objects(out).filter(({ kind }) => kind === 'GRPCRoute').length).toBeGreaterThan(1);
});

test('hops are the calls between services', async () => {
  const called = httpRoute([{ backendRefs: [{ name: 'b', port: 80 }] }]);
  const spec = { ...(called.spec as object), parentRefs: [{ group: '', kind: 'Service', name: 'b' }] };
  const hop = { ...called, metadata: { ...called.metadata, name: 'to-b' }, spec };
  const hops = [{ service: 'b', gateway: { httpRouteName: 'to-b' } }];
  const all = ['a', 'b'].flatMap((name) => [deployment(name), service(name), member(name)]);
  const { err, out } = await run(
    ['render', '--stage', 'step-1'],
    [...[...all, lane('httpRouteName', hops)].map(placed), httpRoute([toA]), hop],
  );
  expect(plain(err)).toBe('');
  expect(out).toContain('name: to-b-canary');
});

test('a tag in baggage is appended, and hops look for it; Kruise gets it as a header that is added', async () => {
  const tagged = lane('httpRouteName');
  const spec = { ...(tagged.spec as object), tag: { baggage: 'lane=gray' } };
  const all = [...[deployment('a'), service('a'), { ...tagged, spec }, member('a')].map(placed), httpRoute([toA])];
  const { err, out } = await run(['render', '--stage', 'step-1'], all);
  expect(plain(err)).toBe('');
  expect(out).toContain('- name: baggage\n                value: lane=gray');
  const kruise = await run(['export'], [{ ...tagged, spec }]);
  expect(kruise.out).toContain('add:\n        - name: baggage\n          value: lane=gray');
  const folder = folderWith({ 'all.yaml': stringify({ ...tagged, spec }) });
  expect((await graylane(['import', `${folder}/all.yaml`])).out).toContain('tag: {\n    baggage: "lane=gray",');
});

test.each([
  ['canaryLabel', rollout({ canaryLabel: 'app' })],
  ['patchCanaryMetadata', rollout({ patchCanaryMetadata: { services: { labels: { team: 'a' } } } })],
  ['gateway.grpcRouteName', lane('grpcRouteName')],
  ['hops', lane('httpRouteName', [{ service: 'b', gateway: { httpRouteName: 'to-b' } }])],
])('export says that Kruise has no %s, and import keeps it', async (field, object) => {
  const { code, err } = await run(['export'], [object]);
  expect(code).toBe(1);
  expect(err).toContain(field);
  const folder = folderWith({ 'all.yaml': stringify(object) });
  const { out } = await graylane(['import', `${folder}/all.yaml`]);
  expect(out).toContain(`${field.split('.').at(-1)}:`);
});

test('0 % of the requests is a step without traffic', async () => {
  const zero = rollout({ steps: [{ replicas: 1, traffic: '0%' }] });
  const { err } = await run(['plan'], [...labelled, zero]);
  expect(err).toContain('leave traffic out');
  const without = rollout({ steps: [{ replicas: 1 }, { replicas: 1, traffic: '20%' }] });
  expect((await run(['plan'], [...labelled, without])).code).toBe(0);
});
