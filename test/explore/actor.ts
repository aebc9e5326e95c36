import { type Api, ApiError, type Kind, type Live, type Ref, refOf, type Selection } from '../../lib/cluster';
import type { Manifest } from '../../lib/core';
import { type Fingerprints, hash } from './fingerprint';
import type { Past } from './past';

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

/** What becomes of the changes that a run watches. */
export type Hearing = 'at-once' | 'late' | 'never';

/** A run of ours, whose calls go out one at a time when somebody lets them. */
export class Actor {
  readonly api: Api;
  pending: PendingCall[] = [];
  dead = false;
  hears: Hearing = 'at-once';
  ended = false;
  /** Lets all calls through, in their order. */
  free = false;
  /** Calls that are on their way for longer than usual: nobody answers them, or they failed and will be made again. */
  private readonly late = new Set<string>();
  /** Kinds that it may not read or write any more, each with its verb. */
  private readonly refused = new Set<string>();
  private known = '';
  private learned: (() => readonly string[])[] = [];
  /** Calls that waited when it fell asleep, with what they were about as it was then. */
  private readonly onItsWay = new Map<PendingCall, Live | undefined>();
  private ids = 0;
  private sleep: Promise<void> | undefined;
  private wakeUp = () => {};

  constructor(
    readonly name: string,
    server: Api,
    private readonly world: {
      readonly prints: Fingerprints;
      readonly past: Past;
      /** Told each write that changed something. */
      readonly wrote: (actor: Actor, call: PendingCall) => void;
      readonly find: (ref: Partial<Ref>) => Live | undefined;
      /** Of objects in the cluster so far. */
      readonly changes: () => number;
      /** Calls later what a watch that is late has to tell. */
      readonly later: (tell: () => void) => void;
    },
  ) {
    const { past, later } = world;
    const read = <T>(verb: string, ref: Kind & Selection, call: () => Promise<T>, stale?: (fresh: T) => T) =>
      this.gate(verb, ref, false, call, stale);
    const write = <T>(verb: string, ref: Kind & Selection, call: () => Promise<T>) => this.gate(verb, ref, true, call);
    this.api = {
      server: server.server,
      get: (ref) =>
        read(
          'get',
          ref,
          () => server.get(ref),
          () => past.get(ref),
        ),
      list: (kind, selection = {}) =>
        read(
          'list',
          { ...kind, ...selection },
          () => server.list(kind, selection),
          (fresh) => past.list(kind, selection, fresh),
        ),
      create: (object) => write('create', refOf(named(object)), () => server.create(object)),
      update: (object) => write('update', refOf(object), () => server.update(object)),
      apply: (object, options) =>
        options?.dryRun
          ? read('apply', refOf(object), () => server.apply(object, options))
          : write('apply', refOf(object), () => server.apply(object, options)),
      patch: (ref, change) => write('patch', ref, () => server.patch(ref, change)),
      delete: (ref, ...only) => write('delete', ref, () => server.delete(ref, ...only)),
      watch: (kind, selection, changed) => {
        const tell = () => {
          if (!this.dead) changed();
        };
        return server.watch(kind, selection, () => {
          if (this.hears === 'at-once') tell();
          if (this.hears === 'late') later(tell);
        });
      },
    };
  }

  /** Of a Lease's holder, and of Events. */
  id(): string {
    return `${this.name}.${++this.ids}`;
  }

  /** What it was answered so far: all that a run can know. */
  get knows(): string {
    for (const answer of this.learned) this.known = hash([this.known, ...answer()]);
    this.learned = [];
    return this.known;
  }

  set knows(known: string) {
    this.known = known;
    this.learned = [];
  }

  /** How it stands apart from what it knows. */
  get stands(): string {
    const waits = this.pending.map(({ verb, ref }) => callName(verb, ref));
    return [this.name, this.ended, this.asleep, this.hears, ...this.late, '-', ...this.refused, '-', ...waits].join();
  }

  /** Stands still, timers and all, until it is woken. What it was about to write is on its way. */
  fallAsleep(): void {
    for (const call of this.pending) this.onItsWay.set(call, this.world.find(call.ref));
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

  /** From now on it is refused this verb on this kind. */
  forbid(verb: string, { kind }: Kind): void {
    this.refused.add(`${verb} ${kind}`);
  }

  /** It was on its way when the run fell asleep, and is over what is still as it was then: as good as one in time. */
  private isInTime(call: PendingCall): boolean {
    const then = this.onItsWay.get(call);
    const now = this.world.find(call.ref);
    return then !== undefined && (call.verb === 'delete' ? now?.metadata.uid === then.metadata.uid : now === then);
  }

  private gate<T>(
    verb: string,
    ref: Kind & Selection,
    writes: boolean,
    call: () => Promise<T>,
    stale: (fresh: T) => T = (fresh) => fresh,
  ): Promise<T> {
    if (this.dead) return new Promise(() => {});
    if (this.refused.has(`${verb} ${ref.kind}`)) return Promise.reject(mayNot(verb, ref));
    // Nobody decides by an Event.
    if (this.free || ref.kind === 'Event') return call();
    const name = callName(verb, ref);
    return new Promise((resolve, reject) => {
      const learn = (what: () => string) => this.learned.push(() => [name, what()]);
      const done = () => (this.pending = this.pending.filter((one) => one !== pending));
      const fail = (error: ApiError) => {
        done();
        // Of what will be tried again it is known that it is tried again, and in the end only what came of it.
        if (isPassing(error)) this.late.add(name);
        else learn(() => `${error.status} ${error.reason}`);
        reject(error);
      };
      const act = async () => {
        const before = this.world.changes();
        const inTime = this.isInTime(pending);
        const answer = await call();
        if (writes && !inTime && this.world.changes() > before) this.world.wrote(this, pending);
        return answer;
      };
      const go: PendingCall['go'] = async (answered = 'answered') => {
        done();
        try {
          const fresh = await act();
          if (answered === 'lost') return fail(lostAnswer());
          this.late.delete(name);
          const answer = answered === 'stale' ? stale(fresh) : fresh;
          learn(() => this.world.prints.answer(answer));
          resolve(answer);
        } catch (error) {
          if (error instanceof ApiError) return fail(error);
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const hang: PendingCall['hang'] = async (acts, givenUp) => {
        done();
        this.late.add(name);
        // A write that the server refuses is as if it had not come.
        if (acts) await act().catch(() => undefined);
        await givenUp;
        if (!this.dead) fail(lostAnswer());
      };
      const pending: PendingCall = { verb, ref, writes, go, fail, hang };
      this.pending.push(pending);
    });
  }
}

export function mayNot(verb: string, { kind }: Kind): ApiError {
  return new ApiError(403, 'Forbidden', `${kind} is forbidden: User "graylane" cannot ${verb} resource "${kind}"`);
}

function isPassing({ status }: ApiError): boolean {
  return status === 0 || status === 429 || status >= 500;
}

function callName(verb: string, { kind, name = '' }: Kind & Selection): string {
  return `${verb} ${kind} ${name}`;
}

function named(object: Manifest): Manifest {
  return object.metadata.name === undefined
    ? { ...object, metadata: { ...object.metadata, name: String(object.metadata.generateName) } }
    : object;
}
