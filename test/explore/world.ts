/** A cluster in which time stands still until somebody lets it pass, and the runs in it. */
import { type Engine, EngineError, type Live, type Ref, up, type UpRequest } from '../../lib/cluster';
import { retried } from '../../lib/cluster/port/retried-api';
import { GraylaneError } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { SimulatedCluster } from '../../lib/simulated';
import { declaredTemplate, withIds } from '../cluster/current-ids';
import { Actor, type PendingCall } from './actor';
import { SteppedClock } from './clock';
import { Fingerprints } from './fingerprint';
import { Past } from './past';
import type { Command, Scenario } from './scenarios';

const NAMESPACE = 'test-1';
export const LEASE_SECONDS = 6;
/** More than any history needs. */
export const STEPS = 20_000;
/** Milliseconds by which a watch that is late is late. */
const LATE = 3000;

export class World {
  readonly clock: SteppedClock;
  readonly cluster: SimulatedCluster;
  readonly prints: Fingerprints;
  actors: { readonly actor: Actor; readonly command: Command }[] = [];
  /** With what the first run failed, of those that did. */
  failed: string | undefined;
  private readonly past: Past;
  private changes = 0;

  /**
   * @param found what was seen that must not be
   * @param from one at rest, as which it begins; that one stays as it is
   */
  constructor(
    readonly found: Set<string>,
    from?: World,
  ) {
    this.clock = new SteppedClock(from?.clock.now());
    this.cluster = new SimulatedCluster({ clock: this.clock, ...(from && { from: from.cluster }) });
    this.past = new Past(this.cluster, from?.past);
    this.cluster.listen(() => void this.changes++);
    this.prints = new Fingerprints(this.cluster, from?.prints);
  }

  /** As a scenario finds it. */
  static async before({ base, before }: Pick<Scenario, 'base' | 'before'>): Promise<World> {
    const world = new World(new Set());
    const user = world.cluster.client('kubectl');
    for (const object of base) {
      await user.apply({ ...object, metadata: { namespace: NAMESPACE, ...object.metadata } }, { force: true });
    }
    await world.settle();
    for (const one of before) {
      if ('edit' in one) await one.edit(user, NAMESPACE);
      else await world.undisturbed(one);
    }
    await world.settle();
    return world;
  }

  find({ kind, name, namespace }: Partial<Ref>): Live | undefined {
    const isIt = ({ metadata }: Live) => metadata.name === name && metadata.namespace === namespace;
    return this.cluster.objects().find((one) => one.kind === kind && isIt(one));
  }

  /** @param wrote told each write that changed something; without it all calls are let through */
  async start(
    name: string,
    { declarations, request, until }: Command,
    wrote?: (actor: Actor, call: PendingCall) => void,
  ): Promise<Actor> {
    const actor = new Actor(name, this.cluster.client('graylane'), {
      prints: this.prints,
      past: this.past,
      wrote: wrote ?? (() => {}),
      changes: () => this.changes,
      find: (ref) => this.find(ref),
      later: (tell) => this.clock.after(LATE, tell),
    });
    actor.free = wrote === undefined;
    this.actors.push({ actor, command: { declarations, request } });
    const clock = {
      now: () => this.clock.now(),
      sleep: async (milliseconds: number, signal?: AbortSignal) => {
        await this.clock.sleep(milliseconds, signal);
        await actor.awake();
      },
    };
    const stop = new AbortController();
    const engine: Engine = {
      api: retried(actor.api, { clock, jitter: () => 0.5, log: () => {} }),
      clock,
      random: { id: () => actor.id() },
      gateways,
      report: (progress) => {
        if (progress.is === 'stage' && progress.stage === until) stop.abort(new EngineError('interrupted', '', ''));
      },
      signal: stop.signal,
      leaseSeconds: LEASE_SECONDS,
    };
    const template = declaredTemplate(declarations, request.rollout);
    const approve = request.approve && (await withIds(this.cluster.client(), NAMESPACE, request.approve, template));
    const whole = { declarations, namespace: NAMESPACE, timeout: 60, ...request, ...(approve && { approve }) };
    this.run(actor, engine, whole);
    return actor;
  }

  /** Runs a command as if nobody else was there. */
  async undisturbed(command: Command): Promise<void> {
    const actor = await this.start('alone', command);
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
  async settle(): Promise<void> {
    for (let i = 0; i < STEPS; i++) {
      await quiet();
      if (!this.clock.step()) return;
    }
  }

  private run(actor: Actor, engine: Engine, request: UpRequest): void {
    void up(engine, request).then(
      () => (actor.ended = true),
      (error: unknown) => {
        actor.ended = true;
        // Words for a user are fine; anything else is a fault of ours.
        if (error instanceof EngineError || error instanceof GraylaneError) this.failed ??= error.message;
        else this.found.add(`${actor.name} ended in ${(error as Error).stack}`);
      },
    );
  }
}

/** After all promises that can go on. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
