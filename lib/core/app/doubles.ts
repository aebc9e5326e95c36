import { defined, groupOf, type Manifest, type Service, type StringMap } from '../manifests/manifest';
import { canaryName, isOurs } from '../manifests/names';
import type { PossibleRoute } from '../routes/possible-routes';
import type { Routing } from '../routes/routing';

/** An object of the user's, and those of ours that take its place for requests of a route. */
export interface Double {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly labels: StringMap;
  /** Their names; they are of the same kind. */
  readonly ours: readonly string[];
}

/** What a rollout's releases put beside objects of the user's: whatever knows those by name does not know ours. */
export function doublesOf(
  { served, routing }: { readonly served: readonly Service[]; readonly routing?: Routing },
  routed: ReadonlyMap<Routing, readonly Double[]>,
): Double[] {
  const services = served.map((service) => double(service, [canaryName(service.metadata.name!)]));
  return [...services, ...((routing && routed.get(routing)) ?? [])];
}

/** The doubles of bases, by the routing whose routes they are. */
export function routedDoubles(possible: readonly PossibleRoute[]): ReadonlyMap<Routing, readonly Double[]> {
  const written = new Map<Routing, Map<Manifest, string[]>>();
  for (const { routing, route, base, written: objects } of possible) {
    if (route.warmUp) continue;
    const bases = written.get(routing) ?? new Map<Manifest, string[]>();
    written.set(routing, bases);
    const ours = objects.filter((one) => one.kind === base.object.kind && isOurs(one));
    bases.set(base.object, [...(bases.get(base.object) ?? []), ...ours.map(({ metadata }) => metadata.name!)]);
  }
  return new Map(
    [...written].map(([routing, bases]) => [
      routing,
      [...bases].map(([object, ours]) => double(object, ours)).filter(({ ours }) => ours.length > 0),
    ]),
  );
}

function double({ apiVersion, kind, metadata: { name, namespace, labels = {} } }: Manifest, ours: string[]): Double {
  return { group: groupOf(apiVersion), kind, name: name!, labels, ours: [...new Set(ours)], ...defined({ namespace }) };
}
