/** One history of a scenario: who goes on when, who is killed where, and what goes wrong. */
import { ApiError, EngineError, type Engine, type Live, up, type UpRequest } from '../../lib/cluster';
import { GraylaneError } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { SimulatedCluster } from '../../lib/simulated';
import { declaredTemplate, withIds } from '../cluster/current-ids';
import { retried } from '../../lib/cluster/port/retried-api';
import { Actor, Past, type PendingCall } from './actor';
import { SteppedClock } from './clock';
import { Fingerprints, hash } from './fingerprint';
import { forbidden, forbiddenAtRest, isRolledOut, openTo } from './forbidden';
import type { Command, Scenario } from './scenarios';

const NAMESPACE = 'test-1';

/** How much may happen in one history beside what happens anyway. */
export interface Budget {
  /** Times that somebody goes on who would not, or time passes while somebody could go on. */
  readonly switches: number;
  /** Runs that are killed, and run again at once; or that stand still until nobody else goes on. */
  readonly kills: number;
  /** Calls that are answered wrongly. */
  readonly faults: number;
}

/** A moment at which something else could happen. */
export interface Point {
  readonly index: number;
  /** The same for moments from which the same can come. */
  readonly state: string;
  /** What is left. */
  readonly budget: Budget;
  /** What else could happen here. */
  readonly others: readonly string[];
}

/** What happens at which point instead of the default. */
export type Deviations = ReadonlyMap<number, string>;

export interface Played {
  /** What was seen that must not be. */
  readonly found: readonly string[];
  /** At rest, for comparison; undefined where it was not played to its end. */
  readonly end?: string;
  /** With what the first run failed, of those that did. */
  readonly failed?: string;
}

