import { below, problem, type Problem, refuse } from '../errors';
import type { Gateway, Gateways, Route, RouteOwner } from './gateway';
import { type Base, findBases, mergeBases } from './bases';
import { checkRoute } from './route-check';
import type { Manifest, Service } from '../manifests/manifest';
import { kindOf } from './kinds';
import { BAGGAGE } from '../specs/baggage';
import { laneRefs } from '../specs/lane';
import { checkTags } from '../specs/validation';
import { type Division, hopRoute, stepRoute } from './route';
import type { Objects } from '../manifests/objects';
import {
  DEFAULT_GRACE_PERIOD_SECONDS,
  type LaneSpec,
  type ObjectRef,
  type RolloutSpec,
  type RouteSpec,
} from '../specs/spec';

const MODIFIER = 'requestHeaderModifier';

/** A lane, or a rollout's own routing, with all that it refers to. */
export interface Routing {
  readonly owner: RouteOwner;
  readonly lane?: LaneSpec;
  /** The Service whose requests are routed; of a lane, that of its entry. */
  readonly service: Service;
  readonly bases: readonly Base[];
  readonly division: Division;
  readonly gracePeriodSeconds: number;
}

/**
 * A lane with its bases and Service found.
 * @throws GraylaneError for names that are not there, and for what the gateways cannot express (R12)
 */
export function laneRouting(lane: LaneSpec, objects: Objects, gateways: Gateways): Routing {
  const { objectRef, hops = [], namespace } = lane;
  const entry = findBases(objectRef, 'objectRef', namespace, objects, gateways);
  const called = findBases(hops, 'hops', namespace, objects, gateways);
  const division = laneDivision(lane, [...entry, ...called]);
  refuse([...checkExpressible(lane, entry), ...checkAppends(lane, entry, gateways), ...checkTagged(lane, called)]);
  return {
    owner: { lane: lane.name },
    lane,
    division,
    service: entry[0]!.services[0]!,
    bases: mergeBases([...mergeBases(entry, 'objectRef'), ...called], 'hops'),
    gracePeriodSeconds: graceOf(laneRefs(lane)),
  };
}

/** The routing of a rollout of its own: its canary always has a Service of its own. */
export function ownRouting(
  spec: RolloutSpec,
  refs: readonly ObjectRef[],
  objects: Objects,
  gateways: Gateways,
): Routing {
  const found = findBases(refs, 'trafficRoutings', spec.namespace, objects, gateways);
  const bases = mergeBases(found, 'trafficRoutings');
  const service = bases[0]!.services[0]!;
  refuse(
    spec.steps.flatMap((step, i) =>
      below(`steps[${i}]`, checkExpressible(stepRoute(step, spec.name, service.metadata.name!), bases).map(ofStep)),
    ),
  );
  return { owner: { rollout: spec.name }, division: {}, service, bases, gracePeriodSeconds: graceOf(refs) };
}

/** Services of the routing's bases, each once: the entry's, then those of hops. */
export function routedServices({ bases }: Routing): Service[] {
  return [...new Set(bases.flatMap(({ services }) => services))];
}

/** The bases that lead requests to one of these Services. */
export function basesOf({ bases }: Routing, services: readonly Service[]): Base[] {
  return bases.filter((base) => base.services.some((service) => services.includes(service)));
}

/** The gateway that reads an object which expresses a route. */
export function routedBy({ bases }: Routing, object: Manifest): Gateway | undefined {
  return bases.map(({ gateway }) => gateway).find((gateway) => kindOf(gateway, object) !== undefined);
}

/** Whether a gateway must get to know the canary behind these Services before it sends anybody there. */
export function needsWarmUp(routing: Routing, services: readonly Service[]): boolean {
  return basesOf(routing, services).some(({ gateway }) => gateway.supports.canary.warmUp);
}

/** Those of the routes that are written on this base. */
export function routesOn({ services }: Base, routes: readonly Route[]): Route[] {
  return routes.filter((route) => services.some(({ metadata }) => metadata.name === route.service));
}

/** A lane is divided by subsets where all its gateways can and it sets the tag that names the subset. */
function laneDivision(lane: LaneSpec, bases: readonly Base[]): Division {
  const tags = bases.map(({ gateway: { supports } }) => {
    const header = supports.canary.subset?.tagHeader;
    return lane.requestHeaderModifier?.set?.find(({ name }) => name.toLowerCase() === header)?.value;
  });
  const [subset] = tags;
  return subset !== undefined && tags.every((tag) => tag === subset) ? { subset } : {};
}

/** R12, for every gateway of the bases. */
function checkExpressible(route: RouteSpec, bases: readonly Base[]): Problem[] {
  const used = [...new Set(bases.map(({ gateway }) => gateway))];
  return used.flatMap((gateway) => {
    const { subset } = gateway.supports.canary;
    const tags = subset ? [subset.tagHeader] : [];
    return [...checkRoute(route, gateway), ...checkTags(route.matches ?? [], tags, 'matches')];
  });
}

/** R12: the entry's gateways append the tag to what the client has in its baggage. */
function checkAppends({ tag, matches, weight }: LaneSpec, bases: readonly Base[], gateways: Gateways): Problem[] {
  if (tag === undefined) return [];
  const route = { matches, weight, requestHeaderModifier: { add: [{ name: BAGGAGE, value: tag.baggage }] } };
  const used = [...new Set(bases.map(({ gateway }) => gateway))];
  const refused = used.filter((one) => checkRoute(route, one).some(({ path }) => path.startsWith(MODIFIER)));
  return refused.map(({ name, supports }) => {
    const can = supports.route.requestHeaders;
    const others = Object.values(gateways).filter((one) => one.supports.route.requestHeaders.includes('add'));
    const names = others.map((one) => one.name).join(', ');
    const header = can.includes('set') ? 'take a header of its own as the tag (requestHeaderModifier.set), or ' : '';
    return problem('gateway-unsupported', 'tag.baggage', tag.baggage, {
      allowed: `${name} can ${can.join(' and ') || 'not change'} headers of requests, and appends nothing to them`,
      fix: `${header}route the entry by a gateway that appends: ${names}`,
    });
  });
}

/** The weight of a step's route is its traffic. */
function ofStep(problem: Problem): Problem {
  return problem.path === 'weight' ? { ...problem, path: 'traffic' } : problem;
}

/** R12: hops tell requests of the lane by an exact header. */
function checkTagged(lane: LaneSpec, called: readonly Base[]): Problem[] {
  return called.flatMap(({ gateway, services: [service] }) => {
    const { name } = service!.metadata;
    const index = lane.hops!.findIndex((hop) => hop.service === name);
    const problems = checkRoute(hopRoute(lane, name!, {}), gateway);
    return problems.slice(0, 1).map((one) => ({ ...one, path: `hops[${index}]` }));
  });
}

function graceOf(refs: readonly ObjectRef[]): number {
  return Math.max(...refs.map(({ gracePeriodSeconds }) => gracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS));
}

/** `lane mse-traffic`, `rollout rollout-a`, for messages. */
export function ownerName({ owner }: Pick<Routing, 'owner'>): string {
  return 'lane' in owner ? `lane ${owner.lane}` : `rollout ${owner.rollout}`;
}
