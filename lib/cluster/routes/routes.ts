import {
  apiVersionOf,
  bare,
  type Base,
  baseName,
  canaryName,
  canonical,
  type Gateway,
  holdsRoute,
  isOurKind,
  isOurs,
  isService,
  LANE_LABEL,
  laneRoutes,
  type Manifest,
  notedRoute,
  objectKey,
  type OpenRoute,
  ownRoutes,
  ROLLOUT_LABEL,
  type Route,
  ROUTE,
  routeKinds,
  routeNote,
  routesOf,
  routesOn,
  type Routing,
  containsJson,
  sameJson,
  sameOwner,
  shorten,
  type Standing,
  type StringMap,
  writeBase,
} from '../../core';
import { applyOwn, deleteOwn } from '../objects/apply';
import { unlessForbidden } from '../objects/foreign';
import { type BaseChange, changeBase, refuseChanged } from './base-change';
import { knownLane } from './known-lane';
import { isHolder, type LaneHolder, type LaneKey, nextHolders, readLane, withLane, writeLane } from './lane';
import { missing } from './observe';
import { type Live, refOf } from '../port/port';
import { rolloutLabel, type Run, tell } from '../run/run';

/** What became of the routes of a rollout. */
export interface AppliedRoutes {
  /** Objects that express open routes, of gateways that tell whether they took them up. */
  readonly objects: readonly Manifest[];
  readonly changed: boolean;
  /** More than a warm-up went, or leads elsewhere now: requests may be under way to where it led. */
  readonly closed: boolean;
}

const UNROUTED: AppliedRoutes = { objects: [], changed: false, closed: false };

/** Writes the routes as they are at this standing; without one, the rollout has none. */
export async function applyRoutes(run: Run, standing: Standing | undefined, uid: string): Promise<AppliedRoutes> {
  const { routing } = run.member;
  if (routing === undefined) return UNROUTED;
  if (routing.lane) return applyLane(run, routing, standing?.stage.route ?? 'none', uid);
  return writeRoutes(run, routing, standing ? ownRoutes(run.member, standing) : [], rolloutLabel(run.key));
}

/**
 * R4: who comes holds the lane before its route opens for him, and who leaves holds it until it has closed: whenever a run
 * dies, no route is open that nobody holds. All of it while nobody else changes the lane.
 */
async function applyLane(run: Run, routing: Routing, route: OpenRoute, uid: string): Promise<AppliedRoutes> {
  const key = laneKey(run, routing);
  const labels = { [LANE_LABEL]: shorten(key.name) };
  if (route === 'none' && (await isLeft(run, routing, labels))) return UNROUTED;
  return withLane(run, key, async (held) => {
    const { api } = held.engine;
    const record = await knownLane(held.engine, key, routing.lane!);
    const holders = await nextHolders(held, record.holders, route, uid);
    const leaves = !holdsRoute(route) && record.holders.some((holder) => isHolder(holder, run.key));
    for (const what of lostServices(run, key, record.holders, holders)) tell(run, { is: 'warning', what });
    const known = record.resourceVersion !== undefined && sameJson(holders, record.holders);
    const store = async () => {
      if (!known) await writeLane(api, key, { ...record, holders });
    };
    if (!leaves) await store();
    const applied = await writeRoutes(held, routing, laneRoutes(routing, holders), labels);
    if (leaves) await store();
    return applied;
  });
}

/** Services of the lane that led to this rollout's pods when it came, and lead to others now: somebody has edited them. */
function lostServices(
  { key }: Run,
  { name, namespace }: LaneKey,
  before: readonly LaneHolder[],
  now: readonly LaneHolder[],
): string[] {
  const servicesIn = (holders: readonly LaneHolder[]) => holders.find((one) => isHolder(one, key))?.services;
  const [had = [], has = had] = [servicesIn(before), servicesIn(now)];
  return had
    .filter((service) => !has.includes(service))
    .map((service) => {
      const what = `Service ${namespace}/${service} of lane ${name} does not select the pods of ${key.name} any more`;
      return `${what}: requests of the lane do not reach its canary until the selector is what it was`;
    });
}

/** Whether this rollout has left the lane, and the routes are what the others make of them: a run may have died between. */
async function isLeft(run: Run, routing: Routing, labels: StringMap): Promise<boolean> {
  const { holders } = await knownLane(run.engine, laneKey(run, routing), routing.lane!);
  if (holders.some((holder) => isHolder(holder, run.key))) return false;
  const written = await writeBases(run, routing, laneRoutes(routing, holders), await findAround(run));
  const own = written.flatMap((one) => one.own);
  const found = new Map((await findRoutes(run, labels)).map((live) => [objectKey(live), live]));
  const right = own.every((object) => containsJson(found.get(objectKey(object)), object));
  const unchanged = written.every(({ change }) => !change || isWritten(change));
  return right && found.size === own.length && unchanged;
}

