/** R9: how many replicas the canary has, in Kruise's own scenarios and in arbitrary ones. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canaryReplicas,
  type Deployment,
  isReplicas,
  type IntOrPercent,
  namedStage,
  newLedger,
  percentage,
  render,
  resolve,
  standingOf,
  type Step,
  transition,
} from '../../lib/core';
import { deployment, find, gateways, joinedRollout, memberOf, sizes, template } from './fixtures';

const stepsOf = (list: readonly IntOrPercent[]): Step[] => list.map((replicas) => ({ replicas }));

/** Canary replicas at each step of a plan, for a stable of that size. */
const perStep = (list: readonly IntOrPercent[], stableReplicas: number): number[] =>
  list.map((_, i) => canaryReplicas(stepsOf(list), i + 1, { stableReplicas }));

describe('R9 percentages are of stable, rounded up', () => {
  const plans: [IntOrPercent[], number, number[]][] = [
    [['20%', '40%', '60%', '80%', '90%'], 3, [1, 2, 2, 3, 3]],
    [['20%', 2, '60%'], 5, [1, 2, 3]],
    [['20%', '60%'], 5, [1, 3]],
    [[2, '60%'], 5, [2, 3]],
    [['1%', '100%'], 1, [1, 1]],
    [['1%'], 1000, [10]],
    [['100%', 3], 10, [10, 10]],
    [[5, '20%', 6], 5, [5, 5, 6]],
    [['50%'], 0, [1]],
    [['33%'], 100, [33]],
    [['7%'], 100, [7]],
  ];

  test.each(plans)('%j of %d: %j', (list, stableReplicas, replicas) => {
    expect(perStep(list, stableReplicas)).toEqual(replicas);
  });

  test('in whole numbers, without what floating point adds: n% of 100 is n', () => {
    for (let n = 1; n <= 100; n++) expect(canaryReplicas(stepsOf([`${n}%`]), 1, { stableReplicas: 100 })).toBe(n);
  });

  test('never fewer than their share, and never a whole pod more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 10_000 }), (percent, stableReplicas) => {
        const replicas = canaryReplicas(stepsOf([`${percent}%`]), 1, { stableReplicas });
        expect(replicas * 100).toBeGreaterThanOrEqual(percent * stableReplicas);
        expect((replicas - 1) * 100).toBeLessThan(percent * stableReplicas);
      }),
    );
  });
});

describe('R9 the canary is never scaled down within a release', () => {
  test('scaled 5 to 10 at 40%: 2, then 4', () => {
    const steps = stepsOf(['40%']);
    expect(canaryReplicas(steps, 1, { stableReplicas: 5 })).toBe(2);
    expect(canaryReplicas(steps, 1, { stableReplicas: 10, canaryReplicas: 2 })).toBe(4);
  });

  test('scaled 10 to 5 at 60%: stays 6', () => {
    expect(canaryReplicas(stepsOf(['60%']), 1, { stableReplicas: 5, canaryReplicas: 6 })).toBe(6);
  });

  test('over the steps of a plan, whatever numbers and percentages are mixed', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 50 }), fc.nat({ max: 20 }), (list, stableReplicas, seen) => {
        const facts = { stableReplicas, canaryReplicas: seen };
        const replicas = list.map((_, i) => canaryReplicas(stepsOf(list), i + 1, facts));
        expect(replicas).toEqual([...replicas].sort((a, b) => a - b));
        expect(replicas[0]).toBeGreaterThanOrEqual(Math.max(1, seen));
      }),
    );
  });
});

describe('R1 a step has at least one replica', () => {
  test('whatever it asks for', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 3 }), (list, stableReplicas) => {
        for (const replicas of perStep(list, stableReplicas)) expect(replicas).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  test.each([
    0,
    -1,
    1.5,
    Number.NaN,
    Infinity,
    '0%',
    '101%',
    '50',
    '5.5%',
    '-1%',
    '%',
    ' 5%',
    '5 %',
    '05%',
    true,
    null,
    undefined,
  ])('%j is no number of replicas', (value) => expect(isReplicas(value)).toBe(false));

  test.each([1, 50, '1%', '100%'])('%j is one', (value) => expect(isReplicas(value)).toBe(true));

  test('a percentage is a whole one from 1 to 100', () => {
    expect(['1%', '99%', '100%', '0%', '101%', 20].map(percentage)).toEqual([
      1,
      99,
      100,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('R9 in the manifests', () => {
  const app = (declared: Deployment) =>
    resolve({ objects: [declared], lanes: [], rollouts: [joinedRollout('app', stepsOf(['40%', 3]))] }, gateways);
  const { replicas: _, ...unscaled } = deployment('app').spec;
  const templates = { stable: template('app', 'v1'), target: template('app', 'v2') };

  const shown = (declared: Deployment, stage: string, facts = {}) => {
    const topology = app(declared);
    const member = memberOf(topology, 'rollout-app');
    const standing = { stage: namedStage(member.plan, stage), templates, facts };
    return find<Deployment>(render(topology, new Map([[member, standing]])), 'Deployment', 'app-canary')!.spec.replicas;
  };

  test("percentages are of the declared Deployment's replicas, or of what was seen", () => {
    expect(shown(deployment('app', { replicas: 5 }), 'step-1')).toBe(2);
    expect(shown(deployment('app', { replicas: 5 }), 'step-1', { stableReplicas: 10 })).toBe(4);
    expect(shown({ ...deployment('app'), spec: unscaled }, 'step-1', { stableReplicas: 10 })).toBe(4);
  });

  test('a percentage of replicas that nobody knows is an error that names the rollout and the field', () => {
    expect(() => shown({ ...deployment('app'), spec: unscaled }, 'step-1')).toThrow(
      /^rollout rollout-app: steps\[0\]\.replicas: "40%"/,
    );
  });

  test('on the way back the canary stays as it was, although replicas are now left to an autoscaler', () => {
    expect(shown({ ...deployment('app'), spec: unscaled }, 'abort/stable', { canaryReplicas: 4 })).toBe(4);
  });

  test('on the way back it is not smaller than a step asked for that has not settled', () => {
    expect(shown(deployment('app', { replicas: 5 }), 'abort/stable', { canaryReplicas: 2 })).toBe(3);
  });

  test('somebody else scaled the canary down: what the ledger knows is given back', () => {
    const topology = app(deployment('app', { replicas: 10 }));
    const member = memberOf(topology, 'rollout-app');
    const begun = transition(newLedger(templates.stable), { is: 'declared', template: templates.target }, member.plan);
    const ledger = transition(begun, { is: 'settled', at: '2026-01-01T00:00:00Z', canaryReplicas: 4 }, member.plan);
    for (const seen of [0, 1, 4]) {
      const standing = standingOf(ledger, member, { stableReplicas: 5, canaryReplicas: seen })!;
      const canary = find<Deployment>(render(topology, new Map([[member, standing]])), 'Deployment', 'app-canary')!;
      expect(canary.spec.replicas).toBe(4);
    }
  });

  test('replicas that the user leaves out are not written to stable', () => {
    const topology = app({ ...deployment('app'), spec: unscaled });
    const member = memberOf(topology, 'rollout-app');
    const standing = { stage: namedStage(member.plan, 'step-2'), templates, facts: { stableReplicas: 4 } };
    const stable = find<Deployment>(render(topology, new Map([[member, standing]])), 'Deployment', 'app')!;
    expect(stable.spec).not.toHaveProperty('replicas');
  });
});
