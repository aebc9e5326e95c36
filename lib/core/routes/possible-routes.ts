import { type Problem, problem, within } from '../errors';
import type { Route } from './gateway';
import { type Manifest, objectKey, objectName } from '../manifests/manifest';
import { isOurs } from '../manifests/names';
import { overlapOf } from './overlap';
import type { Base } from './bases';
import { hopRoute, laneRoute, stepRoute, warmUpRoute } from './route';
import { ownBase, ownerName, type Routing, routesOn, sharedBases, writeBase } from './routing';
import type { LaneSpec, RolloutSpec } from '../specs/spec';
import type { Claim } from '../manifests/name-claims';

/** A rollout, as far as its own routes need it. */
export interface Routed {
  readonly spec: RolloutSpec;
  readonly routing?: Routing;
}

/** What one route of a release makes of a base. */
export interface Trial {
  readonly routing: Routing;
  readonly base: Base;
  readonly route: Route;
  readonly written: readonly Manifest[];
}

/** Every route that a release may open, written on trial. */
export function tryRoutes(routings: readonly Routing[], rollouts: readonly Routed[]): Trial[] {
  return sharedBases(routings).flatMap((shared) =>
    shared.users.flatMap((routing) => {
      const base = ownBase(shared, routing);
      const routes = routesOn(base, everyRoute(routing, base, rollouts));
      return routes.map((route) => ({ routing, base, route, written: writeBase(shared, [route]) }));
    }),
  );
}

/** A base that does not lead to the Service has no requests to route. */
export function checkBases(trials: readonly Trial[]): Problem[] {
  const sending = trials.filter(({ route }) => !route.warmUp);
  const changes = ({ base, written }: Trial) => written.some((object) => object !== base.object);
  const idle = without(sending, changes, ({ base, route }) => `${objectKey(base.object)} ${route.service}`);
  // A DestinationRule alone says how to connect, not what goes there.
  const expresses = ({ base, written }: Trial) => base.gateway.read(written).length > 0;
  const silent = without(sending, expresses, ({ route }) => route.service);
  const problems = [...idle, ...silent].map(({ base, routing, route }) => {
    const given = `${objectName(base.object)} without ${route.service}`;
    const field = route.service === routing.service.metadata.name ? 'objectRef' : 'hops';
    return problem('base-without-service', `${ownerName(routing)}: ${field}`, given);
  });
  return unique(problems);
}

/** Those of the groups in which nothing holds; trials of one routing with the same key are a group. */
function without(
  trials: readonly Trial[],
  holds: (trial: Trial) => boolean,
  keyOf: (trial: Trial) => string,
): readonly Trial[] {
  const found = new Map<Routing, Set<string>>();
  for (const trial of trials) {
    const keys = found.get(trial.routing) ?? new Set();
    if (!keys.has(keyOf(trial)) && holds(trial)) keys.add(keyOf(trial));
    found.set(trial.routing, keys);
  }
  return trials.filter((trial) => !found.get(trial.routing)!.has(keyOf(trial)));
}

/** R12: bases that leave no room for a route. */
export function checkRoom(trials: readonly Trial[], objects: readonly Manifest[]): Problem[] {
  const foreign = objects.filter((object) => !isOurs(object));
  const problems = trials.flatMap(({ routing, base: { gateway, object }, route }) => {
    if (gateway.checkBase === undefined) return [];
    const bases = routing.bases.map((base) => base.object).filter((base) => base !== object);
    const others = foreign.filter((other) => other !== object && !bases.includes(other));
    return within(`${ownerName(routing)}: ${objectName(object)}`, gateway.checkBase(object, route, { bases, others }));
  });
  return unique(problems);
}

/** Two routings of one Service on one base must be apart at every step. */
export function checkOverlaps(trials: readonly Trial[]): Problem[] {
  const byBase = new Map<Manifest, Trial[]>();
  for (const trial of trials) byBase.set(trial.base.object, [...(byBase.get(trial.base.object) ?? []), trial]);
  const problems = [...byBase.values()].flatMap((list) =>
    list.flatMap((one, i) => list.slice(i + 1).flatMap((other) => checkOverlap(one, other.route))),
  );
  return unique(problems);
}

/** Whether a request could take both a route on trial and one of somebody else on the same base. */
export function checkOverlap({ routing, base, route }: Trial, other: Route): Problem[] {
  const overlap = ownerName(other) === ownerName(routing) ? undefined : overlapOf(route, other);
  if (overlap === undefined) return [];
  const [mine, theirs] = overlap.matches?.map((place) => `matches[${place}]`) ?? ['a share', 'a share'];
  const given = `${mine}, and ${theirs} of ${ownerName(other)} on ${objectName(base.object)}`;
  return [problem('routes-overlap', ownerName(routing), given)];
}

export function claimsOfTrial({ routing, base, written }: Trial): Claim[] {
  return written.filter(isOurs).map((object) => ({ owner: ownerName(routing), from: base.object, object }));
}

/** Those that send requests somewhere, and the warm-ups where the gateway needs them. */
function everyRoute(routing: Routing, { gateway, services }: Base, rollouts: readonly Routed[]): Route[] {
  const { lane, owner, service, division } = routing;
  const routes = lane ? lanePositions(lane, division) : everyStep(owner, service.metadata.name!, rollouts);
  if (!gateway.supports.warmUp) return routes;
  return [...routes, ...services.map(({ metadata }) => warmUpRoute(owner, metadata.name!, division))];
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

function everyStep(owner: Routing['owner'], service: string, rollouts: readonly Routed[]): Route[] {
  const { spec } = rollouts.find(({ routing }) => routing?.owner === owner)!;
  const steps = spec.steps.filter(({ traffic, matches }) => traffic !== undefined || matches !== undefined);
  return steps.map((step) => stepRoute(step, spec.name, service));
}

/** Steps of one rollout often have the same problem. */
function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((one) => [`${one.path} ${one.given}`, one])).values()];
}
