import { checkOf, type Finding } from './check';

/** What gateways say of their routes, and the same of a Service where there is no route. */
export const unroutedRequests = checkOf({
  name: 'unrouted-requests',
  about:
    'a member of a lane to which no route leads; sessions that keep clients on pods, by a base or by a Service without a route; a base that no gateway reads, or that leads connections past the route',
  effect: 'shares and matches are not of all requests',
  needs: [],
  findings: ({ caveats, services, separation, gracePeriodSeconds, workload }) => [
    ...(gracePeriodSeconds !== undefined && separation === 'apart' && !services.some(({ routed }) => routed)
      ? [ofMember(workload)]
      : []),
    ...caveats.map(({ object: { name, ...object }, ...caveat }) => ({ object: { name: name!, ...object }, ...caveat })),
    ...(separation === 'joined' ? services.filter(({ sticky }) => sticky).map(ofService) : []),
  ],
});

function ofMember({ name, namespace }: { readonly name?: string; readonly namespace?: string }): Finding {
  return {
    object: { kind: 'Deployment', name: name!, ...(namespace !== undefined && { namespace }) },
    reason:
      'is in a lane whose routes do not lead to it: its canary gets the calls of its canary Service, and no others',
    wayOut: "name its Service as one of the lane's hops, or take a gateway that follows the lane's tag",
  };
}

function ofService({ name, namespace }: { readonly name?: string; readonly namespace?: string }): Finding {
  return {
    object: { kind: 'Service', name: name!, ...(namespace !== undefined && { namespace }) },
    reason: 'has sessionAffinity: ClientIP: the share of the canary is one of client addresses, not of requests',
    wayOut: 'leave it out, or count on the share of addresses',
  };
}
