/** What a live release asks of an API server, stage by stage, and how long it takes: on a simulated cluster, in its own time. */
import { type Api, delegating, type Live, up } from '../lib/cluster';
import { canaryName, type Declarations, type Manifest, notReady, type ReportedDeployment } from '../lib/core';
import { gateways } from '../lib/gateways';
import { SimulatedCluster } from '../lib/simulated';
import { sample, sampleBase, web, webBase } from '../test/cluster/app';

const namespace = 'bench';
/** Milliseconds that each call takes. */
const CALL = 10;
/** Milliseconds: `gracePeriodSeconds` of the apps. A release has two: when its route opens, and when it closes. */
const GRACE = 1000;

const releases = {
  'own weights': {
    base: webBase,
    rollout: 'web',
    app: (version: string): Declarations => web([{ replicas: 1, traffic: '20%' }], { version }),
  },
  'in a lane': { base: sampleBase, rollout: 'rollout-a', app: (version: string) => sample({ a: { version } }) },
} as const;

export type ReleaseName = keyof typeof releases;
export const releaseNames = Object.keys(releases) as ReleaseName[];

/** What was called from the moment at which a stage was announced to the next one. */
export interface StageCalls {
  readonly stage: string;
  /** The first of a run writes over what stands: others may have changed it. */
  readonly first: boolean;
  writes: number;
  /** Of those writes the ones that changed an object, records aside. */
  changed: number;
  /** Writes of a lane's record: the rollout has joined the lane, or left it. */
  lane: number;
  leases: number;
  events: number;
  reads: number;
}

/** A release in two runs: to its gate, and from there to its end. */
export async function callsByStage(name: ReleaseName): Promise<StageCalls[]> {
  const { cluster, api } = await atRest(name);
  const counter = new Counter(cluster, api);
  const gate = await walk(cluster, name, counter);
  counter.startRun('the gate');
  await walk(cluster, name, counter, gate);
  return counter.stages;
}

/** Milliseconds of the cluster, grace periods aside. */
export interface Times {
  readonly release: number;
  /** The same objects, written one after the other by calls alone that wait for the same things. */
  readonly bare: number;
  /** Stable's own rolling update. */
  readonly own: number;
}

export async function timesOf(name: ReleaseName): Promise<Times> {
  const { cluster, api } = await atRest(name);
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    const began = cluster.clock.now();
    await run();
    return cluster.clock.now() - began;
  };
  const release = await timed(async () => walk(cluster, name, { api }, await walk(cluster, name, { api })));
  const bare = new BareRelease(cluster, api, name);
  return {
    release: release - 2 * GRACE,
    bare: await timed(() => bare.release('v3')),
    own: await timed(() => bare.roll('v4')),
  };
}

async function atRest(name: ReleaseName): Promise<{ cluster: SimulatedCluster; api: Api }> {
  const cluster = new SimulatedCluster();
  const user = cluster.client('kubectl');
  const { base, app } = releases[name];
  for (const object of base) await user.apply({ ...object, metadata: { namespace, ...object.metadata } });
  const api = slow(cluster);
  for (const { name: rollout } of app('v1').rollouts)
    await upTo(cluster, { api }, { declarations: app('v1'), rollout });
  return { cluster, api };
}

/** @returns the approval of the gate at which it stops */
async function walk(
  cluster: SimulatedCluster,
  name: ReleaseName,
  seen: { readonly api: Api; readonly begin?: (stage: string) => void },
  approval?: string,
): Promise<string | undefined> {
  const { app, rollout } = releases[name];
  const approve = approval === undefined ? {} : { approve: [approval] };
  return upTo(cluster, seen, { declarations: app('v2'), rollout, ...approve });
}

let ids = 0;

async function upTo(
  { clock }: SimulatedCluster,
  { api, begin }: { readonly api: Api; readonly begin?: (stage: string) => void },
  request: { readonly declarations: Declarations; readonly rollout: string; readonly approve?: string[] },
): Promise<string | undefined> {
  const { gate } = await up(
    {
      api,
      clock,
      gateways,
      random: { id: () => `bench${ids++}` },
      report: (progress) => progress.is === 'stage' && begin?.(progress.stage),
    },
    { namespace, ...request },
  );
  return gate?.approval;
}

function slow(cluster: SimulatedCluster): Api {
  const server = cluster.client('graylane');
  const late = async <T>(call: () => Promise<T>): Promise<T> => {
    await cluster.clock.sleep(CALL);
    return call();
  };
  return {
    ...delegating(server),
    get: (ref) => late(() => server.get(ref)),
    list: (kind, selection) => late(() => server.list(kind, selection)),
    create: (object) => late(() => server.create(object)),
    update: (object) => late(() => server.update(object)),
    apply: (object, options) => late(() => server.apply(object, options)),
    patch: (ref, change) => late(() => server.patch(ref, change)),
    delete: (...args) => late(() => server.delete(...args)),
  };
}

