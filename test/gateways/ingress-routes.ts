/** IngressRoutes of Traefik, generated and plain. */
import fc from 'fast-check';
import type { Manifest } from '../../lib/core';
import { foreign, NEIGHBOUR, SERVICE } from './fixtures';

/** An IngressRoute. */
export function ingressRoute(routes: unknown[], place: object = {}, metadata: object = {}): Manifest {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRoute',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: { ...place, routes },
  };
}

/** Routes of Traefik that are longer than some of the bases', and shorter than others. */
const beside = [
  { match: 'Host(`shop.example.com`) && Path(`/orders/1`)', services: [{ name: NEIGHBOUR, port: 80 }] },
  { match: 'Header(`x-tenant`, `one`)', priority: 61, services: [{ name: NEIGHBOUR, port: 80 }] },
];

/** Another IngressRoute with the entry points and the class of this one, which leads elsewhere. */
export function besideIngressRoute({ spec }: Manifest): Manifest {
  return ingressRoute(beside, spec as object, { name: 'neighbour' });
}

const onHosts = fc.constantFrom(
  'Host(`shop.example.com`)',
  'Host("*.example.com")',
  '(Host(`shop.example.com`) || Host(`api.example.com`))',
  'HostRegexp(`^[a-z]+\\.example\\.com$`)',
);

const onPaths = fc.constantFrom(
  'PathPrefix(`/`)',
  'PathPrefix(`/orders`)',
  '!PathPrefix(`/orders`)',
  'Path(`/orders/new`)',
  '(Path(`/basket`) || PathPrefix(`/basket/`))',
  'PathRegexp(`^/b.*`)',
);

const onMore = fc.constantFrom(
  'Method(`GET`)',
  'Header(`X-Tenant`, `one`)',
  'HeaderRegexp(`x-user`, `^v`)',
  'Query(`debug`, `1`)',
);

/** Rules of Traefik. Most have a host, and there are some with an "or" that nothing encloses. */
const rules = fc
  .record(
    { host: onHosts, path: onPaths, more: onMore, or: fc.constantFrom('', '', '', ' || Path(`/orders/1`)') },
    { requiredKeys: ['host', 'or'] },
  )
  .map(({ host, path, more, or }) => [host, path, more].filter((one) => one !== undefined).join(' && ') + or);

const entries = fc.constantFrom<{ name: string; [field: string]: unknown }[]>(
  [{ name: SERVICE, port: 80 }],
  [{ kind: 'Service', name: SERVICE, namespace: 'shop', port: 80, scheme: 'h2c', weight: 5 }],
  [{ name: NEIGHBOUR, port: 80 }],
  [
    { name: SERVICE, port: 80, weight: 7 },
    { name: NEIGHBOUR, port: 80, weight: 3 },
  ],
  [
    { name: SERVICE, port: 80 },
    { kind: 'TraefikService', name: 'other', port: 80 },
  ],
);

/** IngressRoutes with routes for the Service and for others, some of nearly the same priority. */
export const ingressRoutes: fc.Arbitrary<Manifest> = fc
  .record({
    place: fc.constantFrom<object>(
      {},
      { entryPoints: ['web'], ingressClassName: 'traefik' },
      { entryPoints: ['websecure'], tls: { secretName: 'tls' } },
    ),
    routes: fc.array(
      fc.record(
        {
          kind: fc.constant('Rule'),
          match: rules,
          priority: fc.constantFrom(0, 60, 61, 62, -1),
          middlewares: fc.constantFrom<object[]>(
            [{ name: 'strip' }],
            [{ name: 'auth', namespace: 'shop' }, { name: 'strip' }],
          ),
          observability: fc.constant({ tracing: false }),
          services: entries,
        },
        { requiredKeys: ['match', 'services'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .filter(({ routes }) => routes.some(({ services: list }) => list.some(({ name }) => name === SERVICE)))
  .map(({ place, routes }) => ingressRoute(routes, place, foreign));

export function traefikService(name: string, spec: object): Manifest {
  return { apiVersion: 'traefik.io/v1alpha1', kind: 'TraefikService', metadata: { name, namespace: 'shop' }, spec };
}
