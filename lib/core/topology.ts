import { GraylaneError, naming, type Problem, problem, refuse } from './errors';
import type { Gateways, Route } from './gateway';
import { defined, type Deployment, isDeployment, isService, type Manifest, objectName, type Service } from './manifest';
import { isOurs } from './names';
import { Objects } from './objects';
import { overlapOf } from './overlap';
import { laneRoute, stepRoute, warmUpRoute } from './route';
import { type Base, laneRouting, ownRouting, type Routing, routingSupports, sharedBases, writeBase } from './routing';
import { apart, checkApart, type Separation } from './separation';
import type { LaneSpec, RolloutSpec } from './spec';
import type { Declared } from './transition';
import { checkTaken, type Claim, claimsOf } from './taken';
import { checkLane, checkRollout } from './validation';
import { checkWorkload } from './workload-check';

/** What an app declares: its own objects, and the lanes and rollouts over them. */
export interface Declarations {
  readonly objects: readonly Manifest[];
  readonly lanes: readonly LaneSpec[];
  readonly rollouts: readonly RolloutSpec[];
}

/** A rollout with all that it refers to. */
export interface Member {
  readonly spec: RolloutSpec;
  readonly deployment: Deployment;
  /** The user's Services that select the workload's pods. */
  readonly services: readonly Service[];
  readonly routing?: Routing;
  /** Its pods are those of the routed Service; any other member of a lane is a hop. */
  readonly entry: boolean;
  readonly separation: Separation;
  /** Base Services that get a canary Service. */
  readonly served: readonly Service[];
  /** What decides the list of its stages, and how it goes through them. */
  readonly plan: Declared;
}

/** An app whose references are all found and whose every rule that a manifest can break is checked. */
export interface Topology {
  readonly objects: readonly Manifest[];
  readonly routings: readonly Routing[];
  readonly members: readonly Member[];
}

/**
 * Finds what the lanes and rollouts of an app refer to, and checks all of it.
 * @throws GraylaneError with every problem of the specs, or the first one of what they refer to
 */
export function resolve({ objects, lanes, rollouts }: Declarations, gateways: Gateways): Topology {
  refuse([
    ...lanes.flatMap((lane) => within(`lane ${lane.name}`, checkLane(lane))),
    ...rollouts.flatMap((spec) => within(`rollout ${spec.name}`, checkRollout(spec))),
    ...checkNames(lanes, rollouts),
  ]);
  const known = new Objects(objects);
  const routings = lanes.map((lane) => naming(`lane ${lane.name}`, () => laneRouting(lane, known, gateways)));
  const members = rollouts.map((spec) => naming(`rollout ${spec.name}`, () => member(spec, known, routings, gateways)));
  const all = [...routings, ...members.flatMap(({ routing }) => (routing && !routing.lane ? [routing] : []))];
  refuse([...checkShared(all), ...checkHops(members)]);
  const trials = tryRoutes(all, members);
  const claims = members.flatMap(({ spec, deployment, served }) =>
    claimsOf(`rollout ${spec.name}`, deployment, served),
  );
  refuse([
    ...checkBases(trials),
    ...checkRoom(trials, objects),
    ...checkOverlaps(trials),
    ...checkTaken([...claims, ...trials.flatMap(claimsOfTrial)], objects),
  ]);
  return { objects, routings: all, members };
}

function member(spec: RolloutSpec, objects: Objects, lanes: readonly Routing[], gateways: Gateways): Member {
  const deployment = findWorkload(spec, objects);
  const { labels } = deployment.spec.template.metadata ?? {};
  const services = objects.selecting(deployment.metadata.namespace, labels).filter(isService);
  const routing = findRouting(spec, objects, lanes, gateways);
  const entry = routing !== undefined && services.includes(routing.service);
  if (routing && !routing.lane && !entry) {
    throw new GraylaneError(problem('service-foreign', 'trafficRoutings[0].service', routing.service.metadata.name));
  }
  const separation = separate(spec, deployment, services, routing);
  refuse(checkApart(separation, deployment, objects));
  refuse(checkWorkload(spec, deployment, services, separation, routing));
  const served = separation.by !== 'apart' ? [] : entry ? [routing.service] : services;
  // The gateway only ever sees the entry: a hop has nothing to warm up.
  const plan = { ...spec, ...defined({ lane: routing?.lane, supports: entry ? routingSupports(routing) : undefined }) };
  return { spec, deployment, services, ...(routing && { routing }), entry, separation, served, plan };
}

