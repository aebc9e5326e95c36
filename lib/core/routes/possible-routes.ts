import { eachOnce, type ErrorText, type Problem, problem, within } from '../errors';
import type { Caveat, Route } from './gateway';
import { sameJson } from '../manifests/json';
import { defined, type Deployment, type Manifest, objectKey, objectName, type Service } from '../manifests/manifest';
import { isOurs } from '../manifests/names';
import { overlapOf } from './overlap';
import type { Base } from './bases';
import { hopRoute, laneRoute, stepRoute, warmUpRoute } from './route';
import { kindOf } from './kinds';
import { routesOf } from './route-annotation';
import { ownerName, type Routing, routesOn } from './routing';
import { aroundOf, ownBase, sharedBases, writeBase } from './written-base';
import type { LaneSpec, RolloutSpec } from '../specs/spec';
import type { Claim } from '../manifests/name-claims';

/** A rollout, as far as its own routes need it. */
export interface RoutedRollout {
  readonly spec: RolloutSpec;
  readonly routing?: Routing;
  readonly deployment: Deployment;
  /** Services of its routing's bases that its pods are behind. */
  readonly routed: readonly Service[];
}

/** A route that a release may open, and what it makes of a base. */
export interface PossibleRoute {
  readonly routing: Routing;
  readonly base: Base;
  readonly route: Route;
  readonly written: readonly Manifest[];
}

/**
 * Every route that a release may open.
 * @param objects all of the user's, as far as they are known
 */
export function possibleRoutes(
  routings: readonly Routing[],
  rollouts: readonly RoutedRollout[],
  objects: readonly Manifest[],
): PossibleRoute[] {
  const users = new Map<Routing | undefined, RoutedRollout[]>(routings.map((routing) => [routing, []]));
  for (const rollout of rollouts) users.get(rollout.routing)?.push(rollout);
  return sharedBases(routings).flatMap((shared) =>
    shared.users.flatMap((routing) => {
      const base = ownBase(shared, routing);
      const routes = routesOn(base, everyRoute(routing, base, users.get(routing)!));
      return routes.map((route) => ({ routing, base, route, written: writeBase(shared, [route], objects) }));
    }),
  );
}

/** A base that does not lead to the Service has no requests to route. */
export function checkBases(possible: readonly PossibleRoute[]): Problem[] {
  const sending = possible.filter(({ route }) => !route.warmUp);
  const changes = ({ written }: PossibleRoute) => routesOf(written).length > 0;
  const idle = without(sending, changes, ({ base, route }) => `${objectKey(base.object)} ${route.service}`);
  // A base that only says how to connect sends no requests there.
  const leads = ({ gateway, object }: Base) => kindOf(gateway, object)?.leads ?? true;
  const expresses = (one: PossibleRoute) => leads(one.base) && changes(one);
  const silent = without(sending, expresses, ({ route }) => route.service);
  const problems = [...idle, ...silent].map(({ base, routing, route }) => {
    const given = `${objectName(base.object)} does not lead to ${route.service}`;
    const field = route.service === routing.service.metadata.name ? 'objectRef' : 'hops';
    const details = otherNamespace(base.object, route.service);
    return problem('base-without-service', field, given, { subject: [ownerName(routing)], ...details });
  });
  return eachOnce(problems);
}

/** A full host name says a namespace: with another one it is another Service. */
function otherNamespace({ spec, metadata: { namespace } }: Manifest, service: string): Partial<ErrorText> {
  const hosts = JSON.stringify(spec ?? {}).matchAll(/"([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc[^"]*)?"/g);
  const [host] = [...hosts].find(([, name, of]) => name === service && of !== namespace) ?? [];
  if (host === undefined) return {};
  const own =
    namespace === undefined ? 'the manifests name no namespace' : `the manifests are of namespace ${namespace}`;
  return {
    allowed: `a host of Service ${service}: ${host} names a namespace, and ${own}`,
    fix: 'name that namespace on the manifests, or by -n on the command line, or write the short name of the host',
  };
}

/** Those of the groups in which nothing holds; routes of one routing with the same key are a group. */
function without(
  possible: readonly PossibleRoute[],
  holds: (one: PossibleRoute) => boolean,
  keyOf: (one: PossibleRoute) => string,
): readonly PossibleRoute[] {
  const found = new Map<Routing, Set<string>>();
  for (const one of possible) {
    const keys = found.get(one.routing) ?? new Set();
    if (!keys.has(keyOf(one)) && holds(one)) keys.add(keyOf(one));
    found.set(one.routing, keys);
  }
  return possible.filter((one) => !found.get(one.routing)!.has(keyOf(one)));
}

/** R12: bases that leave no room for a route. */
export function checkRoom(possible: readonly PossibleRoute[], objects: readonly Manifest[]): Problem[] {
  const problems = possible.flatMap(({ routing, base, route }) => {
    const { gateway, object } = base;
    if (gateway.checks === undefined) return [];
    const found = gateway.checks(object, route, aroundOf(base, [routing], objects));
    return within(ownerName(routing), within(objectName(object), found));
  });
  return eachOnce(problems);
}

