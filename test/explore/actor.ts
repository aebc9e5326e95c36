import { type Api, ApiError, type Kind, type Live, type Ref, refOf, type Selection } from '../../lib/cluster';
import { asJson, type Manifest } from '../../lib/core';
import type { Fingerprints } from './fingerprint';
import { hash } from './fingerprint';

/** A call that waits to be let through. */
export interface PendingCall {
  readonly verb: string;
  readonly ref: Kind & Selection;
  readonly writes: boolean;
  /** Lets it through. @param answered what happens to its answer; by default the caller gets it */
  go(answered?: 'answered' | 'lost' | 'stale'): Promise<void>;
  fail(error: ApiError): void;
  /** Nobody answers until the client gives it up. @param acts what is asked is done all the same */
  hang(acts: boolean, givenUp: Promise<void>): Promise<void>;
}

export const lostAnswer = () => new ApiError(0, 'ECONNRESET', 'socket hang up');

/** A run of ours, whose calls go out one at a time when somebody lets them. */
export class Actor {
  readonly api: Api;
  pending: PendingCall[] = [];
  /** What it was answered so far: all that a run can know. */
  knows = '';
  dead = false;
  /** Its watches tell it nothing any more. */
  deaf = false;
  ended = false;
  /** Calls that nobody answers. */
  hanging = '';
  /** Lets all calls through, in their order. */
  free = false;
  private ids = 0;
  private sleep: Promise<void> | undefined;
  private wakeUp = () => {};

  constructor(
    readonly name: string,
    server: Api,
    private readonly prints: Fingerprints,
    private readonly past: Past,
    private readonly wrote: (actor: Actor, call: PendingCall) => void,
  ) {
    const read = <T>(verb: string, ref: Kind & Selection, call: () => Promise<T>, stale?: () => unknown) =>
      this.gate(verb, ref, false, call, stale);
    const write = <T>(verb: string, ref: Kind & Selection, call: () => Promise<T>) => this.gate(verb, ref, true, call);
    this.api = {
      server: server.server,
      get: (ref) =>
        read(
          'get',
          ref,
          () => server.get(ref),
          () => this.past.get(ref),
        ),
      list: (kind, selection = {}) => read('list', { ...kind, ...selection }, () => server.list(kind, selection)),
      create: (object) => write('create', refOf(named(object)), () => server.create(object)),
      update: (object) => write('update', refOf(object), () => server.update(object)),
      apply: (object, options) =>
        options?.dryRun
          ? read('apply', refOf(object), () => server.apply(object, options))
          : write('apply', refOf(object), () => server.apply(object, options)),
      patch: (ref, change) => write('patch', ref, () => server.patch(ref, change)),
      delete: (ref, ...only) => write('delete', ref, () => server.delete(ref, ...only)),
      watch: (kind, selection, changed) =>
        server.watch(kind, selection, () => {
          if (!this.dead && !this.deaf) changed();
        }),
    };
  }

  /** Of a Lease's holder, and of Events. */
  id(): string {
    return `${this.name}.${++this.ids}`;
  }

  /** Stands still, timers and all, until it is woken. */
  fallAsleep(): void {
    this.sleep = new Promise((resolve) => (this.wakeUp = resolve));
  }

  get asleep(): boolean {
    return this.sleep !== undefined;
  }

  wake(): void {
    this.sleep = undefined;
    this.wakeUp();
  }

  /** Comes when it is awake, and never when it is dead. */
  async awake(): Promise<void> {
    await this.sleep;
    if (this.dead) await new Promise(() => {});
  }

  /** Nothing that it has asked for is answered any more, and nothing is done. */
  die(): void {
    this.dead = true;
    this.pending = [];
  }

  private gate<T>(
    verb: string,
    ref: Kind & Selection,
    writes: boolean,
    call: () => Promise<T>,
    stale?: () => unknown,
  ): Promise<T> {
    // Nobody decides by an Event.
    if (this.free || ref.kind === 'Event') return this.dead ? new Promise(() => {}) : call();
    if (this.dead) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      const learn = (what: string) => (this.knows = hash([this.knows, verb, ref.kind, ref.name ?? '', what]));
      const done = () => (this.pending = this.pending.filter((one) => one !== pending));
      const fail = (error: ApiError) => {
        done();
        learn(`${error.status} ${error.reason}`);
        reject(error);
      };
      const go: PendingCall['go'] = async (answered = 'answered') => {
        done();
        try {
          const fresh = await call();
          if (writes) this.wrote(this, pending);
          if (answered === 'lost') return fail(lostAnswer());
          const answer = answered === 'stale' && stale ? (stale() as T) : fresh;
          learn(this.prints.answer(answer));
          resolve(answer);
        } catch (error) {
          if (error instanceof ApiError) return fail(error);
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const hang: PendingCall['hang'] = async (acts, givenUp) => {
        done();
        this.hanging += ` ${verb} ${ref.kind} ${ref.name}`;
        // A write that the server refuses is as if it had not come.
        if (acts) await call().catch(() => undefined);
        await givenUp;
        this.hanging = '';
        fail(lostAnswer());
      };
      const pending: PendingCall = { verb, ref, writes, go, fail, hang };
      this.pending.push(pending);
    });
  }
}

/** Every object as it was before its last change. */
export class Past {
  private readonly before = new Map<string, Live | undefined>();
  private readonly now = new Map<string, Live>();

  note(change: 'added' | 'modified' | 'deleted', object: Live): void {
    const key = keyOf(refOf(object));
    this.before.set(key, this.now.get(key));
    if (change === 'deleted') this.now.delete(key);
    else this.now.set(key, object);
  }

  get(ref: Ref): Live | undefined {
    return asJson(this.before.get(keyOf(ref)) ?? this.now.get(keyOf(ref)));
  }
}

function keyOf({ kind, name, namespace }: Ref): string {
  return `${kind} ${namespace}/${name}`;
}

function named(object: Manifest): Manifest {
  return object.metadata.name === undefined
    ? { ...object, metadata: { ...object.metadata, name: String(object.metadata.generateName) } }
    : object;
}
