/** A release that somebody does something to: where it stands then, and how it and its neighbours go on. */
import { expect } from 'vitest';
import { type Outcome, type Progress, readStatus } from '../../lib/cluster';
import type { Declarations, Step } from '../../lib/core';
import { sample, sampleBase, web, webBase } from './app';
import { eventually, ours, release, userApplies, versions, type World } from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];

type Name = 'rollout-a' | 'rollout-b' | 'web';

/** Seconds that a wait may take: one that stops here waits for ever. */
const TIMEOUT = 60;

/** A release that something is done to. */
export interface At {
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
