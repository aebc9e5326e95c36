import * as v from 'valibot';
import { type Around, canaryName, type GatewayKind, type Manifest, type Route } from '../../core';
import { named } from '../writing/metadata-shape';
import { sideName } from '../writing/owner';
import { common, type Entry, entry, type IngressRoute, isOfTraefik, type Router } from './ingress-route';

const list = v.optional(v.object({ services: v.optional(v.array(entry)) }));

/** TraefikService of Traefik, v1alpha1, as far as graylane reads it. Mirrors are left out: nobody gets their answers. */
const traefikService = v.object({
  ...named,
  spec: v.object({
    weighted: list,
    highestRandomWeight: list,
    mirroring: v.optional(entry),
    failover: v.optional(v.object({ service: entry, fallback: entry })),
  }),
});

export type TraefikService = Manifest & Pick<v.InferOutput<typeof traefikService>, 'spec'>;

/** The user's are read where a route leads there. */
export const traefikServiceKind: GatewayKind = {
  ...common,
  kind: 'TraefikService',
  plural: 'traefikservices',
  as: 'ours',
  leads: false,
  order: 60,
  shape: traefikService,
};

export function isTraefikService(object: Manifest): object is TraefikService {
  return isOfTraefik(object) && object.kind === 'TraefikService';
}

/** Where the routes of a base lead, as far as the objects around it tell. */
export class Destinations {
  private readonly known: readonly TraefikService[];

  constructor(
    private readonly base: IngressRoute,
    private readonly service: string,
    { bases, others }: Around,
  ) {
    this.known = [...bases, ...others].filter(isTraefikService);
  }

  /** The base's routers that lead to the Service. */
  routers(): Router[] {
    return (this.base.spec.routes ?? []).filter(({ services = [] }) => services.some((one) => this.leads(one)));
  }

  /** Whether requests to the entry can reach the Service. */
  leads(from: Entry): boolean {
    return this.reached(from).some((one) => this.isOwn(one));
  }

  /** The Services that the entry leads to in the end. */
  reached(from: Entry): Entry[] {
    return this.through(from).flatMap((one) => (this.find(one) ? [] : [one]));
  }

  /** Whether it is the Service, in the namespace of the base. */
  isOwn({ kind = 'Service', name, namespace = this.base.metadata.namespace }: Entry): boolean {
    return kind === 'Service' && name === this.service && namespace === this.base.metadata.namespace;
  }

  /** The entry for requests of the route: the canary Service, or a TraefikService of ours that leads there. */
  toTarget(from: Entry, route: Route): Entry {
    const { to } = route;
    if (typeof to !== 'object' || !('service' in to) || !this.leads(from)) return from;
    return { ...from, name: this.find(from) ? this.nameOfOurs(from, route) : to.service };
  }

  /** The TraefikServices on the way to the Service, as they are for requests of the route. */
  ours(route: Route): { name: string; spec: TraefikService['spec'] }[] {
    const entries = this.routers().flatMap(({ services = [] }) => services.flatMap((one) => this.through(one)));
    const names = new Map(entries.map((one) => [this.find(one), one]));
    return [...names].flatMap(([found, one]) =>
      found && this.leads(one) && route.to !== 'stable'
        ? [{ name: this.nameOfOurs(one, route), spec: this.specFor(found, route) }]
        : [],
    );
  }

  private nameOfOurs({ name }: Entry, route: Route): string {
    return sideName(this.base, route, canaryName(name));
  }

  private specFor({ spec }: TraefikService, route: Route): TraefikService['spec'] {
    const { weighted, highestRandomWeight, mirroring, failover } = spec;
    const change = (one: Entry) => this.toTarget(one, route);
    const changed = (one: typeof weighted) => ({ ...one, services: (one?.services ?? []).map(change) });
    return {
      ...spec,
      ...(weighted && { weighted: changed(weighted) }),
      ...(highestRandomWeight && { highestRandomWeight: changed(highestRandomWeight) }),
      ...(mirroring && { mirroring: change(mirroring) }),
      ...(failover && {
        failover: { ...failover, service: change(failover.service), fallback: change(failover.fallback) },
      }),
    };
  }

  /** The entry, and all that requests to it may go on to. */
  private through(from: Entry, seen: readonly TraefikService[] = []): Entry[] {
    const found = this.find(from);
    if (found === undefined || seen.includes(found)) return [from];
    return [from, ...entriesOf(found).flatMap((one) => this.through(one, [...seen, found]))];
  }

  private find({ kind, name, namespace = this.base.metadata.namespace }: Entry): TraefikService | undefined {
    if (kind !== 'TraefikService') return undefined;
    return this.known.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  }
}

export function entriesOf({ spec }: TraefikService): Entry[] {
  const { weighted, highestRandomWeight, mirroring, failover } = spec;
  const single = [mirroring, failover?.service, failover?.fallback].filter((one) => one !== undefined);
  return [...(weighted?.services ?? []), ...(highestRandomWeight?.services ?? []), ...single];
}
