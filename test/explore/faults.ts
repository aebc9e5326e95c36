/** What may go wrong with one call, as a run sees it behind its client. */
import { ApiError } from '../../lib/cluster';
import { type Actor, mayNot, type PendingCall } from './actor';

export interface Fault {
  readonly means: string;
  /** Calls that it can happen to. @default - all */
  readonly of?: (call: PendingCall) => boolean;
  /** It passes by itself: who tries again need not know of it, and no run ends by it. @default false */
  readonly passes?: boolean;
  readonly happen: (call: PendingCall, actor: Actor, sleep: (milliseconds: number) => Promise<void>) => unknown;
}

/** Milliseconds after which a client gives up a call that nobody answers. */
const SILENCE = 30_000;

const writes = ({ writes }: PendingCall) => writes;
const isRead = ({ verb }: PendingCall) => verb === 'get' || verb === 'list';
const answers = (status: number, reason: string, message: string, retryAfter?: number) => (call: PendingCall) =>
  call.fail(new ApiError(status, reason, message, retryAfter));

export const faults: Readonly<Record<string, Fault>> = {
  throttled: {
    means: '429, with Retry-After',
    passes: true,
    happen: answers(429, 'TooManyRequests', 'too many requests, please try again later', 2),
  },
  failing: { means: '500', passes: true, happen: answers(500, 'InternalError', 'an error on the server') },
  unavailable: {
    means: '503',
    passes: true,
    happen: answers(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'),
  },
  late: { means: '504', passes: true, happen: answers(504, 'Timeout', 'the server did not answer in time') },
  reset: {
    means: 'the connection breaks before the server has acted',
    passes: true,
    happen: answers(0, 'ECONNRESET', 'read ECONNRESET'),
  },
  lost: {
    means: 'the connection breaks after the server has acted, or the body is cut off',
    passes: true,
    of: writes,
    happen: (call) => call.go('lost'),
  },
  hang: {
    means: 'no answer, and nothing is done',
    passes: true,
    happen: (call, _, sleep) => void call.hang(false, sleep(SILENCE)),
  },
  'hang-after': {
    means: 'no answer, and it is done',
    passes: true,
    of: writes,
    happen: (call, _, sleep) => void call.hang(true, sleep(SILENCE)),
  },
  conflict: {
    means: '409: somebody has written the object meanwhile',
    of: ({ writes, verb }) => writes && verb !== 'create',
    happen: answers(
      409,
      'Conflict',
      'the object has been modified; please apply your changes to the latest version and try again',
    ),
  },
  denied: {
    means: '403 by admission',
    of: writes,
    happen: answers(403, 'Forbidden', 'admission webhook "policy" denied the request: not today'),
  },
  forbidden: {
    means: '403 on this verb and kind from now on',
    happen: (call, actor) => {
      actor.forbid(call.verb, call.ref);
      call.fail(mayNot(call.verb, call.ref));
    },
  },
  unauthorized: {
    means: '401, with fresh credentials too',
    happen: answers(401, 'Unauthorized', 'You must be logged in to the server'),
  },
  stale: {
    means: 'a read by a cache that lags by one change',
    of: isRead,
    happen: (call) => call.go('stale'),
  },
  deaf: {
    means: 'watches tell nothing from now on',
    passes: true,
    of: isRead,
    happen: (call, actor) => {
      actor.hears = 'never';
      return call.go();
    },
  },
  'hard-of-hearing': {
    means: 'watches tell three seconds late from now on',
    passes: true,
    of: isRead,
    happen: (call, actor) => {
      actor.hears = 'late';
      return call.go();
    },
  },
};

/** Those that can happen to a call. */
export function faultsOf(call: PendingCall): string[] {
  return Object.keys(faults).filter((name) => faults[name]!.of?.(call) ?? true);
}
