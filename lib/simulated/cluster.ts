import { type Api, kinds, type Live, type LiveDeployment } from '../cluster';
import { type TimerClock, VirtualClock } from './clock';
import { type Fault, SimulatedClient } from './client';
import { reconcileDeployment } from './deployment-controller';
import { askGates, fateByImage, type FateOf, startPod } from './kubelet';
import { leadsElsewhere } from './load-balancer';
import { reconcileReplicaSet } from './replica-set-controller';
import { acceptRoute } from './route-controller';
import { type Admission, type StoreChange, type Listener, Store } from './store';
import { type LivePod, type LiveReplicaSet, owners } from './workloads';

/** Milliseconds between a change and the controllers' answer. */
const REACTION = 50;

export interface SimulationOptions {
  /** How many seconds pass in one. @default - nobody waits: time jumps */
  readonly speed?: number;
  /** How far pods get. @default - by their images, see `fateByImage` */
  readonly fate?: FateOf;
  /** On which it runs. @default - one that jumps, see `speed` */
  readonly clock?: TimerClock;
  /** Begins as that one is, which must be at rest. @default - empty */
  readonly from?: SimulatedCluster;
}

/** A cluster in memory: an API server and the controllers that a release needs, on a clock that jumps. */
export class SimulatedCluster {
  readonly clock: TimerClock;
  private readonly store: Store;
  private readonly waiting = new Set<string>();

  private readonly fate: FateOf;

  constructor({ speed, fate = fateByImage, clock = new VirtualClock(speed), from }: SimulationOptions = {}) {
    this.clock = clock;
    this.fate = fate;
    this.store = from ? from.store.copy(clock) : new Store(clock);
    this.store.listen((change, object) => this.react(change, object));
  }

  /** The API server, for one field manager; `fault` is asked before each call and may throw. */
  client(manager?: string, fault?: Fault): Api {
    return new SimulatedClient(this.store, manager, fault);
  }

  /** Everything there is. */
  objects(): Live[] {
    return this.store.all();
  }

  /** From now on each object that is written passes this admission, and no other; throwing refuses it. */
  admit(admission: Admission): void {
    this.store.admission = admission;
  }

  /** Calls `changed` after each change, until what it returns is called. */
  listen(changed: Listener): () => void {
    return this.store.listen(changed);
  }

  private react(change: StoreChange, object: Live): void {
    if (change === 'deleted') this.collect(object);
    if (change === 'added' && object.kind === 'Pod') startPod(this.store, object, this.fate);
    if (change !== 'deleted' && object.apiVersion.startsWith('gateway.networking.k8s.io/')) {
      this.later(`accept ${object.metadata.uid}`, () => {
        const live = this.store.find(object);
        if (live) acceptRoute(this.store, live);
      });
    }
    if (leadsElsewhere(object)) {
      const { namespace } = object.metadata;
      this.later(`ask gates ${namespace}`, () => {
        for (const pod of this.store.list(kinds.pod, { namespace }) as LivePod[]) askGates(this.store, pod);
      });
    }
    if (['Deployment', 'ReplicaSet', 'Pod', 'ResourceQuota'].includes(object.kind)) {
      this.later(`reconcile ${object.metadata.namespace}`, () => this.reconcile(object.metadata.namespace!));
    }
  }

  /** Garbage collection in the background, and what a namespace takes with it. */
  private collect(gone: Live): void {
    const { uid, name } = gone.metadata;
    this.later(`collect ${uid}`, () => {
      for (const object of this.store.all()) {
        const orphaned = owners(object.metadata.ownerReferences).some((owner) => owner.uid === uid);
        const inside = gone.kind === 'Namespace' && object.metadata.namespace === name;
        if (orphaned || inside) this.store.remove(object);
      }
    });
  }

  private reconcile(namespace: string): void {
    const all = <T extends Live>(kind: string) =>
      this.store.list({ apiVersion: 'apps/v1', kind }, { namespace }) as T[];
    for (const deployment of all<LiveDeployment>('Deployment')) reconcileDeployment(this.store, deployment);
    for (const replicaSet of all<LiveReplicaSet>('ReplicaSet')) reconcileReplicaSet(this.store, replicaSet);
    for (const deployment of all<LiveDeployment>('Deployment')) reconcileDeployment(this.store, deployment);
  }

  /** Once, however often it is asked for until then. */
  private later(what: string, run: () => void): void {
    if (this.waiting.has(what)) return;
    this.waiting.add(what);
    this.clock.after(REACTION, () => {
      this.waiting.delete(what);
      run();
    });
  }
}