function separate(spec: RolloutSpec, stable: Deployment, services: readonly Service[], routing?: Routing): Separation {
  if (routing === undefined) return { by: 'joined' };
  const { subset } = routing.division;
  return subset === undefined ? apart(spec, stable, services) : { by: 'subset', tag: subset };
}

function findWorkload({ workloadRef, namespace }: RolloutSpec, objects: Objects): Deployment {
  const found = objects.find('apps', 'Deployment', namespace, workloadRef.name);
  if (found === undefined || !isDeployment(found))
    throw new GraylaneError(problem('workload-not-found', 'workloadRef.name', workloadRef.name));
  const { selector, template } = (found.spec ?? {}) as Partial<Deployment['spec']>;
  if (selector === undefined || template === undefined) {
    const allowed = 'a Deployment with spec.selector and spec.template';
    throw new GraylaneError(problem('object-shape', 'workload.spec', Object.keys(found.spec ?? {}), { allowed }));
  }
  return found;
}

function findRouting(
  spec: RolloutSpec,
  objects: Objects,
  lanes: readonly Routing[],
  gateways: Gateways,
): Routing | undefined {
  const { trafficRoutingRef: ref, trafficRoutings = [], namespace } = spec;
  if (ref === undefined)
    return trafficRoutings.length > 0 ? ownRouting(spec, trafficRoutings, objects, gateways) : undefined;
  // A bare name is looked for in the rollout's own namespace, as Kruise does: lanes of two namespaces may share a name.
  const found = lanes.find(({ lane }) => laneReferences(lane!, namespace).includes(ref));
  if (found === undefined) {
    const allowed =
      lanes.map(({ lane }) => laneReferences(lane!, namespace)[0]).join(', ') || 'a lane of this app (there is none)';
    throw new GraylaneError(problem('lane-not-found', 'trafficRoutingRef', ref, { allowed }));
  }
  return found;
}

/** How a rollout of that namespace may refer to the lane. */
function laneReferences({ name, namespace }: LaneSpec, from: string | undefined): string[] {
  return [...(namespace === from ? [name] : []), ...(namespace === undefined ? [] : [`${namespace}/${name}`])];
}

function checkNames(lanes: readonly LaneSpec[], rollouts: readonly RolloutSpec[]): Problem[] {
  const id = ({ name, namespace }: { name: string; namespace?: string }) => `${namespace ?? ''}/${name}`;
  const twice = <T>(all: readonly T[], key: (one: T) => string) => {
    const first = new Map(all.map((one, i) => [key(one), i] as const).reverse());
    return all.filter((one, i) => first.get(key(one)) !== i);
  };
  return [
    ...twice(lanes, id).map(({ name }) => problem('name-duplicate', `lane ${name}: metadata.name`, name)),
    ...twice(rollouts, id).map(({ name }) => problem('name-duplicate', `rollout ${name}: metadata.name`, name)),
    ...twice(rollouts, ({ namespace, workloadRef }) => id({ name: workloadRef.name, namespace })).map(
      ({ name, workloadRef }) => problem('workload-shared', `rollout ${name}: workloadRef.name`, workloadRef.name),
    ),
  ];
}

