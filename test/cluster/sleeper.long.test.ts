/** R6: a run that was stopped for longer than its Lease, while another took over, writes nothing when it wakes. */
import { describe, expect, test } from 'vitest';
import { type Api, type Clock, type EngineError, removeLane, up } from '../../lib/cluster';
import { SimulatedCluster } from '../../lib/simulated';
import { sample, sampleBase } from './app';
import { worldOf } from './simulated.world';
import { engineOf, release, userApplies, type World } from './world';

describe('R6 a process that sleeps for longer than its Lease', () => {
  /** Stops before the n-th call goes out, or when its answer has come, timers and all, until it is woken. */
  function sleeper(world: World, nth: number, when: 'before' | 'after' = 'after') {
    let calls = 0;
    let wake = () => {};
    let asleep: Promise<void> | undefined;
    let fell = () => {};
    const fallen = new Promise<void>((resolve) => (fell = resolve));
    const fall = () => {
      asleep = new Promise((resolve) => (wake = resolve));
      fell();
    };
    const pass = async <T>(replaces: boolean, call: () => Promise<T>): Promise<T> => {
      const falls = ++calls === nth && (when === 'after' || replaces);
      if (falls && when === 'before') fall();
      await asleep;
      const answer = await call();
      if (falls && when === 'after') fall();
      await asleep;
      return answer;
    };
    const wrapped =
      (name: keyof Api) =>
      (...args: unknown[]) =>
        pass(isReplacement(name, args[0]), () => (world.api[name] as (...all: unknown[]) => Promise<unknown>)(...args));
    const names = ['get', 'list', 'create', 'update', 'apply', 'patch', 'delete'] as const;
    const api = Object.assign(
      Object.create(world.api) as Api,
      Object.fromEntries(names.map((name) => [name, wrapped(name)])),
    );
    const clock: Clock = {
      now: () => world.clock.now(),
      sleep: async (milliseconds, signal) => {
        await world.clock.sleep(milliseconds, signal);
        await asleep;
      },
    };
    return { api, clock, fallen, wake: () => (wake(), (asleep = undefined)), calls: () => calls };
  }

  /** A write over an object that was read; what makes a new one can say nothing of what it expects. */
  function isReplacement(name: keyof Api, object: unknown): boolean {
    const { metadata } = (object ?? {}) as { metadata?: { resourceVersion?: string } };
    return name === 'update' || name === 'delete' || (name === 'apply' && metadata?.resourceVersion !== undefined);
  }

  async function scene() {
    const cluster = new SimulatedCluster();
    const world = worldOf(cluster);
    await userApplies(world, sampleBase);
    for (const rollout of ['rollout-a', 'rollout-b']) await release(world, sample(), { rollout });
    const v2 = sample({ a: { version: 'v2' } });
    await release(world, v2, { rollout: 'rollout-a' });
    return { cluster, world, v2, approve: ['rollout-a#1/step-1'] };
  }

  /** Nobody holds the lane, which was held before. */
  async function idle() {
    const begun = await scene();
    await release(begun.world, begun.v2, { rollout: 'rollout-a', abort: true });
    return begun;
  }

  function standing(cluster: SimulatedCluster): unknown[] {
    return cluster
      .objects()
      .filter(({ kind }) => !['Event', 'Lease', 'Pod', 'ReplicaSet'].includes(kind))
      .map(({ kind, metadata: { name, labels, annotations }, spec, data }) => ({
        kind,
        name,
        labels,
        annotations,
        spec,
        data,
      }));
  }

  test.each(['before', 'after'] as const)('writes nothing more when it wakes %s any of its calls', async (when) => {
    const whole = await scene();
    const counted = sleeper(whole.world, Infinity);
    await release(whole.world, whole.v2, { rollout: 'rollout-a', approve: whole.approve }, counted);
    expect(counted.calls()).toBeGreaterThan(40);
    for (let nth = 3; nth < counted.calls(); nth += 2) {
      const { cluster, world, v2, approve } = await scene();
      const { fallen, wake, ...slow } = sleeper(world, nth, when);
      const first = up(engineOf(world, [], slow), {
        declarations: v2,
        namespace: world.namespace,
        rollout: 'rollout-a',
        approve,
      }).then(
        () => 'done',
        (error: EngineError) => error.code,
      );
      await Promise.race([fallen, first]);
      await world.clock.sleep(20_000);
      await release(world, v2, { rollout: 'rollout-a', abort: true });
      const before = standing(cluster);
      wake();
      const end = await first;
      await world.clock.sleep(20_000);
      expect({ nth, end, after: standing(cluster) }).toEqual({ nth, end, after: before });
    }
  });

  test('removes no lane that another rollout has come to hold meanwhile', async () => {
    const key = (world: World) => ({ name: 'mse-traffic', namespace: world.namespace });
    const whole = await idle();
    const counted = sleeper(whole.world, Infinity);
    await removeLane(engineOf(whole.world, [], counted), key(whole.world));
    expect(counted.calls()).toBeGreaterThan(5);
    // From when it has the Lease, to before it gives it back.
    for (let nth = 3; nth < counted.calls() - 2; nth++) {
      const { cluster, world, v2 } = await idle();
      const { fallen, wake, ...slow } = sleeper(world, nth);
      const removal = removeLane(engineOf(world, [], slow), key(world)).then(
        () => 'done',
        (error: EngineError) => error.code,
      );
      await Promise.race([fallen, removal]);
      await world.clock.sleep(20_000);
      await release(world, v2, { rollout: 'rollout-a' });
      const before = standing(cluster);
      wake();
      const end = await removal;
      await world.clock.sleep(20_000);
      expect({ nth, end, after: standing(cluster) }).toEqual({ nth, end, after: before });
    }
  });
});
