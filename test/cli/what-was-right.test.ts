/** Forms of manifests that were always right, and stay so: each is planned without a problem, and printed as told. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from '../../lib/core';
import { printRollout } from '../../lib/kruise';
import { deployment, ingress, service, web } from '../cluster/app';
import { folderWith, graylane, objects } from './fixtures';

const rollout = printRollout(web([{ replicas: 1, traffic: '20%' }]).rollouts[0]!, 'v1beta1');

async function printed(manifests: readonly Manifest[]): Promise<Manifest[]> {
  const folder = folderWith({ 'all.yaml': manifests.map((one) => stringify(one)).join('---\n') });
  const { code, out, err } = await graylane(['render', '-f', `${folder}/all.yaml`, '--stage', 'step-1']);
  expect([code, err.replace(/^warning.*\n/gm, '')]).toEqual([0, '']);
  return objects(out);
}

const canaryService = (all: readonly Manifest[]) =>
  all.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'web-canary')!;

describe('the recommended labels', () => {
  const labels = (instance: string) => ({
    'app.kubernetes.io/name': 'web',
    'app.kubernetes.io/instance': instance,
  });
  const instance = (name: string, of: string): Manifest[] => [
    deployment(name, {
      spec: {
        selector: { matchLabels: labels(of) },
        template: { metadata: { labels: labels(of) }, spec: { containers: [{ name: 'main', image: 'x:v2' }] } },
      },
    }),
    service(name, { selector: labels(of) }),
  ];

  test.each(['blue', 'prod', 'eu-1'])('of two instances, %s and another, the canary is of its own', async (of) => {
    const all = await printed([...instance('web', of), ...instance('other', 'another'), ingress('web'), rollout]);
    expect(canaryService(all).spec).toMatchObject({
      selector: { 'app.kubernetes.io/name': 'web-canary', 'app.kubernetes.io/instance': of },
    });
  });
});

describe('ports of a Service', () => {
  test.each<[string, object[]]>([
    ['four of them', [80, 81, 82, 83].map((port) => ({ name: `p${port}`, port, targetPort: 8000 + port }))],
    ['by name', [{ name: 'http', port: 80, targetPort: 'web' }]],
    ['UDP beside TCP', [80, 53].map((port) => ({ name: `p${port}`, port, protocol: port === 53 ? 'UDP' : 'TCP' }))],
    ['h2c', [{ name: 'grpc', port: 80, appProtocol: 'kubernetes.io/h2c' }]],
  ])('%s are those of the canary', async (_, ports) => {
    const all = await printed([deployment('web'), service('web', { ports: ports as never }), ingress('web'), rollout]);
    expect(canaryService(all).spec).toMatchObject({ ports });
  });
});
