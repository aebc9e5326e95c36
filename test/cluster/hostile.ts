/** What people, controllers and machines do to a release from outside: the table, and the play of one line of it. */
import { expect } from 'vitest';
import { kinds, type Kind, type Outcome, type Progress, readStatus, recordName } from '../../lib/cluster';
import type { Declarations, Manifest, Step } from '../../lib/core';
import { deployment, ingress, sample, sampleBase, web, webBase } from './app';
import {
  eventually,
  find,
  getDeployment,
  ingressKind,
  ours,
  release,
  userApplies,
  versions,
  type World,
} from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };
const LANE_RECORD = 'graylane-lane-mse-traffic';

type Name = 'rollout-a' | 'rollout-b' | 'web';

/** Seconds that a wait may take: one that stops here waits for ever. */
const TIMEOUT = 60;

/** A release that something is done to. */
interface At {
  readonly world: World;
  readonly rollout: 'rollout-a' | 'web';
  readonly workload: string;
  readonly canary: string;
  /** Goes on in its direction, once. */
  readonly run: (wishes?: Wishes) => Promise<Outcome>;
}

interface Wishes {
  readonly approve?: string[];
  readonly abort?: boolean;
  readonly adopt?: boolean;
  readonly version?: string;
  readonly timeout?: number;
}

interface Place {
  readonly go: (at: At) => Promise<unknown>;
  readonly back: boolean;
}

/** Runs that are stopped as soon as they have told of a stage have stored it, and done nothing about it. */
const places = {
  'at rest': { go: async () => {}, back: false },
  'at the gate': { go: toGate, back: false },
  'at the gate, and back': { go: toGate, back: true },
  'in promotion': { go: toPromotion, back: false },
  'in promotion, and back': { go: toPromotion, back: true },
  'on the way back': {
    go: async (at: At) => {
      await toGate(at);
      await stopped(at, 'abort/unroute', { abort: true });
    },
    back: true,
  },
} satisfies Record<string, Place>;

export type PlaceName = keyof typeof places;
export const placeNames = Object.keys(places) as PlaceName[];

async function toGate({ world, rollout }: At): Promise<void> {
  expect((await runIn(world, rollout)).gate?.step).toBe(1);
}

async function toPromotion(at: At): Promise<void> {
  await toGate(at);
  await stopped(at, 'promote/stable', { approve: [`${at.rollout}#1/step-1`] });
}

async function stopped({ world, rollout }: At, stage: string, wishes: Wishes): Promise<void> {
  const stop = new AbortController();
  const report = (told: Progress) => {
    if (told.is === 'stage' && told.stage === stage) stop.abort(new Error('stopped here'));
  };
  const over = { signal: stop.signal, report };
  await expect(runIn(world, rollout, wishes, over)).rejects.toThrow(/stopped here/);
}

/** One line of the table. */
export interface Hostility {
  readonly what: string;
  readonly to: 'rollout-a' | 'web';
  readonly act: (at: At) => Promise<unknown>;
  /** @default - everywhere */
  readonly only?: readonly PlaceName[];
  /** The error of the next run, which names the object; none where it repairs what was done, or bears it. */
  readonly told?: { readonly forward?: RegExp; readonly back?: RegExp };
  /** What makes the runs go on: what the error advises. */
  readonly fix?: (at: At) => Promise<unknown>;
  /** What `status` says is damaged. */
  readonly damaged?: RegExp;
  /** It is done to what the lane shares, or the namespace: its other rollouts are told the same. */
  readonly shared?: 'lane' | 'namespace';
  /** Where the clock of the next runs stands, in seconds. */
  readonly skew?: number;
  /** Tried on a real API server, at this place. */
  readonly real?: PlaceName;
}

