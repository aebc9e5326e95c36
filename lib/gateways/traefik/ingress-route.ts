import * as v from 'valibot';
import type { Manifest } from '../../core';

/** IngressRoute of Traefik, v1alpha1, as far as graylane reads it. */
export interface IngressRoute extends Manifest {
  readonly spec: {
    readonly routes?: readonly Router[];
    readonly entryPoints?: readonly string[];
    readonly ingressClassName?: string;
    readonly parentRefs?: unknown;
    readonly tls?: unknown;
    readonly [field: string]: unknown;
  };
}

/** One of its routes. Traefik makes a router of it. */
export interface Router {
  readonly match: string;
  /** @default - the rule's length */
  readonly priority?: number;
  readonly syntax?: string;
  readonly services?: readonly RouterService[];
  readonly middlewares?: readonly { readonly name: string; readonly namespace?: string }[];
  readonly [field: string]: unknown;
}

export interface RouterService {
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number | string;
  readonly weight?: number;
  readonly nodePortLB?: boolean;
  readonly [field: string]: unknown;
}

/** How many steps of priority ours are above the router that they repeat: a match precedes every share. */
export const SHARE = 1;
export const MATCH = 2;

export const TRAEFIK = { group: 'traefik.io', version: 'v1alpha1' };

const named = { name: v.string(), namespace: v.optional(v.string()) };
export const routerService = v.looseObject({
  ...named,
  kind: v.optional(v.string()),
  weight: v.optional(v.number()),
});

/** The shape of an IngressRoute. */
export const ingressRoute = v.looseObject({
  spec: v.looseObject({
    entryPoints: v.optional(v.array(v.string())),
    ingressClassName: v.optional(v.string()),
    routes: v.optional(
      v.array(
        v.looseObject({
          match: v.string(),
          priority: v.optional(v.number()),
          syntax: v.optional(v.string()),
          services: v.optional(v.array(routerService)),
          middlewares: v.optional(v.array(v.looseObject(named))),
        }),
      ),
    ),
  }),
});

export function isIngressRoute(object: Manifest): object is IngressRoute {
  return object.apiVersion.startsWith('traefik.io/') && object.kind === 'IngressRoute';
}

/** Whether the entry is the Service of that name in the namespace of the object that names it. */
export function isService(
  { kind = 'Service', name, namespace }: RouterService,
  service: string,
  { metadata }: Manifest,
): boolean {
  const local = namespace === undefined || namespace === metadata.namespace;
  return kind === 'Service' && name === service && local;
}

/** Rules of Traefik v2: other matchers, and several values in one. */
export function isOldSyntax({ syntax }: Router): boolean {
  return syntax?.toLowerCase() === 'v2';
}

/** The length counts bytes; 0 is as none. */
export function priorityOf({ match, priority }: Router): number {
  return priority || new TextEncoder().encode(match).length;
}

/** The priority so many steps above the router's. There is no priority 0. */
export function priorityAbove(router: Router, steps: number): number {
  const own = priorityOf(router);
  return own < 0 && own + steps >= 0 ? own + steps + 1 : own + steps;
}
