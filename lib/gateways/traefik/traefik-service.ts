import * as v from 'valibot';
import type { Around, GatewayKind, Manifest, Route } from '../../core';
import { namedShape } from '../writing/metadata-shape';
import { objectNameOf } from '../writing/owner';
import { common, type Entry, entry, isIngressRoute, isOfTraefik, type Router } from './ingress-route';

const list = v.optional(v.object({ services: v.optional(v.array(entry)) }));

/** TraefikService of Traefik, v1alpha1, as far as graylane reads it. Mirrors are left out: nobody gets their answers. */
const traefikService = v.object({
  ...namedShape,
  spec: v.object({
    weighted: list,
    highestRandomWeight: list,
    mirroring: v.optional(entry),
    failover: v.optional(v.object({ service: entry, fallback: entry })),
  }),
});

export type TraefikService = Manifest & Pick<v.InferOutput<typeof traefikService>, 'spec'>;

export const traefikServiceKind: GatewayKind = {
  ...common,
  kind: 'TraefikService',
  plural: 'traefikservices',
  as: 'both',
  namedBy: 'customNetworkRefs',
  leads: false,
  order: 60,
  shape: traefikService,
};

export function isTraefikService(object: Manifest): object is TraefikService {
  return isOfTraefik(object) && object.kind === 'TraefikService';
}

/** Where requests of a base go on to, through the TraefikServices among the bases. */
export class Destinations {
  private readonly known: readonly TraefikService[];

  constructor(
    private readonly base: Manifest,
    private readonly service: string,
    { bases }: Pick<Around, 'bases'>,
  ) {
    this.known = [base, ...bases].filter(isTraefikService);
  }

  /** The routers that lead to the Service. */
  routers(): Router[] {
    const routers = isIngressRoute(this.base) ? (this.base.spec.routes ?? []) : [];
    return routers.filter(({ services = [] }) => services.some((one) => this.leads(one)));
  }

  /** Whether requests to the entry can reach the Service. */
  leads(from: Entry): boolean {
    return this.reached(from).some((one) => this.isOwn(one));
  }

  /** The Services that the entry leads to in the end. */
  reached(from: Entry, seen: readonly TraefikService[] = []): Entry[] {
    const found = this.find(from);
    if (found === undefined || seen.includes(found)) return [from];
    return entriesOf(found).flatMap((one) => this.reached(one, [...seen, found]));
  }

  /** Whether it is the Service, in the namespace of the base. */
  isOwn({ kind = 'Service', name, namespace = this.base.metadata.namespace }: Entry): boolean {
    return kind === 'Service' && name === this.service && namespace === this.base.metadata.namespace;
  }

  /** The entry for requests of the route: the canary Service, or a TraefikService of ours that leads there. */
  toTarget(from: Entry, route: Route): Entry {
    const { to } = route;
    if (typeof to !== 'object' || !('service' in to) || !this.leads(from)) return from;
    const through = this.find(from);
    return { ...from, name: through ? nameOfOurs(through, route) : to.service };
  }

  /** The TraefikService that an entry names, if it is among the bases. */
  find({ kind, name, namespace = this.base.metadata.namespace }: Entry): TraefikService | undefined {
    if (kind !== 'TraefikService') return undefined;
    return this.known.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  }
}

/** The owner is always in it: the routes of other bases that lead there need not know who else uses it. */
export function nameOfOurs(base: TraefikService, { owner }: Route): string {
  return objectNameOf(base, { owner, shared: true });
}

/** What the TraefikService says, for requests of the route; undefined where it does not lead to the Service. */
export function specFor(base: TraefikService, route: Route, around: Around): object | undefined {
  const destinations = new Destinations(base, route.service, around);
  if (route.to === 'stable' || !entriesOf(base).some((one) => destinations.leads(one))) return undefined;
  const { weighted, highestRandomWeight, mirroring, failover } = base.spec;
  const change = (one: Entry) => destinations.toTarget(one, route);
  const changed = (one: typeof weighted) => ({ ...one, services: (one?.services ?? []).map(change) });
  return {
    ...base.spec,
    ...(weighted && { weighted: changed(weighted) }),
    ...(highestRandomWeight && { highestRandomWeight: changed(highestRandomWeight) }),
    ...(mirroring && { mirroring: change(mirroring) }),
    ...(failover && {
      failover: { ...failover, service: change(failover.service), fallback: change(failover.fallback) },
    }),
  };
}

export function entriesOf({ spec }: TraefikService): Entry[] {
  const { weighted, highestRandomWeight, mirroring, failover } = spec;
  const single = [mirroring, failover?.service, failover?.fallback].filter((one) => one !== undefined);
  return [...(weighted?.services ?? []), ...(highestRandomWeight?.services ?? []), ...single];
}
