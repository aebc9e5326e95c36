import { AsyncLocalStorage } from 'node:async_hooks';
import { delegating } from './delegating-api';
import type { Api } from './port';

/** What is asked before a write: it throws where nothing may be written any more. */
export type FenceCheck = () => Promise<void>;

/** The fences around the call that is being made, however many wrappers are between them and who makes it again. */
const fences = new AsyncLocalStorage<readonly FenceCheck[]>();

/** R6: the API for whoever holds a Lease. `check` is asked before each attempt to write. */
export function fenced(api: Api, check: FenceCheck): Api {
  const write = async <T>(call: () => Promise<T>): Promise<T> => {
    await ask(check);
    return fences.run([...(fences.getStore() ?? []), check], call);
  };
  return {
    ...delegating(api),
    create: (object) => write(() => api.create(object)),
    update: (object) => write(() => api.update(object)),
    apply: (object, options) => write(() => api.apply(object, options)),
    patch: (ref, change) => write(() => api.patch(ref, change)),
    delete: (...args) => write(() => api.delete(...args)),
  };
}

/** To be called before a call is made once more. */
export async function askFences(): Promise<void> {
  for (const check of fences.getStore() ?? []) await ask(check);
}

/** A check may write, to renew its Lease: that is behind no fence but those of its own. */
function ask(check: FenceCheck): Promise<void> {
  return fences.run([], check);
}
