import { GraylaneError, naming, type Problem, problem, refuse } from './errors';
import type { Gateways, Route } from './gateway';
import {
  type Deployment,
  isDeployment,
  isService,
  type Manifest,
  objectKey,
  objectName,
  type Service,
  selects,
} from './manifest';
import { canaryName, LANE_LABEL, ROLLOUT_LABEL } from './names';
import { laneRoute, stepRoute } from './route';
import { laneRouting, ownRouting, type Routing, routingSupports, sharedBases, writeBase } from './routing';
import { apart, type Separation } from './separation';
import type { LaneSpec, RolloutSpec } from './spec';
import type { Declared } from './transition';
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
  const routings = lanes.map((lane) => naming(`lane ${lane.name}`, () => laneRouting(lane, objects, gateways)));
  const members = rollouts.map((spec) =>
    naming(`rollout ${spec.name}`, () => member(spec, objects, routings, gateways)),
  );
  const all = [...routings, ...members.flatMap(({ routing }) => (routing && !routing.lane ? [routing] : []))];
  refuse([...checkShared(all), ...checkHops(members), ...checkBases(all, members, objects)]);
  return { objects, routings: all, members };
}

function member(
  spec: RolloutSpec,
  objects: readonly Manifest[],
  lanes: readonly Routing[],
  gateways: Gateways,
): Member {
  const deployment = findWorkload(spec, objects);
  const labels = deployment.spec.template.metadata?.labels;
  const services = objects
    .filter(isService)
    .filter(
      ({ metadata, spec: { selector } }) =>
        metadata.namespace === deployment.metadata.namespace && selects(selector, labels),
    );
  const routing = findRouting(spec, objects, lanes, gateways);
  const entry = routing !== undefined && services.includes(routing.service);
  if (routing && !routing.lane && !entry) {
    throw new GraylaneError(problem('service-foreign', 'trafficRoutings[0].service', routing.service.metadata.name));
  }
  const separation = separate(spec, deployment, services, routing);
  refuse(checkWorkload(spec, deployment, services, separation, routing));
  const served = separation.by !== 'apart' ? [] : entry ? [routing.service] : services;
  refuse(checkTaken(deployment, served, objects));
  // The gateway only ever sees the entry: a hop has nothing to warm up.
  const plan = { ...spec, ...(entry && { supports: routingSupports(routing) }) };
  return { spec, deployment, services, ...(routing && { routing }), entry, separation, served, plan };
}

function separate(spec: RolloutSpec, stable: Deployment, services: readonly Service[], routing?: Routing): Separation {
  if (routing === undefined) return { by: 'joined' };
  const { subset } = routing.division;
  return subset === undefined ? apart(spec, stable, services) : { by: 'subset', tag: subset };
}

function findWorkload({ workloadRef, namespace }: RolloutSpec, objects: readonly Manifest[]): Deployment {
  const found = objects
    .filter(isDeployment)
    .find(({ metadata }) => metadata.name === workloadRef.name && metadata.namespace === namespace);
  if (found === undefined) throw new GraylaneError(problem('workload-not-found', 'workloadRef.name', workloadRef.name));
  return found;
}

function findRouting(
  spec: RolloutSpec,
  objects: readonly Manifest[],
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
  const twice = <T>(all: readonly T[], key: (one: T) => string) =>
    all.filter((one, i) => all.findIndex((other) => key(other) === key(one)) !== i);
  return [
    ...twice(lanes, id).map(({ name }) => problem('name-duplicate', `lane ${name}: metadata.name`, name)),
    ...twice(rollouts, id).map(({ name }) => problem('name-duplicate', `rollout ${name}: metadata.name`, name)),
    ...twice(rollouts, ({ namespace, workloadRef }) => id({ name: workloadRef.name, namespace })).map(
      ({ name, workloadRef }) => problem('workload-shared', `rollout ${name}: workloadRef.name`, workloadRef.name),
    ),
  ];
}

/** R10: an object with our name but without our label is somebody else's. */
function checkTaken(deployment: Deployment, served: readonly Service[], objects: readonly Manifest[]): Problem[] {
  const ours = [deployment, ...served].map((base) => ({
    ...base,
    metadata: { ...base.metadata, name: canaryName(base.metadata.name!) },
  }));
  return taken(ours, objects);
}

/** Problems for those of our objects whose name an object of the user's has. */
export function taken(ours: readonly Manifest[], objects: readonly Manifest[]): Problem[] {
  const names = new Set(objects.filter((object) => !isOurs(object)).map(objectName));
  return ours
    .map(objectName)
    .filter((name) => names.has(name))
    .map((name) => problem('object-taken', 'metadata.name', name));
}

/** Whether an object carries a label of ours. */
export function isOurs({ metadata }: Manifest): boolean {
  return metadata.labels?.[ROLLOUT_LABEL] !== undefined || metadata.labels?.[LANE_LABEL] !== undefined;
}

function checkShared(routings: readonly Routing[]): Problem[] {
  return sharedBases(routings).flatMap(({ base: { gateway, object }, users }) => {
    const { routesPerBase } = gateway.supports;
    if (users.length <= routesPerBase) return [];
    const given = `${objectName(object)}, used by ${users.map(ownerName).join(' and ')}`;
    const allowed = `${routesPerBase} routing on one base with ${gateway.name}`;
    return [problem('gateway-unsupported', `${ownerName(users[routesPerBase]!)}: objectRef`, given, { allowed })];
  });
}

/** A trial of every route that a release may open: the base must lead to the Service, and our names must be free. */
function checkBases(routings: readonly Routing[], members: readonly Member[], objects: readonly Manifest[]): Problem[] {
  return sharedBases(routings).flatMap(({ base, users }) =>
    users.flatMap((routing) =>
      everyRoute(routing, members).flatMap((route) => {
        const written = writeBase(base, users, [route]);
        if (written.every((object) => object === base.object)) {
          const given = `${objectName(base.object)} without ${routing.service.metadata.name}`;
          return [problem('base-without-service', `${ownerName(routing)}: objectRef`, given)];
        }
        return within(
          ownerName(routing),
          taken(
            written.filter((object) => objectKey(object) !== objectKey(base.object)),
            objects,
          ),
        );
      }),
    ),
  );
}

function everyRoute({ lane, division, service, owner }: Routing, members: readonly Member[]): Route[] {
  if (lane) return [laneRoute(lane, [{ rollout: '', entry: true }], division)!];
  const { spec } = members.find(({ routing }) => routing?.owner === owner)!;
  const steps = spec.steps.filter(({ traffic, matches }) => traffic !== undefined || matches !== undefined);
  return steps.map((step) => stepRoute(step, spec.name, service.metadata.name!));
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

function within(name: string, problems: readonly Problem[]): Problem[] {
  return problems.map((p) => ({ ...p, path: `${name}: ${p.path}` }));
}
