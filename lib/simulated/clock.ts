import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../cluster';

/** A clock that also does things later: what a cluster in memory runs on. */
export interface TimerClock extends Clock {
  /** Runs something later; what it returns calls that off. */
  after(milliseconds: number, run: () => void): () => void;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/**
 * Time that passes only while everybody sleeps: then it jumps to the next timer. `speed` makes it wait as well, so that
 * somebody can watch: 10 plays ten seconds in one.
 */
export class VirtualClock implements TimerClock {
  private time = Date.parse('2026-01-01T00:00:00Z');
  private timers: Timer[] = [];
  private moving = false;

  constructor(private readonly speed?: number) {}

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
    if (!this.moving) {
      this.moving = true;
      setImmediate(() => void this.move());
    }
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** An immediate comes after all promises that can go on, so nobody is awake here. */
  private async move(): Promise<void> {
    const next = this.timers.reduce<Timer | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
    if (next === undefined) {
      this.moving = false;
      return;
    }
    if (this.speed !== undefined && next.at > this.time) await pause((next.at - this.time) / this.speed);
    // It may have been called off meanwhile.
    if (this.timers.includes(next)) {
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    setImmediate(() => void this.move());
  }
}
