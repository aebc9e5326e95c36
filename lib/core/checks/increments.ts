import type { Series } from './series';

/**
 * By how much counters have grown in each interval, by the name of the expression that they are of. A counter that is lower
 * than before has begun anew at 0. One that was not there before counts from 0 if its target was: it is made when it is needed
 * first. Of a target that was not there before, nobody knows when its counters began.
 */
export function incrementsOf(all: readonly Series[], intervals: number): (part: string) => readonly number[] {
  const parts = new Map<string, number[]>();
  const targets = presence(all);
  for (const series of all) {
    const sums = parts.get(series.part) ?? Array<number>(intervals + 1).fill(0);
    parts.set(series.part, sums);
    let last: number | undefined;
    for (let time = 0; time <= intervals; time++) {
      const value = series.values.get(time);
      if (value === undefined) continue;
      const before = last ?? (targets.get(series.target)!.has(time - 1) ? 0 : value);
      sums[time]! += value < before ? value : value - before;
      last = value;
    }
  }
  return (part) => parts.get(part) ?? Array<number>(intervals + 1).fill(0);
}

/** When each target was there. */
function presence(all: readonly Series[]): Map<string, Set<number>> {
  const targets = new Map<string, Set<number>>();
  for (const { target, values } of all) {
    const times = targets.get(target) ?? new Set();
    targets.set(target, times);
    for (const time of values.keys()) times.add(time);
  }
  return targets;
}
