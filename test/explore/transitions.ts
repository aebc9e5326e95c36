/** What must not happen from one state to the next. */
import type { Live } from '../../lib/cluster';
import { isOurs, LANE_LABEL, objectKey, sameJson } from '../../lib/core';
import type { Actor, PendingCall } from './actor';
import { forbidden, holderOf, isRolledOut, openTo, wrongAboutOpening } from './forbidden';
import { LEASE_SECONDS, type World } from './world';

/** Milliseconds: `gracePeriodSeconds` of the apps. */
const GRACE = 1000;

/** Kinds by which it is decided where routes lead. */
const ROUTING = ['Ingress', 'HTTPRoute', 'ConfigMap'];

export class Transitions {
  private open: readonly string[];
  private readonly leases = new Map<string, { readonly holder: string | undefined; readonly since: number }>();
  private readonly closedAt = new Map<string, number>();
  /** What the user has written, and no release changes. */
  private readonly users: ReadonlyMap<string, Live>;

  /** @param looks whether somebody wants to know; what is to be remembered is remembered anyway */
  constructor(
    private readonly world: World,
    private readonly looks: () => boolean,
  ) {
    const objects = world.cluster.objects();
    this.open = openTo(objects);
    this.users = new Map(objects.filter(isUsers).map((one) => [objectKey(one), one]));
    world.cluster.listen((change, object) => this.see(change, object));
  }

  /** R6: whoever writes holds the Lease of its rollout, and of the lane that it writes for. */
  checkFence(actor: Actor, { verb, ref }: PendingCall): void {
    if (ref.kind === 'Lease' || !this.looks()) return;
    const objects = this.world.cluster.objects();
    const held = objects.filter((one) => one.kind === 'Lease' && holderOf(one)?.startsWith(`${actor.name}.`));
    const lane = objects.find(({ kind, metadata }) => kind === ref.kind && metadata.name === ref.name)?.metadata
      .labels?.[LANE_LABEL];
    if (held.some(({ metadata }) => lane === undefined || metadata.labels?.[LANE_LABEL] === lane)) return;
    const lease = lane === undefined ? 'no Lease' : `not the Lease of lane ${lane}`;
    this.found(`${verb} ${ref.kind} ${ref.name} by ${actor.name.replace(/\+*$/, '')}, which holds ${lease} (R6)`);
  }

  private see(change: 'added' | 'modified' | 'deleted', object: Live): void {
    if (ROUTING.includes(object.kind)) this.checkClosing();
    if (object.kind === 'Lease') this.checkLease(change, object);
    if (!this.looks()) return;
    if (change === 'deleted') this.checkEnd(object);
    this.checkUsers(change, object);
    if (change === 'added') wrongAboutOpening(object, this.world.cluster.objects()).forEach((one) => this.found(one));
    forbidden(this.world.cluster.objects()).forEach((one) => this.found(one));
  }

  /** R6: nobody takes the Lease of somebody who renewed it within its duration. */
  private checkLease(change: 'added' | 'modified' | 'deleted', lease: Live): void {
    const key = objectKey(lease);
    if (change === 'deleted') {
      this.leases.delete(key);
      return;
    }
    const before = this.leases.get(key);
    this.leases.set(key, { holder: holderOf(lease), since: this.world.clock.now() });
    if (!this.looks() || !before?.holder || !holderOf(lease) || before.holder === holderOf(lease)) return;
    const quiet = this.world.clock.now() - before.since;
    if (quiet < LEASE_SECONDS * 1000)
      this.found(`${lease.metadata.name} is taken ${quiet} ms after its holder has renewed it (R6)`);
  }

  /** R3: stable is ready when a route closes. */
  private checkClosing(): void {
    const objects = this.world.cluster.objects();
    const open = openTo(objects);
    for (const name of this.open) {
      if (open.includes(name)) continue;
      this.closedAt.set(name, this.world.clock.now());
      const stable = name.replace(/-canary$/, '');
      if (this.looks() && !isRolledOut(stable, objects))
        this.found(`the route to ${name} closes while ${stable} is not rolled out (R3)`);
    }
    this.open = open;
  }

  /** R3: requests under way end before the canary does. */
  private checkEnd({ kind, metadata: { name } }: Live): void {
    const since = this.world.clock.now() - (this.closedAt.get(name) ?? -Infinity);
    if (kind === 'Deployment' && since < GRACE) this.found(`${name} goes ${since} ms after its route (R3)`);
  }

  private checkUsers(change: 'added' | 'modified' | 'deleted', object: Live): void {
    const before = this.users.get(objectKey(object));
    if (before === undefined || (change !== 'deleted' && sameJson(wordsOf(before), wordsOf(object)))) return;
    this.found(`${object.kind} ${object.metadata.name} is the user's, and is ${change} (R10)`);
  }

  private found(what: string): void {
    this.world.found.add(what);
  }
}

/** Deployments are released, and routes are written for bases. */
function isUsers(object: Live): boolean {
  return !isOurs(object) && (object.kind === 'Service' || object.metadata.labels?.[USERS] !== undefined);
}

/** On what the user has beside what he declares. */
export const USERS = 'example.com/of-the-user';

/** What somebody has written of it. */
function wordsOf({ spec, data, metadata: { labels, annotations } }: Live): object {
  return { spec, data, labels, annotations };
}