/** Counts the calls of one run after the other. */
class Counter {
  readonly stages: StageCalls[] = [];
  readonly api: Api;
  private changes = 0;

  constructor(cluster: SimulatedCluster, api: Api) {
    cluster.listen(() => void this.changes++);
    this.startRun('before the first stage');
    this.api = {
      ...delegating(api),
      get: (ref) => this.read(ref.kind, () => api.get(ref)),
      list: (kind, selection) => this.read(kind.kind, () => api.list(kind, selection)),
      create: (object) => this.write(object.kind, object.metadata.name, () => api.create(object)),
      update: (object) => this.write(object.kind, object.metadata.name, () => api.update(object)),
      apply: (object, options) =>
        options?.dryRun
          ? this.read(object.kind, () => api.apply(object, options))
          : this.write(object.kind, object.metadata.name, () => api.apply(object, options)),
      patch: (ref, change) => this.write(ref.kind, ref.name, () => api.patch(ref, change)),
      delete: (ref, ...only) => this.write(ref.kind, ref.name, () => api.delete(ref, ...only)),
    };
  }

  /** @param what the name of what comes before the first stage that is announced */
  startRun(what: string): void {
    this.add(what, true);
  }

  readonly begin = (stage: string): void => this.add(stage, false);

  private add(stage: string, first: boolean): void {
    this.stages.push({ stage, first, writes: 0, changed: 0, lane: 0, leases: 0, events: 0, reads: 0 });
  }

  private get now(): StageCalls {
    return this.stages.at(-1)!;
  }

  private read<T>(kind: string, call: () => Promise<T>): Promise<T> {
    if (kind === 'Lease') this.now.leases++;
    else this.now.reads++;
    return call();
  }

  private async write<T>(kind: string, name: string | undefined, call: () => Promise<T>): Promise<T> {
    const { now } = this;
    if (kind === 'Lease') now.leases++;
    if (kind === 'Event') now.events++;
    if (kind === 'Lease' || kind === 'Event') return call();
    now.writes++;
    if (kind === 'ConfigMap') now.lane += name?.startsWith('graylane-lane-') ? 1 : 0;
    const before = this.changes;
    const answer = await call();
    if (kind !== 'ConfigMap' && this.changes > before) now.changed++;
    return answer;
  }
}

/** What somebody would do by hand, who knows what to write and writes nothing down. */
class BareRelease {
  private readonly stable: string;

  constructor(
    private readonly cluster: SimulatedCluster,
    private readonly api: Api,
    private readonly name: ReleaseName,
  ) {
    const { app, rollout } = releases[name];
    this.stable = app('v1').rollouts.find((one) => one.name === rollout)!.workloadRef.name;
  }

  async release(version: string): Promise<void> {
    const { api } = this;
    const [canary, service, route] = this.objects(version);
    await api.create(canary);
    await api.create(service);
    await this.ready(canary.metadata.name!);
    await api.create(route);
    await this.roll(version);
    for (const { apiVersion, kind, metadata } of [route, service, canary]) {
      await api.delete({ apiVersion, kind, name: metadata.name!, namespace });
    }
    await this.until(
      async () =>
        (await api.list({ apiVersion: 'v1', kind: 'Pod' }, { labels: { app: canary.metadata.name! } })).length === 0,
    );
  }

  async roll(version: string): Promise<void> {
    const containers = [{ name: 'main', image: `example.com/shop/${this.stable}:${version}` }];
    await this.api.patch(this.refTo(this.stable), { spec: { template: { spec: { containers } } } });
    await this.ready(this.stable);
  }

  private objects(version: string): [Manifest, Manifest, Manifest] {
    const { app, base } = releases[this.name];
    const name = canaryName(this.stable);
    const labels = { app: name };
    const stable = app(version).objects.find(({ metadata }) => metadata.name === this.stable)!;
    const { template } = stable.spec as { template: { spec: object } };
    const spec = {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { ...template, metadata: { labels: labels } },
    };
    const of = (kind: string) => base.find((one) => one.kind === kind)!;
    const metadata = { name, namespace };
    return [
      { ...stable, metadata, spec },
      { ...of('Service'), metadata, spec: { ...(of('Service').spec as object), selector: labels } },
      { ...of('Ingress'), metadata },
    ];
  }

  private ready(name: string): Promise<void> {
    return this.until(async () => {
      const live = (await this.api.get(this.refTo(name))) as (Live & ReportedDeployment) | undefined;
      return notReady(live, 1) === undefined;
    });
  }

  /** Looks again at once after each change. */
  private async until(holds: () => Promise<boolean>): Promise<void> {
    for (;;) {
      const changed = new AbortController();
      const stop = this.cluster.listen(() => changed.abort());
      const done = await holds();
      if (!done && !changed.signal.aborted) await this.cluster.clock.sleep(60_000, changed.signal);
      stop();
      if (done) return;
    }
  }

  private refTo(name: string) {
    return { apiVersion: 'apps/v1', kind: 'Deployment', name, namespace };
  }
}
