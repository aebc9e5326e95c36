import { Bets } from './bets';
import { type Counts, EMPTY, type Interval, together } from './counts';
import { Likelihood } from './likelihood';

/** What a share of failures must not be above. */
export type Limit =
  | { readonly share: number }
  /** A ratio to stable's, and a share that is never too much. */
  | { readonly ratio: number; readonly unlessBelow: number };

export interface Verdict {
  readonly is: 'within' | 'above' | 'undecided';
  /** What was counted when it was decided that it is above, or until now. */
  readonly counted: Interval;
}

/**
 * Goes over the intervals in their order. What it says of a time depends on nothing after it, so it is the same whenever it
 * is asked. Above stays above; within may become above, as long as somebody asks.
 * @param error how likely it may be that it is wrong, in either direction
 */
export function judge(limit: Limit, error: number, intervals: Iterable<Interval>): Verdict {
  const tests = 'share' in limit ? new ShareTests(limit.share) : new RatioTests(limit.ratio, limit.unlessBelow);
  const enough = 1 / error;
  const enoughForAbove = enough * SPARE;
  let counted = EMPTY;
  let within = false;
  for (const interval of intervals) {
    counted = together(counted, interval);
    tests.add(interval);
    if (tests.above >= enoughForAbove) return { is: 'above', counted };
    within ||= tests.within >= enough;
  }
  return { is: within ? 'within' : 'undecided', counted };
}

/**
 * What is tried again in the next interval makes the mean of its share higher than that of all requests. So evidence that a
 * release is bad has to be that much stronger than the error would need.
 */
const SPARE = 2;

/** Requests that make a share: of fewer, those that fail together would be all of them. */
const BATCH = 20;

/** Intervals of the canary's traffic that are long enough to have a share. When one ends does not depend on failures. */
class Batches {
  private open = EMPTY;

  /** The batch that ends with this interval, if one does. */
  add(interval: Interval): Interval | undefined {
    const batch = together(this.open, interval);
    const ends = batch.canary.total >= BATCH;
    this.open = ends ? EMPTY : batch;
    return ends ? batch : undefined;
  }
}

class ShareTests {
  private readonly batches = new Batches();
  private readonly bets = new Bets();
  private readonly likelihood = new Likelihood();

  constructor(private readonly limit: number) {}

  add(interval: Interval): void {
    const { failed, total } = interval.canary;
    this.likelihood.addRate(failed, total, this.limit);
    const batch = this.batches.add(interval);
    if (batch) this.bets.add(shareOf(batch.canary), this.limit);
  }

  get above(): number {
    return this.bets.evidence;
  }

  get within(): number {
    return this.likelihood.evidence;
  }
}

/** Above both the ratio and the share that is never too much; within either. */
class RatioTests {
  private readonly batches = new Batches();
  private readonly share: ShareTests;
  private readonly bets = new Bets();
  private readonly likelihood = new Likelihood();
  private most = { ratio: 0, share: 0 };

  constructor(
    private readonly ratio: number,
    unlessBelow: number,
  ) {
    this.share = new ShareTests(unlessBelow);
  }

  add(interval: Interval): void {
    this.share.add(interval);
    const { canary, stable } = interval;
    this.likelihood.addPart(canary.failed, stable.failed, this.ratio * canary.total, stable.total);
    const batch = this.batches.add(interval);
    if (batch) this.bet(batch);
    this.most = {
      ratio: Math.max(this.most.ratio, this.bets.evidence),
      share: Math.max(this.most.share, this.share.above),
    };
  }

  /** Of all that failed, the canary's part. */
  private bet({ canary, stable }: Interval): void {
    const failed = canary.failed + stable.failed;
    const chances = this.ratio * canary.total;
    if (failed > 0) this.bets.add(canary.failed / failed, chances / (chances + stable.total));
  }

  get above(): number {
    return Math.min(this.most.ratio, this.most.share);
  }

  get within(): number {
    return (this.likelihood.evidence + this.share.within) / 2;
  }
}

function shareOf({ failed, total }: Counts): number {
  // Counters that are scraped one after the other may be apart by a request.
  return Math.min(1, failed / total);
}
