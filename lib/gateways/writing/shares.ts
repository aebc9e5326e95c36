/** What a share in percent takes of a weight, and what it leaves. */
export interface Division {
  readonly rest: number;
  readonly part: number;
}

/**
 * By how much all weights of a list have to be multiplied, so that a share of those that are divided is whole: nothing,
 * where it is already.
 */
export function scaleFor(divided: readonly number[], share: number): number {
  return divided.every((weight) => (weight * share) % 100 === 0) ? 1 : 100;
}

export function divideWeight(weight: number, share: number): Division {
  return { rest: (weight * (100 - share)) / 100, part: (weight * share) / 100 };
}

/** The share in percent that was given away. */
export function shareOf({ rest, part }: Division): number {
  return Math.round((part / (rest + part)) * 100);
}
