import { type Problem, problem, within } from './errors';
import type { Route } from './gateway';
import { type Manifest, objectName } from './manifest';
import { isOurs } from './names';
import { overlapOf } from './overlap';
import { laneRoute, stepRoute, warmUpRoute } from './route';
import { type Base, ownerName, type Routing, sharedBases, writeBase } from './routing';
import type { LaneSpec, RolloutSpec } from './spec';
import type { Claim } from './taken';

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
  return sharedBases(routings).flatMap(({ base, users }) =>
    users.flatMap((routing) =>
      everyRoute(routing, base, rollouts).map((route) => ({
        routing,
        base,
        route,
        written: writeBase(base, users, [route]),
      })),
    ),
  );
}

/** A base that does not lead to the Service has no requests to route. */
export function checkBases(trials: readonly Trial[]): Problem[] {
  const sending = trials.filter(({ route }) => !route.warmUp);
  const led = new Map<Routing, Set<Manifest>>();
  for (const { routing, base, written } of sending) {
    const bases = led.get(routing) ?? new Set();
    led.set(routing, written.some((object) => object !== base.object) ? bases.add(base.object) : bases);
  }
  const idle = sending.filter(({ routing, base }) => !led.get(routing)!.has(base.object));
  const problems = [...idle, ...unexpressed(sending)].map(({ base, routing }) => {
    const given = `${objectName(base.object)} without ${routing.service.metadata.name}`;
    return problem('base-without-service', `${ownerName(routing)}: objectRef`, given);
  });
  return unique(problems);
}

/** Routes that no base of their routing expresses: a DestinationRule alone says how to connect, not what goes there. */
function unexpressed(trials: readonly Trial[]): Trial[] {
  const expresses = ({ base, written }: Trial) => base.gateway.read(written).length > 0;
  const silent = new Set(trials.map(({ routing }) => routing));
  for (const trial of trials) if (silent.has(trial.routing) && expresses(trial)) silent.delete(trial.routing);
  return trials.filter(({ routing }) => silent.has(routing));
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
    list.flatMap((one, i) => list.slice(i + 1).flatMap((other) => checkOverlap(one, other))),
  );
  return unique(problems);
}

function checkOverlap({ routing, base, route }: Trial, other: Trial): Problem[] {
  const overlap = other.routing === routing ? undefined : overlapOf(route, other.route);
  if (overlap === undefined) return [];
  const [mine, theirs] = overlap.matches?.map((place) => `matches[${place}]`) ?? ['a share', 'a share'];
  const given = `${mine}, and ${theirs} of ${ownerName(other.routing)} on ${objectName(base.object)}`;
  return [problem('routes-overlap', ownerName(routing), given)];
}

export function claimsOfTrial({ routing, base, written }: Trial): Claim[] {
  return written.filter(isOurs).map((object) => ({ owner: ownerName(routing), from: base.object, object }));
}

/** Those that send requests somewhere, and the warm-up where the gateway needs one. */
function everyRoute(routing: Routing, { gateway }: Base, rollouts: readonly Routed[]): Route[] {
  const { owner, service, division } = routing;
  const name = service.metadata.name!;
  const routes = routing.lane ? lanePositions(routing.lane, division) : everyStep(owner, name, rollouts);
  return [...routes, ...(gateway.supports.warmUp ? [warmUpRoute(owner, name, division)] : [])];
}

/** Held by its entry, and by hops only. */
function lanePositions(lane: LaneSpec, division: Routing['division']): Route[] {
  return [true, false].map((entry) => laneRoute(lane, [{ rollout: '', entry }], division)!);
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
