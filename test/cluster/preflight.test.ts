/** What is looked at before a release begins: one world for each finding. */
import { describe, expect, test } from 'vitest';
import { ApiError, type Progress, up } from '../../lib/cluster';
import type { Declarations, Manifest, Step } from '../../lib/core';
import { references } from '../../lib/core';
import { joined, sample, sampleBase, service, type Variant, web, webBase } from './app';
import { simulated } from './simulated.world';
import { engineOf, release, userApplies } from './world';

const steps: Step[] = [{ replicas: 2, traffic: '20%' }];
const careful = { readinessProbe: { httpGet: { port: 80 } }, lifecycle: { preStop: { sleep: { seconds: 1 } } } };

/** Pods without anything to warn about, and what else they have. */
function pods(version: string, more: object = {}, spec: object = {}): Variant {
  const container = { name: 'main', image: `example.com/shop/web:${version}`, ...careful, ...more };
  return { spec: { template: { metadata: { labels: { app: 'web' } }, spec: { ...spec, containers: [container] } } } };
}

async function warnings(before: Declarations, after: Declarations, objects: readonly Manifest[], base = webBase) {
  const world = await simulated.make();
  await userApplies(world, base);
  const rollout = before.rollouts[0]!.name;
  await release(world, before, { rollout });
  await userApplies(world, objects);
  const told: Progress[] = [];
  await up(engineOf(world, told), { declarations: after, namespace: world.namespace, rollout, timeout: 60 });
  return told.flatMap((one) => (one.is === 'warning' ? [one.what] : []));
}

const quiet = [web(steps, pods('v1')), web(steps, pods('v2'))] as const;

const autoscaler: Manifest = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'hpa' },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 9 },
};
const budget: Manifest = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'pdb' },
  spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
};
const policy = (matchLabels: object): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'policy' },
  spec: { podSelector: { matchLabels } },
});

describe('warnings before a release', () => {
  test('none where there is nothing to warn about', async () => {
    expect(await warnings(...quiet, [policy({})])).toEqual([]);
  });

  test("a namespace of Istio's ambient mode, whose label nobody declares", async () => {
    const istio = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };
    const http = [{ route: [{ destination: { host: 'web' } }] }];
    const base = { ...istio, metadata: { name: 'web' }, spec: { hosts: ['web'], http } };
    const labels = { 'istio.io/dataplane-mode': 'ambient' };
    const routed = (version: string): Declarations => {
      const { rollouts, ...declared } = web(steps, pods(version));
      const trafficRoutings = [{ service: 'web', customNetworkRefs: [{ ...istio, name: 'web' }] }];
      return { ...declared, rollouts: rollouts.map((one) => ({ ...one, trafficRoutings })) };
    };
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'test-1', namespace: undefined, labels },
    };
    expect(await warnings(routed('v1'), routed('v2'), [namespace], [service('web'), base])).toEqual([
      expect.stringMatching(/^VirtualService \S+\/web routes callers in the mesh, and Namespace test-1 has/),
    ]);
  });

  test('R13 a Secret that only stable uses', async () => {
    const uses = (name: string) => ({ envFrom: [{ secretRef: { name } }] });
    const told = await warnings(web(steps, pods('v1', uses('old'))), web(steps, pods('v2', uses('new'))), []);
    expect(told).toEqual([expect.stringMatching(/^Secret \S+\/old is used by stable and no longer/)]);
  });

  test('an autoscaler beside declared replicas', async () => {
    expect(await warnings(...quiet, [autoscaler])).toEqual([expect.stringMatching(/each run sets it back/)]);
  });

  test('an autoscaler and a budget that count canary pods, with figures', async () => {
    const plain = [{ replicas: 2 }];
    const free: Variant = { replicas: null };
    const told = await warnings(joined(plain, { ...pods('v1'), ...free }), joined(plain, { ...pods('v2'), ...free }), [
      autoscaler,
      budget,
    ]);
    expect(told).toEqual([
      expect.stringMatching(/hpa averages the load over 1 stable and up to 2 canary pods/),
      expect.stringMatching(/pdb counts canary pods too: of 1 stable pods 1 more/),
    ]);
  });

  test('a network policy that covers stable but not the canary', async () => {
    const stableOnly = { key: 'graylane.io/track', operator: 'DoesNotExist' };
    const meant = { ...policy({}), spec: { podSelector: { matchExpressions: [stableOnly] } } };
    expect(await warnings(...quiet, [meant])).toEqual([expect.stringMatching(/policy covers stable pods/)]);
  });

  test('none of a network policy that gets another one for the canary', async () => {
    expect(await warnings(...quiet, [policy({ app: 'web' })])).toEqual([]);
  });

  test('pods that will lose requests', async () => {
    const told = await warnings(sample(), sample({ a: { version: 'v2' } }), [], sampleBase);
    expect(told).toEqual([expect.stringMatching(/no readinessProbe/), expect.stringMatching(/no lifecycle\.preStop/)]);
  });

  test('what may not be looked at is told, and stops nothing', async () => {
    const world = await simulated.make();
    await userApplies(world, webBase);
    await release(world, quiet[0]);
    const told: Progress[] = [];
    const list: typeof world.api.list = (kind, selection) =>
      kind.kind === 'NetworkPolicy'
        ? Promise.reject(new ApiError(403, 'Forbidden', 'list NetworkPolicys: 403'))
        : world.api.list(kind, selection);
    const api = Object.assign(Object.create(world.api) as typeof world.api, { list });
    const { gate } = await up(engineOf(world, told, { api }), { declarations: quiet[1], namespace: world.namespace });
    expect(gate?.step).toBe(1);
    expect(told).toContainEqual({ rollout: 'web', is: 'warning', what: 'not checked: list NetworkPolicys: 403' });
  });
});

