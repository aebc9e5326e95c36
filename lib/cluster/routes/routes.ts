import { isDeepStrictEqual } from 'node:util';
import {
  bare,
  type Base,
  canaryName,
  checkOverlap,
  isOurs,
  LANE_LABEL,
  laneRoutes,
  type Manifest,
  objectKey,
  type OpenRoute,
  ownRoutes,
  refuse,
  ROLLOUT_LABEL,
  type Route,
  routesOn,
  type Routing,
  type Service,
  setUp,
  shorten,
  type Standing,
  type StringMap,
  tryRoutes,
} from '../../core';
import { applyOwn, deleteOwn } from '../objects/apply';
import { changeBase } from './base-change';
import { isHolder, type LaneHolder, type LaneKey, nextHolders, readLane, withLane, writeLane } from './lane';
import { mustGet } from './observe';
import { type Kind, type Live, refOf } from '../port/port';
import { rolloutLabel, type Run } from '../run/run';

/** What became of the routes of a rollout. */
export interface Routed {
  /** Objects that express open routes. */
  readonly objects: readonly Manifest[];
  readonly changed: boolean;
}

const UNROUTED: Routed = { objects: [], changed: false };

/** Writes the routes as they are at this standing; without one, the rollout has none. */
export async function applyRoutes(run: Run, standing: Standing | undefined, uid: string): Promise<Routed> {
  const { routing } = run.member;
  if (routing === undefined) return UNROUTED;
  if (routing.lane) return applyLane(run, routing, standing?.stage.route ?? 'none', uid);
  return writeRoutes(run, routing, standing ? ownRoutes(run.member, standing) : [], rolloutLabel(run.key));
}

/** R4: holders first, then the route that follows from them; all of it while nobody else changes the lane. */
async function applyLane(run: Run, routing: Routing, route: OpenRoute, uid: string): Promise<Routed> {
  const { api } = run.engine;
  const key = laneKey(run, routing);
  const labels = { [LANE_LABEL]: shorten(key.name) };
  if (route === 'none' && (await isLeft(run, routing, labels))) return UNROUTED;
  return withLane(run, key, async ({ signal }) => {
    const record = (await readLane(api, key)) ?? { spec: routing.lane!, holders: [] };
    const holders = await nextHolders(run, record.holders, route, uid);
    if (JSON.stringify(holders) !== JSON.stringify(record.holders)) await writeLane(api, key, { ...record, holders });
    signal.throwIfAborted();
    return writeRoutes(run, routing, laneRoutes(routing, holders), labels);
  });
}

/** Whether this rollout has left the lane, and the routes are what the others make of them: a run may have died between. */
async function isLeft(run: Run, routing: Routing, labels: StringMap): Promise<boolean> {
  const record = await readLane(run.engine.api, laneKey(run, routing));
  const holders = record?.holders ?? [];
  if (holders.some((holder) => isHolder(holder, run.key))) return false;
  const written = await writeBases(run, routing, laneRoutes(routing, holders));
  const own = written.flatMap((one) => one.own);
  const found = new Map((await findRoutes(run, labels)).map((live) => [objectKey(live), live]));
  const right = own.every((object) => contains(found.get(objectKey(object)), object));
  return right && found.size === own.length && written.every(({ live, wanted }) => contains(live.spec, wanted.spec));
}

/** Objects that express the open routes of a standing and are not there; it only looks. */
export async function missingRoutes(run: Run, standing: Standing, uid: string): Promise<Manifest[]> {
  const { routing } = run.member;
  if (routing === undefined) return [];
  const routes = routing.lane
    ? laneRoutes(routing, await heldWith(run, routing, standing, uid))
    : ownRoutes(run.member, standing);
  const own = (await writeBases(run, routing, routes)).flatMap((one) => one.own);
  const live = await Promise.all(own.map((object) => run.engine.api.get(refOf(object))));
  return own.filter((_, i) => live[i] === undefined);
}

async function heldWith(run: Run, routing: Routing, { stage }: Standing, uid: string): Promise<LaneHolder[]> {
  const record = await readLane(run.engine.api, laneKey(run, routing));
  return nextHolders(run, record?.holders ?? [], stage.route, uid);
}

export function laneKey({ key }: Run, { lane }: Routing): LaneKey {
  return { name: lane!.name, namespace: lane!.namespace ?? key.namespace };
}

