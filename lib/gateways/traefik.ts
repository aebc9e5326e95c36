import * as v from 'valibot';
import {
  type Around,
  defined,
  type Gateway,
  type Manifest,
  type Match,
  type Route,
  routeNote,
  supportsOf,
} from '../core';
import {
  type IngressRoute,
  ingressRoute,
  isIngressRoute,
  MATCH,
  priorityAbove,
  type Router,
  type RouterService,
  SHARE,
  TRAEFIK,
} from './traefik/ingress-route';
import { objectNameOf, ownerLabels } from './owner';
import { divideWeight, scaleFor } from './shares';
import { checkIngressRoute } from './traefik/ingress-route-base';
import { CLASS_ANNOTATION, rivalsOf } from './traefik/rivals';
import { allOf, conditionsOf } from './traefik/rule';
import {
  isTraefikService,
  leadsTo,
  routersTo,
  servicesOf,
  specToTarget,
  toTarget,
  traefikService,
} from './traefik/traefik-service';

/**
 * Traefik: an IngressRoute of our own, which repeats the base's routers with more conditions, or with divided weights,
 * and a higher priority. Traefik takes routers, services and middlewares up at once, and leaves out a router of which
 * something is missing: its requests then go where they went before.
 */
export const traefik: Gateway = {
  name: 'traefik',
  kinds: [
    { ...TRAEFIK, kind: 'Middleware', plural: 'middlewares', as: 'ours', order: 0, shape: v.looseObject({}) },
    {
      ...TRAEFIK,
      kind: 'TraefikService',
      plural: 'traefikservices',
      as: 'both',
      namedBy: 'customNetworkRefs',
      leads: false,
      order: 0,
      shape: traefikService,
    },
    {
      ...TRAEFIK,
      kind: 'IngressRoute',
      plural: 'ingressroutes',
      as: 'both',
      namedBy: 'customNetworkRefs',
      order: 1,
      shape: ingressRoute,
    },
  ],
  supports: supportsOf({
    match: {
      headers: { types: ['Exact', 'RegularExpression'], most: 16 },
      queryParams: { types: ['Exact', 'RegularExpression'], most: 16 },
      cookies: { types: ['Exact'], most: 16 },
      paths: ['Exact', 'PathPrefix', 'RegularExpression'],
      mixed: true,
    },
    // A share has no Middleware of its own before v3.7, and from then on only where names are safe.
    route: { requestHeaders: ['set', 'remove'], requestHeadersOf: 'matches' },
  }),
  write: (base, routes, around) => [base, ...routes.flatMap((route) => ourObjects(base, route, routes, around))],
  checks: (base, route, around) => (isIngressRoute(base) ? checkIngressRoute(base, route, around) : []),
};

function ourObjects(base: Manifest, route: Route, all: readonly Route[], around: Around): Manifest[] {
  if (isIngressRoute(base)) return ourRoute(base, route, all, around);
  if (!isTraefikService(base) || route.to === 'stable') return [];
  const leads = servicesOf(base).some((one) => leadsTo(one, route.service, base, [base, ...around.bases]));
  return leads ? [{ ...ourObject(base, route, base.kind), spec: specToTarget(base, route, around) }] : [];
}

function ourRoute(base: IngressRoute, route: Route, all: readonly Route[], around: Around): Manifest[] {
  const routers = routersTo(base, route.service, around).flatMap((router) => [
    ...(route.matches ?? []).map((match) => matchCopy(router, match, route, base, around)),
    ...(route.weight === undefined ? [] : [shareCopy(router, route, all, base, around)]),
  ]);
  if (routers.length === 0) return [];
  const changed = route.requestHeaderModifier ? [middleware(base, route)] : [];
  return [...changed, { ...ourObject(base, route, base.kind), spec: { ...base.spec, routes: routers } }];
}

/** The router for requests that match as well. */
function matchCopy(router: Router, match: Match, route: Route, base: IngressRoute, around: Around): Router {
  const { middlewares = [], services = [] } = router;
  return {
    ...aboveRivals(router, MATCH, conditionsOf(match), route, base, around),
    ...(route.requestHeaderModifier && { middlewares: [...middlewares, { name: objectNameOf(base, route) }] }),
    services: services.map((from) => toTarget(from, route, base, around.bases)),
  };
}

/** Shares of two Services in one router make two of ours, of which either may come first: each has both. */
function shareCopy(router: Router, route: Route, all: readonly Route[], base: IngressRoute, around: Around): Router {
  const shares = all.filter(({ weight }) => weight !== undefined);
  return {
    ...aboveRivals(router, SHARE, [], route, base, around),
    services: shares.reduce((list, one) => divide(list, one, base, around), router.services ?? []),
  };
}

function aboveRivals(
  router: Router,
  steps: number,
  conditions: readonly string[],
  { service }: Route,
  base: IngressRoute,
  around: Around,
): Router {
  const rivals = rivalsOf(router, steps, base, service, around).map((rival) => rival.router.match);
  return { ...router, match: allOf(router.match, conditions, rivals), priority: priorityAbove(router, steps) };
}

/** Each entry that leads to the Service becomes two; all others keep their share. */
function divide(
  list: readonly RouterService[],
  route: Route,
  base: IngressRoute,
  { bases }: Around,
): readonly RouterService[] {
  // A single entry gets all, whatever its weight.
  const weightOf = ({ weight = 1 }: RouterService) => (list.length === 1 ? 1 : weight);
  const divided = list.filter((one) => leadsTo(one, route.service, base, bases));
  if (divided.length === 0) return list;
  const scale = scaleFor(divided.map(weightOf), route.weight!);
  return list.flatMap((from): RouterService[] => {
    const weight = weightOf(from) * scale;
    if (!divided.includes(from)) return [{ ...from, weight }];
    const { rest, part } = divideWeight(weight, route.weight!);
    return [
      { ...from, weight: rest },
      { ...toTarget(from, route, base, bases), weight: part },
    ];
  });
}

/** An empty value takes the header off. */
function middleware(base: IngressRoute, route: Route): Manifest {
  const { set = [], remove = [] } = route.requestHeaderModifier!;
  const customRequestHeaders = Object.fromEntries([
    ...set.map(({ name, value }) => [name, value] as const),
    ...remove.map((name) => [name, ''] as const),
  ]);
  return { ...ourObject(base, route, 'Middleware'), spec: { headers: { customRequestHeaders } } };
}

function ourObject(base: Manifest, route: Route, kind: string): Manifest {
  const { namespace, annotations = {} } = base.metadata;
  const className = annotations[CLASS_ANNOTATION];
  return {
    apiVersion: `${TRAEFIK.group}/${TRAEFIK.version}`,
    kind,
    metadata: defined({
      name: objectNameOf(base, route),
      namespace,
      labels: ownerLabels(route.owner),
      annotations: {
        ...routeNote(base, route),
        ...(className !== undefined && { [CLASS_ANNOTATION]: className }),
      },
    }),
  };
}
