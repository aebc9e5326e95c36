/** R1, R2 and R3 at every single moment of releases that go anywhere: somebody looks after each change of any object. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Live, LiveDeployment } from '../../lib/cluster';
import type { Declarations, Step } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';
import { web, webBase } from './app';
import { mortal } from './mortal';
import { worldOf } from './simulated.world';
import { release, userApplies, type World } from './world';

const steps: Step[] = [
  { replicas: 1, traffic: '20%' },
  { replicas: '60%', matches: [{ headers: [{ name: 'user', value: 'a' }] }] },
];

/** One `graylane up`: what is declared, how, and after how many writes it is killed. */
interface Up {
  readonly version: string;
  readonly approve: number;
  readonly how: 'plain' | 'abort' | 'to-1' | 'to-2';
  readonly dies: number;
}

const upOf: fc.Arbitrary<Up> = fc.record({
  version: fc.constantFrom('v1', 'v2', 'v3'),
  approve: fc.integer({ min: 0, max: 2 }),
  how: fc.constantFrom('plain', 'plain', 'plain', 'abort', 'to-1', 'to-2'),
  dies: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 30 })),
});

/** What is wrong at this moment. */
function wrong(objects: readonly Live[]): string[] {
  const find = (kind: string, name: string) => objects.find((one) => one.kind === kind && one.metadata.name === name);
  const stable = find('Deployment', 'web') as LiveDeployment | undefined;
  const canary = find('Deployment', 'web-canary') as LiveDeployment | undefined;
  const route = find('Ingress', 'web-canary');
  const pods = objects.filter(({ kind, metadata }) => kind === 'Pod' && metadata.labels?.app === 'web');
  const ready = pods.filter(isReady);
  return [
    ...(route && (canary?.status?.availableReplicas ?? 0) < 1
      ? ['R1 R3 an open route leads to no ready canary pod']
      : []),
    ...(route && !find('Service', 'web-canary') ? ['R1 R3 an open route leads to no Service'] : []),
    ...(canary && stable?.spec.paused && ready.length < 3 ? ['R2 stable has lost pods before promotion'] : []),
    ...(ready.length < 2 ? ['R3 fewer stable pods than a rolling update leaves'] : []),
    ...(route && new Set(canaryImages(objects)).size > 1 ? ['R7 two revisions behind one route'] : []),
  ];
}

function isReady({ status }: Live): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((one) => one.type === 'Ready' && one.status === 'True');
}

function canaryImages(objects: readonly Live[]): string[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'Pod' && metadata.labels?.app === 'web-canary')
    .map(({ spec }) => (spec as { containers: { image: string }[] }).containers[0]!.image);
}

test('R1 R2 R3 R7 hold at every moment, wherever releases go and whoever is killed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(upOf, { minLength: 1, maxLength: 6 }), async (ups) => {
      const cluster = new SimulatedCluster();
      const world = worldOf(cluster);
      await userApplies(world, webBase);
      const declare = (version: string): Declarations => web(steps, { version });
      await release(world, declare('v1'));
      const seen = new Set<string>();
      cluster.listen(() => wrong(cluster.objects()).forEach((one) => seen.add(one)));
      for (const one of ups) await go(world, one, declare(one.version));
      // Whatever happened, the last word counts.
      const end = await release(world, declare('v1'), { abort: true });
      expect(end.stage).toBe('stable');
      expect([...seen]).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

async function go(world: World, { how, approve, dies }: Up, declarations: Declarations): Promise<void> {
  const { api, died } = mortal(world.api, dies, false);
  const ledger = await world.user.get({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'graylane-rollout-web',
    namespace: world.namespace,
  });
  const number = /"number": (\d+)/.exec((ledger?.data as { ledger: string }).ledger)?.[1];
  const request = {
    ...(approve > 0 && number && { approve: Array.from({ length: approve }, (_, i) => `web#${number}/step-${i + 1}`) }),
    ...(how === 'abort' && { abort: true }),
    ...(how === 'to-1' && { to: 1 }),
    ...(how === 'to-2' && { to: 2 }),
  };
  await release(world, declarations, request, { api }).catch((error: Error & { code?: string }) => {
    // No step to go to in promotion or on the way back.
    if (!died() && error.code !== 'step-unknown') throw error;
  });
}
