import type { Api } from './port';

/** What is asked before a write: it throws where nothing may be written any more. */
export type FenceCheck = () => Promise<void>;

/** R6: the API for whoever holds a Lease. `check` is asked before each attempt to write. */
export function fenced(api: Api, check: FenceCheck): Api {
  return api.fenced?.(check) ?? fence(api, check);
}

/** The same, for an API that makes each call once. */
export function fence(api: Api, check: FenceCheck): Api {
  const write = async <T>(call: () => Promise<T>): Promise<T> => {
    await check();
    return call();
  };
  return {
    server: api.server,
    get: (ref) => api.get(ref),
    list: (kind, selection) => api.list(kind, selection),
    watch: (kind, selection, changed) => api.watch(kind, selection, changed),
    create: (object) => write(() => api.create(object)),
    update: (object) => write(() => api.update(object)),
    apply: (object, options) => write(() => api.apply(object, options)),
    patch: (ref, change) => write(() => api.patch(ref, change)),
    delete: (ref, uid) => write(() => api.delete(ref, uid)),
  };
}
