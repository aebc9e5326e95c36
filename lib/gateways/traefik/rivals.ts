import { type Around, objectName, sameJson } from '../../core';
import {
  type IngressRoute,
  isIngressRoute,
  isOldSyntax,
  priorityAbove,
  priorityOf,
  type Router,
} from './ingress-route';
import { areApart } from './rule';
import { Destinations } from './traefik-service';

/** A router that could lose requests to one that we put above a router of the base. */
export interface Rival {
  readonly router: Router;
  /** For messages. */
  readonly object: string;
  /**
   * Why our rule cannot leave out what the rival takes: of equal priority either takes a request; it is only on some of
   * the base's entry points; its rule is in the old syntax. @default - it can
   */
  readonly obstacle?: 'priority' | 'entryPoints' | 'syntax';
}

/**
 * Routers that are before the base's router, or beside it, but would be behind one that is so many steps above it.
 * Not those that lead to the same Service: above each of them is one of ours as well.
 */
export function rivalsOf(router: Router, steps: number, base: IngressRoute, service: string, around: Around): Rival[] {
  const [from, to] = [priorityOf(router), priorityAbove(router, steps)];
  const objects = [base, ...[...around.bases, ...around.others].filter(isIngressRoute)];
  const covered = new Destinations(base, service, around).routers();
  return objects.flatMap((object) => {
    const shared = sharedEntryPoints(base, object);
    const near = (object.spec.routes ?? []).filter((other) => priorityOf(other) >= from && priorityOf(other) <= to);
    const rivals = shared === 'none' ? [] : near.filter((other) => !covered.includes(other) && canMeet(router, other));
    return rivals.map((other): Rival => {
      const equal = priorityOf(other) === from && 'priority';
      const obstacle = equal || (shared === 'some' && 'entryPoints') || (isOldSyntax(other) && 'syntax');
      return { router: other, object: objectName(object), ...(obstacle && { obstacle }) };
    });
  });
}

function canMeet(a: Router, b: Router): boolean {
  return isOldSyntax(a) || isOldSyntax(b) || !areApart(a.match, b.match);
}

/** Routers of different entry points, parents or classes never see the same request, nor do those with TLS and without. */
function sharedEntryPoints(a: IngressRoute, b: IngressRoute): 'all' | 'some' | 'none' {
  const apart = classOf(a) !== classOf(b) || Boolean(a.spec.tls) !== Boolean(b.spec.tls);
  if (apart || !sameJson(a.spec.parentRefs, b.spec.parentRefs)) return 'none';
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
