import type { Api } from '../port/port';
import type { Lock } from './lease';

/** R6: the API for whoever holds a Lease; once it is lost, or has run out unseen, nothing is written any more. */
export function fenced(api: Api, { check }: Pick<Lock, 'check'>): Api {
  const write = async <T>(call: () => Promise<T>): Promise<T> => {
    check();
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
