import { checkOf, type Finding } from './check';

/** What gateways say of their routes, and the same of a Service where there is no route. */
export const unroutedRequests = checkOf({
  name: 'unrouted-requests',
  about:
    'sessions that keep clients on pods, by a base or by a Service without a route; a base that no gateway reads, or that leads connections past the route',
  effect: 'shares and matches are not of all requests',
  needs: [],
  findings: ({ caveats, services, separation }) => [
    ...caveats.map(({ object: { name, ...object }, ...caveat }) => ({ object: { name: name!, ...object }, ...caveat })),
    ...(separation === 'joined' ? services.filter(({ sticky }) => sticky).map(ofService) : []),
  ],
});

function ofService({ name, namespace }: { readonly name?: string; readonly namespace?: string }): Finding {
  return {
    object: { kind: 'Service', name: name!, ...(namespace !== undefined && { namespace }) },
    reason: 'has sessionAffinity: ClientIP: the share of the canary is one of client addresses, not of requests',
    wayOut: 'leave it out, or count on the share of addresses',
  };
}
