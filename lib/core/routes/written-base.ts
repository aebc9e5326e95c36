import type { Manifest } from '../manifests/manifest';
import { isOurs } from '../manifests/names';
import type { Base } from './bases';
import type { Around, Route, RouteOwner } from './gateway';
import type { Routing } from './routing';

/** A base with all routings that write on it, and the Services whose requests they route there. */
export interface SharedBase extends Base {
  readonly users: readonly Routing[];
  /** Others than these may have routes there as well: names of our objects must tell whose they are. */
  readonly shared: boolean;
}

/** Each base once. */
export function sharedBases(routings: readonly Routing[]): SharedBase[] {
  const all = new Map<Manifest, SharedBase>();
  for (const routing of routings) {
    for (const base of routing.bases) {
      const { users = [], services = [] } = all.get(base.object) ?? {};
      const united = [...new Set([...services, ...base.services])];
      all.set(base.object, { ...base, services: united, users: [...users, routing], shared: users.length > 0 });
    }
  }
  return [...all.values()];
}

/** A shared base as one of its users has it: with that one's Services only. */
export function ownBase({ object }: SharedBase, { bases }: Routing): Base {
  return bases.find((base) => base.object === object)!;
}

/**
 * What a base becomes with these routes, and all objects of ours that they take: the one place where this is decided, for
 * manifests, for checks and for the live engine.
 * @param objects all of the user's, as far as they are known
 * @param writer as in `Around`
 */
export function writeBase(
  base: SharedBase,
  routes: readonly Route[],
  objects: readonly Manifest[],
  writer?: RouteOwner,
): Manifest[] {
  const named = base.shared ? routes.map((route) => ({ ...route, shared: true })) : routes;
  const around = aroundOf(base, base.users, objects);
  return base.gateway.write(setUp(base, base.users), named, { ...around, ...(writer && { writer }) });
}

/** What is around a base, for some of its users. */
export function aroundOf({ object, services }: Base, users: readonly Routing[], objects: readonly Manifest[]): Around {
  const bases = users.flatMap((routing) => routing.bases.map((base) => base.object)).filter((base) => base !== object);
  const own = new Set([object, ...bases, ...services]);
  return {
    services,
    bases: [...new Set(bases)],
    others: objects.filter((other) => !own.has(other) && !isOurs(other)),
  };
}

/** What a lane by subset needs on its bases from the beginning, so that requests without a tag stay out of the subset. */
export function setUp({ gateway, object }: Base, users: readonly Routing[]): Manifest {
  const wanted = users.some(({ division }) => division.subset !== undefined)
    ? gateway.supports.canary.subset!.baseAnnotations
    : {};
  const { annotations } = object.metadata;
  const missing = Object.entries(wanted).filter(([key]) => annotations?.[key] === undefined);
  if (missing.length === 0) return object;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, ...Object.fromEntries(missing) } },
  };
}
