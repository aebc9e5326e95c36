import { objectKey, sameJson } from '../../core';
import { delegating } from './delegating-api';
import {
  type Api,
  type Clock,
  contentOf,
  isConflict,
  type Kind,
  type Live,
  type Ref,
  refOf,
  type Selection,
} from './port';

/** Most times that a read which lags is made, and a write that was in nobody's way. */
const TRIES = 3;
/** Milliseconds between two reads. */
const LAG = 200;

/** An object as it was answered last. */
interface Known {
  readonly live: Live;
  /** By us, just now. */
  readonly written: boolean;
}

/**
 * The API for one run, to which the cluster never goes back in time: what is older than what it has read before, or lacks what
 * it has written, comes from a cache that lags, and is asked for again. And a write over what was read is made again where a
 * conflict has changed nothing of that: only a status, or who owns which field.
 */
export function consistent(api: Api, clock: Pick<Clock, 'sleep'>): Api {
  const known = new Map<string, Known>();
  const note = (live: Live, written: boolean): Live => {
    const key = objectKey(live);
    const before = known.get(key);
    known.set(key, { live, written: written || (before?.written === true && isSame(before.live, live)) });
    return live;
  };
  const noted = async (write: Promise<Live>) => note(await write, true);

  const read = async <T>(call: () => Promise<T>, lags: (answer: T) => boolean): Promise<T> => {
    for (let tries = 1; ; tries++) {
      const answer = await call();
      if (tries === TRIES || !lags(answer)) return answer;
      await clock.sleep(LAG);
    }
  };
  const get = async (ref: Ref): Promise<Live | undefined> => {
    const key = keyOf(ref);
    const live = await read(
      () => api.get(ref),
      (answer) => isOutdated(answer, known.get(key)),
    );
    if (live === undefined) known.delete(key);
    return live && note(live, false);
  };
  const list = async (kind: Kind, selection: Selection = {}): Promise<Live[]> => {
    const awaited = [...known.values()].filter(({ live, written }) => written && isSelected(live, kind, selection));
    const lacks = (found: readonly Live[]) =>
      awaited.some((one) =>
        isOutdated(
          found.find((live) => isSame(live, one.live)),
          one,
        ),
      );
    const found = await read(() => api.list(kind, selection), lacks);
    // Somebody has deleted it, or taken its labels off.
    for (const { live } of awaited) if (!found.some((one) => isSame(one, live))) known.delete(objectKey(live));
    return found;
  };
  const update = async (object: Parameters<Api['update']>[0], tries = 1): Promise<Live> => {
    const over = known.get(objectKey(object))?.live;
    try {
      return await noted(api.update(object));
    } catch (error) {
      const { resourceVersion, managedFields } = object.metadata;
      const isOver = over?.metadata.resourceVersion === resourceVersion;
      // Who writes owners has to know them.
      if (!isConflict(error) || tries === TRIES || !isOver || managedFields !== undefined) throw error;
      const now = await get(refOf(object));
      if (!now || !over || !sameJson(contentOf(now), contentOf(over))) throw error;
      const metadata = { ...object.metadata, resourceVersion: now.metadata.resourceVersion };
      return update({ ...object, metadata }, tries + 1);
    }
  };
  const remove = async (ref: Ref, uid?: string, resourceVersion?: string, tries = 1): Promise<void> => {
    try {
      await api.delete(ref, uid, resourceVersion);
    } catch (error) {
      if (!isConflict(error) || tries === TRIES || uid === undefined || resourceVersion !== undefined) throw error;
      if ((await get(ref))?.metadata.uid !== uid) throw error;
      return remove(ref, uid, resourceVersion, tries + 1);
    }
    known.delete(keyOf(ref));
  };

  return {
    ...delegating(api),
    get,
    list,
    update: (object) => update(object),
    create: (object) => noted(api.create(object)),
    apply: (object, options) => (options?.dryRun ? api.apply(object, options) : noted(api.apply(object, options))),
    patch: (ref, change) => noted(api.patch(ref, change)),
    delete: (ref, uid, resourceVersion) => remove(ref, uid, resourceVersion),
  };
}

function isOutdated(live: Live | undefined, known: Known | undefined): boolean {
  if (known === undefined) return false;
  if (live === undefined) return known.written;
  return isSame(live, known.live) && isBefore(live.metadata.resourceVersion, known.live.metadata.resourceVersion);
}

/** In their order where they are numbers, as those of etcd are; of others nothing is known. */
function isBefore(a: string, b: string): boolean {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}

function isSame(a: Live, b: Live): boolean {
  return a.metadata.uid === b.metadata.uid;
}

function isSelected(live: Live, { kind }: Kind, { namespace, name, labels = {}, involved }: Selection): boolean {
  return (
    live.kind === kind &&
    involved === undefined &&
    (namespace === undefined || live.metadata.namespace === namespace) &&
    (name === undefined || live.metadata.name === name) &&
    Object.entries(labels).every(([key, value]) => live.metadata.labels?.[key] === value)
  );
}

function keyOf({ apiVersion, kind, name, namespace }: Ref): string {
  return objectKey({ apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } });
}
