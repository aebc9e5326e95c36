import { createInterface } from 'node:readline';
import type { Connection } from './connection';
import type { Clock } from '../port/port';

/** Milliseconds before a watch that ended is begun again. */
const PAUSE = 1000;

/**
 * Tells of changes until it is stopped. A watch that cannot be had (no permission, no connection) stays silent: whoever
 * waits also looks by himself.
 */
export async function watchChanges(
  connection: Connection,
  clock: Clock,
  path: () => Promise<string | undefined>,
  changed: () => void,
  stopped: AbortSignal,
): Promise<void> {
  while (!stopped.aborted) {
    try {
      const at = await path();
      if (at === undefined) return;
      const response = await connection.stream({ method: 'GET', path: at }, stopped);
      if (response.statusCode !== 200) return void response.destroy();
      for await (const line of createInterface({ input: response })) if (line !== '') changed();
    } catch {
      // It ended; the next one begins with everything that is there, so no change is missed.
    }
    await clock.sleep(PAUSE, stopped);
  }
}
