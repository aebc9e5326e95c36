import { type Manifest, objectKey, objectName, type Service } from '../manifests/manifest';
import type { PossibleRoute } from './possible-routes';
import type { Routing } from './routing';
import type { Ways } from './ways';
import { aroundOf } from './written-base';

/**
 * What the words of a routing's routes do not say, for whoever is behind these Services: which requests have no route, and
 * what is taken for granted.
 */
export function routeNotes(
  routing: Routing,
  services: readonly Service[],
  possible: readonly PossibleRoute[],
  ways: Ways,
  objects: readonly Manifest[],
): string[] {
  const own = possible.filter((one) => one.routing === routing && !one.route.warmUp);
  const assumed = own
    .filter(({ route }) => services.some(({ metadata }) => metadata.name === route.service))
    .flatMap(({ base, route }) => base.gateway.assumes?.(base.object, route, aroundOf(base, [routing], objects)) ?? []);
  return [...new Set([...services.flatMap((service) => unroutedWays(service, routing, ways)), ...assumed])];
}

function unroutedWays(service: Service, routing: Routing, ways: Ways): string[] {
  const routed = routing.bases.map(({ object }) => objectKey(object));
  const all = ways.to(service);
  const others = all.filter((object) => !routed.includes(objectKey(object)));
  const bases = all.filter((object) => !others.includes(object));
  if (others.length === 0 || bases.length === 0) return [];
  const lead = others.length === 1 ? 'leads' : 'lead';
  return [
    `of those that come by ${namesOf(bases)}; ${namesOf(others)} ${lead} to ${objectName(service)} as well, without a route`,
  ];
}

function namesOf(objects: readonly Manifest[]): string {
  return objects.map(objectName).join(' and ');
}
