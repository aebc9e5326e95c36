import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ApiError } from './api';
import { startCluster } from './cluster';
import type { Deployment, List, Pod, Wanted } from './sample';
import { deployment, deploymentPath, endpoints, isRolledOut, podsOf, quotaOfPods, service } from './sample';
import { clusterForSuite } from './suite';
import { waitFor } from './wait';

const cluster = clusterForSuite();
/** What only kwok does. */
const withKwok = test.skipIf(process.env.GRAYLANE_TEST_KUBECONFIG);
let namespace: string;

beforeAll(async () => {
  namespace = await cluster().newNamespace();
});

describe('a Deployment', () => {
  test('rolls out: two pods, with their addresses behind the Service', async () => {
    await cluster().api.create(`/api/v1/namespaces/${namespace}/services`, service('two'));
    await apply('two', { replicas: 2 });
    await rolledOut('two');
    const addresses = (await pods('two')).map((pod) => pod.status.podIP).sort();
    expect(new Set(addresses).size).toBe(2);
    await waitFor(
      'both addresses',
      async () => (await endpoints(cluster().api, namespace, 'two')).join() === addresses.join(),
    );
  });

  test('replaces its pods when the template changes', async () => {
    await apply('update', { replicas: 2, image: 'nginx:1.27' });
    await rolledOut('update');
    await apply('update', { replicas: 2, image: 'nginx:1.28' });
    await rolledOut('update');
    const images = async () => (await pods('update')).map((pod) => pod.spec.containers[0]?.image);
    await waitFor('new pods only', async () => (await images()).join() === 'nginx:1.28,nginx:1.28');
  });

  test('keeps its old pods when the new image is broken, and the new pod says why', async () => {
    await apply('broken', { replicas: 2 });
    await rolledOut('broken');
    await apply('broken', { replicas: 2, image: 'nginx:broken' });
    const pod = await podWith('broken', (pod) => /ImagePull/.test(waitingReason(pod)));
    expect(pod.status.phase).toBe('Pending');
    expect((await get('broken')).status.availableReplicas).toBe(2);
  });

  withKwok('runs without being ready when its image is `:unready`', async () => {
    await apply('unready', { image: 'nginx:unready' });
    const pod = await podWith('unready', ({ status }) => status.phase === 'Running');
    expect(pod.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }),
    );
  });

  withKwok('is ready as late as an annotation of its pods says', async () => {
    const began = Date.now();
    await apply('late', { annotations: { 'graylane.test/ready-after': '1500ms' } });
    await rolledOut('late');
    expect(Date.now() - began).toBeGreaterThanOrEqual(1500);
  });

  test('says so when a quota refuses its pods', async () => {
    const full = await cluster().newNamespace();
    await cluster().api.create(`/api/v1/namespaces/${full}/resourcequotas`, quotaOfPods(0));
    await cluster().api.apply(deploymentPath(full, 'refused'), deployment('refused'));
    const refusal = await waitFor('ReplicaFailure', async () => {
      const { status } = await cluster().api.get<Deployment>(deploymentPath(full, 'refused'));
      return status.conditions?.find(({ type }) => type === 'ReplicaFailure');
    });
    expect(refusal.message).toContain('exceeded quota');
  });
});

describe('a deletion', () => {
  test('in the foreground: the Deployment goes last', async () => {
    await apply('foreground', { replicas: 2 });
    await rolledOut('foreground');
    await cluster().api.delete(deploymentPath(namespace, 'foreground'), 'Foreground');
    await waitFor('its end', async () => !(await cluster().api.find(deploymentPath(namespace, 'foreground'))));
    expect(await replicaSets('foreground')).toEqual([]);
  });

  test('in the background: ReplicaSets and pods follow', async () => {
    await apply('background', { replicas: 2 });
    await rolledOut('background');
    await cluster().api.delete(deploymentPath(namespace, 'background'));
    await waitFor('no ReplicaSet', async () => (await replicaSets('background')).length === 0);
    await waitFor('no pod', async () => (await pods('background')).length === 0);
  });

  withKwok('is over as late as an annotation of the pods says', async () => {
    await apply('slow', { annotations: { 'graylane.test/gone-after': '1500ms' } });
    await rolledOut('slow');
    const began = Date.now();
    await cluster().api.delete(deploymentPath(namespace, 'slow'));
    await waitFor('no pod', async () => (await pods('slow')).length === 0);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1500);
  });

  test('of a namespace takes everything in it', async () => {
    const doomed = await cluster().newNamespace();
    await cluster().api.apply(deploymentPath(doomed, 'inside'), deployment('inside'));
    await cluster().api.delete(`/api/v1/namespaces/${doomed}`);
    await waitFor('its end', async () => !(await cluster().api.find(`/api/v1/namespaces/${doomed}`)));
    expect(await cluster().api.find(deploymentPath(doomed, 'inside'))).toBeUndefined();
  });
});

describe('the API server', () => {
  test('answers a dry run of server-side apply with the result, and writes nothing', async () => {
    const path = deploymentPath(namespace, 'dry');
    const answer = await cluster().api.apply<Deployment>(path, deployment('dry', { replicas: 3 }), { dryRun: true });
    expect(answer.spec.replicas).toBe(3);
    expect(answer.metadata.uid).toBeTruthy();
    expect(await cluster().api.find(path)).toBeUndefined();
  });

  test('refuses a user without rights', async () => {
    const refused = cluster().apiAs('graylane').get(deploymentPath(namespace, 'two'));
    await expect(refused).rejects.toMatchObject({ status: 403, reason: 'Forbidden' } satisfies Partial<ApiError>);
  });

  test('knows installed kinds at once', async () => {
    await cluster().installCrds([join(__dirname, 'sample-crd.yaml')]);
    const path = `/apis/test.graylane/v1/namespaces/${namespace}/samples/one`;
    const sample = { apiVersion: 'test.graylane/v1', kind: 'Sample', metadata: { name: 'one' } };
    await expect(cluster().api.apply(path, sample)).resolves.toMatchObject(sample);
  });
});

describe('a cluster that was there before', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('is used, with the same users, and stays', async () => {
    vi.stubEnv('GRAYLANE_TEST_KUBECONFIG', cluster().kubeconfig());
    const same = await startCluster();
    expect(same.server).toBe(cluster().server);
    const inside = `/api/v1/namespaces/${await same.newNamespace()}`;
    await expect(same.apiAs('graylane').get(inside)).rejects.toMatchObject({ status: 403 });
    await same.stop();
    await waitFor('the end of its namespace', async () => !(await cluster().api.find(inside)));
  });
});

function apply(name: string, wanted: Wanted): Promise<unknown> {
  return cluster().api.apply(deploymentPath(namespace, name), deployment(name, wanted));
}

function get(name: string): Promise<Deployment> {
  return cluster().api.get<Deployment>(deploymentPath(namespace, name));
}

function pods(name: string): Promise<readonly Pod[]> {
  return podsOf(cluster().api, namespace, name);
}

async function rolledOut(name: string): Promise<void> {
  await waitFor(`${name} to be rolled out`, async () => isRolledOut(await get(name)));
}

function waitingReason({ status }: Pod): string {
  return status.containerStatuses?.[0]?.state.waiting?.reason ?? '';
}

/** The first pod of which something is true. */
function podWith(name: string, condition: (pod: Pod) => boolean): Promise<Pod> {
  return waitFor(`such a pod of ${name}`, async () => (await pods(name)).find(condition));
}

async function replicaSets(name: string): Promise<readonly unknown[]> {
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
  return (await cluster().api.get<List<unknown>>(path, { labelSelector: `app=${name}` })).items;
}
