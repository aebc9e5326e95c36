import {
  isOurs,
  LANE_LABEL,
  laneRoutes,
  type Manifest,
  objectKey,
  type OpenRoute,
  ownRoutes,
  type Route,
  type Routing,
  setUp,
  shorten,
  type Standing,
  type StringMap,
  tryRoutes,
  writeBase,
} from '../core';
import { applyOwn, deleteOwn } from './apply';
import {
  isHolder,
  type LaneHolder,
  type LaneKey,
  needsWarmUp,
  nextHolders,
  readLane,
  withLane,
  writeLane,
} from './lane';
import type { Kind, Live } from './port';
import { rolloutLabel, type Run } from './run';

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
    const record = (await readLane(api, key))!;
    const holders = await nextHolders(run, record.holders, route, uid);
    if (JSON.stringify(holders) !== JSON.stringify(record.holders)) await writeLane(api, key, { ...record, holders });
    signal.throwIfAborted();
    return writeRoutes(run, routing, routesFor(routing, holders), labels);
  });
}

/** Whether this rollout has left the lane, and the routes are what the others make of them: a run may have died between. */
async function isLeft(run: Run, routing: Routing, labels: StringMap): Promise<boolean> {
  const record = await readLane(run.engine.api, laneKey(run, routing));
  const holders = record?.holders ?? [];
  if (holders.some((holder) => isHolder(holder, run.key))) return false;
  const wanted = routeObjects(routing, routesFor(routing, holders));
  const found = new Map((await findRoutes(run, labels)).map((live) => [objectKey(live), live]));
  return found.size === wanted.length && wanted.every((object) => contains(found.get(objectKey(object)), object));
}

function routesFor(routing: Routing, holders: readonly LaneHolder[]): Route[] {
  const holding = holders.filter(({ holds }) => holds);
  return laneRoutes(routing, holding, needsWarmUp(holders, routing));
}

export function laneKey({ key }: Run, { lane }: Routing): LaneKey {
  return { name: lane!.name, namespace: lane!.namespace ?? key.namespace };
}

/** Creates come before deletes: requests of an open route never find nothing. */
async function writeRoutes(run: Run, routing: Routing, routes: readonly Route[], labels: StringMap): Promise<Routed> {
  const objects = routeObjects(routing, routes);
  let changed = false;
  for (const object of objects) changed = (await applyOwn(run, object)).verb !== 'unchanged' || changed;
  const wanted = new Set(objects.map(objectKey));
  for (const live of await findRoutes(run, labels)) {
    if (wanted.has(objectKey(live))) continue;
    await deleteOwn(run, live);
    changed = true;
  }
  return { objects, changed };
}

/** Objects of ours that make these routes. */
function routeObjects(routing: Routing, routes: readonly Route[]): Manifest[] {
  return routing.bases.flatMap((base) =>
    writeBase({ ...base, object: setUp(base, [routing]) }, [routing], routes).filter(isOurs),
  );
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

/** The kinds of all objects that a route of this rollout may take. */
function routeKinds({ member }: Run): Kind[] {
  const written = tryRoutes([member.routing!], [member]).flatMap((trial) => trial.written.filter(isOurs));
  const kinds = written.map(({ apiVersion, kind }) => ({ apiVersion, kind }));
  return [...new Map(kinds.map((kind) => [JSON.stringify(kind), kind])).values()];
}
