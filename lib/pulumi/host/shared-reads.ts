import { type Api, delegating, type Live } from '../../cluster';

/**
 * The same API, with lists that several resources of an update ask for at once made once. Each is answered by a call that
 * begins after it has asked: none sees what was before.
 */
export function sharingLists(api: Api): Api {
  const running = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Promise<Live[]>>();
  const begin = (key: string, list: () => Promise<Live[]>): Promise<Live[]> => {
    waiting.delete(key);
    const call = list();
    const over = () => {
      if (running.get(key) === ended) running.delete(key);
    };
    const ended = call.then(over, over);
    running.set(key, ended);
    return call;
  };
  return {
    ...delegating(api),
    list: (kind, selection) => {
      const key = JSON.stringify([kind.apiVersion, kind.kind, selection]);
      const list = () => api.list(kind, selection);
      const before = running.get(key);
      if (before === undefined) return begin(key, list);
      const next = waiting.get(key) ?? before.then(() => begin(key, list));
      waiting.set(key, next);
      return next;
    },
  };
}
