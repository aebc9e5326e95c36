/** Calls, and not time: those of a run do not grow with what else is in its namespace, and those of `status` by pages. */
import { describe, expect, test } from 'vitest';
import { kinds, readLane, readStatus, recordName, storedLabels, writeLane } from '../../lib/cluster';
import { formatLedger, type Manifest, newLedger, ROLLOUT_LABEL } from '../../lib/core';
import { type Call, SimulatedCluster } from '../../lib/simulated';
import { deployment, ingress, lane, laneRollout, sample, sampleBase, service, web, webBase } from './app';
import { worldOf } from './simulated.world';
import { find, ingressKind, release, userApplies, type World } from './world';

const steps = [{ replicas: 1, traffic: '20%' }] as const;
const v2 = { version: 'v2' };

interface Counted {
  readonly world: World;
  /** Calls that something makes, by verb and kind. */
  readonly count: (run: () => Promise<unknown>) => Promise<Record<string, number>>;
}

function counted(): Counted {
  let calls: Call[] = [];
  const world = worldOf(new SimulatedCluster(), (call) => calls.push(call));
  return {
    world,
    count: async (run) => {
      calls = [];
      await run();
      const words = calls.filter(({ kind }) => kind !== 'Lease').map(({ verb, kind }) => `${verb} ${kind}`);
      return Object.fromEntries(
        [...new Set(words)].sort().map((word) => [word, words.filter((one) => one === word).length]),
      );
    },
  };
}

/** Deployments that the simulated controllers look at all the time: of the others, what is asked for is not there. */
const DEPLOYMENTS = 5;

/** Rollouts at rest, each with what belongs to it. */
async function others({ user, namespace }: World, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const name = `other-${i}`;
    const own = deployment(name, { replicas: 0 });
    const facts = { rollout: name, workload: name, plan: { steps: [{ replicas: 1 }] }, created: true };
    const record: Manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: recordName(name), labels: { ...storedLabels, [ROLLOUT_LABEL]: name } },
      data: { ledger: formatLedger(newLedger(own.spec.template)), rollout: JSON.stringify(facts) },
    };
    for (const object of [...(i < DEPLOYMENTS ? [own] : []), service(name), ingress(name), record]) {
      await user.create({ ...object, metadata: { ...object.metadata, namespace } });
    }
  }
}

const MANY = 5000;

describe(`beside ${MANY} rollouts in its namespace`, () => {
  test('a release makes the calls that it makes alone, and status some lists', { timeout: 900_000 }, async () => {
    const calls: Record<string, number>[][] = [];
    const ofStatus: Record<string, number>[] = [];
    for (const count of [0, MANY]) {
      const { world, count: counting } = counted();
      await userApplies(world, webBase);
      await release(world, web(steps));
      await others(world, count);
      calls.push([
        await counting(() => release(world, web(steps, v2))),
        await counting(() => release(world, web(steps, v2), { approve: ['web#1/step-1'] })),
      ]);
      ofStatus.push(await counting(() => readStatus(world, world.namespace)));
    }
    expect(calls[1]).toEqual(calls[0]);
    const total = Object.values(ofStatus[1]!).reduce((sum, one) => sum + one, 0);
    // One by one at first, then all that is left with one list for each kind.
    expect(total).toBeLessThan(30);
  });
});

const MEMBERS = 100;

describe(`a lane with ${MEMBERS} members`, () => {
  /** The sample with one more hop. */
  const app = (version: string) => {
    const { objects, rollouts } = sample({ a: { version }, b: { version } });
    return {
      objects: [...objects, deployment('hop-0', { version, replicas: 1 })],
      lanes: [lane],
      rollouts: [...rollouts, laneRollout('hop-0', 'hop-0')],
    };
  };

  /** As the first hop stands, so do all others: stored, with a Deployment, and holding the lane. */
  async function join({ user, namespace }: World, members: number): Promise<void> {
    const as = <T>(one: T, i: number) => JSON.parse(JSON.stringify(one).replaceAll('hop-0', `hop-${i}`)) as T;
    const record = (await user.get({ ...kinds.configMap, name: recordName('hop-0'), namespace }))!;
    const own = (await readLane(user, { name: lane.name, namespace }))!;
    const [first] = own.holders.filter(({ rollout }) => rollout === 'hop-0');
    const holders = [...own.holders];
    for (let i = 1; i < members; i++) {
      const { metadata, data } = as(record, i);
      const named = { name: metadata.name, namespace, labels: metadata.labels! };
      await user.create({ ...kinds.configMap, metadata: named, data });
      const workload = deployment(`hop-${i}`, { replicas: 0 });
      const { uid } = (await user.create({ ...workload, metadata: { ...workload.metadata, namespace } })).metadata;
      holders.push({ ...as(first!, i), uid });
    }
    await writeLane(user, { name: lane.name, namespace }, { ...own, holders });
  }

  test('those who hold it cost another one a list, and no call each', async () => {
    const totals: number[][] = [];
    for (const members of [8, MEMBERS]) {
      const { world, count } = counted();
      await userApplies(world, [...sampleBase]);
      for (const rollout of ['hop-0', 'rollout-a']) await release(world, app('v1'), { rollout });
      await release(world, app('v2'), { rollout: 'hop-0' });
      await join(world, members);
      const run = (more = {}) => release(world, app('v2'), { rollout: 'rollout-a', ...more });
      const made = await count(async () => {
        await run();
        await run({ approve: ['rollout-a#1/step-1'] });
      });
      expect((await readLane(world.user, { name: lane.name, namespace: world.namespace }))?.holders).toHaveLength(
        members,
      );
      expect(await find(world, ingressKind, 'spring-cloud-a-canary')).toBeDefined();
      const asked = await count(() => readStatus(world, world.namespace));
      totals.push([made, asked].map((calls) => Object.values(calls).reduce((sum, one) => sum + one, 0)));
    }
    expect(totals[1]).toEqual(totals[0]);
  });
});
