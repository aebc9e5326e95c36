/** One history of a scenario: who goes on when, who is killed where, and what goes wrong. */
import type { Live } from '../../lib/cluster';
import type { Actor, PendingCall } from './actor';
import { faults, faultsOf } from './faults';
import { hash } from './fingerprint';
import { forbiddenAtRest } from './forbidden';
import type { Scenario } from './scenarios';
import { Transitions } from './transitions';
import { LEASE_SECONDS, quiet, STEPS, World } from './world';

/** How much may happen in one history beside what happens anyway. */
export interface Budget {
  /** Times that somebody goes on, or wakes, who would not, or that time passes while somebody could go on. */
  readonly switches: number;
  /** Runs that are killed, and run again at once; or that stand still until nobody else goes on. */
  readonly kills: number;
  /** Calls that are answered wrongly. */
  readonly faults: number;
}

/** What each run knows, by its name. */
export type Knowledge = ReadonlyMap<string, string>;

/** A moment at which something else could happen. */
export interface Point {
  readonly index: number;
  /** The same for moments from which the same can come. */
  readonly state: string;
  /** What is left. */
  readonly budget: Budget;
  /** What else could happen here. */
  readonly others: readonly string[];
  readonly knowledge: Knowledge;
}

/** What happens at which point instead of the default. */
export type Deviations = ReadonlyMap<number, string>;

/** What to play, from where. */
export interface Course {
  readonly scenario: Pick<Scenario, 'runs' | 'last'>;
  /** As `World.before` made it. */
  readonly before: World;
  readonly budget: Budget;
  readonly deviations: Deviations;
  /**
   * What is known at the last deviation. Up to there the history has been seen before, and nobody looks again.
   * @default - all of it is looked at
   */
  readonly knowledge?: Knowledge;
  /** Told each call when it is let through, and what was seen then. @default - nobody listens */
  readonly tell?: (line: string) => void;
}

export interface Played {
  /** What was seen that must not be. */
  readonly found: readonly string[];
  /** At rest, for comparison; undefined where it was not played to its end. */
  readonly end?: string;
  /** With what the first run failed, of those that did. */
  readonly failed?: string;
}

/** @param visit told each point after the last deviation; false ends the history, for what can follow is known */
export async function play(course: Course, visit: (point: Point) => boolean = () => true): Promise<Played> {
  return new History(course, visit).play();
}

/** A call that waits, and whose it is. */
interface Waiting {
  readonly actor: Actor;
  readonly call: PendingCall;
  readonly name: string;
}

class History {
  private readonly world: World;
  private readonly transitions: Transitions;
  private readonly scenario: Course['scenario'];
  private readonly deviations: Deviations;
  private readonly knowledge: Knowledge | undefined;
  private readonly tell: Course['tell'];
  private budget: Budget;
  private current = '';
  private points = 0;
  private restedAt = 0;
  private told = 0;
  private readonly last: number;

  constructor(
    { scenario, before, budget, deviations, knowledge, tell }: Course,
    private readonly visit: (point: Point) => boolean,
  ) {
    this.tell = tell;
    this.scenario = scenario;
    this.deviations = deviations;
    this.knowledge = knowledge;
    this.budget = budget;
    this.last = Math.max(-1, ...deviations.keys());
    this.world = new World(new Set(before.found), before);
    this.transitions = new Transitions(this.world, () => knowledge === undefined || this.points > this.last);
  }

  async play(): Promise<Played> {
    const { world, scenario } = this;
    for (const [i, command] of scenario.runs.entries()) await this.start(`run-${i + 1}`, command);
    if (!(await this.explore())) return { found: [...world.found], ...this.failed() };
    for (const command of scenario.last ?? scenario.runs) await world.undisturbed(command);
    await world.settle();
    forbiddenAtRest(world.cluster.objects()).forEach((one) => world.found.add(one));
    return { found: [...world.found], end: endOf(world.cluster.objects()), ...this.failed() };
  }

  private failed(): Pick<Played, 'failed'> {
    const { failed } = this.world;
    return failed === undefined ? {} : { failed };
  }

  private async start(name: string, command: Scenario['runs'][number]): Promise<void> {
    await this.world.start(name, command, (actor, call) => this.transitions.checkFence(actor, call));
  }

  /** @returns whether it was played to its end */
  private async explore(): Promise<boolean> {
    const { world } = this;
    for (let i = 0; i < STEPS; i++) {
      await quiet();
      if (world.actors.every(({ actor }) => actor.ended || actor.dead)) return true;
      const waiting = this.waiting();
      const next = waiting.find(({ actor }) => actor.name === this.current) ?? waiting[0];
      if (next === undefined) {
        if (!this.sleepOn() && !world.clock.step()) {
          world.found.add('nobody goes on any more');
          return true;
        }
        continue;
      }
      if (!(await this.pass(next, waiting))) return false;
    }
    world.found.add('the history does not end');
    return true;
  }