/** Creates come before deletes: requests of an open route never find nothing. */
async function writeRoutes(run: Run, routing: Routing, routes: readonly Route[], labels: StringMap): Promise<Routed> {
  const written = await writeBases(run, routing, routes);
  const own = written.flatMap((one) => one.own);
  let changed = false;
  for (const object of own) changed = (await applyOwn(run, object)).verb !== 'unchanged' || changed;
  for (const one of written) changed = (await changeBase(run, one.live, one, one.canaries)) || changed;
  const kept = new Set(own.map(objectKey));
  for (const live of await findRoutes(run, labels)) {
    if (kept.has(objectKey(live))) continue;
    await deleteOwn(run, live);
    changed = true;
  }
  const bases = written.filter(({ wanted, plain }) => wanted !== plain).map(({ wanted }) => wanted);
  return { objects: [...own, ...(routes.length > 0 ? bases : [])], changed };
}

/** What routes make of a base. */
interface WrittenBase {
  readonly own: readonly Manifest[];
  readonly live: Live;
  readonly wanted: Manifest;
  /** The base without any route. */
  readonly plain: Manifest;
  /** Services that only routes of ours lead to. */
  readonly canaries: readonly string[];
}

async function writeBases(run: Run, routing: Routing, routes: readonly Route[]): Promise<WrittenBase[]> {
  const all = await allRoutes(run);
  return Promise.all(routing.bases.map((base) => writeOn(run, routing, base, routes, all)));
}

/** The routes of a base are this routing's, and those of others as they stand: what is in the base itself is everybody's. */
async function writeOn(
  run: Run,
  routing: Routing,
  base: Base,
  routes: readonly Route[],
  all: readonly Live[],
): Promise<WrittenBase> {
  const { gateway, services } = base;
  const live = await mustGet(run.engine, run.key, refOf(base.object));
  const object = setUp({ ...base, object: bare(live) }, [routing]);
  const others = othersOn({ ...base, object }, routing, all);
  const shared = (run.shared || others.length > 0) && { shared: true };
  const write = (list: readonly Route[]) =>
    gateway.write([object, ...services], list).filter((one) => !services.includes(one as Service));
  const written = write([...others, ...routesOn(base, routes).map((route) => ({ ...route, ...shared }))]);
  const isBase = (one: Manifest) => objectKey(one) === objectKey(object);
  return {
    own: written.filter((one) => isOurs(one) && isOwnedBy(one, routing)),
    live,
    wanted: written.find(isBase)!,
    plain: write([]).find(isBase)!,
    canaries: services.map(({ metadata }) => canaryName(metadata.name!)),
  };
}

/** Of all routes, those of others that are open on a base of this routing's. */
function othersOn({ gateway, object }: Base, { owner }: Routing, all: readonly Live[]): Route[] {
  return gateway.read([object, ...all]).filter((route) => !isDeepStrictEqual(route.owner, owner));
}

/**
 * Lanes and rollouts of other stacks are not declared beside this one: what they have open is in the cluster.
 * @throws GraylaneError routes-overlap, for a request that could be in both
 */
export async function refuseOverlaps(run: Run): Promise<void> {
  const { routing } = run.member;
  if (routing === undefined) return;
  const all = await allRoutes(run);
  const trials = tryRoutes([routing], [run.member]);
  for (const base of routing.bases) {
    const tried = trials.filter((trial) => trial.base === base);
    const others = othersOn(base, routing, all);
    refuse(others.flatMap((other) => tried.flatMap((trial) => checkOverlap(trial, other)).slice(0, 1)));
  }
}

function isOwnedBy({ metadata }: Manifest, { owner }: Routing): boolean {
  const [label, name] = 'lane' in owner ? [LANE_LABEL, owner.lane] : [ROLLOUT_LABEL, owner.rollout];
  return metadata.labels?.[label] === shorten(name);
}

/** Whether a live value is as wanted; fields beside that are the server's. */
function contains(live: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return live === wanted;
  if (typeof live !== 'object' || live === null) return false;
  if (Array.isArray(wanted) && wanted.length !== (live as unknown[]).length) return false;
  return Object.entries(wanted).every(([key, value]) => contains((live as Record<string, unknown>)[key], value));
}

/** Route objects with this label, in the namespace of the bases. */
export async function findRoutes(run: Run, labels: StringMap): Promise<Live[]> {
  const { routing } = run.member;
  if (routing === undefined) return [];
  const namespace = routing.service.metadata.namespace!;
  const found = await Promise.all(routeKinds(run).map((kind) => run.engine.api.list(kind, { namespace, labels })));
  return found.flat();
}

/** Route objects of all owners. */
async function allRoutes(run: Run): Promise<Live[]> {
  return (await findRoutes(run, {})).filter(isOurs);
}

/** The kinds of all objects that a route of this rollout may take. */
function routeKinds({ member }: Run): Kind[] {
  const written = tryRoutes([member.routing!], [member]).flatMap((trial) => trial.written.filter(isOurs));
  const kinds = written.map(({ apiVersion, kind }) => ({ apiVersion, kind }));
  return [...new Map(kinds.map((kind) => [JSON.stringify(kind), kind])).values()];
}