function checkShared(routings: readonly Routing[]): Problem[] {
  return sharedBases(routings).flatMap(({ base: { gateway, object }, users }) => {
    const { routesPerBase } = gateway.supports;
    const given = `${objectName(object)}, used by ${users.map(ownerName).join(' and ')}`;
    const allowed = `${routesPerBase} routing on one base with ${gateway.name}`;
    const strangers = users.filter(({ bases }) =>
      bases.some((base) => base.object === object && base.gateway !== gateway),
    );
    return [
      ...strangers.map((user) => problem('base-gateways', `${ownerName(user)}: objectRef`, given)),
      ...(users.length > routesPerBase
        ? [problem('gateway-unsupported', `${ownerName(users[routesPerBase]!)}: objectRef`, given, { allowed })]
        : []),
    ];
  });
}

/** What one route of a release makes of a base. */
export interface Trial {
  readonly routing: Routing;
  readonly base: Base;
  readonly route: Route;
  readonly written: readonly Manifest[];
}

/** Every route that a release may open, written on trial. */
export function tryRoutes(routings: readonly Routing[], members: readonly Member[]): Trial[] {
  return sharedBases(routings).flatMap(({ base, users }) =>
    users.flatMap((routing) =>
      everyRoute(routing, base, members).map((route) => ({
        routing,
        base,
        route,
        written: writeBase(base, users, [route]),
      })),
    ),
  );
}

/** A base that does not lead to the Service has no requests to route. */
function checkBases(trials: readonly Trial[]): Problem[] {
  const sending = trials.filter(({ route }) => !route.warmUp);
  const idle = sending.filter(({ base, written }) => written.every((object) => object === base.object));
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
function checkRoom(trials: readonly Trial[], objects: readonly Manifest[]): Problem[] {
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
function checkOverlaps(trials: readonly Trial[]): Problem[] {
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

function claimsOfTrial({ routing, base, written }: Trial): Claim[] {
  return written.filter(isOurs).map((object) => ({ owner: ownerName(routing), from: base.object, object }));
}

/** Those that send requests somewhere, and the warm-up where the gateway needs one. */
function everyRoute(routing: Routing, { gateway }: Base, members: readonly Member[]): Route[] {
  const { owner, service, division } = routing;
  const name = service.metadata.name!;
  const routes = routing.lane ? lanePositions(routing.lane, division) : everyStep(owner, name, members);
  return [...routes, ...(gateway.supports.warmUp ? [warmUpRoute(owner, name, division)] : [])];
}

/** Held by its entry, and by hops only. */
function lanePositions(lane: LaneSpec, division: Routing['division']): Route[] {
  return [true, false].map((entry) => laneRoute(lane, [{ rollout: '', entry }], division)!);
}

function everyStep(owner: Routing['owner'], service: string, members: readonly Member[]): Route[] {
  const { spec } = members.find(({ routing }) => routing?.owner === owner)!;
  const steps = spec.steps.filter(({ traffic, matches }) => traffic !== undefined || matches !== undefined);
  return steps.map((step) => stepRoute(step, spec.name, service));
}

/** A lane that only hops hold leads to the entry's stable pods: not every gateway can send a route there. */
function checkHops(members: readonly Member[]): Problem[] {
  return members.flatMap(({ spec, entry, routing }) =>
    (routing && !entry ? routing.bases : []).flatMap(({ gateway }) =>
      gateway.supports.routesToStable
        ? []
        : [
            problem('gateway-unsupported', `rollout ${spec.name}: trafficRoutingRef`, spec.trafficRoutingRef, {
              allowed: `rollouts of the entry's Deployment with ${gateway.name}: it cannot route to the base's own Service`,
            }),
          ],
    ),
  );
}

/** `lane mse-traffic`, `rollout rollout-a`, for messages. */
export function ownerName({ owner }: Pick<Routing, 'owner'>): string {
  return 'lane' in owner ? `lane ${owner.lane}` : `rollout ${owner.rollout}`;
}

/** Steps of one rollout often have the same problem. */
function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((one) => [`${one.path} ${one.given}`, one])).values()];
}

function within(name: string, problems: readonly Problem[]): Problem[] {
  return problems.map((p) => ({ ...p, path: `${name}: ${p.path}` }));
}
