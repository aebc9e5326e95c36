import type { StringMap } from '../../core';
import { delegating } from './delegating-api';
import { kinds } from './kinds';
import { type Api, ApiError, type Clock, type Kind, type Live } from './port';

/** Milliseconds for which a list answers: those who ask for many come in a burst. */
const FRESH = 2000;

/** By which all records are found, among the ConfigMaps of others. */
export const storedLabels = { 'app.kubernetes.io/managed-by': 'graylane' };

/** What many are asked for of a namespace, one by one; all of them can be listed by these labels. */
interface Many {
  readonly kind: string;
  readonly labels: StringMap;
  /** How many are asked for before all are listed: there may be many that nobody asks for. */
  readonly oneByOne: number;
}

const MANY: readonly Many[] = [
  { kind: kinds.configMap.kind, labels: storedLabels, oneByOne: 3 },
  { kind: kinds.deployment.kind, labels: {}, oneByOne: 3 },
  { kind: kinds.lease.kind, labels: {}, oneByOne: 3 },
  { kind: kinds.pod.kind, labels: {}, oneByOne: 10 },
];

export interface LookAhead {
  /** For what only looks: what it reads may be some moments old. */
  readonly api: Api;
  /** Something is written: what was read is old. */
  forget(): void;
}

interface Known {
  readonly asked: Set<string>;
  listed?: { readonly at: number; readonly objects: Promise<ReadonlyMap<string, Live> | undefined> };
}

/**
 * An API that lists what many of a namespace are asked for by name, or pods by labels: calls are as many as pages, and not as
 * many as rollouts.
 */
export function lookingAhead(api: Api, clock: Pick<Clock, 'now'>): LookAhead {
  let known = new Map<string, Known>();
  const listed = async ({ apiVersion, kind }: Kind, namespace: string, { labels, oneByOne }: Many, what: string) => {
    const key = `${kind} ${namespace}`;
    const place: Known = known.get(key) ?? { asked: new Set() };
    known.set(key, place);
    place.asked.add(what);
    if (place.asked.size <= oneByOne) return undefined;
    if (place.listed === undefined || clock.now() - place.listed.at > FRESH) {
      place.listed = { at: clock.now(), objects: byName(api, { apiVersion, kind }, namespace, labels) };
    }
    return place.listed.objects;
  };
  return {
    forget: () => void (known = new Map()),
    api: {
      ...delegating(api),
      get: async (ref) => {
        const many = MANY.find(({ kind }) => kind === ref.kind);
        const all = many && ref.namespace !== undefined && (await listed(ref, ref.namespace, many, ref.name));
        if (!all) return api.get(ref);
        // Somebody may have taken the labels off.
        return all.get(ref.name) ?? (Object.keys(many.labels).length > 0 ? api.get(ref) : undefined);
      },
      list: async (kind, selection = {}) => {
        const { namespace, labels, ...others } = selection;
        const pods = kind.kind === kinds.pod.kind && labels !== undefined && Object.keys(others).length === 0;
        const many = MANY.find((one) => one.kind === kinds.pod.kind)!;
        const all = pods && namespace !== undefined && (await listed(kind, namespace, many, JSON.stringify(labels)));
        if (!all) return api.list(kind, selection);
        const wanted = Object.entries(labels);
        return [...all.values()].filter(({ metadata }) =>
          wanted.every(([key, value]) => metadata.labels?.[key] === value),
        );
      },
    },
  };
}

/** Undefined where they may not be listed: then each is asked for. */
async function byName(
  api: Api,
  kind: Kind,
  namespace: string,
  labels: StringMap,
): Promise<ReadonlyMap<string, Live> | undefined> {
  try {
    const found = await api.list(kind, { namespace, ...(Object.keys(labels).length > 0 && { labels }) });
    return new Map(found.map((live) => [live.metadata.name, live]));
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
