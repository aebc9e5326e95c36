/**
 * Evidence that a rate is within its limit: how much better smaller rates explain what was counted (a mixture of likelihood
 * ratios, a supermartingale at the limit and above it). Bets need hours for this: a share of an hour may hide in a minute.
 * Requests that fail together count as one: ratios are taken to the power of one by TOGETHER, which is on the safe side as
 * long as not more than these fail together.
 */
export class Likelihood {
  private readonly logs = SMALLER.map(() => 0);

  /** Failures that are independent of each other, each at a rate of `limit` for one of `total`. */
  addRate(failed: number, total: number, limit: number): void {
    for (const [i, part] of SMALLER.entries()) {
      this.logs[i] = this.logs[i]! + (total * limit * (1 - part) + times(failed, Math.log(part))) / TOGETHER;
    }
  }

  /** Of all failures those of one side, when it has `weight` chances for `others` of the other side. */
  addPart(failed: number, otherFailed: number, weight: number, others: number): void {
    if (failed + otherFailed === 0 || others === 0) return;
    for (const [i, part] of SMALLER.entries()) {
      const gain = Math.log((weight + others) / (part * weight + others));
      const log = times(failed, Math.log(part)) + (failed + otherFailed) * gain;
      this.logs[i] = this.logs[i]! + log / TOGETHER;
    }
  }

  get evidence(): number {
    return this.logs.reduce((sum, log) => sum + Math.exp(log), 0) / SMALLER.length;
  }
}

/** Smaller rates, as parts of the limit. */
const SMALLER = [0, 0.25, 0.5];

/** Requests that fail together, at most: a first try and a second one. */
const TOGETHER = 2;

/** None of what is impossible is no evidence against it. */
function times(count: number, log: number): number {
  return count === 0 ? 0 : count * log;
}
