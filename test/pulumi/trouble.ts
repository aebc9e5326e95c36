/** API servers that do not do what they are asked to. */
import { type Api, ApiError } from '../../lib/cluster';

type Verb = keyof Api;
const WRITES: readonly Verb[] = ['create', 'update', 'apply', 'patch', 'delete'];
const CALLS: readonly Verb[] = [...WRITES, 'get', 'list'];

/** As it is, but `refuse` is asked before each call, and may throw. */
export function troubled(api: Api, refuse: (verb: Verb, kind: string) => void, server = api.server): Api {
  const call =
    (verb: Verb) =>
    async (about: { kind: string }, ...rest: unknown[]) => {
      refuse(verb, about.kind);
      return (api[verb] as (...args: unknown[]) => unknown).call(api, about, ...rest);
    };
  const calls = Object.fromEntries(CALLS.map((verb) => [verb, call(verb)]));
  return { server, watch: api.watch.bind(api), ...calls } as unknown as Api;
}

export function away(api: Api): Api {
  return troubled(api, () => {
    throw new ApiError(0, 'Unreachable', 'connect ECONNREFUSED');
  });
}

/** Somebody who may not write objects of this kind. */
export function forbidding(api: Api, kind: string): Api {
  return troubled(api, (verb, of) => {
    if (of === kind && WRITES.includes(verb)) throw new ApiError(403, 'Forbidden', `cannot ${verb} ${kind}`);
  });
}

/** A process that is killed before its write of this number: not even its Leases are given back. */
export function killedAt(api: Api, write: number): { readonly api: Api; readonly isDead: () => boolean } {
  let writes = 0;
  const refuse = (verb: Verb) => {
    if (WRITES.includes(verb)) writes++;
    if (writes > write) throw new ApiError(0, 'Unreachable', 'killed');
  };
  return { api: troubled(api, refuse), isDead: () => writes > write };
}
