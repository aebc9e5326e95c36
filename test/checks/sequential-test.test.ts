/** The statistics: what follows from their definition, exactly, and a small simulation. `npm run bench:checks` is the large one. */
import { describe, expect, test } from 'vitest';
import { Bets } from '../../lib/core/checks/bets';
import type { Interval } from '../../lib/core/checks/counts';
import { Likelihood } from '../../lib/core/checks/likelihood';
import { judge } from '../../lib/core/checks/sequential-test';

/** All sequences of so many outcomes that are or are not, each with its probability. */
function sequences(
  length: number,
  probability: number,
): { readonly outcomes: boolean[]; readonly probability: number }[] {
  return Array.from({ length: 2 ** length }, (_, code) => {
    const outcomes = Array.from({ length }, (__, i) => ((code >> i) & 1) === 1);
    const parts = outcomes.map((one) => (one ? probability : 1 - probability));
    return { outcomes, probability: parts.reduce((product, part) => product * part, 1) };
  });
}

/** What evidence is on average. */
function mean(length: number, probability: number, evidenceOf: (outcomes: boolean[]) => number): number {
  return sequences(length, probability).reduce((sum, one) => sum + one.probability * evidenceOf(one.outcomes), 0);
}

describe('bets', () => {
  const after = (limit: number) => (outcomes: boolean[]) => {
    const bets = new Bets();
    for (const outcome of outcomes) bets.add(outcome ? 1 : 0, limit);
    return bets.evidence;
  };

  test.each([0.01, 0.1, 0.5])('are fair at the limit %d, and lose below it', (limit) => {
    expect(mean(12, limit, after(limit))).toBeCloseTo(1, 9);
    expect(mean(12, limit / 2, after(limit))).toBeLessThan(1);
    expect(mean(12, Math.min(1, limit * 2), after(limit))).toBeGreaterThan(1);
  });

  test('never lose more than there is', () => {
    const bets = new Bets();
    for (let i = 0; i < 10_000; i++) bets.add(0, 0.01);
    expect(bets.evidence).toBeGreaterThan(0);
  });

  test('find what becomes bad later', () => {
    const bets = new Bets();
    for (let i = 0; i < 240; i++) bets.add(0, 0.01);
    let rounds = 0;
    for (; bets.evidence < 20; rounds++) bets.add(0.04, 0.01);
    expect(rounds).toBeLessThan(20);
  });
});

describe('likelihood', () => {
  const rate = (limit: number, together: number) => (outcomes: boolean[]) => {
    const likelihood = new Likelihood();
    for (const outcome of outcomes) likelihood.addRate(outcome ? together : 0, together, limit);
    return likelihood.evidence;
  };

  test.each([
    [0.1, 1],
    [0.1, 2],
    [0.01, 2],
  ])('is at most 1 on average at the limit %d and above it, when %d fail together', (limit, together) => {
    for (const share of [limit, limit * 2, limit * 5])
      expect(mean(12, share, rate(limit, together))).toBeLessThanOrEqual(1);
    expect(mean(12, limit / 4, rate(limit, together))).toBeGreaterThan(1);
  });

  test('when four fail together it is at most 1 for what is twice as bad', () => {
    for (const share of [0.02, 0.05]) expect(mean(12, share, rate(0.01, 4))).toBeLessThanOrEqual(1);
  });

  test.each([1, 2])(
    'of two sides is at most 1 on average where the canary has its part, when %d fail together',
    (together) => {
      const [weight, others] = [2, 9];
      const after = (outcomes: boolean[]) => {
        const likelihood = new Likelihood();
        for (const outcome of outcomes) {
          likelihood.addPart(outcome ? together : 0, outcome ? 0 : together, weight, others);
        }
        return likelihood.evidence;
      };
      const part = weight / (weight + others);
      for (const share of [part, part * 1.5, 0.9]) expect(mean(12, share, after)).toBeLessThanOrEqual(1 + 1e-9);
      expect(mean(12, part / 4, after)).toBeGreaterThan(1);
    },
  );
});

describe('the verdict', () => {
  const counts = (failed: number, total: number) => ({ failed, total });
  const intervals = (count: number, canary: [number, number], stable: [number, number] = [0, 0]): Interval[] =>
    Array.from({ length: count }, () => ({ canary: counts(...canary), stable: counts(...stable) }));
  const share = { share: 0.01 };
  const ratio = { ratio: 2, unlessBelow: 0.005 };

  test.each([
    ['without requests', share, intervals(1000, [0, 0]), 'undecided'],
    ['all good', share, intervals(60, [0, 40]), 'within'],
    ['all bad', share, intervals(2, [40, 40]), 'above'],
    ['one of few fails', share, [...intervals(5, [0, 1]), ...intervals(1, [1, 1])], 'undecided'],
    [
      'one that is tried three times',
      share,
      [...intervals(5, [0, 1]), ...intervals(1, [1, 1]), ...intervals(1, [2, 2])],
      'undecided',
    ],
    ['as many as may', share, intervals(500, [1, 100]), 'undecided'],
    ['both are good', ratio, intervals(100, [0, 40], [0, 400]), 'within'],
    ['both are as bad', ratio, intervals(100, [4, 40], [40, 400]), 'within'],
    ['stable is good', ratio, intervals(10, [4, 40], [1, 400]), 'above'],
    ['worse than stable, but little enough', ratio, intervals(30, [2, 1000], [1, 9000]), 'within'],
    ['stable has no requests', ratio, intervals(100, [4, 40], [0, 0]), 'undecided'],
    [
      'little enough, though stable has none',
      ratio,
      [...intervals(1, [1, 1000], [0, 9000]), ...intervals(5, [0, 1000], [0, 9000])],
      'within',
    ],
  ] as const)('%s', (_, limit, list, is) => {
    expect(judge(limit, 0.05, list).is).toBe(is);
  });

  test('of what is above is told by what was counted until then', () => {
    const bad = intervals(2, [40, 40]);
    expect(judge(share, 0.05, [...bad, ...intervals(50, [0, 40])])).toEqual(judge(share, 0.05, bad));
  });

  test('what is within may become bad later', () => {
    const good = intervals(100, [0, 40]);
    expect(judge(share, 0.05, good).is).toBe('within');
    expect(judge(share, 0.05, [...good, ...intervals(20, [4, 40])]).is).toBe('above');
  });

  test('a smaller probability of error needs more', () => {
    const bad = intervals(40, [2, 40]);
    const roundsFor = (error: number) => bad.findIndex((__, i) => judge(share, error, bad.slice(0, i)).is === 'above');
    expect(roundsFor(0.001)).toBeGreaterThan(roundsFor(0.05));
    expect(roundsFor(0.05)).toBeGreaterThan(0);
  });
});
