import type { HttpSource } from '../specs/check';
import { INTERVAL, type Times, timesOf } from './grid';
import type { HttpQuestion } from './question';
import { below } from './source';

/** Seconds. Prometheus itself gives up after 120. */
const TIMEOUT_SECONDS = 30;

/** Tells the series of one expression from those of another in the same reply. */
export const PART = 'graylane_part';

/**
 * Questions for the counters of all expressions, by their names, at the end of each interval: in one query, so that they are
 * read at the same moment (Prometheus: web/api/v1/api.go, query_range).
 */
export function rangeQueries(
  source: HttpSource,
  expressions: Readonly<Record<string, string>>,
  since: number,
  intervals: number,
): HttpQuestion[] {
  const query = Object.entries(expressions)
    // A line of its own: an expression may end with a comment.
    .map(([part, expression]) => `label_replace(${expression}\n, "${PART}", "${part}", "", "")`)
    .join(' or ');
  return timesOf(intervals).map((times) => ({
    to: 'http',
    ...below(source, '/api/v1/query_range'),
    form: { query, start: secondsAt(since, times.first), end: secondsAt(since, times.last), step: String(INTERVAL) },
    timeoutSeconds: TIMEOUT_SECONDS,
    ...settled(times),
  }));
}

function secondsAt(since: number, time: number): string {
  return (since / 1000 + time * INTERVAL).toFixed(3);
}

function settled({ whole }: Times): { settled?: true } {
  return whole ? { settled: true } : {};
}
