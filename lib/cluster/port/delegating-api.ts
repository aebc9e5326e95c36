import type { Api } from './port';

/** The same API, to be changed in part by a spread: a client is an object of a class, whose methods need it. */
export function delegating(api: Api): Api {
  return {
    server: api.server,
    get: (ref) => api.get(ref),
    list: (kind, selection) => api.list(kind, selection),
    create: (object) => api.create(object),
    update: (object) => api.update(object),
    apply: (object, options) => api.apply(object, options),
    patch: (ref, change) => api.patch(ref, change),
    delete: (...args) => api.delete(...args),
    watch: (kind, selection, changed) => api.watch(kind, selection, changed),
  };
}
