import type { Route, RouteOwner, RouteTarget } from './gateway';
import { canaryName } from '../manifests/names';
import { percentage } from '../specs/replicas';
import { laneRouteSpec, tagCondition } from '../specs/lane';
import type { LaneSpec, RouteSpec, Step } from '../specs/spec';

/** A rollout that takes part in a lane. */
export interface Holder {
  /** Services of the lane's bases that its pods are behind: the entry's, a hop's; none where nothing is routed to it. */
  readonly services: readonly string[];
  /** False while the gateway only gets to know its canary. */
  readonly holds: boolean;
}

/** How a routing tells canary pods from stable ones: by a subset's name, or, without one, by a Service of their own. */
export interface Division {
  readonly subset?: string;
}

/**
 * R4: the route of a lane exactly while somebody holds it. Held by the entry it leads to the entry's canary; held only
 * by hops it leads to the entry's stable pods, tagged, so that the tag takes the request to the hop's canary.
 */
export function laneRoute(lane: LaneSpec, holders: readonly Holder[], division: Division = {}): Route | undefined {
  const services = holders.filter(({ holds }) => holds).map((holder) => holder.services);
  if (services.length === 0) return undefined;
  const service = lane.objectRef[0]!.service;
  const to = services.flat().includes(service) ? canaryTarget(service, division) : 'stable';
  return { ...routeSpec(laneRouteSpec(lane)), owner: { lane: lane.name }, service, to };
}

/** The route of a hop while it holds the lane: requests that carry the tag go to its canary. */
export function hopRoute(lane: LaneSpec, service: string, division: Division): Route {
  return {
    matches: [{ headers: [tagCondition(lane)!] }],
    owner: { lane: lane.name },
    service,
    to: canaryTarget(service, division),
  };
}

/** The route of a step with routing of its own: like a lane with one holder, the entry. */
export function stepRoute(step: Step, rollout: string, service: string): Route {
  const weight = percentage(step.traffic);
  const spec: RouteSpec = { ...step, ...(weight !== undefined && { weight }) };
  return { ...routeSpec(spec), owner: { rollout }, service, to: canaryTarget(service, {}) };
}

/** The route that lets the gateway know the canary before it sends anybody there. */
export function warmUpRoute(owner: RouteOwner, service: string, division: Division): Route {
  return { owner, service, to: canaryTarget(service, division), warmUp: true };
}

function canaryTarget(service: string, { subset }: Division): RouteTarget {
  return subset === undefined ? { service: canaryName(service) } : { subset };
}

/** Only what a route says, without what else a lane or a step has; empty lists say nothing. */
function routeSpec({ matches, weight, requestHeaderModifier }: RouteSpec): RouteSpec {
  return {
    ...(matches?.length && { matches }),
    ...(weight !== undefined && { weight }),
    ...(requestHeaderModifier && { requestHeaderModifier }),
  };
}
