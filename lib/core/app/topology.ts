import { type ErrorCode, GraylaneError, naming, type Problem, problem, refuse, within } from '../errors';
import type { Gateways } from '../routes/gateway';
import {
  defined,
  type Deployment,
  isDeployment,
  isService,
  type Manifest,
  objectName,
  type Service,
} from '../manifests/manifest';
import { Objects } from '../manifests/objects';
import {
  basesOf,
  laneRouting,
  needsWarmUp,
  ownerName,
  ownRouting,
  routedServices,
  type Routing,
} from '../routes/routing';
import { ownBase, sharedBases } from '../routes/written-base';
import { canaryPolicies, checkPolicies, networkPoliciesOf, type Policy } from './canary-policies';
import { type Double, doublesOf, routedDoubles } from './doubles';
import { apart, checkApart, otherLabels, type Separation } from './separation';
import type { LaneSpec, RolloutSpec } from '../specs/spec';
import type { RolloutPlan } from '../release/transition';
import { checkTaken, type Claim, claimsOf } from '../manifests/name-claims';
import { checkBases, checkOverlaps, checkRoom, claimsOfRoute, possibleRoutes } from '../routes/possible-routes';
import { checkLane, checkRollout } from '../specs/validation';
import { checkMemberChecks } from './member-checks';
import { canaryDeployment } from './workload';
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
  /** Services of its routing's bases that its pods are behind. */
  readonly routed: readonly Service[];
  /** Its pods are those of the routing's own Service; any other member of a lane is a hop. */
  readonly entry: boolean;
  readonly separation: Separation;
  /** Base Services that get a canary Service. */
  readonly served: readonly Service[];
  /** What its releases put beside objects of the user's, and on the way back nothing. */
  readonly doubles: readonly Double[];
  /** The app's network policies, of which those that mean its pods get others for the canary. */
  readonly policies: readonly Policy[];
  /** What decides the list of its stages, and how it goes through them. */
  readonly plan: RolloutPlan;
}

/** An app whose references are all found and whose every rule that a manifest can break is checked. */
export interface Topology {
  readonly objects: readonly Manifest[];
  readonly routings: readonly Routing[];
  readonly members: readonly Member[];
}

/**
 * Finds what the lanes and rollouts of an app refer to, and checks all of it. On the way back nothing is refused of what
 * routes need: none will be opened.
 * @throws GraylaneError with every problem of the specs, or the first one of what they refer to
 */
export function resolve(
  { objects, lanes, rollouts }: Declarations,
  gateways: Gateways,
  { back = false }: { readonly back?: boolean } = {},
): Topology {
  refuse([
    ...lanes.flatMap((lane) => within(`lane ${lane.name}`, checkLane(lane))),
    ...rollouts.flatMap((spec) => within(`rollout ${spec.name}`, checkRollout(spec))),
    ...checkNames(lanes, rollouts),
  ]);
  const known = new Objects(objects);
  const routings = lanes.map((lane) => naming(`lane ${lane.name}`, () => laneRouting(lane, known, gateways)));
  const policies = networkPoliciesOf(objects);
  const members = rollouts.map((spec) =>
    naming(`rollout ${spec.name}`, () => member(spec, known, routings, gateways, policies)),
  );
  const all = [...routings, ...members.flatMap(({ routing }) => (routing && !routing.lane ? [routing] : []))];
  if (back) return { objects, routings: all, members };
  refuse([
    ...checkShared(all),
    ...checkHops(members),
    ...members.flatMap((one) => within(`rollout ${one.spec.name}`, checkMemberChecks(one))),
    ...members.flatMap(checkMemberPolicies),
  ]);
  const possible = possibleRoutes(all, members, objects);
  const claims = members.flatMap((one) => [
    ...claimsOf(`rollout ${one.spec.name}`, one.deployment, one.served),
    ...policyClaims(one),
  ]);
  const room = checkRoom(possible, objects);
  refuse([
    // Where a base leaves no room, nothing is written on it: one cause, and not two.
    ...(room.length > 0 ? room : checkBases(possible)),
    ...checkOverlaps(possible),
    ...checkTaken([...claims, ...possible.flatMap(claimsOfRoute)], known),
  ]);
  const routed = routedDoubles(possible);
  return { objects, routings: all, members: members.map((one) => ({ ...one, doubles: doublesOf(one, routed) })) };
}

function member(
  spec: RolloutSpec,
  objects: Objects,
  lanes: readonly Routing[],
  gateways: Gateways,
  policies: readonly Policy[],
): Member {
  const deployment = findWorkload(spec, objects);
  const { labels } = deployment.spec.template.metadata ?? {};
  const services = objects.selecting(deployment.metadata.namespace, labels).filter(isService);
  const routing = findRouting(spec, objects, lanes, gateways);
  const routed = routing ? routedServices(routing).filter((service) => services.includes(service)) : [];
  const entry = routing !== undefined && routed.includes(routing.service);
  if (routing && !routing.lane && !entry) {
    throw new GraylaneError(problem('service-foreign', 'trafficRoutings[0].service', routing.service.metadata.name));
  }
  const separation = separate(spec, deployment, services, routing);
  refuse(checkApart(separation, deployment, services, objects));
  refuse(checkWorkload(spec, deployment, services, separation, routing));
  const served = separation.by !== 'apart' ? [] : entry ? routed : services;
  // Where nothing is routed to a hop, there is nothing to warm up.
  const supports = routing && routed.length > 0 ? { warmUp: needsWarmUp(routing, routed) } : undefined;
  const plan = { ...spec, ...defined({ lane: routing?.lane, supports }) };
  return {
    spec,
    deployment,
    services,
    ...(routing && { routing }),
    routed,
    entry,
    separation,
    served,
    doubles: [],
    policies,
    plan,
  };
}

