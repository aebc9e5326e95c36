import { ApiError, type Clock } from '../port/port';

/** Attempts in all, and milliseconds before the second one; each later wait is twice as long. */
const ATTEMPTS = 6;
const FIRST_WAIT = 200;
/** Longest wait that a server may ask for, in seconds. */
const LONGEST = 30;

export interface Retries {
  readonly clock: Clock;
  /** From 0 to 1: many who failed together must not come back together. */
  readonly jitter: () => number;
  /** Told before each further attempt. */
  readonly log: (line: string) => void;
}

/**
 * Calls again what failed for a reason that passes: too many requests (by the server's own word when), errors of the
 * server, no connection. Bounded; everything else is final.
 * @param conflicts also retry 409: only for calls that do not depend on what was read
 */
export async function retrying<T>(retries: Retries, call: () => Promise<T>, conflicts = false): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiError) || !passes(error, conflicts) || attempt === ATTEMPTS) throw error;
      const wait = waitBefore(error, attempt, retries.jitter());
      retries.log(`${error.message}; attempt ${attempt + 1} of ${ATTEMPTS} in ${Math.round(wait)} ms`);
      await retries.clock.sleep(wait);
    }
  }
}

function passes({ status }: ApiError, conflicts: boolean): boolean {
  return status === 0 || status === 429 || status >= 500 || (conflicts && status === 409);
}

function waitBefore({ retryAfter }: ApiError, attempt: number, jitter: number): number {
  const backoff = FIRST_WAIT * 2 ** (attempt - 1) * (0.5 + jitter);
  return retryAfter === undefined ? backoff : Math.min(retryAfter, LONGEST) * 1000 + FIRST_WAIT * jitter;
}
