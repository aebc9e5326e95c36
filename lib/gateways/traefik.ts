import {
  apiVersionOf,
  type Around,
  type Gateway,
  type GatewayKind,
  type Manifest,
  type Match,
  type Route,
  supportsOf,
} from '../core';
import {
  type Entry,
  type IngressRoute,
  ingressRouteKind,
  isIngressRoute,
  MATCH,
  middlewareKind,
  priorityAbove,
  type Router,
  SHARE,
} from './traefik/ingress-route';
import { checkIngressRoute } from './traefik/ingress-route-base';
import { CLASS_ANNOTATION, type Rival, rivalsOf } from './traefik/rivals';
import { allOf, conditionsOf } from './traefik/rule';
import { Destinations, isTraefikService, nameOfOurs, specFor, traefikServiceKind } from './traefik/traefik-service';
import { objectNameOf, ourMetadata } from './writing/owner';
import { DRAWN_FOR_EACH_REQUEST, hasField } from './writing/sessions';
import { divide } from './writing/shares';

/**
 * Traefik: an IngressRoute of our own, which repeats the base's routers with more conditions, or with divided weights,
 * and a higher priority. A TraefikService between a router and the Service is repeated as well.
 */
export const traefik: Gateway = {
  name: 'traefik',
  kinds: [ingressRouteKind, traefikServiceKind, middlewareKind],
  supports: supportsOf({
    match: {
      headers: { types: ['Exact', 'RegularExpression'], most: 16 },
      queryParams: { types: ['Exact', 'RegularExpression'], most: 16 },
      cookies: { types: ['Exact'], most: 16 },
      paths: ['Exact', 'PathPrefix', 'RegularExpression'],
      mixed: true,
    },
    // Middlewares are a router's, and a share is no router. Those of a Service (v3.7) would be for all entries of its name.
    route: { requestHeaders: ['set', 'remove'], requestHeadersOf: 'matches' },
  }),
  // No warm-up: routers and all that they need come at once, and a router of which something is missing is left out, so
  // that its requests go where they went before.
  write: (base, routes, around) => [base, ...routes.flatMap((route) => ourObjects(base, route, { routes, around }))],
  caveats: (base, { service, weight }, around) =>
    weight !== undefined && hasField(new Destinations(base, service, around).routers(), 'sticky')
      ? [DRAWN_FOR_EACH_REQUEST]
      : [],
  checks: (base, route, around) => (isIngressRoute(base) ? checkIngressRoute(base, route, around) : []),
};

/** What a route is written beside. */
interface Beside {
  /** All routes on the base. */
  readonly routes: readonly Route[];
  readonly around: Around;
}

function ourObjects(base: Manifest, route: Route, beside: Beside): Manifest[] {
  if (isIngressRoute(base)) return ourRoute(base, route, beside);
  if (!isTraefikService(base)) return [];
  const spec = specFor(base, route, beside.around);
  return spec ? [ourObject(base, route, traefikServiceKind, nameOfOurs(base, route), spec)] : [];
}

/** In the order in which they refer to each other. */
function ourRoute(base: IngressRoute, route: Route, beside: Beside): Manifest[] {
  const { matches = [], weight, requestHeaderModifier, service } = route;
  const routers = new Destinations(base, service, beside.around)
    .routers()
    .flatMap((router) => [
      ...matches.map((match) => matchCopy(router, match, route, base, beside.around)),
      ...(weight === undefined ? [] : [shareCopy(router, route, base, beside)]),
    ]);
  if (routers.length === 0) return [];
  const name = objectNameOf(base, route);
  return [
    ...(requestHeaderModifier ? [ourObject(base, route, middlewareKind, name, changedHeaders(route))] : []),
    ourObject(base, route, ingressRouteKind, name, { ...base.spec, routes: routers }),
  ];
}

/** The router for requests that match as well. */
function matchCopy(router: Router, match: Match, route: Route, base: IngressRoute, around: Around): Router {
  const { middlewares = [], services = [] } = router;
  const destinations = new Destinations(base, route.service, around);
  const rivals = rivalsOf(router, MATCH, base, route.service, around);
  return {
    ...router,
    match: allOf(router.match, conditionsOf(match), rivals.map(ruleOf)),
    priority: priorityAbove(router, MATCH),
    ...(route.requestHeaderModifier && { middlewares: [...middlewares, { name: objectNameOf(base, route) }] }),
    services: services.map((from) => destinations.toTarget(from, route)),
  };
}

/** Shares of two Services in one router make two of ours, of which either may come first: each has both. */
function shareCopy(router: Router, route: Route, base: IngressRoute, { routes, around }: Beside): Router {
  const rivals = rivalsOf(router, SHARE, base, route.service, around);
  const shares = routes.filter(({ weight }) => weight !== undefined);
  const services = shares.reduce<readonly Entry[]>(
    (list, share) => shareOut(list, share, new Destinations(base, share.service, around)),
    router.services ?? [],
  );
  return {
    ...router,
    match: allOf(router.match, [], rivals.map(ruleOf)),
    priority: priorityAbove(router, SHARE),
    services: [...services],
  };
}

function ruleOf({ router }: Rival): string {
  return router.match;
}

function shareOut(list: readonly Entry[], share: Route, destinations: Destinations): readonly Entry[] {
  return divide(list, share.weight!, {
    leads: (entry) => destinations.leads(entry),
    // A single one gets all.
    weightOf: ({ weight = 1 }) => (list.length === 1 ? 1 : weight),
    toCanary: (entry) => destinations.toTarget(entry, share),
  });
}

/** An empty value takes the header off. */
function changedHeaders({ requestHeaderModifier: { set = [], remove = [] } = {} }: Route): object {
  const values = [...set.map(({ name, value }) => [name, value]), ...remove.map((name) => [name, ''])];
  return { headers: { customRequestHeaders: Object.fromEntries(values) as Record<string, string> } };
}

function ourObject(base: Manifest, route: Route, kind: GatewayKind, name: string, spec: object): Manifest {
  const className = base.metadata.annotations?.[CLASS_ANNOTATION];
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: ourMetadata(base, route, name, className === undefined ? {} : { [CLASS_ANNOTATION]: className }),
    spec,
  };
}
