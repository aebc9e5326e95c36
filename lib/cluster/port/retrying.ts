import { askFences } from './fenced-api';
import { ApiError, type Clock } from './port';

/** Milliseconds for which an API server may be away that has answered before. */
const PATIENCE = 60_000;
/** The same for one that never has: it may be the wrong one. */
const FIRST_PATIENCE = 6_000;
/** Milliseconds before the second attempt; each later wait is twice as long, up to the longest. */
const FIRST_WAIT = 200;
const LONGEST_WAIT = 5_000;
/** Longest wait that a server may ask for, in seconds. */
const LONGEST_ASKED = 30;

export interface Retries {
  readonly clock: Clock;
  /** From 0 to 1: many who failed together must not come back together. */
  readonly jitter: () => number;
  /** Told once for each call that is made again. */
  readonly log: (line: string) => void;
  /** Whether the server has answered before. @default - it has */
  readonly hasAnswered?: () => boolean;
  /** Ends the waits between attempts; its reason is the error that is thrown. @default - never */
  readonly signal?: AbortSignal;
}

/**
 * Calls again what failed for a reason that passes: too many requests (by the server's own word when), errors of the
 * server, no connection. For a minute from the first failure, and for seconds where it has never answered; everything
 * else is final.
 * @param conflicts also retry 409: only for calls that do not depend on what was read
 */
export async function retrying<T>(retries: Retries, call: () => Promise<T>, conflicts = false): Promise<T> {
  const { clock, jitter, log, signal, hasAnswered = () => true } = retries;
  let failed: number | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiError) || !passes(error, conflicts)) throw error;
      failed ??= clock.now();
      const wait = waitBefore(error, attempt, jitter());
      const patience = hasAnswered() || error.status > 0 ? PATIENCE : FIRST_PATIENCE;
      if (clock.now() + wait - failed > patience) throw error;
      if (attempt === 1) log(`${error.message}; it is tried again for up to ${patience / 1000} s`);
      await clock.sleep(wait, signal);
      signal?.throwIfAborted();
      await askFences();
    }
  }
}

function passes({ status }: ApiError, conflicts: boolean): boolean {
  return status === 0 || status === 429 || status >= 500 || (conflicts && status === 409);
}

function waitBefore({ retryAfter }: ApiError, attempt: number, jitter: number): number {
  const backoff = Math.min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT) * (0.5 + jitter);
  return retryAfter === undefined ? backoff : Math.min(retryAfter, LONGEST_ASKED) * 1000 + FIRST_WAIT * jitter;
}
