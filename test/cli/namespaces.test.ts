/** Namespaces that manifests lack: offline they are what `up` makes of them. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from '../../lib/core';
import { printRollout } from '../../lib/kruise';
import { deployment, ingress, service, web } from '../cluster/app';
import { httpRoute } from '../gateways/fixtures';
import { folderWith, graylane, objects } from './fixtures';

type Kind = 'Deployment' | 'Service' | 'Ingress' | 'Rollout';

const rollout = printRollout(web([{ replicas: 1, traffic: '20%' }]).rollouts[0]!, 'v1beta1');
const plain: readonly Manifest[] = [deployment('web', { version: 'v2' }), service('web'), ingress('web'), rollout];

const inNamespace = (object: Manifest, namespace: string): Manifest => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

/** The app, where objects of some kinds have a namespace. */
const app = (namespaces: Partial<Record<Kind, string>>): Manifest[] =>
  plain.map((object) => {
    const namespace = namespaces[object.kind as Kind];
    return namespace === undefined ? object : inNamespace(object, namespace);
  });

function run(command: string, manifests: readonly Manifest[], ...more: string[]) {
  const folder = folderWith({ 'all.yaml': manifests.map((one) => stringify(one)).join('---\n') });
  return graylane([command, '-f', `${folder}/all.yaml`, ...more]);
}

const ALL = { Deployment: 'shop', Service: 'shop', Ingress: 'shop', Rollout: 'shop' };
const some: [string, Partial<Record<Kind, string>>, string[]][] = [
  ['on none, and none given', {}, []],
  ['on none, and one given', {}, ['-n', 'shop']],
  ['on the Deployment only', { Deployment: 'shop' }, ['-n', 'shop']],
  ['on the Service only', { Service: 'shop' }, ['-n', 'shop']],
  ['on the Ingress only', { Ingress: 'shop' }, ['--namespace', 'shop']],
  ['on the Rollout only, which decides', { Rollout: 'shop' }, []],
  ['on all but the Rollout', { ...ALL, Rollout: undefined }, ['-n', 'shop']],
  ['on all, whatever is given', ALL, ['-n', 'elsewhere']],
  ['the default one on some', { Deployment: 'default' }, []],
];

describe.each(some)('a namespace %s', (_, namespaces, options) => {
  test('plan and simulate play the release', async () => {
    for (const command of ['plan', 'simulate']) {
      const { code, out, err } = await run(command, app(namespaces), ...options);
      expect([code, err.replace(/^warning.*\n/gm, '')]).toEqual([0, '']);
      expect(out).toContain('promote/unroute');
    }
  });

  test('render prints what was written: each object of ours has the namespace of the one that it follows', async () => {
    const { out } = await run('render', app(namespaces), ...options, '--stage', 'step-1');
    const printed = objects(out);
    expect(printed).toHaveLength(6);
    for (const { kind, metadata } of printed)
      expect([kind, metadata.name, metadata.namespace]).toEqual([kind, metadata.name, namespaces[kind as Kind]]);
  });
});

test("stable's manifests may lack the namespace, too", async () => {
  const folder = folderWith({ 'old.yaml': stringify(deployment('web')) });
  const { out } = await run('render', app({}), '-n', 'shop', '--stage', 'start', '--stable', `${folder}/old.yaml`);
  expect(out).toContain('web:v1');
  expect(out).not.toContain('web:v2');
});

const virtualService = (host: string): Manifest => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'web' },
  spec: { hosts: [host], http: [{ route: [{ destination: { host } }] }] },
});
const meshed = (host: string) => {
  const customNetworkRefs = [{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'web' }];
  const trafficRoutings = [{ service: 'web', customNetworkRefs }];
  const { rollouts } = web([{ replicas: 1, traffic: '20%' }], {}, { trafficRoutings });
  return [...plain.slice(0, 2), virtualService(host), printRollout(rollouts[0]!, 'v1beta1')];
};

describe('full host names', () => {
  test.each(['web', 'web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local'])('%s with -n shop', async (host) => {
    const { code, out } = await run('render', meshed(host), '-n', 'shop', '--stage', 'step-1/route');
    expect(code).toBe(0);
    expect(out).toContain(`host: ${host.replace('web', 'web-canary')}`);
  });

  test.each([
    ['web.shop', [], 'name no namespace'],
    ['web.shop.svc', [], 'name no namespace'],
    ['web.shop.svc.cluster.local', [], 'name no namespace'],
    ['web.shop.svc.cluster.local', ['-n', 'test'], 'of namespace test'],
  ])('%s with %j: the message says what is missing', async (host, options, said) => {
    const { code, err } = await run('plan', meshed(host), ...options);
    expect(code).toBe(1);
    expect(err).toContain('(base-without-service)');
    expect(err).toContain(host);
    expect(err).toContain(said);
    expect(err).toContain('-n');
  });
});

describe('what is in another namespace is told with it', () => {
  test.each<[string, Partial<Record<Kind, string>>, string, string]>([
    ['the Deployment', { ...ALL, Deployment: 'other' }, 'workload-not-found', 'Deployment namespace other'],
    ['the Service', { ...ALL, Service: 'other' }, 'service-not-found', 'Service namespace other'],
    ['the Ingress', { ...ALL, Ingress: 'other' }, 'base-not-found', 'Ingress namespace other'],
    ['the Deployment, and no -n', { Deployment: 'shop' }, 'workload-not-found', 'Deployment namespace shop'],
  ])('%s', async (_, namespaces, code, said) => {
    const { err } = await run('plan', app(namespaces));
    expect(err).toContain(`(${code})`);
    expect(err).toContain(said);
  });

  test("a route in the gateway's namespace: where it has to be, and why", async () => {
    const route = inNamespace(httpRoute([{ backendRefs: [{ name: 'web', namespace: 'shop', port: 80 }] }]), 'infra');
    const trafficRoutings = [{ service: 'web', gateway: { httpRouteName: 'web' } }];
    const { rollouts } = web([{ replicas: 1, traffic: '20%' }], {}, { trafficRoutings });
    const all = [...plain.slice(0, 2), printRollout(rollouts[0]!, 'v1beta1')].map((one) => inNamespace(one, 'shop'));
    const { code, err } = await run('plan', [...all, route]);
    expect(code).toBe(1);
    expect(err).toContain('HTTPRoute namespace infra');
    expect(err).toContain('put it into the namespace of its Service');
  });
});

test('an app of cdk8s names its namespaces itself', async () => {
  const folder = folderWith({ 'cdk8s.yaml': 'app: "true"' });
  const { code, err } = await graylane(['plan', '-n', 'shop'], { folder });
  expect(code).toBe(1);
  expect(err).toContain('(option-of-files)');
});
