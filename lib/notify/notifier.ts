import type { Clock, Random } from '../cluster';
import type { ReleaseEvent } from '../core';
import { bodyOf, headersOf, type Message } from './message';
import type { Target } from './target';

/** Milliseconds for one attempt. */
const SILENCE = 5000;
/** Milliseconds before each further attempt. */
const WAITS = [1000, 2000, 4000];
/** Longest wait that a server may ask for, in milliseconds. */
const LONGEST_ASKED = 10_000;
/** Events that wait for a server which is slow or away; later ones are dropped. */
const MOST_WAITING = 200;
/** Milliseconds that a run waits at its end for what is on its way. */
const LAST = 10_000;

export interface NotifierOptions {
  readonly targets: readonly Target[];
  /** Signs what is sent. @default - it is not signed */
  readonly secret?: string;
  /** URL of the API server. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Told once for each target that did not take an event. */
  readonly warn: (what: string) => void;
}

/** Tells webhooks of a release, beside it: it never waits for them, and never fails with them. */
export interface Notifier {
  readonly notify: (event: ReleaseEvent) => void;
  /** Until all is sent or given up, and for 10 seconds at most. */
  readonly drained: () => Promise<void>;
}

export function notifier(options: NotifierOptions): Notifier {
  const { targets, clock, random, cluster } = options;
  const over = new AbortController();
  const lines = targets.map((target) => lineTo(target, { ...options, signal: over.signal }));
  return {
    notify: (event) => {
      const message = { id: `msg_${random.id()}${random.id()}`, at: clock.now(), cluster, event };
      for (const line of lines) line.add(message);
    },
    drained: async () => {
      const empty = new AbortController();
      const lasts = clock.sleep(LAST, empty.signal).then(() => (empty.signal.aborted ? undefined : over.abort()));
      await Promise.race([Promise.all(lines.map((line) => line.empty())), lasts]);
      empty.abort();
    },
  };
}

/** What is given up when a run ends would keep its process from ending. */
interface Sending extends NotifierOptions {
  readonly signal: AbortSignal;
}

interface Line {
  readonly add: (message: Message) => void;
  readonly empty: () => Promise<void>;
}

/** Events come one after the other, in their order. */
function lineTo(target: Target, options: Sending): Line {
  let waiting = 0;
  let last = Promise.resolve();
  let warned = false;
  const warn = (why: string) => {
    if (!warned) options.warn(`notifications: ${target.name} does not take them: ${why}`);
    warned = true;
  };
  return {
    add: (message) => {
      if (waiting >= MOST_WAITING) return warn('too many are waiting');
      waiting++;
      last = last
        .then(() => deliver(target, message, options))
        .catch((error: unknown) => warn(error instanceof Undelivered ? error.message : 'it cannot be sent'))
        .finally(() => waiting--);
    },
    empty: () => last,
  };
}

/** Why nobody took it: a status or a code, and nothing of the URL. */
class Undelivered extends Error {}

async function deliver(target: Target, message: Message, options: Sending): Promise<void> {
  for (const wait of [...WAITS, undefined]) {
    const { why, passes = true, asked } = await post(target, message, options);
    if (why === undefined) return;
    if (wait === undefined || !passes || options.signal.aborted) throw new Undelivered(why);
    await options.clock.sleep(Math.min(asked ?? wait, LONGEST_ASKED), options.signal);
  }
}

interface Posted {
  /** @default - it was taken */
  readonly why?: string;
  /** It may be taken later. @default true */
  readonly passes?: boolean;
  /** Milliseconds after which to come again, by the server's word. */
  readonly asked?: number;
}

async function post(target: Target, message: Message, { secret, clock, signal: over }: Sending): Promise<Posted> {
  const body = bodyOf(message, target);
  const headers = headersOf(message.id, body, secret, clock.now());
  try {
    // What is redirected goes to nobody: it may be signed, and the URL may be a secret.
    const signal = AbortSignal.any([AbortSignal.timeout(SILENCE), over]);
    const response = await fetch(target.url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await response.body?.cancel();
    const { status } = response;
    if (status >= 200 && status < 300) return {};
    const after = Number(response.headers.get('retry-after') ?? NaN) * 1000;
    const passes = status >= 500 || status === 408 || status === 429;
    return { why: `status ${status}`, passes, ...(after >= 0 && { asked: after }) };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}

/** The words of an error may hold the URL. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: string } };
  if (name === 'TimeoutError') return `no answer for ${SILENCE / 1000} s`;
  return cause?.code ?? 'no connection';
}
