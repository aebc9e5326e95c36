/** Seconds of an interval. */
export const INTERVAL = 15;

/** Seconds after which Prometheus has all that was at a time: a scrape may take ten, and bears the time of its begin. */
const LAG = 15;

/** Times in a question. Prometheus replies with 11,000 of each series at most; an hour is little enough to be asked for again. */
const MOST_TIMES = 240;

/** Times at which counters are read, so many seconds after the begin: the same ones whenever they are asked for. */
export interface Times {
  readonly first: number;
  readonly last: number;
  /** Whether it is all of a question that will be asked again. */
  readonly whole: boolean;
}

/** How many whole intervals are over. @param since and `now` in milliseconds since 1970 */
export function intervalsOver(since: number, now: number): number {
  return Math.max(0, Math.floor((now - since - LAG * 1000) / (INTERVAL * 1000)));
}

/** The times at which this many intervals begin and end, in questions. */
export function timesOf(intervals: number): Times[] {
  if (intervals === 0) return [];
  const count = Math.ceil((intervals + 1) / MOST_TIMES);
  return Array.from({ length: count }, (_, i) => {
    const [first, end] = [i * MOST_TIMES, (i + 1) * MOST_TIMES - 1];
    return { first, last: Math.min(end, intervals), whole: end <= intervals };
  });
}
