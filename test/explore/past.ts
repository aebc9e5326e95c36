import { type Kind, type Live, type Ref, refOf, type Selection } from '../../lib/cluster';
import { objectKey } from '../../lib/core';
import type { SimulatedCluster } from '../../lib/simulated';

interface Change {
  readonly object: Live;
  /** Absent where it was made then. */
  readonly before?: Live;
}

/** What a cache that lags by one change says. */
export class Past {
  private readonly now = new Map<string, Live>();
  private readonly lastOf = new Map<string, Change>();

  /** @param from whose past it goes on from */
  constructor(cluster: SimulatedCluster, from?: Past) {
    if (from) for (const [key, change] of from.lastOf) this.lastOf.set(key, change);
    for (const object of cluster.objects()) this.now.set(objectKey(object), object);
    cluster.listen((change, object) => {
      const key = objectKey(object);
      const before = this.now.get(key);
      // As the last change of all: a Map keeps the order in which keys were set.
      this.lastOf.delete(key);
      this.lastOf.set(key, { object, ...(before && { before }) });
      if (change === 'deleted') this.now.delete(key);
      else this.now.set(key, object);
    });
  }

  /** The object before its last change: perhaps not there yet, or still there. */
  get({ name, ...ref }: Ref): Live | undefined {
    const key = objectKey({
      ...ref,
      metadata: { name, ...(ref.namespace !== undefined && { namespace: ref.namespace }) },
    });
    const last = this.lastOf.get(key);
    return last ? last.before : this.now.get(key);
  }

  /** A list before the last change of what is in it, or was. */
  list(kind: Kind, selection: Selection, fresh: readonly Live[]): Live[] {
    const last = [...this.lastOf.values()]
      .reverse()
      .find(({ object, before }) =>
        [object, before].some((one) => one !== undefined && isSelected(one, kind, selection)),
      );
    if (last === undefined) return [...fresh];
    const others = fresh.filter((one) => objectKey(one) !== objectKey(last.object));
    return last.before && isSelected(last.before, kind, selection) ? [...others, last.before] : others;
  }
}

function isSelected(object: Live, { kind }: Kind, { namespace, name, labels = {} }: Selection): boolean {
  const ref = refOf(object);
  return (
    ref.kind === kind &&
    (namespace === undefined || ref.namespace === namespace) &&
    (name === undefined || ref.name === name) &&
    Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value)
  );
}
