import * as v from 'valibot';
import type { Around, Manifest, Route } from '../../core';
import { objectNameOf } from '../owner';
import { type IngressRoute, isService, type Router, type RouterService, routerService } from './ingress-route';

/** TraefikService of Traefik, v1alpha1, as far as graylane reads it: what of it names other Services. */
export interface TraefikService extends Manifest {
  readonly spec: {
    readonly weighted?: { readonly services?: readonly RouterService[] };
    readonly highestRandomWeight?: { readonly services?: readonly RouterService[] };
    /** Mirrors are left out: nobody gets their answers. */
    readonly mirroring?: RouterService;
    readonly failover?: { readonly service: RouterService; readonly fallback: RouterService };
    readonly [field: string]: unknown;
  };
}

const list = v.optional(v.looseObject({ services: v.optional(v.array(routerService)) }));

/** The shape of a TraefikService. */
export const traefikService = v.looseObject({
  spec: v.looseObject({
    weighted: list,
    highestRandomWeight: list,
    mirroring: v.optional(routerService),
    failover: v.optional(v.looseObject({ service: routerService, fallback: routerService })),
  }),
});

export function isTraefikService(object: Manifest): object is TraefikService {
  return object.apiVersion.startsWith('traefik.io/') && object.kind === 'TraefikService';
}

/** The base's routes that lead to the Service, through TraefikServices that are bases as well. */
export function routersTo(base: IngressRoute, service: string, { bases }: Pick<Around, 'bases'>): Router[] {
  return (base.spec.routes ?? []).filter(({ services = [] }) =>
    services.some((one) => leadsTo(one, service, base, bases)),
  );
}

/** Whether requests to the entry can reach the Service, as far as these objects tell. */
export function leadsTo(entry: RouterService, service: string, base: Manifest, known: readonly Manifest[]): boolean {
  return reached(entry, base, known).some((one) => isService(one, service, base));
}

/** The Services that the entry leads to in the end. */
export function reached(
  entry: RouterService,
  base: Manifest,
  known: readonly Manifest[],
  seen: readonly Manifest[] = [],
): RouterService[] {
  const found = named(entry, base, known);
  if (found === undefined || seen.includes(found)) return [entry];
  return servicesOf(found).flatMap((one) => reached(one, base, known, [...seen, found]));
}

/** The TraefikService that an entry names. */
export function named(
  entry: RouterService,
  { metadata }: Manifest,
  known: readonly Manifest[],
): TraefikService | undefined {
  if (entry.kind !== 'TraefikService') return undefined;
  const { name, namespace = metadata.namespace } = entry;
  return known
    .filter(isTraefikService)
    .find((one) => one.metadata.name === name && one.metadata.namespace === namespace);
}

/** The entry for requests of the route: the canary Service, or a TraefikService of ours that leads there. */
export function toTarget(
  entry: RouterService,
  route: Route,
  base: Manifest,
  bases: readonly Manifest[],
): RouterService {
  if (typeof route.to !== 'object' || !('service' in route.to) || !leadsTo(entry, route.service, base, bases))
    return entry;
  const through = named(entry, base, bases);
  return { ...entry, name: through ? objectNameOf(through, route) : route.to.service };
}

/** What a TraefikService says, for requests of the route. */
export function specToTarget(base: TraefikService, route: Route, around: Around): TraefikService['spec'] {
  const { weighted, highestRandomWeight, mirroring, failover } = base.spec;
  const change = (one: RouterService) => toTarget(one, route, base, [base, ...around.bases]);
  return {
    ...base.spec,
    ...(weighted && { weighted: { ...weighted, services: weighted.services?.map(change) } }),
    ...(highestRandomWeight && {
      highestRandomWeight: { ...highestRandomWeight, services: highestRandomWeight.services?.map(change) },
    }),
    ...(mirroring && { mirroring: change(mirroring) }),
    ...(failover && {
      failover: { ...failover, service: change(failover.service), fallback: change(failover.fallback) },
    }),
  };
}

export function servicesOf({ spec }: TraefikService): RouterService[] {
  const { weighted, highestRandomWeight, mirroring, failover } = spec;
  const single = [mirroring, failover?.service, failover?.fallback].filter((one) => one !== undefined);
  return [...(weighted?.services ?? []), ...(highestRandomWeight?.services ?? []), ...single];
}
