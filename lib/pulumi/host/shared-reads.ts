import {
  type Api,
  ApiError,
  type Clock,
  delegating,
  kinds,
  type Live,
  type Ref,
  type Selection,
  storedLabels,
} from '../../cluster';

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

/** Objects of a namespace that are asked for one by one before all of them are listed. */
const ONE_BY_ONE = 3;
/** Milliseconds for which a list answers: previews of many rollouts come in a burst. */
const FRESH = 2000;

/** What many rollouts ask for by name, and which of a namespace's they may be. */
const MANY: readonly { readonly kind: string; readonly labels?: Selection['labels'] }[] = [
  { kind: kinds.configMap.kind, labels: storedLabels },
  { kind: kinds.deployment.kind },
];

export interface LookAhead {
  /** For what only looks: what it reads may be some moments old. */
  readonly api: Api;
  /** Something is written: what was read is old. */
  forget(): void;
}

interface Known {
  readonly names: Set<string>;
  listed?: { readonly at: number; readonly objects: Promise<ReadonlyMap<string, Live> | undefined> };
}

/** An API that lists records and Deployments of a namespace instead of getting them, where many are asked for. */
export function lookingAhead(api: Api, clock: Pick<Clock, 'now'>): LookAhead {
  let known = new Map<string, Known>();
  return {
    forget: () => void (known = new Map()),
    api: {
      ...delegating(api),
      get: async (ref) => {
        const many = MANY.find(({ kind }) => kind === ref.kind);
        if (many === undefined || ref.namespace === undefined) return api.get(ref);
        const key = `${ref.kind} ${ref.namespace}`;
        const place: Known = known.get(key) ?? { names: new Set() };
        known.set(key, place);
        place.names.add(ref.name);
        if (place.names.size <= ONE_BY_ONE) return api.get(ref);
        if (place.listed === undefined || clock.now() - place.listed.at > FRESH) {
          place.listed = { at: clock.now(), objects: byName(api, ref, many.labels) };
        }
        const all = await place.listed.objects;
        // Of those with a label it may have lost just that.
        const isWhole = all !== undefined && many.labels === undefined;
        return isWhole ? all.get(ref.name) : (all?.get(ref.name) ?? api.get(ref));
      },
    },
  };
}

/** Undefined where they may not be listed: then each is asked for. */
async function byName(
  api: Api,
  { apiVersion, kind, namespace }: Ref,
  labels?: Selection['labels'],
): Promise<ReadonlyMap<string, Live> | undefined> {
  try {
    const found = await api.list({ apiVersion, kind }, { namespace: namespace!, ...(labels && { labels }) });
    return new Map(found.map((live) => [live.metadata.name, live]));
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
