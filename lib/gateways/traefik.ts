import { defined, type Gateway, isOurs, type Manifest, type Route, type Surroundings } from '../core';
import {
  API_VERSION,
  type IngressRoute,
  isIngressRoute,
  isService,
  MATCH,
  priorityAbove,
  type Router,
  type RouterService,
  routersTo,
  SHARE,
  toTarget,
} from './ingress-route';
import { objectNameOf, ownerLabels } from './owner';
import { divideWeight, scaleFor } from './shares';
import { checkIngressRoute } from './traefik-base';
import { CLASS_ANNOTATION, rivalsOf } from './traefik-rivals';
import { allOf, conditionsOf } from './traefik-rule';

/**
 * Traefik: an IngressRoute of our own, which repeats the base's routers with more conditions, or with divided weights,
 * and a higher priority. Traefik takes routers, services and middlewares up at once, and leaves out a router of which
 * something is missing: its requests then go where they went before.
 */
export const traefik: Gateway = {
  name: 'traefik',
};

function writeBase(base: IngressRoute, routes: readonly Route[], around: Surroundings): Manifest[] {
  return [base, ...routes.flatMap((route) => ourObjects(base, route, around))];
}

function ourObjects(base: IngressRoute, route: Route, around: Surroundings): Manifest[] {
  const routers = routersTo(base, route.service).flatMap((router) => copies(router, route, base, around));
  if (routers.length === 0) return [];
  const changed = route.requestHeaderModifier ? [middleware(base, route)] : [];
  return [...changed, { ...ourObject(base, route, 'IngressRoute'), spec: { ...base.spec, routes: routers } }];
}

/** The router with each match of the route beside its own, and with the share of those that match none. */
function copies(router: Router, route: Route, base: IngressRoute, around: Surroundings): Router[] {
  const rivals = (steps: number) => rivalsOf(router, steps, base, route.service, around).map((one) => one.router.match);
  const { services = [], ...others } = router;
  const matching = (route.matches ?? []).map((match) => ({
    ...others,
    match: allOf(router.match, conditionsOf(match), rivals(MATCH)),
    priority: priorityAbove(router, MATCH),
    ...(route.requestHeaderModifier && {
      middlewares: [...(router.middlewares ?? []), { name: objectNameOf(base, route) }],
    }),
    services: services.map((from) => (isService(from, route.service, base) ? toTarget(from, route.to) : from)),
  }));
  if (route.weight === undefined) return matching;
  const share = {
    ...others,
    match: allOf(router.match, [], rivals(SHARE)),
    priority: priorityAbove(router, SHARE),
    services: divide(services, route, base),
  };
  return [...matching, share];
}

/** Each entry of the Service becomes two; all others keep their share. */
function divide(list: readonly RouterService[], { service, to, weight: share }: Route, base: IngressRoute) {
  // A single entry gets all, whatever its weight.
  const weightOf = ({ weight = 1 }: RouterService) => (list.length === 1 ? 1 : weight);
  const divided = list.filter((one) => isService(one, service, base));
  const scale = scaleFor(divided.map(weightOf), share!);
  return list.flatMap((from): RouterService[] => {
    const weight = weightOf(from) * scale;
    if (!divided.includes(from)) return [{ ...from, weight }];
    const { rest, part } = divideWeight(weight, share!);
    return [
      { ...from, weight: rest },
      { ...toTarget(from, to), weight: part },
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

function ourObject(base: IngressRoute, route: Route, kind: string): Manifest {
  const { namespace, annotations = {} } = base.metadata;
  const className = annotations[CLASS_ANNOTATION];
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: defined({
      name: objectNameOf(base, route),
      namespace,
      labels: ownerLabels(route.owner),
      annotations: className === undefined ? undefined : { [CLASS_ANNOTATION]: className },
    }),
  };
}