/** The open routes of a standing, as they should be. */
export interface ExpectedRoutes {
  /** Objects of ours. */
  readonly own: readonly Manifest[];
  /** Bases that hold a route of ours, and are not what they are to be. */
  readonly bases: readonly Manifest[];
  /** The lane that has forgotten its holder. */
  readonly lane?: LaneKey;
  /** What leads past this rollout, in words. */
  readonly lost: readonly string[];
}

/**
 * It only looks.
 * @throws EngineError base-changed
 */
export async function expectedRoutes(run: Run, standing: Standing, uid: string): Promise<ExpectedRoutes> {
  const { routing } = run.member;
  if (routing === undefined) return { own: [], bases: [], lost: [] };
  const { route } = standing.stage;
  const record = routing.lane && (await readLane(run.engine.api, laneKey(run, routing)));
  const holders = record?.holders ?? [];
  const next = routing.lane ? await nextHolders(run, holders, route, uid) : [];
  const routes = routing.lane ? laneRoutes(routing, next) : ownRoutes(run.member, standing);
  const written = await writeBases(run, routing, routes, await findAround(run));
  const changes = written.flatMap(({ change }) => change ?? []);
  for (const change of changes) refuseChanged(run, change);
  const forgotten = routing.lane && route !== 'none' && !holders.some((holder) => isHolder(holder, run.key));
  return {
    own: written.flatMap((one) => one.own),
    bases: changes.filter((change) => !isWritten(change)).map(({ live }) => live),
    ...(forgotten && { lane: laneKey(run, routing) }),
    lost: routing.lane ? lostServices(run, laneKey(run, routing), holders, next) : [],
  };
}

/** What others have put beside it does not matter. */
function isWritten({ live, wanted }: BaseChange): boolean {
  return containsJson(live.spec, wanted.spec);
}

export function laneKey({ key }: Run, { lane }: Routing): LaneKey {
  return { name: lane!.name, namespace: lane!.namespace ?? key.namespace };
}

/** Creates come before deletes: requests of an open route never find nothing. */
async function writeRoutes(
  run: Run,
  routing: Routing,
  routes: readonly Route[],
  labels: StringMap,
): Promise<AppliedRoutes> {
  const around = await findAround(run);
  const written = await writeBases(run, routing, routes, around);
  const own = written.flatMap((one) => one.own);
  let [changed, closed] = [false, false];
  for (const object of own) {
    const { verb } = await applyOwn(run, object);
    changed ||= verb !== 'unchanged';
    closed ||= verb === 'updated';
  }
  for (const { change } of written) {
    if (!change || !(await changeBase(run, change))) continue;
    changed = true;
    closed ||= routesOf([change.live]).some(({ route }) => sameOwner(route.owner, routing.owner) && !route.warmUp);
  }
  const kept = new Set(own.map(objectKey));
  const standing = [
    ...around.filter((one) => isRouteObject(one) && isOwnedBy(one, routing)),
    ...(await findRoutes(run, labels)),
  ];
  // A list may lag behind: what one of the two shows is there.
  for (const [key, live] of new Map(standing.map((one) => [objectKey(one), one]))) {
    if (kept.has(key)) continue;
    await deleteOwn(run, live);
    changed = true;
    closed ||= !notedRoute(live)?.route.warmUp;
  }
  return { objects: written.flatMap((one) => telling(one)), changed, closed };
}

/** What routes make of a base. */
interface WrittenBase {
  readonly gateway: Gateway;
  readonly own: readonly Manifest[];
  /** None where the base is gone. */
  readonly change?: BaseChange;
}

/** Gateways that do not tell are waited for by the grace period. */
function telling({ gateway, own, change }: WrittenBase): Manifest[] {
  if (gateway.takenUp === undefined) return [];
  const holds = change && !sameJson(change.wanted.spec, change.plain.spec);
  return [...own, ...(holds ? [change.wanted] : [])];
}

async function writeBases(
  run: Run,
  routing: Routing,
  routes: readonly Route[],
  around: readonly Live[],
): Promise<WrittenBase[]> {
  return Promise.all(routing.bases.map((base) => writeOn(run, routing, base, routesOn(base, routes), around)));
}

async function writeOn(
  run: Run,
  routing: Routing,
  base: Base,
  routes: readonly Route[],
  around: readonly Live[],
): Promise<WrittenBase> {
  const live = await run.engine.api.get(refOf(base.object));
  if (live !== undefined) return writtenOn(run, routing, base, live, routes, around);
  return { gateway: base.gateway, own: stillWanted(run, routing, base, routes, around) };
}

