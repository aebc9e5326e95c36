import { type Around, objectName } from '../core';
import { type IngressRoute, isIngressRoute, priorityAbove, priorityOf, type Router, routersTo } from './ingress-route';
import { areApart } from './traefik-rule';

/** A router that could lose requests to one that we put above a router of the base. */
export interface Rival {
  readonly router: Router;
  /** For messages. */
  readonly object: string;
  /** It has the base's entry points, all of them and no others. */
  readonly everywhere: boolean;
  /** Of equal priority: which of the two takes a request that fits both is chance. */
  readonly equal: boolean;
}

/**
 * Routers that are before the base's router, or beside it, but would be behind one that is so many steps above it.
 * Not those that lead to the same Service: above each of them is one of ours as well.
 */
export function rivalsOf(router: Router, steps: number, base: IngressRoute, service: string, around: Around): Rival[] {
  const [from, to] = [priorityOf(router), priorityAbove(router, steps)];
  const objects = [base, ...[...around.bases, ...around.others].filter(isIngressRoute)];
  const covered = routersTo(base, service);
  return objects.flatMap((object) => {
    const shared = sharedEntryPoints(base, object);
    if (shared === 'none') return [];
    return (object.spec.routes ?? [])
      .filter((other) => !covered.includes(other) && priorityOf(other) >= from && priorityOf(other) <= to)
      .filter((other) => !areApart(router.match, other.match))
      .map((other) => ({
        router: other,
        object: objectName(object),
        everywhere: shared === 'all',
        equal: priorityOf(other) === from,
      }));
  });
}

/** Routers of different entry points, parents or classes never see the same request, nor do those with TLS and without. */
function sharedEntryPoints(a: IngressRoute, b: IngressRoute): 'all' | 'some' | 'none' {
  const apart = classOf(a) !== classOf(b) || Boolean(a.spec.tls) !== Boolean(b.spec.tls);
  if (apart || JSON.stringify(a.spec.parentRefs) !== JSON.stringify(b.spec.parentRefs)) return 'none';
  const [ofA, ofB] = [a.spec.entryPoints ?? [], b.spec.entryPoints ?? []];
  // Without entry points it is on all that Traefik's own settings choose.
  if (ofA.length === 0 || ofB.length === 0) return ofA.length === ofB.length ? 'all' : 'some';
  const both = ofA.filter((name) => ofB.includes(name));
  if (both.length === 0) return 'none';
  return both.length === ofA.length ? 'all' : 'some';
}

export const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** The default class has no name. */
function classOf({ spec, metadata }: IngressRoute): string {
  const name = spec.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION] ?? '';
  return name === 'traefik' ? '' : name;
}