  /** One moment: as always, or as the history has it. @returns whether it goes on */
  private async pass(next: Waiting, waiting: readonly Waiting[]): Promise<boolean> {
    const index = this.points++;
    const deviation = this.deviations.get(index);
    if (this.tell) this.tellCall(index, next, deviation);
    if (index === this.last && this.knowledge) this.recall(this.knowledge);
    if (deviation !== undefined) {
      await this.deviate(deviation, next);
      return true;
    }
    if (index > this.last) {
      const others = this.others(next, waiting);
      const { budget } = this;
      if (!this.visit({ index, state: this.state(), budget, others, knowledge: this.known() })) return false;
    }
    this.current = next.actor.name;
    await next.call.go();
    return true;
  }

  private tellCall(index: number, { name, call: { verb, ref } }: Waiting, deviation: string | undefined): void {
    const { found } = this.world;
    for (const one of [...found].slice(this.told)) this.tell!(`      ${one}`);
    this.told = found.size;
    const what = [index, name, verb, ref.kind, ref.name, deviation && `<- ${deviation}`];
    this.tell!(what.filter((word) => word !== undefined).join(' '));
  }

  private known(): Knowledge {
    return new Map(this.world.actors.map(({ actor }) => [actor.name, actor.knows]));
  }

  private recall(knowledge: Knowledge): void {
    for (const { actor } of this.world.actors) actor.knows = knowledge.get(actor.name)!;
  }

  /** Whoever stands still is woken when all others have ended, and every Lease with them. @returns whether one was */
  private sleepOn(): boolean {
    const { actors, clock } = this.world;
    const sleeper = actors.find(({ actor }) => actor.asleep);
    if (sleeper === undefined) return false;
    const alone = actors.every(({ actor }) => actor.ended || actor.dead || actor.asleep);
    const rested = alone && clock.now() >= this.restedAt;
    if (!rested && clock.step()) return true;
    sleeper.actor.wake();
    return true;
  }

  private waiting(): Waiting[] {
    const awake = this.world.actors.filter(({ actor }) => !actor.asleep);
    return awake.flatMap(({ actor }) =>
      actor.pending.map((call, i) => ({ actor, call, name: i === 0 ? actor.name : `${actor.name}/${i}` })),
    );
  }

  private others(next: Waiting, waiting: readonly Waiting[]): string[] {
    const { switches, kills, faults } = this.budget;
    const asleep = this.world.actors.filter(({ actor }) => actor.asleep);
    return [
      ...(switches > 0 ? waiting.filter(({ name }) => name !== next.name).map(({ name }) => `go ${name}`) : []),
      ...(switches > 0 ? asleep.map(({ actor }) => `wake ${actor.name}`) : []),
      ...(switches > 0 && this.world.clock.left().length > 0 ? ['time'] : []),
      // Before a read it is as after the write before it.
      ...(kills > 0 && next.call.writes ? ['kill', 'kill-after'] : []),
      ...(kills > 0 && this.maySleep(next.call) ? ['sleep'] : []),
      ...(faults > 0 ? faultsOf(next.call) : []),
    ];
  }

  /**
   * Whoever stands still at a write has passed its fence, and the write names what it was read over. A write that makes an
   * object has nothing to name (adr/0011): there it is the read before it, and the fence is still to come.
   */
  private maySleep({ writes, verb, ref }: PendingCall): boolean {
    const isThere = this.world.find(ref) !== undefined;
    return writes ? isThere : verb === 'get' && !isThere;
  }

  private async deviate(what: string, { actor, call }: Waiting): Promise<void> {
    const { budget, world } = this;
    const [verb, name] = what.split(' ') as [string, string?];
    if (faults[verb]) {
      this.budget = { ...budget, faults: budget.faults - 1 };
      await faults[verb].happen(call, actor, (milliseconds) => world.clock.sleep(milliseconds));
    } else if (['kill', 'kill-after', 'sleep'].includes(verb)) {
      this.budget = { ...budget, kills: budget.kills - 1 };
      await this.interrupt(verb, actor, call);
    } else {
      this.budget = { ...budget, switches: budget.switches - 1 };
      if (verb === 'time') world.clock.step();
      if (verb === 'wake') world.actors.find((one) => one.actor.name === name)!.actor.wake();
      if (verb !== 'go') return;
      const other = this.waiting().find((one) => one.name === name)!;
      this.current = other.actor.name;
      await other.call.go();
    }
  }

  private async interrupt(how: string, actor: Actor, call: PendingCall): Promise<void> {
    if (how === 'sleep') {
      actor.fallAsleep();
      this.restedAt = this.world.clock.now() + 5 * LEASE_SECONDS * 1000;
      return;
    }
    if (how === 'kill-after') void call.go();
    actor.die();
    const { command } = this.world.actors.find((one) => one.actor === actor)!;
    await this.start(`${actor.name}+`, command);
  }

  /** All that can come of this moment is decided by it, and by what is left of the budget. */
  private state(): string {
    const { prints, actors, clock } = this.world;
    const living = actors.filter(({ actor }) => !actor.dead).map(({ actor }) => `${actor.stands} ${actor.knows}`);
    const rested = actors.some(({ actor }) => actor.asleep) ? [String(this.restedAt - clock.now())] : [];
    return hash([prints.cluster(), this.current, ...living, ...rested, clock.left().join()]);
  }
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
