import type { Api } from '../../lib/cluster';

class Killed extends Error {}

/** Dies at the n-th write: before it, or after the server has done it. Nothing works from then on. */
export function mortal(api: Api, nth: number, after: boolean): { api: Api; writes: () => number; died: () => boolean } {
  let writes = 0;
  let dead = false;
  const write = async <T>(call: () => Promise<T>): Promise<T> => {
    if (dead) throw new Killed();
    dead = ++writes === nth;
    if (dead && !after) throw new Killed();
    const result = await call();
    if (dead) throw new Killed();
    return result;
  };
  const read = <T>(call: () => Promise<T>): Promise<T> => (dead ? Promise.reject(new Killed()) : call());
  const wrapped: Api = {
    server: api.server,
    get: (ref) => read(() => api.get(ref)),
    list: (kind, selection) => read(() => api.list(kind, selection)),
    create: (object) => write(() => api.create(object)),
    update: (object) => write(() => api.update(object)),
    apply: (object, options) =>
      options?.dryRun ? read(() => api.apply(object, options)) : write(() => api.apply(object, options)),
    patch: (ref, change) => write(() => api.patch(ref, change)),
    delete: (...args) => write(() => api.delete(...args)),
    watch: (kind, selection, changed) => api.watch(kind, selection, changed),
  };
  return { api: wrapped, writes: () => writes, died: () => dead };
}
