import type { Route, RouteOwner, RouteTarget } from './gateway';
import { canaryName } from './names';
import { percentage } from './replicas';
import type { LaneSpec, RouteSpec, Step } from './spec';

/** A rollout that holds a lane; entry: its pods are those of the lane's Service. */
export interface Holder {
  readonly rollout: string;
  readonly entry: boolean;
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
  if (holders.length === 0) return undefined;
  const service = lane.objectRef[0]!.service;
  const to = holders.some(({ entry }) => entry) ? canaryTarget(service, division) : 'stable';
  return { ...routeSpec(lane), owner: { lane: lane.name }, service, to };
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
