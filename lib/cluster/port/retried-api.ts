import { containsJson, type Manifest } from '../../core';
import { type Api, ApiError, isConflict, type Live, refOf } from './port';
import { type Retries, retrying } from './retrying';

/**
 * The API that bears a server which is away for a while. A write whose answer was lost is made again; what is then in the
 * way may be that very write, and is recognised as such.
 */
export function retried(api: Api, around: Omit<Retries, 'hasAnswered'>): Api {
  let answered = false;
  const retries: Retries = { ...around, hasAnswered: () => answered };
  const noted = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      const answer = await call();
      answered = true;
      return answer;
    } catch (error) {
      answered ||= error instanceof ApiError && error.status > 0;
      throw error;
    }
  };
  const ask = <T>(call: () => Promise<T>) => retrying(retries, () => noted(call));
  const write = (object: Manifest, call: () => Promise<Live>, conflicts = false) => {
    let attempts = 0;
    return retrying(
      retries,
      async () => {
        attempts++;
        try {
          return await noted(call);
        } catch (error) {
          const live = attempts > 1 && isConflict(error) ? await api.get(refOf(object)) : undefined;
          if (live !== undefined && isWritten(live, object)) return live;
          throw error;
        }
      },
      conflicts,
    );
  };
  return {
    server: api.server,
    get: (ref) => ask(() => api.get(ref)),
    list: (kind, selection) => ask(() => api.list(kind, selection)),
    create: (object) => write(object, () => api.create(object)),
    update: (object) => write(object, () => api.update(object)),
    apply: (object, options) => {
      // Without force a conflict names another owner, and with a resourceVersion another writer.
      const conflicts = options?.force === true && object.metadata.resourceVersion === undefined;
      return write(object, () => api.apply(object, options), conflicts);
    },
    patch: (ref, change) => ask(() => api.patch(ref, change)),
    delete: (...args) => ask(() => api.delete(...args)),
    watch: (kind, selection, changed) => api.watch(kind, selection, changed),
  };
}

/** All that was to be written is there; a status is its controller's, and moves on. */
function isWritten(live: Live, { metadata: { labels, annotations }, status: _, ...content }: Manifest): boolean {
  return containsJson(live, { ...content, metadata: { labels, annotations } });
}