const WRITE_FAULTS: Readonly<Record<string, ApiError>> = {
  conflict: new ApiError(
    409,
    'Conflict',
    'the object has been modified; please apply your changes to the latest version',
  ),
  refused: new ApiError(403, 'Forbidden', 'admission webhook "policy" denied the request: not today'),
  unavailable: new ApiError(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'),
};
const READ_FAULTS: Readonly<Record<string, ApiError>> = {
  unavailable: WRITE_FAULTS.unavailable!,
};
/** Milliseconds after which a client gives up a call that nobody answers. */
const SILENCE = 30_000;
/** Faults that pass by themselves: who tries again need not know of them. */
export const PASSING: readonly string[] = ['unavailable', 'lost', 'hang', 'hang-after'];
const LEASE_SECONDS = 6;
/** Milliseconds: `gracePeriodSeconds` of the apps. */
const GRACE = 1000;
/** More than any history needs. */
const STEPS = 20_000;

/** @param visit told each point; false ends the history, for what can follow is known */
export async function play(
  scenario: Scenario,
  budget: Budget,
  deviations: Deviations,
  visit: (point: Point) => boolean,
): Promise<Played> {
  return new History(scenario, budget, deviations, visit).play();
}

class History {
  private readonly clock = new SteppedClock();
  private readonly cluster = new SimulatedCluster({ clock: this.clock });
  private readonly past = new Past();
  private readonly user = this.cluster.client('kubectl');
  private readonly found = new Set<string>();
  private prints!: Fingerprints;
  private actors: { readonly actor: Actor; readonly command: Command }[] = [];
  private current = '';
  private failed: string | undefined;
  private points = 0;
  private restedAt = 0;
  private readonly closedAt = new Map<string, number>();
  private open: readonly string[] = [];

  constructor(
    private readonly scenario: Scenario,
    private budget: Budget,
    private readonly deviations: Deviations,
    private readonly visit: (point: Point) => boolean,
  ) {
    this.cluster.listen((change, object) => this.past.note(change, object));
  }

  async play(): Promise<Played> {
    for (const object of this.scenario.base) {
      await this.user.apply({ ...object, metadata: { namespace: NAMESPACE, ...object.metadata } }, { force: true });
    }
    this.prints = new Fingerprints(this.cluster);
    await this.settle();
    for (const command of this.scenario.before) await this.undisturbed(command);
    this.open = openTo(this.cluster.objects());
    this.cluster.listen((change, object) => {
      this.checkClosing();
      if (change === 'deleted') this.checkEnd(object);
      forbidden(this.cluster.objects()).forEach((one) => this.found.add(one));
    });
    for (const [i, command] of this.scenario.runs.entries()) await this.start(`run-${i + 1}`, command);
    if (!(await this.explore())) return { found: [...this.found] };
    for (const command of this.scenario.last ?? this.scenario.runs) await this.undisturbed(command);
    await this.settle();
    forbiddenAtRest(this.cluster.objects()).forEach((one) => this.found.add(one));
    return {
      found: [...this.found],
      end: endOf(this.cluster.objects()),
      ...(this.failed !== undefined && { failed: this.failed }),
    };
  }

  private async start(name: string, command: Command & { until?: string }, free = false): Promise<Actor> {
    const actor = new Actor(name, this.cluster.client('graylane'), this.prints, this.past, (who, call) =>
      this.checkFence(who, call),
    );
    actor.free = free;
    this.actors.push({ actor, command });
    const { declarations, request } = command;
    const stop = new AbortController();
    const clock = {
      now: () => this.clock.now(),
      sleep: async (milliseconds: number, signal?: AbortSignal) => {
        await this.clock.sleep(milliseconds, signal);
        await actor.awake();
      },
    };
    const engine: Engine = {
      api: retried(actor.api, { clock, jitter: () => 0.5, log: () => {} }),
      clock,
      random: { id: () => actor.id() },
      gateways,
      report: (progress) => {
        if (progress.is === 'stage' && progress.stage === command.until)
          stop.abort(new EngineError('interrupted', '', ''));
      },
      signal: stop.signal,
      leaseSeconds: LEASE_SECONDS,
    };
    const approve =
      request.approve &&
      (await withIds(this.user, NAMESPACE, request.approve, declaredTemplate(declarations, request.rollout)));
    const whole: UpRequest = {
      declarations,
      namespace: NAMESPACE,
      timeout: 60,
      ...request,
      ...(approve && { approve }),
    };
    void up(engine, whole).then(
      () => (actor.ended = true),
      (error: unknown) => {
        actor.ended = true;
        // Words for a user are fine; anything else is a fault of ours.
        if (error instanceof EngineError || error instanceof GraylaneError) {
          this.failed ??= error.message;
          return;
        }
        this.found.add(`${name} ended in ${(error as Error).stack}`);
      },
    );
    return actor;
  }

  /** Runs a command as if nobody else was there. */
  private async undisturbed(command: Command & { until?: string }): Promise<void> {
    const actor = await this.start('alone', command, true);
    for (let i = 0; !actor.ended; i++) {
      await quiet();
      if (actor.ended) break;
      if (i > STEPS || !this.clock.step()) {
        this.found.add('a command by itself does not end');
        return;
      }
    }
    this.actors = [];
    await this.settle();
  }

  /** Lets the cluster come to rest. */
  private async settle(): Promise<void> {
    for (let i = 0; i < STEPS; i++) {
      await quiet();
      if (!this.clock.step()) return;
    }
  }

  /** @returns whether it was played to its end */
  private async explore(): Promise<boolean> {
    for (let i = 0; i < STEPS; i++) {
      await quiet();
      if (this.actors.every(({ actor }) => actor.ended || actor.dead)) return true;
      const waiting = this.waiting();
      const next = waiting.find(({ actor }) => actor.name === this.current) ?? waiting[0];
      if (next === undefined) {
        if (!this.sleepOn() && !this.clock.step()) {
          this.found.add('nobody goes on any more');
          return true;
        }
        continue;
      }
      const index = this.points++;
      const others = this.others(next, waiting);
      const deviation = this.deviations.get(index);
      if (deviation === undefined) {
        if (!this.visit({ index, state: this.state(), budget: this.budget, others })) return false;
        this.current = next.actor.name;
        await next.call.go();
      } else {
        await this.deviate(deviation, next);
      }
    }
    this.found.add('the history does not end');
    return true;
  }

  /** Whoever stands still is woken when all others have ended, and every Lease with them. @returns whether one was */
  private sleepOn(): boolean {
    const sleeper = this.actors.find(({ actor }) => actor.asleep);
    if (sleeper === undefined) return false;
    const alone = this.actors.every(({ actor }) => actor.ended || actor.dead || actor.asleep);
    const rested = alone && this.clock.now() >= this.restedAt;
    if (!rested && this.clock.step()) return true;
    sleeper.actor.wake();
    return true;
  }

  private waiting(): { readonly actor: Actor; readonly call: PendingCall; readonly name: string }[] {
    const awake = this.actors.filter(({ actor }) => !actor.asleep);
    return awake.flatMap(({ actor }) =>
      actor.pending.map((call, i) => ({ actor, call, name: i === 0 ? actor.name : `${actor.name}/${i}` })),
    );
  }

  private others(
    next: { readonly actor: Actor; readonly call: PendingCall; readonly name: string },
    waiting: readonly { readonly name: string }[],
  ): string[] {
    const { switches, kills, faults } = this.budget;
    const { writes, verb } = next.call;
    return [
      ...(switches > 0 ? waiting.filter(({ name }) => name !== next.name).map(({ name }) => `go ${name}`) : []),
      ...(switches > 0 && this.clock.left().length > 0 ? ['time'] : []),
      // Before a read it is as after the write before it.
      ...(kills > 0 && writes ? ['kill', 'kill-after', 'sleep'] : []),
      ...(faults > 0 && writes ? [...Object.keys(WRITE_FAULTS), 'lost', 'hang', 'hang-after'] : []),
      ...(faults > 0 && !writes
        ? [...Object.keys(READ_FAULTS), 'hang', ...(verb === 'get' ? ['stale'] : ['deaf'])]
        : []),
    ];
  }

  private async deviate(
    what: string,
    { actor, call }: { readonly actor: Actor; readonly call: PendingCall },
  ): Promise<void> {
    if (what === 'time' || what.startsWith('go ')) {
      this.budget = { ...this.budget, switches: this.budget.switches - 1 };
      if (what === 'time') {
        this.clock.step();
        return;
      }
      const other = this.waiting().find(({ name }) => name === what.slice(3))!;
      this.current = other.actor.name;
      return other.call.go();
    }
    if (what === 'kill' || what === 'kill-after' || what === 'sleep') {
      this.budget = { ...this.budget, kills: this.budget.kills - 1 };
      if (what === 'sleep') {
        actor.fallAsleep();
        this.restedAt = this.clock.now() + 5 * LEASE_SECONDS * 1000;
        return;
      }
      if (what === 'kill-after') void call.go();
      actor.die();
      const { command } = this.actors.find((one) => one.actor === actor)!;
      await this.start(`${actor.name}+`, command);
      return;
    }
    this.budget = { ...this.budget, faults: this.budget.faults - 1 };
    if (what === 'lost' || what === 'stale') return call.go(what);
    if (what.startsWith('hang')) return void call.hang(what === 'hang-after', this.clock.sleep(SILENCE));
    if (what === 'deaf') {
      actor.deaf = true;
      return call.go();
    }
    call.fail((call.writes ? WRITE_FAULTS : READ_FAULTS)[what]!);
  }

  /** All that can come of this moment is decided by it, and by what is left of the budget. */
  private state(): string {
    const actors = this.actors
      .filter(({ actor }) => !actor.dead)
      .map(
        ({ actor }) =>
          `${actor.name} ${actor.ended} ${actor.asleep} ${actor.deaf} ${actor.hanging} ${actor.knows} ${actor.pending.map(({ verb, ref }) => `${verb} ${ref.kind} ${ref.name}`).join()}`,
      );
    return hash([this.prints.cluster(), this.current, ...actors, this.clock.left().join()]);
  }

  /** R3: stable is ready when a route closes. */
  private checkClosing(): void {
    const objects = this.cluster.objects();
    const open = openTo(objects);
    for (const name of this.open) {
      if (open.includes(name)) continue;
      this.closedAt.set(name, this.clock.now());
      const stable = name.replace(/-canary$/, '');
      if (!isRolledOut(stable, objects))
        this.found.add(`the route to ${name} closes while ${stable} is not rolled out (R3)`);
    }
    this.open = open;
  }

  /** R3: requests under way end before the canary does. */
  private checkEnd({ kind, metadata: { name } }: Live): void {
    const since = this.clock.now() - (this.closedAt.get(name) ?? -Infinity);
    if (kind === 'Deployment' && since < GRACE) this.found.add(`${name} goes ${since} ms after its route (R3)`);
  }

  /** R6: whoever writes holds the Lease of its rollout, or of the lane that it writes for. */
  private checkFence(actor: Actor, { verb, ref }: PendingCall): void {
    if (ref.kind === 'Lease') return;
    const leases = this.cluster.objects().filter(({ kind }) => kind === 'Lease');
    const held = leases.some(({ spec }) =>
      (spec as { holderIdentity?: string })?.holderIdentity?.startsWith(`${actor.name}.`),
    );
    if (!held)
      this.found.add(`${verb} ${ref.kind} ${ref.name} by ${actor.name.replace(/\+$/, '')}, which holds no Lease (R6)`);
  }
}

/** After all promises that can go on. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What counts of the end: what is declared of it, without what differs between lives. */
function endOf(objects: readonly Live[]): string {
  return JSON.stringify(
    objects
      .filter(({ kind }) => !['Event', 'Lease', 'ReplicaSet', 'Pod'].includes(kind))
      .map(({ kind, metadata: { name, labels, annotations }, spec, data }) => {
        const { ledger = '' } = (data ?? {}) as { ledger?: string };
        const stands = ledger && /"stage": "([^"]*)"/.exec(ledger)?.[1];
        return { kind, name, labels, annotations, spec, stands };
      })
      .sort((a, b) => `${a.kind} ${a.name}`.localeCompare(`${b.kind} ${b.name}`)),
  );
}