describe('R15 another controller has the workload', () => {
  const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const owners: [name: string, apiVersion: string, kind: string, spec: object][] = [
    ['Kruise v1beta1', 'rollouts.kruise.io/v1beta1', 'Rollout', { workloadRef }],
    ['Kruise v1alpha1', 'rollouts.kruise.io/v1alpha1', 'Rollout', { objectRef: { workloadRef } }],
    ['Argo Rollouts', 'argoproj.io/v1alpha1', 'Rollout', { workloadRef }],
    ['Flagger', 'flagger.app/v1beta1', 'Canary', { targetRef: workloadRef }],
  ];

  test.each(owners)('R15 %s: refused, by name', async (_, apiVersion, kind, spec) => {
    const world = await simulated.make();
    await userApplies(world, [...webBase, { apiVersion, kind, metadata: { name: 'theirs' }, spec }]);
    await release(world, web(steps));
    const refused = release(world, web(steps, { version: 'v2' }));
    await expect(refused).rejects.toMatchObject({ code: 'foreign-controller' });
    await expect(refused).rejects.toThrow(`${kind} ${world.namespace}/theirs`);
  });

  test('one of another workload is none of our business', async () => {
    const world = await simulated.make();
    const spec = { workloadRef: { ...workloadRef, name: 'other' } };
    const [, apiVersion, kind] = owners[0]!;
    await userApplies(world, [...webBase, { apiVersion, kind, metadata: { name: 'theirs' }, spec }]);
    await release(world, web(steps));
    expect((await release(world, web(steps, { version: 'v2' }))).gate?.step).toBe(1);
  });
});

test('every place where a pod may name a ConfigMap or a Secret is known', () => {
  const key = (name: string) => ({ name, key: 'k' });
  const container = {
    env: [{ valueFrom: { configMapKeyRef: key('a') } }, { valueFrom: { secretKeyRef: key('b') } }],
    envFrom: [{ configMapRef: { name: 'c' } }, { secretRef: { name: 'd' } }],
  };
  const spec = {
    containers: [container],
    initContainers: [{ envFrom: [{ secretRef: { name: 'e' } }] }],
    volumes: [
      { configMap: { name: 'f' } },
      { secret: { secretName: 'g' } },
      { projected: { sources: [{ configMap: { name: 'h' } }, { secret: { name: 'i' } }] } },
    ],
    imagePullSecrets: [{ name: 'j' }],
  };
  const kinds = [
    'ConfigMap',
    'Secret',
    'ConfigMap',
    'Secret',
    'Secret',
    'ConfigMap',
    'Secret',
    'ConfigMap',
    'Secret',
    'Secret',
  ];
  expect(references({ spec })).toEqual(kinds.map((kind, i) => `${kind} ${'abcdefghij'[i]}`).sort());
});
