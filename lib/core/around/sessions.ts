import { checkOf, type Finding } from './check';

/** Where sessions keep clients, a share or a match is not what its words say. */
export const stickySessions = checkOf({
  name: 'sticky-sessions',
  about: 'sessions that keep clients on pods, by a base that routes are written for, or by a Service without a route',
  effect: 'a share is of clients, or clients change the version, or those of stable do not match',
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
