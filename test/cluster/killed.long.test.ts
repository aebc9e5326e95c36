/** R5: a run that is killed before or after any of its writes; the next one goes on and reaches the same end. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Live } from '../../lib/cluster';
import { SimulatedCluster } from '../../lib/simulated';
import { type Declarations, isOurs, type Step } from '../../lib/core';
import { sample, sampleBase, web, webBase } from './app';
import { mortal } from './mortal';
import { worldOf } from './simulated.world';
import { find, ingressKind, release, userApplies, type World } from './world';

const steps: Step[] = [
  { replicas: 1, traffic: '20%' },
  { replicas: 2, matches: [{ headers: [{ name: 'user', value: 'a' }] }] },
];

/** A release from v1: what is declared, and which gates are approved in which run. */
interface Story {
  readonly name: string;
  readonly base: typeof webBase;
  readonly v1: Declarations;
  readonly runs: readonly { readonly declarations: Declarations; readonly approve?: readonly string[] }[];
  readonly rollout: string;
  readonly workload: string;
}

const v2 = web(steps, { version: 'v2' });
const stories: Story[] = [
  {
    name: 'a release with two steps of its own routing',
    base: webBase,
    v1: web(steps),
    runs: [
      { declarations: v2 },
      { declarations: v2, approve: ['web#1/step-1'] },
      { declarations: v2, approve: ['web#1/step-2'] },
    ],
    rollout: 'web',
    workload: 'web',
  },
  {
    name: 'an abort at the second step',
    base: webBase,
    v1: web(steps),
    runs: [{ declarations: v2 }, { declarations: v2, approve: ['web#1/step-1'] }, { declarations: web(steps) }],
    rollout: 'web',
    workload: 'web',
  },
  {
    name: 'a third revision at the first step',
    base: webBase,
    v1: web(steps),
    runs: [
      { declarations: v2 },
      { declarations: web(steps, { version: 'v3' }) },
      { declarations: web(steps, { version: 'v3' }), approve: ['web#2/step-1', 'web#2/step-2'] },
    ],
    rollout: 'web',
    workload: 'web',
  },
  {
    name: 'a release in a lane',
    base: sampleBase,
    v1: sample(),
    runs: [
      { declarations: sample({ a: { version: 'v2' } }) },
      { declarations: sample({ a: { version: 'v2' } }), approve: ['rollout-a#1/step-1'] },
    ],
    rollout: 'rollout-a',
    workload: 'spring-cloud-a',
  },
];

function newWorld(): World & { cluster: SimulatedCluster } {
  const cluster = new SimulatedCluster();
  return { cluster, ...worldOf(cluster) };
}

/** The end of a story, without what differs between runs: versions, times, events. */
function endOf(cluster: SimulatedCluster): unknown[] {
  return cluster
    .objects()
    .filter(({ kind }) => !['Event', 'Lease', 'ReplicaSet', 'Pod'].includes(kind))
    .map(({ kind, metadata: { name, labels, annotations }, spec, data }) => ({
      kind,
      name,
      labels,
      annotations,
      spec,
      ledger: (data as { ledger?: string } | undefined)?.ledger?.replace(/"settledAt": "[^"]*"/, '"settledAt"'),
      holders: (data as { holders?: string } | undefined)?.holders,
    }))
    .sort((a, b) => `${a.kind} ${a.name}`.localeCompare(`${b.kind} ${b.name}`));
}

/** R1 and R3 as they can be seen at any moment: an open route leads to a canary that has a ready pod. */
async function expectSafe(world: World, workload: string): Promise<void> {
  const route = await find(world, ingressKind, `${workload}-canary`);
  if (!route) return;
  const canary = await world.user.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: `${workload}-canary`,
    namespace: world.namespace,
  });
  expect((canary?.status as { availableReplicas?: number })?.availableReplicas).toBeGreaterThanOrEqual(1);
}

async function play(story: Story, nth: number, after: boolean): Promise<{ end: unknown[]; writes: number }> {
  const world = newWorld();
  await userApplies(world, story.base);
  await release(world, story.v1, { rollout: story.rollout });
  let total = 0;
  for (const { declarations, approve } of story.runs) {
    const request = { rollout: story.rollout, ...(approve && { approve }) };
    const { api, writes, died } = mortal(world.api, nth - total, after);
    try {
      await release(world, declarations, request, { api });
    } catch (error) {
      if (!died()) throw error;
      await expectSafe(world, story.workload);
      await release(world, declarations, request);
    }
    total += writes();
  }
  return { end: endOf(world.cluster), writes: total };
}

describe('R5 killed at any write, the next run reaches the same end', { timeout: 120_000 }, () => {
  test.each(stories)('R5 $name', async (story) => {
    const { end, writes } = await play(story, Infinity, false);
    expect(writes).toBeGreaterThan(10);
    for (let nth = 1; nth <= writes; nth++) {
      // Before and after by turns: both for every write would take twice as long and has not found more.
      const after = nth % 2 === 0;
      expect({ nth, after, end: (await play(story, nth, after)).end }).toEqual({ nth, after, end });
    }
  });

  test('R5 nothing of ours is left at the end of a release, whoever was killed how often', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.boolean()), { maxLength: 6 }),
        async (kills) => {
          const world = newWorld();
          await userApplies(world, webBase);
          await release(world, web(steps));
          const approve = ['web#1/step-1', 'web#1/step-2'];
          for (const [nth, after] of kills) {
            const { api, died } = mortal(world.api, nth, after);
            await release(world, v2, { approve }, { api }).catch((error: unknown) => {
              if (!died()) throw error;
            });
            await expectSafe(world, 'web');
          }
          await release(world, v2, { approve });
          expect(world.cluster.objects().filter((object: Live) => isOurs(object) && !isStored(object))).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

test('R3 R5 killed on the way into promote/unroute: stable is ready again before the route goes', async () => {
  const world = newWorld();
  await userApplies(world, webBase);
  await release(world, web(steps));
  const approve = ['web#1/step-1', 'web#1/step-2'];
  const stop = new Error('killed');
  const update: typeof world.api.update = async (object) => {
    const written = await world.api.update(object);
    if (JSON.stringify(object).includes('promote/unroute')) throw stop;
    return written;
  };
  const api = Object.assign(Object.create(world.api) as typeof world.api, { update });
  await expect(release(world, v2, { approve }, { api })).rejects.toBe(stop);
  const seen: unknown[] = [];
  world.cluster.listen((change, { kind, metadata }) => {
    if (change !== 'deleted' || kind !== 'Ingress' || metadata.name !== 'web-canary') return;
    const stable = world.cluster.objects().find((one) => one.kind === 'Deployment' && one.metadata.name === 'web');
    seen.push((stable?.status as { availableReplicas: number }).availableReplicas);
  });
  // More pods than there were: not ready for a while.
  await release(world, web(steps, { version: 'v2', replicas: 6 }), { approve });
  expect(seen).toEqual([6]);
});

function isStored({ kind }: Live): boolean {
  return kind === 'ConfigMap' || kind === 'Lease';
}