/** Something is done to a release that stands somewhere: it comes to its end, and so do its neighbours. */
export async function play(world: World, hostility: Hostility, placeName: PlaceName): Promise<void> {
  const { to, act, told = {}, fix, damaged, shared, skew = 0 } = hostility;
  const place: Place = places[placeName];
  const later = skew === 0 ? world : { ...world, clock: skewed(world, skew) };
  const at: At = {
    world,
    rollout: to,
    workload: workloadOf(to),
    canary: `${workloadOf(to)}-canary`,
    run: (wishes = {}) => runIn(later, to, { abort: place.back, ...wishes }),
  };
  const neighbours = (['rollout-a', 'rollout-b', 'web'] as const).filter((name) => name !== to);
  await userApplies(world, [...sampleBase, ...webBase]);
  for (const name of [to, ...neighbours]) await runIn(world, name, { version: 'v1' });
  for (const name of neighbours) await runIn(world, name);
  await place.go(at);
  await act(at);

  const status = await readStatus(world, world.namespace);
  expect(status.damaged.map(({ what }) => what).join()).toMatch(damaged ?? /^$/);
  const waiting = status.rollouts.filter(({ gate }) => gate !== undefined).map(({ rollout }) => rollout);
  expect(waiting).toEqual(expect.arrayContaining(neighbours));
  const error = told[place.back ? 'back' : 'forward'];
  const isTold = (name: Name) => shared === 'namespace' || (shared === 'lane' && name !== 'web');
  for (const name of neighbours) if (!isTold(name)) await goesOn(world, name);
  if (error) await expect(forward(at, place)).rejects.toThrow(error);
  // What is shared is refused to others on their way forward alone.
  for (const name of neighbours) if (isTold(name)) await backOrOn(world, name);
  if (error) await fix?.(at);
  await forward(at, place);
  const end = place.back ? 'v1' : 'v2';
  await eventually(world, `${end} everywhere`, async () => {
    const running = await versions(world, { app: at.workload });
    return running.length === 3 && running.every((version) => version === end);
  });
  await eventually(world, 'nothing left', async () => (await ours(world)).length === 0);
}

/** From gate to gate, to the end of its direction. */
async function forward(at: At, { back }: Place): Promise<void> {
  for (let wishes: Wishes = {}; ;) {
    const { gate, release } = await at.run(wishes);
    if (release === undefined) return;
    expect([back, gate]).toEqual([false, expect.anything()]);
    wishes = { approve: [gate!.approval] };
  }
}

async function goesOn(world: World, name: Name): Promise<void> {
  expect((await runIn(world, name, { approve: [`${name}#1/step-1`] })).stage).toBe('stable');
}

async function backOrOn(world: World, name: Name): Promise<void> {
  await goesOn(world, name).catch(async () => {
    expect((await runIn(world, name, { abort: true })).stage).toBe('stable');
  });
}

function runIn(world: World, rollout: Name, { version = 'v2', ...wishes }: Wishes = {}, over = {}): Promise<Outcome> {
  return release(world, app(version), { rollout, timeout: TIMEOUT, ...wishes }, over);
}

/** The sample's two rollouts in their lane, and one with routing of its own. */
function app(version: string): Declarations {
  const lane = sample({ a: { version }, b: { version } });
  const own = web(steps, { version });
  return {
    objects: [...lane.objects, ...own.objects],
    lanes: lane.lanes,
    rollouts: [...lane.rollouts, ...own.rollouts],
  };
}

function workloadOf(name: Name): string {
  return name === 'web' ? 'web' : `spring-cloud-${name.at(-1)}`;
}

function skewed({ clock }: World, seconds: number): World['clock'] {
  return { now: () => clock.now() + seconds * 1000, sleep: (time, signal) => clock.sleep(time, signal) };
}

// What is done.

type Named = (at: At) => string;
const stable: Named = ({ workload }) => workload;
const canary: Named = ({ canary: name }) => name;
const record: Named = ({ rollout }) => recordName(rollout);
const laneRecord: Named = () => LANE_RECORD;

type Change = Readonly<Record<string, unknown>>;

/** Where the object is not there, nothing is done to it. */
const patched = (kind: Kind, name: Named, change: Change | ((at: At) => Change)) => async (at: At) => {
  const ref = { ...kind, name: name(at), namespace: at.world.namespace };
  if (!(await at.world.user.get(ref))) return;
  await at.world.user.patch(ref, typeof change === 'function' ? change(at) : change);
};

const deleted = (kind: Kind, name: Named) => async (at: At) => {
  const { world } = at;
  await world.user.delete({ ...kind, name: name(at), namespace: world.namespace });
  await eventually(world, 'it gone', async () => (await find(world, kind, name(at))) === undefined);
};

const data = (name: Named, change: object | null) => patched(configMap, name, { data: change });
const labels = (kind: Kind, name: Named) => patched(kind, name, { metadata: { labels: null } });
const notes = (kind: Kind, name: Named, annotations: object) => patched(kind, name, { metadata: { annotations } });

const image = (name: Named, tag: string) =>
  patched(kinds.deployment, name, ({ workload }) => ({
    spec: { template: { spec: { containers: [{ name: 'main', image: `example.com/shop/${workload}:${tag}` }] } } },
  }));

/** One field of a record under another name. */
function renamed(key: string, from: string, to: string) {
  return replaced(key, `"${from}"`, `"${to}"`);
}

