import {
  type Api,
  ApiError,
  type ApplyOptions,
  FIELD_MANAGER,
  type Kind,
  type Live,
  NAMESPACE_MISSING,
  type Ref,
  refName,
  refOf,
} from '../cluster';
import type { Selection, Watch } from '../cluster';
import { asJson, type Manifest } from '../core';
import { admit, withDefaults } from './admission';
import { applyFields, type Writer } from './field-managers';
import { mergePatch } from './merge-patch';
import { refuseWithoutRoom } from './quotas';
import type { Store } from './store';

/** A call that is about to be made; throwing makes it fail. */
export interface Call {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'apply' | 'patch' | 'delete';
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly manager: string;
}

export type Fault = (call: Call) => void;

/** The port on a store, as one field manager. */
export class SimulatedClient implements Api {
  readonly server = 'simulated';

  constructor(
    private readonly store: Store,
    private readonly manager = FIELD_MANAGER,
    private readonly fault: Fault = () => {},
  ) {}

  async get(ref: Ref): Promise<Live | undefined> {
    this.check('get', ref);
    return this.store.find(manifestOf(ref));
  }

  async list(kind: Kind, selection: Selection = {}): Promise<Live[]> {
    this.check('list', { ...kind, ...selection });
    return this.store.list(kind, selection);
  }

  async create(object: Manifest): Promise<Live> {
    const named = this.named(object);
    this.check('create', refOf(named));
    if (this.store.find(named)) throw new ApiError(409, 'AlreadyExists', `${refName(refOf(named))} already exists`);
    return this.write(named, undefined, 'Update');
  }

  async update(object: Manifest): Promise<Live> {
    this.check('update', refOf(object));
    const before = this.existing(object);
    this.expectVersion(object, before);
    const { managedFields = before.metadata.managedFields } = object.metadata;
    return this.write({ ...object, metadata: { ...object.metadata, managedFields } }, before, 'Update');
  }

  async apply(object: Manifest, { force = false, dryRun = false }: ApplyOptions = {}): Promise<Live> {
    this.check('apply', refOf(object));
    const before = this.store.find(object);
    this.expectSame(object, before);
    const bare: Manifest = {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: { name: object.metadata.name, namespace: object.metadata.namespace },
    };
    this.expectNamespace(object);
    const { uid: _, ...metadata } = object.metadata;
    const applied = applyFields(before ?? bare, asJson({ ...object, metadata }), this.writer('Apply'), force);
    const merged = this.admitted(applied, before);
    if (dryRun) return asJson(this.store.dryRun(merged));
    return this.store.put(merged, this.writer('Apply'), { managed: true });
  }

  async patch(ref: Ref, change: object): Promise<Live> {
    this.check('patch', ref);
    const before = this.existing(manifestOf(ref));
    const after = mergePatch(before, change) as Manifest;
    this.expectVersion(after, before);
    return this.write(after, before, 'Update');
  }

  async delete(ref: Ref, uid?: string, resourceVersion?: string): Promise<void> {
    this.check('delete', ref);
    const live = this.store.find(manifestOf(ref));
    if (!live) return;
    if (uid !== undefined && live.metadata.uid !== uid) {
      throw new ApiError(409, 'Conflict', `${refName(ref)}: the UID in the precondition (${uid}) does not match`);
    }
    if (resourceVersion !== undefined) {
      this.expectVersion({ ...manifestOf(ref), metadata: { name: ref.name, resourceVersion } }, live);
    }
    this.store.remove(live);
  }

  watch(kind: Kind, { namespace, name }: Selection, changed: () => void): Watch {
    this.check('watch', { ...kind, ...(name && { name }), ...(namespace && { namespace }) });
    const stop = this.store.listen((_, { kind: of, metadata }) => {
      const wanted = of === kind.kind && (namespace === undefined || metadata.namespace === namespace);
      if (wanted && (name === undefined || metadata.name === name)) changed();
    });
    return { close: stop };
  }

  private write(object: Manifest, before: Live | undefined, operation: 'Update'): Live {
    this.expectNamespace(object);
    return this.store.put(this.admitted(asJson(object), before), this.writer(operation));
  }

  private admitted(object: Manifest, before: Live | undefined): Manifest {
    const completed = this.store.admission(withDefaults(object));
    admit(completed, before);
    if (before === undefined) refuseWithoutRoom(this.store, completed);
    return completed;
  }

  private expectNamespace({ metadata: { namespace } }: Manifest): void {
    if (namespace === undefined || this.store.hasNamespace(namespace)) return;
    throw new ApiError(404, NAMESPACE_MISSING, `namespaces "${namespace}" not found`);
  }

  private existing(object: Manifest): Live {
    const live = this.store.find(object);
    if (!live) throw new ApiError(404, 'NotFound', `${refName(refOf(object))} not found`);
    return live;
  }

  private expectVersion({ metadata }: Manifest, live: Live): void {
    const { resourceVersion } = metadata;
    if (resourceVersion === undefined || resourceVersion === live.metadata.resourceVersion) return;
    throw new ApiError(409, 'Conflict', `${refName(refOf(live))}: the object has been modified`);
  }

  /** A uid in the object says that it is there already, and which one it is. */
  private expectSame(object: Manifest, live: Live | undefined): void {
    const { uid } = object.metadata;
    if (uid !== undefined && uid !== live?.metadata.uid) {
      throw new ApiError(409, 'Conflict', `${refName(refOf(object))}: the UID in the precondition does not match`);
    }
    if (live) this.expectVersion(object, live);
  }

  private named(object: Manifest): Manifest {
    const { generateName, ...metadata } = object.metadata;
    if (metadata.name !== undefined || typeof generateName !== 'string') return object;
    return { ...object, metadata: { ...metadata, name: generateName + this.store.newName() } };
  }

  private writer(operation: Writer['operation']): Writer {
    return { manager: this.manager, operation };
  }

  private check(verb: Call['verb'], { kind, name, namespace }: Kind & Selection): void {
    const call = { verb, kind, manager: this.manager, ...(name && { name }), ...(namespace && { namespace }) };
    this.fault(call);
  }
}

function manifestOf({ apiVersion, kind, name, namespace }: Ref): Manifest {
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } };
}
