import { type Api, ApiError } from '../../lib/cluster';

/** What happens to a call, and passes. */
export type Stumble = (call: () => Promise<unknown>) => Promise<never>;

const says = (status: number, reason: string, retryAfter?: number): Stumble => {
  return () => Promise.reject(new ApiError(status, reason, reason, retryAfter));
};

export const stumbles: readonly Stumble[] = [
  says(429, 'TooManyRequests', 1),
  says(500, 'InternalError'),
  says(503, 'ServiceUnavailable'),
  says(504, 'Timeout'),
  says(0, 'ECONNRESET'),
  // It is done, and its answer is lost.
  (call) => call().then(() => Promise.reject(new ApiError(0, 'ECONNRESET', 'socket hang up'))),
];

/** Each `every`-th call fails, from the `first` on; the kinds of failures take turns. */
export function stumbling(api: Api, first: number, every: number): { api: Api; stumbled: () => number } {
  let calls = 0;
  let stumbled = 0;
  const ask = <T>(call: () => Promise<T>): Promise<T> => {
    const fails = calls >= first && (calls - first) % every === 0;
    calls++;
    return fails ? stumbles[(first + stumbled++) % stumbles.length]!(call) : call();
  };
  return {
    stumbled: () => stumbled,
    api: {
      server: api.server,
      get: (ref) => ask(() => api.get(ref)),
      list: (kind, selection) => ask(() => api.list(kind, selection)),
      create: (object) => ask(() => api.create(object)),
      update: (object) => ask(() => api.update(object)),
      apply: (object, options) => ask(() => api.apply(object, options)),
      patch: (ref, change) => ask(() => api.patch(ref, change)),
      delete: (ref, uid) => ask(() => api.delete(ref, uid)),
      watch: (kind, selection, changed) => api.watch(kind, selection, changed),
    },
  };
}
