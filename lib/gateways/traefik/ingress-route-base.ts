import { type Around, digest, type Match, type Problem, problem, type Route } from '../../core';
import {
  type Entry,
  type IngressRoute,
  isIngressRoute,
  isOldSyntax,
  MATCH,
  priorityAbove,
  type Router,
} from './ingress-route';
import { rivalsOf } from './rivals';
import { Destinations, entriesOf, isTraefikService } from './traefik-service';

/** R12: what a base IngressRoute and what is around it leave no room for. */
export function checkIngressRoute(base: IngressRoute, route: Route, around: Around): Problem[] {
  const destinations = new Destinations(base, route.service, around);
  return [
    ...(route.matches ?? []).flatMap(checkMatch),
    ...checkTraefikServices(base, route, around),
    ...destinations
      .routers()
      .flatMap((router) => [
        ...checkRouter(router),
        ...checkServices(router, route, destinations),
        ...checkRivals(router, route, base, around),
      ]),
    ...(route.weight === undefined ? [] : checkOptions(destinations, route, around)),
  ];
}

function checkMatch({ path, headers = [] }: Match): Problem[] {
  const unsupported = (given: string, allowed: string, fix: string) =>
    problem('gateway-unsupported', 'spec.routes.match', given, { allowed, fix });
  const resolved = 'paths as Traefik compares them, with escapes such as %20 resolved';
  return [
    ...headers.flatMap(({ name }) =>
      name.toLowerCase() === 'host'
        ? [
            unsupported(
              `header ${name}`,
              'other headers: Traefik keeps the host apart',
              'match on others, or on a path',
            ),
          ]
        : [],
    ),
    ...(path?.value.includes('%') ? [unsupported(path.value, resolved, 'write the character itself')] : []),
  ];
}

function checkRouter(router: Router): Problem[] {
  const { syntax, priority } = router;
  const most = Number.MAX_SAFE_INTEGER - MATCH;
  return [
    ...(isOldSyntax(router)
      ? [unsuitable('syntax', syntax, 'rules in syntax v3', 'write the rule in v3 and leave syntax out')]
      : []),
    ...(Number.isSafeInteger(priorityAbove(router, MATCH))
      ? []
      : [unsuitable('priority', priority, `priorities up to ${most}`, 'use a smaller one')]),
  ];
}

function checkServices(router: Router, route: Route, destinations: Destinations): Problem[] {
  const { matches = [], requestHeaderModifier } = route;
  const services = (router.services ?? []).flatMap((one) => destinations.reached(one));
  const others = services.filter((one) => !destinations.isOwn(one)).map(({ name }) => name);
  const direct = 'Services whose pods or cluster IP Traefik can reach';
  const alone = 'one Service in a route whose request headers change: those of the others would change as well';
  return [
    ...(services.some((one) => destinations.isOwn(one) && one.nodePortLB)
      ? [unsuitable('services.nodePortLB', true, direct, 'leave nodePortLB out')]
      : []),
    ...(requestHeaderModifier && matches.length > 0 && others.length > 0
      ? [
          unsuitable(
            'services',
            others,
            alone,
            'leave the headers as they are, or lead to the others by a route with another rule',
          ),
        ]
      : []),
  ];
}

/** Ours are put above the base's router; what was above it, or beside it, must not come behind ours. */
function checkRivals(router: Router, { service }: Route, base: IngressRoute, around: Around): Problem[] {
  return rivalsOf(router, MATCH, base, service, around).flatMap(({ router: rival, object, obstacle }) => {
    const given = [router.match, `${rival.match} of ${object}`];
    return obstacle ? [unsuitable(obstacle, given, MEETING[obstacle], `${FIX[obstacle]}, or ${HIGHER}`)] : [];
  });
}

/** What two routes must have where a request can fit both and their priorities are nearly the same. */
const MEETING = {
  priority: 'different priorities for routes that a request can fit both: of equal ones Traefik takes either',
  entryPoints: 'the same entry points for routes of nearly the same priority',
  syntax: 'syntax v3 for routes of nearly the same priority',
};
const FIX = {
  priority: 'give the first a higher priority',
  entryPoints: 'name the same entry points in both',
  syntax: 'write the second in v3',
};
const HIGHER = `give the second a priority that is at least ${MATCH + 1} higher`;

/** A TraefikService on the way is repeated only where it is a base as well. */
function checkTraefikServices(base: IngressRoute, { service }: Route, { bases, others }: Around): Problem[] {
  const unnamed = new Destinations(base, service, { bases: others });
  const all = new Destinations(base, service, { bases: [...bases, ...others] });
  const routed = (base.spec.routes ?? []).flatMap(({ services = [] }) => services);
  const entries = [...routed, ...bases.filter(isTraefikService).flatMap(entriesOf)];
  const names = entries.filter((one) => unnamed.find(one) && all.leads(one)).map(({ name }) => name);
  const given = [...new Set(names)].map((name) => `TraefikService ${name}`);
  const allowed = `TraefikServices that lead to ${service} as bases, too`;
  return given.length > 0 ? [unsuitable('services', given, allowed, 'name them in customNetworkRefs as well')] : [];
}

/** In lists Traefik keeps one entry of a Service and port, with the options of the last one that it reads. */
function checkOptions(destinations: Destinations, { service }: Route, around: Around): Problem[] {
  const all = [...around.bases, ...around.others];
  const own = around.bases.filter(isIngressRoute).flatMap((one) => new Destinations(one, service, around).routers());
  const foreign = around.others.filter(isIngressRoute).flatMap(({ spec }) => spec.routes ?? []);
  const lists = [
    ...[...destinations.routers(), ...own].map(({ services = [] }) => services),
    ...foreign.map(({ services = [] }) => services).filter(({ length }) => length > 1),
    ...all.filter(isTraefikService).map(entriesOf),
  ];
  const entries = lists.flat().filter((one) => destinations.isOwn(one));
  const options = ({ kind: _, namespace: __, weight: ___, ...rest }: Entry) => digest(rest);
  const differing = entries.filter((one) =>
    entries.some((other) => `${other.port}` === `${one.port}` && options(other) !== options(one)),
  );
  const given = [...new Set(differing.map(({ name, port }) => `${name}:${port}`))];
  const allowed = 'the same options wherever a Service and port is named: of several, Traefik divides by the last ones';
  return given.length > 0 ? [unsuitable('services', given, allowed, 'use the same options, or use matches')] : [];
}

function unsuitable(field: string, given: unknown, allowed: string, fix: string): Problem {
  return problem('base-unsuitable', `spec.routes.${field}`, given, { allowed, fix });
}
