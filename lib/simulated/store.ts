import type { Kind, Live, Selection } from '../cluster';
import { groupOf, type Manifest, objectKey, sameJson } from '../core';
import type { TimerClock } from './clock';
import { updateFields, type Writer } from './field-managers';

export type StoreChange = 'added' | 'modified' | 'deleted';
export type Admission = (object: Manifest) => Manifest;
export type Listener = (change: StoreChange, object: Live) => void;

/** The objects of a cluster, with what the API server itself writes on them. No stored object ever changes. */
export class Store {
  private readonly objects = new Map<string, Live>();
  /** Namespaces that were deleted. One that nobody has made is there: in most simulations nobody speaks of them. */
  private readonly deleted = new Set<string>();
  private readonly listeners = new Set<Listener>();
  /** What somebody's webhooks and policies make of each object that is written; throwing refuses it. */
  admission: Admission = (object) => object;
  private version = 0;
  private names = 0;

  constructor(readonly clock: TimerClock) {}

  /** The same objects, on another clock; who listened to this one does not to the other. */
  copy(clock: TimerClock): Store {
    const copy = new Store(clock);
    for (const [key, object] of this.objects) copy.objects.set(key, object);
    for (const name of this.deleted) copy.deleted.add(name);
    copy.version = this.version;
    copy.names = this.names;
    return copy;
  }

  find(object: Manifest): Live | undefined {
    return this.objects.get(objectKey(object));
  }

  list({ apiVersion, kind }: Kind, { namespace, name, labels = {}, involved }: Selection = {}): Live[] {
    const group = groupOf(apiVersion);
    return [...this.objects.values()].filter(
      (object) =>
        object.kind === kind &&
        groupOf(object.apiVersion) === group &&
        (namespace === undefined || object.metadata.namespace === namespace) &&
        (name === undefined || object.metadata.name === name) &&
        (involved === undefined || (object.involvedObject as { uid?: string } | undefined)?.uid === involved) &&
        Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value),
    );
  }

  /** Everything there is. */
  all(): Live[] {
    return [...this.objects.values()];
  }

  /** Writes what a manager has made of the object; who owns its fields is computed, unless `managed` says it is done. */
  put(object: Manifest, writer: Writer, { managed = false } = {}): Live {
    const before = this.find(object);
    if (before && sameJson(before, object)) return before;
    const after = this.completed(managed ? object : updateFields(before, object, writer), before);
    if (before && sameJson(withoutVersion(before), withoutVersion(after))) return before;
    const written = frozen({ ...after, metadata: { ...after.metadata, resourceVersion: `${++this.version}` } });
    this.objects.set(objectKey(object), written);
    if (object.kind === 'Namespace') this.deleted.delete(written.metadata.name);
    this.tell(before ? 'modified' : 'added', written);
    return written;
  }

  /** What `put` would answer. */
  dryRun(object: Manifest): Live {
    return this.completed(object, this.find(object));
  }

  remove(object: Live): void {
    if (!this.objects.delete(objectKey(object))) return;
    if (object.kind === 'Namespace') this.deleted.add(object.metadata.name);
    this.tell('deleted', object);
  }

  hasNamespace(name: string): boolean {
    return !this.deleted.has(name);
  }

  /** Calls the listener after each change, until what it returns is called. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Unique, and the same in every run. */
  newName(length = 5): string {
    return (++this.names * 7919).toString(36).padStart(length, '0').slice(-length);
  }

  private completed(object: Manifest, before: Live | undefined): Live {
    const { metadata } = object;
    const changed = before !== undefined && !sameJson(desired(before), desired(object));
    return {
      ...object,
      metadata: {
        ...metadata,
        name: metadata.name!,
        uid: before?.metadata.uid ?? `uid-${this.newName()}`,
        creationTimestamp: before?.metadata.creationTimestamp ?? new Date(this.clock.now()).toISOString(),
        generation: (before?.metadata.generation ?? 1) + (changed ? 1 : 0),
        resourceVersion: before?.metadata.resourceVersion ?? '0',
      },
    };
  }

  private tell(change: StoreChange, object: Live): void {
    for (const listener of this.listeners) listener(change, object);
  }
}

/** All of it: what is read is the very object that is stored, and whoever would change it is told. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

/** What counts for the generation: everything but metadata and status. */
function desired({ metadata: _, status: __, ...rest }: Manifest): object {
  return rest;
}

function withoutVersion(object: Live): object {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '' } };
}
