/** The simulated rolling update keeps what the real controller keeps, at every change: else R2 and R3 are tested on sand. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Live } from '../../lib/cluster';
import { SimulatedCluster } from '../../lib/simulated';
import { deployment } from './app';

interface Rollout {
  readonly replicas: number;
  readonly maxSurge: number | string;
  readonly maxUnavailable: number | string;
  /** Declared one after the other, the next while the one before may still be under way. */
  readonly versions: readonly { readonly version: string; readonly after: number }[];
}

const amount = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('0%', '25%', '50%', '100%'));
const rollout: fc.Arbitrary<Rollout> = fc.record({
  replicas: fc.integer({ min: 1, max: 10 }),
  maxSurge: amount,
  maxUnavailable: amount,
  versions: fc.array(
    fc.record({ version: fc.constantFrom('v1', 'v2', 'v3'), after: fc.integer({ min: 0, max: 9000 }) }),
    { minLength: 1, maxLength: 3 },
  ),
});

test('never fewer ready pods than the strategy allows, and in the end all are new', async () => {
  await fc.assert(
    fc.asyncProperty(rollout, async ({ versions, ...strategy }) => {
      const cluster = new SimulatedCluster();
      const user = cluster.client('kubectl');
      const declare = (version: string) => user.apply(declared(strategy, version), { force: true });
      await declare('v0');
      await cluster.clock.sleep(60_000);
      const least = leastReady(strategy);
      const seen: string[] = [];
      cluster.listen(() => {
        const pods = cluster.objects().filter(({ kind }) => kind === 'Pod');
        const ready = pods.filter(isReady).length;
        if (ready < least) seen.push(`${ready} ready of at least ${least}`);
      });
      for (const { version, after } of versions) {
        await declare(version);
        await cluster.clock.sleep(after);
      }
      await cluster.clock.sleep(600_000);
      const images = cluster
        .objects()
        .filter((one) => one.kind === 'Pod' && isReady(one))
        .map(imageOf);
      const last = `example.com/shop/web:${versions.at(-1)!.version}`;
      expect({ seen, images }).toEqual({ seen: [], images: Array.from({ length: strategy.replicas }, () => last) });
    }),
    { numRuns: 100 },
  );
});

function declared({ replicas, maxSurge, maxUnavailable }: Omit<Rollout, 'versions'>, version: string) {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
  const object = deployment('web', { version, replicas, spec: { strategy } });
  return { ...object, metadata: { name: 'web', namespace: 'test-1' } };
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment: what may be unavailable is rounded down. */
function leastReady({ replicas, maxSurge, maxUnavailable }: Omit<Rollout, 'versions'>): number {
  const surge = count(maxSurge, replicas, Math.ceil);
  const unavailable = count(maxUnavailable, replicas, Math.floor);
  return replicas - (surge === 0 && unavailable === 0 ? 1 : unavailable);
}

function count(value: number | string, of: number, round: (n: number) => number): number {
  return typeof value === 'number' ? value : round((of * Number.parseInt(value, 10)) / 100);
}

function isReady({ status }: Live): boolean {
  return JSON.stringify(status ?? {}).includes('"type":"Ready","status":"True"');
}

function imageOf({ spec }: Live): string {
  return (spec as { containers: { image: string }[] }).containers[0]!.image;
}
