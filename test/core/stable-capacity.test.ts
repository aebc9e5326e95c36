/** R3: no request comes back to a stable that has fewer pods than the rule asks. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type About, conditions, type Manifest, shareOfStable, type Step } from '../../lib/core';

interface Scene {
  readonly most: number | undefined;
  readonly share: number;
  /** Of stable: ready pods, and what it is scaled to. */
  readonly ready: number;
  readonly wanted: number;
  readonly canary: number;
}

const capacity = conditions['stable-capacity'];

function asked({ most, share, ready, wanted, canary }: Scene) {
  const workload = (name: string) => ({ name, pods: {}, revision: 'v1', atLeast: 0 });
  const about: About = {
    stable: workload('web'),
    canary: workload('web-canary'),
    ...(most !== undefined && { mostOfStable: most }),
    shareOfStable: share,
    gateways: [],
    routes: [],
    gracePeriodSeconds: 0,
  };
  const live = (replicas: number, availableReplicas: number): Manifest => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {},
    spec: { replicas },
    status: { availableReplicas },
  });
  const found = ({ name }: { name?: string }) => [name === 'web' ? live(wanted, ready) : live(canary, canary)];
  return capacity.answer(about, { now: 0, found });
}

const scenes: fc.Arbitrary<Scene> = fc.record({
  most: fc.option(fc.nat(40), { nil: undefined }),
  share: fc.nat(100),
  ready: fc.nat(40),
  wanted: fc.nat(40),
  canary: fc.nat(3),
});

test('R3 it holds where no pod gets more than twice as many, or where the canary answers nobody', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const { most = 1, share, ready, wanted, canary } = scene;
      const stays = Math.min(ready, wanted);
      const twice = stays > 0 && (most * share) / 100 <= 2 * stays;
      expect(asked(scene).is).toBe(twice || canary === 0 ? 'holds' : 'not-yet');
    }),
  );
});

test('R3 more pods never take back that it holds, and enough can always be had', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      if (asked(scene).is !== 'holds') return;
      const more = { ...scene, ready: scene.ready + 1, wanted: scene.wanted + 1 };
      expect(asked(more).is).toBe('holds');
    }),
  );
  fc.assert(
    fc.property(scenes, (scene) => {
      const all = Math.max(1, scene.most ?? 1);
      expect(asked({ ...scene, ready: all, wanted: all }).is).toBe('holds');
    }),
  );
});

test('it says what there is, what is needed, of how many, and what to do', () => {
  expect(asked({ most: 10, share: 100, ready: 2, wanted: 2, canary: 9 })).toEqual({
    is: 'not-yet',
    awaited:
      'stable web: 2 of the 5 ready pods that it needs for the requests that come back, half of the 10 that it had in ' +
      'this release: scale it, by minReplicas where an autoscaler does',
  });
  const some = asked({ most: 10, share: 75, ready: 2, wanted: 2, canary: 9 });
  expect(some).toMatchObject({
    awaited: expect.stringMatching(/2 of the 4 ready pods .*half of 75% of the 10/) as string,
  });
  const none = asked({ most: undefined, share: 100, ready: 0, wanted: 0, canary: 9 });
  expect(none).toMatchObject({
    awaited: expect.stringMatching(/0 of the 1 ready pod that it needs .*come back: scale/) as string,
  });
});

describe('the share of stable', () => {
  const matches = [{ headers: [{ name: 'x-try', value: 'yes' }] }];
  const steps: Step[] = [
    { replicas: 1, traffic: '20%' },
    { replicas: 1, matches },
    { replicas: 1, matches, traffic: '5%' },
  ];
  const own = { steps, trafficRoutings: [{ service: 'web', ingress: { name: 'web' } }] };
  const lane = { steps, trafficRoutingRef: 'lane' };

  test.each([
    ['by weights is the rest', 1, own, 80],
    ['by matches may be all', 2, own, 100],
    ['by both is the rest of the others', 3, own, 95],
    ['in a lane may be all', 1, lane, 100],
    ['without an open route is all', 'none', own, 100],
    ['while the canary warms up is all', 'warm', own, 100],
  ] as const)('%s', (_, route, plan, share) => {
    expect(shareOfStable(route, plan, undefined)).toBe(share);
  });

  test('of a route that is kept is that of its step', () => {
    expect(shareOfStable('kept', own, { replicas: 1, traffic: '60%' })).toBe(40);
  });
});
