/** Requests of one side in some time. */
export interface Counts {
  readonly failed: number;
  readonly total: number;
}

/** Requests of both sides in the same time. */
export interface Interval {
  readonly canary: Counts;
  readonly stable: Counts;
}

export const NO_REQUESTS: Counts = { failed: 0, total: 0 };
export const EMPTY: Interval = { canary: NO_REQUESTS, stable: NO_REQUESTS };

export function together(a: Interval, b: Interval): Interval {
  return { canary: sumOf(a.canary, b.canary), stable: sumOf(a.stable, b.stable) };
}

function sumOf(a: Counts, b: Counts): Counts {
  return { failed: a.failed + b.failed, total: a.total + b.total };
}