const replaced = (key: string, from: string, to: string) => async (at: At) => {
  const ref = { ...configMap, name: record(at), namespace: at.world.namespace };
  const { data: stored } = (await at.world.user.get(ref)) as unknown as { data: Record<string, string> };
  await at.world.user.patch(ref, { data: { [key]: stored[key]!.replace(from, to) } });
};

/** What the errors of records advise: delete the ConfigMap, and adopt what runs. */
async function adopted(at: At): Promise<void> {
  const { world, workload } = at;
  await deleted(configMap, record)(at);
  const { template } = (await getDeployment(world, workload)).spec;
  const [{ image: running }] = (template.spec as { containers: [{ image: string }] }).containers;
  const version = running.split(':')[1]!;
  const { stage } = await at.run({ abort: false, adopt: true, version });
  expect(stage).toBe('stable');
}

const lease = (spec: object) => (at: At) =>
  userApplies(at.world, [{ ...kinds.lease, metadata: { name: record(at) }, spec }]);

/** What the user has applied before, once more. */
const restored = (at: At) =>
  userApplies(
    at.world,
    [...sampleBase, ...webBase].filter(({ metadata }) => metadata.name === at.workload),
  );

const base = (change: (spec: { rules: { http: { paths: { backend: object }[] } }[] }) => void) => async (at: At) => {
  const object = structuredClone(ingress(at.workload)) as Manifest & { spec: Parameters<typeof change>[0] };
  change(object.spec);
  await userApplies(at.world, [object]);
};

async function pods({ world, canary: app }: At): Promise<Manifest[]> {
  return world.user.list(kinds.pod, { namespace: world.namespace, labels: { app } });
}

/** A node that is lost takes its pods out of service at once; they are evicted later. */
async function nodeLost(at: At): Promise<void> {
  const { world } = at;
  const lost = await pods(at);
  const conditions = [{ type: 'Ready', status: 'False', reason: 'NodeNotReady' }];
  for (const pod of lost) await world.user.update({ ...pod, status: { ...(pod.status as object), conditions } });
  void world.clock.sleep(20_000).then(async () => {
    const { namespace } = world;
    for (const { metadata } of lost) await world.user.delete({ ...kinds.pod, name: metadata.name!, namespace });
  });
}

const inRelease = placeNames.filter((name) => name !== 'at rest');
const laneRemade = { to: 'rollout-a', damaged: new RegExp(`ConfigMap \\S+/${LANE_RECORD}: data\\.`) } as const;
const unreadable = (field: string) => {
  const names = new RegExp(`ConfigMap \\S+/graylane-rollout-\\S+: data\\.${field}`);
  return { told: { forward: names, back: names }, fix: adopted, damaged: names };
};
const readopted = { told: { forward: /exists already.*adopted/, back: /exists already.*adopted/ }, fix: adopted };
const refusedOf = (kind: string) => ({ forward: new RegExp(`${kind}s? ".*is forbidden: ValidatingAdmissionPolicy`) });

/** The same for one in a lane and one with routing of its own. */
const both = (line: Omit<Hostility, 'to'>): Hostility[] =>
  (['rollout-a', 'web'] as const).map((to) => ({ ...line, to }));