/** The canary of the template that is declared. */
function declaredCanary({ deployment, spec, separation }: Member): Deployment {
  return canaryDeployment(deployment, deployment.spec.template, 1, spec, separation);
}

function checkMemberPolicies(member: Member): Problem[] {
  const { spec, deployment, services, separation, policies } = member;
  if (policies.length === 0) return [];
  const others = otherLabels(separation, deployment, services);
  const problems = checkPolicies(policies, deployment.spec.template, declaredCanary(member), others);
  return within(`rollout ${spec.name}`, problems);
}

function policyClaims(member: Member): Claim[] {
  if (member.policies.length === 0) return [];
  const owner = `rollout ${member.spec.name}`;
  const made = canaryPolicies(member.policies, member.deployment.spec.template, declaredCanary(member));
  return [...made].flatMap(([{ object: from }, ours]) => ours.map((object) => ({ owner, from, object })));
}

function separate(spec: RolloutSpec, stable: Deployment, services: readonly Service[], routing?: Routing): Separation {
  if (routing === undefined) return { by: 'joined' };
  const { subset } = routing.division;
  return subset === undefined ? apart(spec, stable, services) : { by: 'subset', tag: subset };
}

function findWorkload({ workloadRef, namespace }: RolloutSpec, objects: Objects): Deployment {
  const found = objects.find('apps', 'Deployment', namespace, workloadRef.name);
  if (found === undefined || !isDeployment(found))
    throw new GraylaneError(
      problem(
        'workload-not-found',
        'workloadRef.name',
        workloadRef.name,
        objects.elsewhere('apps', 'Deployment', namespace, workloadRef.name),
      ),
    );
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
  return [
    ...twice('name-duplicate', 'metadata.name', 'lane', lanes, ({ name }) => name),
    ...twice('name-duplicate', 'metadata.name', 'rollout', rollouts, ({ name }) => name),
    ...twice('workload-shared', 'workloadRef.name', 'rollout', rollouts, ({ workloadRef }) => workloadRef.name),
  ];
}

/** A problem for each but the first that has a name in a namespace. */
function twice<T extends { readonly name: string; readonly namespace?: string }>(
  code: ErrorCode,
  path: string,
  kind: 'lane' | 'rollout',
  all: readonly T[],
  nameOf: (one: T) => string,
): Problem[] {
  const known = new Set<string>();
  return all.flatMap((one) => {
    const id = `${one.namespace ?? ''}/${nameOf(one)}`;
    if (known.has(id)) return [problem(code, path, nameOf(one), { subject: [`${kind} ${one.name}`] })];
    known.add(id);
    return [];
  });
}

/** Routings of one base are told apart by their Services: only those of one Service are in each other's way. */
function checkShared(routings: readonly Routing[]): Problem[] {
  return sharedBases(routings).flatMap((shared) => {
    const { gateway, object, users, services } = shared;
    const { routings: most } = gateway.supports.base;
    const given = (by: readonly Routing[]) => `${objectName(object)}, used by ${by.map(ownerName).join(' and ')}`;
    const strangers = users.filter(({ bases }) =>
      bases.some((base) => base.object === object && base.gateway !== gateway),
    );
    return [
      ...strangers.map((user) => problem('base-gateways', 'objectRef', given(users), { subject: [ownerName(user)] })),
      ...services.flatMap((service) => {
        const ofOne = users.filter((user) => ownBase(shared, user).services.includes(service));
        if (ofOne.length <= most) return [];
        const allowed = `${most} routing of Service ${service.metadata.name} on one base with ${gateway.name}`;
        const subject = [ownerName(ofOne[most]!)];
        return [problem('gateway-unsupported', 'objectRef', given(ofOne), { subject, allowed })];
      }),
    ];
  });
}

/** A lane that only hops hold leads to the entry's stable pods: not every gateway can send a route there. */
function checkHops(members: readonly Member[]): Problem[] {
  return members.flatMap(({ spec, entry, routing }) => {
    const bases = routing && !entry ? basesOf(routing, [routing.service]) : [];
    const unable = bases.filter(({ gateway }) => !gateway.supports.canary.stable);
    return unable.map(({ gateway: { name } }) => {
      const allowed = `rollouts of the entry's Deployment with ${name}: it cannot route to the base's own Service`;
      const subject = [`rollout ${spec.name}`];
      return problem('gateway-unsupported', 'trafficRoutingRef', spec.trafficRoutingRef, { subject, allowed });
    });
  });
}
