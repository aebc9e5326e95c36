/**
 * Evidence that a share is above its limit: what a gambler has made of 1 who bets on it, over and over, at odds that are
 * fair while it is not (Waudby-Smith and Ramdas 2024, Estimating means of bounded random variables by betting). Whoever looks
 * whenever he likes sees it reach 1/p with a probability of p at most (Ville). Only the mean of each share matters: requests
 * that fail together, or are tried again, are no evidence by their number.
 */
export class Bets {
  private round = 0;
  /** What became of the money that was set on each part, since each beginning. */
  private readonly made = PARTS.map(() => 0);

  /** @param share 0 to 1, whose mean is at most the limit, unless it is above it */
  add(share: number, limit: number): void {
    const fresh = stake(this.round++);
    for (const [i, part] of PARTS.entries()) {
      this.made[i] = (this.made[i]! + fresh) * (1 + part * (share / limit - 1));
    }
  }

  /** With the money that has not been set. */
  get evidence(): number {
    return this.made.reduce((sum, made) => sum + made, 0) / PARTS.length + rest(this.round);
  }
}

/** The parts of the money that are set in each round. The best one is not known, so it is divided among them. */
const PARTS = [0.2, 0.5];

/** A release that is good at first may become bad later: a tenth of the money is kept for that, and spent ever more slowly. */
const LATER = 0.1;
const PACE = 40;

/** What is set in this round for the first time. */
function stake(round: number): number {
  return (round === 0 ? 1 : rest(round)) - rest(round + 1);
}

/** What has not been set before this round. */
function rest(round: number): number {
  return round === 0 ? 1 : (LATER * PACE) / (round - 1 + PACE);
}
