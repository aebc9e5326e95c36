/** Made-up requests of a release: the same ones for the same seed. */
import type { Counts, Interval } from '../../lib/core/checks/counts';

export type Random = () => number;

/** How requests come, and how they fail. */
export interface Pattern {
  readonly name: string;
  /** One interval of ten has five times as many requests as the mean, the others fewer. */
  readonly bursts: boolean;
  /** What fails is tried again up to twice, at once or in the next interval, and mostly fails again. */
  readonly retries: boolean;
}

export const patterns: readonly Pattern[] = [
  { name: 'steady', bursts: false, retries: false },
  { name: 'bursts', bursts: true, retries: false },
  { name: 'bursts and retries', bursts: true, retries: true },
];

/** Intervals of 15 s in an hour. */
const HOUR = 240;
/** The canary's part of the requests. */
const PART = 0.1;

/** An hour of both sides. @param perMinute requests of the canary @param canary, stable shares of requests that fail */
export function hourOf(
  perMinute: number,
  canary: number,
  stable: number,
  pattern: Pattern,
  random: Random,
): Interval[] {
  const sides = [
    sideOf(perMinute, canary, pattern, random),
    sideOf(perMinute * (1 / PART - 1), stable, pattern, random),
  ];
  return Array.from({ length: HOUR }, () => {
    const burst = pattern.bursts ? (random() < 0.1 ? 5 : 0.5 / 0.9) : 1;
    const [canaryCounts, stableCounts] = sides.map((side) => side(burst));
    return { canary: canaryCounts!, stable: stableCounts! };
  });
}

/** How many of the tries after the first one fail as well. */
const FAILS_AGAIN = 0.6;
const NEXT_INTERVAL = 0.15;

function sideOf(perMinute: number, share: number, { retries }: Pattern, random: Random): (burst: number) => Counts {
  // Of all tries this share is to fail: 1.96 for each first one that does, of 1.6 more tries.
  const first = retries ? share / (1 + FAILS_AGAIN + FAILS_AGAIN ** 2 - (1 + FAILS_AGAIN) * share) : share;
  let later = { failed: 0, total: 0 };
  return (burst) => {
    const requests = poisson((perMinute / 4) * burst, random);
    const failing = Math.min(requests, poisson(requests * first, random));
    const now = { failed: later.failed + failing, total: later.total + requests };
    later = { failed: 0, total: 0 };
    for (let i = 0; retries && i < failing; i++) {
      for (let tries = 0; tries < 2; tries++) {
        const into = random() < NEXT_INTERVAL ? later : now;
        into.total++;
        if (random() >= FAILS_AGAIN) break;
        into.failed++;
      }
    }
    return now;
  };
}

/** By inversion, and where that takes long as a normal distribution. */
function poisson(mean: number, random: Random): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let [count, part] = [0, Math.exp(-mean)];
  for (let rest = random() - part; rest > 0 && count < 1000; rest -= part) part *= mean / ++count;
  return count;
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Mulberry32: numbers from 0 to 1. */
export function randomOf(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
