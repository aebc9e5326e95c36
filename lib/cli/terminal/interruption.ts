import { EngineError } from '../../cluster';

/** The signals that end a run at its next safe point. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Lets work be interrupted by ^C and SIGTERM: the first one ends it at the next safe point, a second one at once (the
 * next run goes on all the same).
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (signal: (typeof SIGNALS)[number]) => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort(new EngineError('interrupted', 'release', `stopped by ${signal}`));
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
