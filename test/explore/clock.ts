import type { TimerClock } from '../../lib/simulated';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that passes only when somebody says so, one timer at a time. */
export class SteppedClock implements TimerClock {
  private timers: Timer[] = [];

  constructor(private time = Date.parse('2026-01-01T00:00:00Z')) {}

  now(): number {
    return this.time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const cancel = this.after(milliseconds, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      const abort = () => {
        cancel();
        resolve();
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.time + Math.max(0, milliseconds), run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Goes to the next timer, the first set of those at the same time. @returns whether there was one */
  step(): boolean {
    const next = this.timers.reduce<Timer | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
    if (next === undefined) return false;
    this.timers = this.timers.filter((timer) => timer !== next);
    this.time = next.at;
    next.run();
    return true;
  }

  /** Milliseconds until each timer, soonest first. */
  left(): number[] {
    return this.timers.map(({ at }) => at - this.time).sort((a, b) => a - b);
  }
}