/** The routes of a base are this routing's, and those of others as they stand: what is in the base itself is everybody's. */
export function writtenOn(
  run: Run,
  routing: Routing,
  base: Base,
  live: Live,
  routes: readonly Route[],
  around: readonly Live[],
): WrittenBase {
  const { gateway, services } = base;
  const object = bare(live);
  const others = othersOn(object, routing, around);
  const shared = run.shared || others.length > 0 || around.some((one) => isOfTheVersionBefore(one, object, routing));
  const objects = neighboursOf(run, [object], around);
  const on = { ...base, object, users: [routing], shared };
  const [wanted, ...ours] = writeBase(on, inOrder([...others, ...routes]), objects, routing.owner);
  const [plain] = writeBase(on, [], objects);
  const canaries = services.map(({ metadata }) => canaryName(metadata.name!));
  return {
    gateway,
    own: ours.filter((one) => isOwnedBy(one, routing)),
    change: { live, wanted: wanted!, plain: plain!, canaries },
  };
}

/**
 * Of a base that is gone: the objects that express what is still wanted. None is written anew.
 * @throws EngineError object-missing, for a route that nothing expresses yet
 */
function stillWanted(
  run: Run,
  routing: Routing,
  { object }: Base,
  routes: readonly Route[],
  around: readonly Live[],
): Manifest[] {
  return routes.flatMap((route) => {
    const note = routeNote(object, route)[ROUTE];
    const found = around.filter((one) => isOwnedBy(one, routing) && one.metadata.annotations?.[ROUTE] === note);
    if (found.length === 0) throw missing(run.key, refOf(object));
    return found;
  });
}

/** The same order whoever writes: a base must not change with him. */
function inOrder(routes: readonly Route[]): Route[] {
  const key = ({ owner }: Route) => canonical(owner);
  return [...routes].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** What the user has around these bases. */
export function neighboursOf({ member }: Run, bases: readonly Manifest[], around: readonly Live[]): Manifest[] {
  const own = new Set(bases.map(objectKey));
  const all = [...around.filter((one) => !isOurs(one)).map(bare), ...member.services];
  return all.filter((one) => !own.has(objectKey(one)));
}

/** Routes of others that are open on a base. */
export function othersOn(base: Manifest, { owner }: Routing, around: readonly Live[]): Route[] {
  return routesOf([base, ...around])
    .filter((noted) => noted.base === baseName(base) && !sameOwner(noted.route.owner, owner))
    .map(({ route }) => route);
}

/** Its objects do not say whose base they are for: names tell. */
function isOfTheVersionBefore(one: Live, base: Manifest, routing: Routing): boolean {
  const named = one.metadata.name.startsWith(`${base.metadata.name}-`);
  return isOurs(one) && notedRoute(one) === undefined && named && !isOwnedBy(one, routing);
}

function isOwnedBy({ metadata }: Manifest, { owner }: Routing): boolean {
  const [label, name] = 'lane' in owner ? [LANE_LABEL, owner.lane] : [ROLLOUT_LABEL, owner.rollout];
  return metadata.labels?.[label] === shorten(name);
}

/** Objects of ours that express routes, with this label, in the namespace of the bases. */
export async function findRoutes(run: Run, labels: StringMap): Promise<Live[]> {
  return (await list(run, labels)).filter(isRouteObject);
}

/**
 * Routes of a rollout, whatever routing it had when they were written: of any gateway. Of kinds that may not be listed there
 * are none.
 */
export async function findRoutesOfAny({ engine: { api, gateways }, key }: Run): Promise<Live[]> {
  const selection = { namespace: key.namespace, labels: rolloutLabel(key) };
  const found: Live[] = [];
  for (const kind of routeKinds(Object.values(gateways)).filter(isOurKind)) {
    const list = () => api.list({ apiVersion: apiVersionOf(kind), kind: kind.kind }, selection);
    await unlessForbidden(async () => {
      found.push(...(await list()));
      return [];
    });
  }
  return found.filter(isRouteObject);
}

/** All objects of the gateways' kinds beside the bases: routes of all owners, and neighbours. */
export async function findAround(run: Run): Promise<Live[]> {
  return (await listBeside(run)).filter((live) => !isOurs(live) || isRouteObject(live));
}

/** All objects of the gateways' kinds in the namespace of the bases. */
export function listBeside(run: Run): Promise<Live[]> {
  return list(run, {});
}

async function list(run: Run, labels: StringMap): Promise<Live[]> {
  const { routing } = run.member;
  if (routing === undefined) return [];
  const namespace = routing.service.metadata.namespace!;
  const kinds = routeKinds(routing.bases.map(({ gateway }) => gateway));
  const wanted = Object.keys(labels).length > 0 ? kinds.filter(isOurKind) : kinds;
  const found = await Promise.all(
    wanted.map((kind) =>
      run.engine.api.list({ apiVersion: apiVersionOf(kind), kind: kind.kind }, { namespace, labels }),
    ),
  );
  return found.flat();
}

/** Canary Services of workloads are of a kind that routes can have, and no routes. */
function isRouteObject(live: Live): boolean {
  return isOurs(live) && !(isService(live) && live.metadata.labels?.[ROLLOUT_LABEL] && !notedRoute(live));
}