export const hostilities: readonly Hostility[] = [
  // Records.
  { what: 'its ledger is no JSON', to: 'web', act: data(record, { ledger: '{' }), ...unreadable('ledger') },
  { what: 'its ledger is [null]', to: 'rollout-a', act: data(record, { ledger: '[null]' }), ...unreadable('ledger') },
  {
    what: 'its ledger is a megabyte of something',
    to: 'web',
    act: data(record, { ledger: JSON.stringify({ version: 2, x: 'y'.repeat(900_000) }) }),
    ...unreadable('ledger'),
    real: 'at the gate',
  },
  {
    what: 'its ledger is of a later version',
    to: 'rollout-a',
    act: replaced('ledger', '"version": 2', '"version": 99'),
    ...unreadable('ledger'),
  },
  {
    what: 'a field of its ledger is called __proto__',
    to: 'web',
    act: renamed('ledger', 'stable', '__proto__'),
    ...unreadable('ledger'),
  },
  {
    what: 'a field of its ledger is called constructor',
    to: 'rollout-a',
    act: renamed('ledger', 'templates', 'constructor'),
    ...unreadable('ledger'),
  },
  {
    what: 'a field of its facts is called constructor',
    to: 'web',
    act: renamed('rollout', 'plan', 'constructor'),
    ...unreadable('rollout'),
  },
  { what: 'its facts are {}', to: 'rollout-a', act: data(record, { rollout: '{}' }), ...unreadable('rollout') },
  { what: 'its record is empty', to: 'web', act: data(record, null), ...unreadable('ledger') },
  ...both({ what: 'its record is deleted', act: deleted(configMap, record), ...readopted }),
  { what: 'its record has no labels', to: 'web', act: labels(configMap, record) },
  {
    what: 'its record has strange annotations',
    to: 'rollout-a',
    act: notes(configMap, record, { constructor: 'x', 'graylane.io/base': '[' }),
  },
  {
    ...laneRemade,
    what: "the lane's holders are no JSON",
    act: data(laneRecord, { holders: '{' }),
    real: 'in promotion',
  },
  { ...laneRemade, what: "the lane's holders are [null]", act: data(laneRecord, { holders: '[null]' }) },
  {
    ...laneRemade,
    what: "one of the lane's holders is called __proto__",
    act: data(laneRecord, { holders: '[{"__proto__": 1}]' }),
  },
  { ...laneRemade, what: "the lane's spec is {}", act: data(laneRecord, { spec: '{}' }) },
  { ...laneRemade, what: "the lane's record is empty", act: data(laneRecord, null) },
  { what: "the lane's record is deleted", to: 'rollout-a', act: deleted(configMap, laneRecord) },
  { what: 'the lane has forgotten its holders', to: 'rollout-a', act: data(laneRecord, { holders: '[]' }) },
  {
    what: 'the lane is held by somebody who is gone',
    to: 'rollout-a',
    act: data(laneRecord, {
      holders: JSON.stringify([
        { rollout: 'x', namespace: 'gone', deployment: 'z', uid: 'u', release: 1, services: [], holds: true },
      ]),
    }),
    only: ['at rest', 'at the gate'],
  },
  {
    what: 'its Lease is held by a run that died',
    to: 'web',
    act: lease({ holderIdentity: 'x', leaseDurationSeconds: 30 }),
  },
  {
    what: 'its Lease is held by nobody that can be found out',
    to: 'rollout-a',
    act: lease({ holderIdentity: 'x', leaseDurationSeconds: 1, leaseTransitions: 2147483647 }),
  },
  { what: 'its Lease is deleted', to: 'web', act: deleted(kinds.lease, record) },

  // The canary.
  ...both({ what: 'the canary is scaled to 0', act: patched(kinds.deployment, canary, { spec: { replicas: 0 } }) }),
  ...both({ what: 'the canary is scaled to 5', act: patched(kinds.deployment, canary, { spec: { replicas: 5 } }) }),
  ...both({ what: 'the canary is deleted', act: deleted(kinds.deployment, canary), only: inRelease }),
  ...both({ what: 'the canary gets another image', act: image(canary, 'v9') }),
  { what: 'the canary gets an image that is not there', to: 'web', act: image(canary, 'broken') },
  { what: 'the canary is paused', to: 'rollout-a', act: patched(kinds.deployment, canary, { spec: { paused: true } }) },
  ...both({
    what: 'the canary loses its labels',
    act: labels(kinds.deployment, canary),
    real: 'at the gate, and back',
  }),
  { what: 'the canary Service is deleted', to: 'web', act: deleted(kinds.service, canary), only: inRelease },
  {
    what: 'the canary Service leads elsewhere',
    to: 'web',
    act: patched(kinds.service, canary, { spec: { selector: { app: 'x' } } }),
  },
  { what: 'the canary Service loses its labels', to: 'web', act: labels(kinds.service, canary) },
  ...both({ what: 'the canary Ingress is deleted', act: deleted(ingressKind, canary), only: inRelease }),
  ...both({ what: 'the canary Ingress loses its labels', act: labels(ingressKind, canary) }),
  ...both({
    what: 'the canary Ingress has no rules',
    act: patched(ingressKind, canary, {
      spec: { rules: null, defaultBackend: { service: { name: 'x', port: { number: 80 } } } },
    }),
  }),
  ...both({
    what: "the canary Ingress's note is damaged",
    act: notes(ingressKind, canary, { 'graylane.io/route': '{"__proto__": 1' }),
  }),
  { what: 'the node of the canary is lost', to: 'web', act: nodeLost, only: inRelease },

  // What the user has.
  ...both({ what: 'stable is scaled to 0', act: patched(kinds.deployment, stable, { spec: { replicas: 0 } }) }),
  ...both({
    what: 'stable gets another image',
    act: image(stable, 'v9'),
    only: inRelease,
  }),
  {
    what: 'stable gets another image between two releases',
    to: 'web',
    act: image(stable, 'v9'),
    only: ['at rest'],
    told: { forward: /Deployment \S+\/web runs another template than the ledger says \(changed by kubectl\)/ },
    fix: image(stable, 'v1'),
  },
  ...both({ what: 'stable is deleted', act: deleted(kinds.deployment, stable) }),
  {
    what: 'stable is deleted and made anew with the new image',
    to: 'rollout-a',
    act: async (at) => {
      await deleted(kinds.deployment, stable)(at);
      await userApplies(at.world, [deployment(at.workload, { version: 'v2' })]);
    },
    only: inRelease,
    real: 'at the gate',
  },
  {
    what: 'stable is paused by the user',
    to: 'web',
    act: patched(kinds.deployment, stable, { spec: { paused: true } }),
    only: ['at rest'],
    told: { forward: /Deployment \S+\/web is paused, and not by a release/ },
    fix: patched(kinds.deployment, stable, { spec: { paused: null } }),
  },
  { what: 'stable is resumed', to: 'web', act: patched(kinds.deployment, stable, { spec: { paused: null } }) },
  {
    what: 'stable gets strange annotations',
    to: 'rollout-a',
    act: notes(kinds.deployment, stable, { constructor: 'x', 'graylane.io/base': '[', 'graylane.io/route': '{' }),
  },
  ...(['rollout-a', 'web'] as const).flatMap((to): Hostility[] => [
    {
      what: 'the Service is deleted',
      to,
      act: deleted(kinds.service, stable),
      told: { forward: /Service \S+ is not in the cluster/ },
      fix: restored,
      ...(to === 'rollout-a' && { shared: 'lane' }),
    },
    {
      what: 'the base Ingress is deleted',
      to,
      act: deleted(ingressKind, stable),
      told: { forward: /Ingress \S+ is not in the cluster/ },
      fix: restored,
      ...(to === 'rollout-a' && { shared: 'lane' }),
    },
    {
      what: 'the base Ingress leads to another Service',
      to,
      act: base(
        ({ rules }) => (rules[0]!.http.paths[0]!.backend = { service: { name: 'other', port: { number: 80 } } }),
      ),
      told: { forward: /Ingress \S+ does not lead to/ },
      fix: restored,
      ...(to === 'rollout-a' && { shared: 'lane' }),
    },
  ]),
  {
    what: 'the Service selects other pods',
    to: 'web',
    act: patched(kinds.service, stable, { spec: { selector: { app: 'nobody' } } }),
    told: { forward: /trafficRoutings\[0\]\.service: "web"/ },
    fix: patched(kinds.service, stable, { spec: { selector: { app: 'web' } } }),
  },
  {
    what: 'the Service selects other pods',
    to: 'rollout-a',
    act: patched(kinds.service, stable, { spec: { selector: { app: 'nobody' } } }),
  },
  ...both({
    what: 'the base Ingress gets strange annotations',
    act: notes(ingressKind, stable, { 'graylane.io/base': '[', 'graylane.io/route': '{"a":1}', constructor: 'x' }),
  }),

  // Admission, room and time.
  ...both({
    what: 'a webhook adds annotations to everything',
    act: ({ world }) =>
      world.admit({
        kinds: ['Deployment', 'Service', 'Ingress'],
        adds: { annotations: { 'example.com/seen': 'yes' } },
      }),
  }),
  ...both({
    what: 'a webhook adds a sidecar to pods',
    act: ({ world }) => world.admit({ kinds: ['Deployment'], adds: { sidecar: 'example.com/proxy:v1' } }),
    real: 'at rest',
  }),
  ...both({
    what: 'a policy denies the canary',
    act: ({ world, canary: denies }) => world.admit({ kinds: ['Deployment'], denies }),
    only: ['at the gate', 'at the gate, and back', 'in promotion', 'on the way back'],
    real: 'in promotion',
  }),
  {
    what: 'a policy denies the canary Ingress',
    to: 'web',
    act: ({ world, canary: denies }) => world.admit({ kinds: ['Ingress'], denies }),
    only: inRelease,
  },
  {
    what: 'a policy denies stable',
    to: 'web',
    act: ({ world, workload: denies }) => world.admit({ kinds: ['Deployment'], denies }),
    only: ['at the gate, and back'],
    told: { back: refusedOf('deployment').forward },
    fix: ({ world }) => world.admit({ kinds: [] }),
  },
  ...both({ what: 'the clock of the next run is ten minutes ahead', act: async () => {}, skew: 600 }),
  ...both({
    what: 'the clock of the next run is ten minutes behind',
    act: async () => {},
    skew: -600,
    real: 'at the gate',
  }),
];