/** A caveat, and the base that it is about. */
export interface BaseCaveat extends Caveat {
  readonly base: Manifest;
}

/** What every route that a release of the rollout may open will do otherwise than its words say. */
export function caveatsOf(rollout: RoutedRollout): BaseCaveat[] {
  const { routing } = rollout;
  if (routing === undefined) return [];
  const caveats = routing.bases.flatMap((base) => {
    const { gateway, object } = base;
    if (gateway.caveats === undefined) return [];
    const around = aroundOf(base, [routing], []);
    const routes = routesOn(base, everyRoute(routing, base, [rollout])).filter(({ warmUp }) => !warmUp);
    return routes.flatMap((route) =>
      gateway.caveats!(object, route, around).map((caveat) => ({ ...caveat, base: object })),
    );
  });
  return caveats.filter((one, i) => caveats.findIndex((other) => sameJson(one, other)) === i);
}

/** What routes of the rollout's requests take for granted, for nothing among these objects tells. */
export function assumptionsOf(rollout: RoutedRollout, objects: readonly Manifest[]): string[] {
  const { routing, routed } = rollout;
  if (routing === undefined) return [];
  const behind = routed.map(({ metadata }) => metadata.name);
  const assumed = routing.bases.flatMap((base) => {
    const { assumes } = base.gateway;
    if (assumes === undefined) return [];
    const around = aroundOf(base, [routing], objects);
    const routes = routesOn(base, everyRoute(routing, base, [rollout])).filter(({ service }) =>
      behind.includes(service),
    );
    return routes.flatMap((route) => assumes(base.object, route, around));
  });
  return [...new Set(assumed)];
}

/** Two routings of one Service on one base must be apart at every step. */
export function checkOverlaps(possible: readonly PossibleRoute[]): Problem[] {
  const byBase = new Map<Manifest, PossibleRoute[]>();
  for (const one of possible) byBase.set(one.base.object, [...(byBase.get(one.base.object) ?? []), one]);
  const problems = [...byBase.values()].flatMap((list) =>
    list.flatMap((one, i) => list.slice(i + 1).flatMap((other) => checkOverlap(one, other.route))),
  );
  return eachOnce(problems);
}

/** Whether a request could take both a possible route and one of somebody else on the same base. */
export function checkOverlap({ routing, base, route }: PossibleRoute, other: Route): Problem[] {
  const overlap = ownerName(other) === ownerName(routing) ? undefined : overlapOf(route, other);
  if (overlap === undefined) return [];
  const [mine, theirs] = overlap.matches?.map((index) => `matches[${index}]`) ?? ['a share', 'a share'];
  const given = `${mine}, and ${theirs} of ${ownerName(other)} on ${objectName(base.object)}`;
  return [problem('routes-overlap', '', given, { subject: [ownerName(routing)] })];
}

export function claimsOfRoute({ routing, base, written }: PossibleRoute): Claim[] {
  return written.filter(isOurs).map((object) => ({ owner: ownerName(routing), from: base.object, object }));
}

/**
 * Those that send requests somewhere, and the warm-ups where the gateway needs them.
 * @param users rollouts of the routing, as far as they are known
 */
function everyRoute(routing: Routing, { gateway, services }: Base, users: readonly RoutedRollout[]): Route[] {
  const { lane, owner, service, division } = routing;
  const plain = lane ? positionsOf(routing, lane) : users.flatMap((one) => everyStep(one, service.metadata.name!));
  const routes = plain.map((route) => ({ ...route, ...podsOf(route, users) }));
  if (!gateway.supports.canary.warmUp) return routes;
  return [...routes, ...services.map(({ metadata }) => warmUpRoute(owner, metadata.name!, division))];
}

/** Those of a lane are the same for all of its rollouts. */
const positions = new WeakMap<Routing, readonly Route[]>();

function positionsOf(routing: Routing, lane: LaneSpec): readonly Route[] {
  const known = positions.get(routing) ?? lanePositions(lane, routing.division);
  positions.set(routing, known);
  return known;
}

/** Held by its entry, by hops only, and by each hop. */
function lanePositions(lane: LaneSpec, division: Routing['division']): Route[] {
  const { objectRef, hops = [] } = lane;
  const holders = [[objectRef[0]!.service], []].map((services) => ({ services, holds: true }));
  const called = new Set(hops.map(({ service }) => service));
  return [
    ...holders.map((holder) => laneRoute(lane, [holder], division)!),
    ...[...called].map((service) => hopRoute(lane, service, division)),
  ];
}

/** The pods that a route is about, where their rollout is known: others of a lane may be declared elsewhere. */
function podsOf({ service }: Route, users: readonly RoutedRollout[]): Pick<Route, 'pods'> {
  const own = users.find(({ routed }) => routed.some(({ metadata }) => metadata.name === service));
  return defined({ pods: own?.deployment.spec.template.metadata?.labels });
}

function everyStep({ spec: { steps, name } }: RoutedRollout, service: string): Route[] {
  const routed = steps.filter(({ traffic, matches }) => traffic !== undefined || matches !== undefined);
  return routed.map((step) => stepRoute(step, name, service));
}
