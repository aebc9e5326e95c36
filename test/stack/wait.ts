/** Waiting for something outside by asking again and again. */
import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 30. */
  readonly timeoutSeconds?: number;
}

const betweenLooks = 50;

/**
 * Calls `look` until it returns something else than undefined, false or null, and returns that.
 *
 * @param what ends the sentence "waited 30 s for ..."
 * @param look an error that it throws ends the wait
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false | null>,
  { timeoutSeconds = 30 }: WaitOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false && found !== null) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutSeconds} s for ${what}`);
    await pause(betweenLooks);
  }
}
