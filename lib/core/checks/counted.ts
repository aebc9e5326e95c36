import type { Counts, Interval } from './counts';
import { incrementsOf } from './increments';
import type { Side } from './presets';
import type { Series } from './series';

/** What was counted in each interval. */
export function countedIn(series: readonly Series[], intervals: number): Interval[] {
  const increments = incrementsOf(series, intervals);
  const isTimed = series.some(({ part }) => part.endsWith(' within'));
  const counts = (side: Side, time: number): Counts => {
    const total = increments(`${side} total`)[time]!;
    // Rounded by whoever adds them up, or read a moment apart.
    const failed = isTimed
      ? Math.max(0, total - increments(`${side} within`)[time]!)
      : increments(`${side} failed`)[time]!;
    return { failed, total };
  };
  return Array.from({ length: intervals }, (_, i) => ({
    canary: counts('canary', i + 1),
    stable: counts('stable', i + 1),
  }));
}
