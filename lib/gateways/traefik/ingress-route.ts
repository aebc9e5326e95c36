import * as v from 'valibot';
import type { GatewayKind, Manifest } from '../../core';
import { namedShape } from '../writing/metadata-shape';

/** A Service, or a TraefikService, among those that a request may go to. */
export const entry = v.object({
  kind: v.optional(v.string()),
  name: v.string(),
  namespace: v.optional(v.string()),
  port: v.optional(v.union([v.number(), v.string()])),
  weight: v.optional(v.number()),
  nodePortLB: v.optional(v.boolean()),
});

/** A route of an IngressRoute. Traefik makes a router of it. */
const router = v.object({
  match: v.string(),
  // The length of the rule unless set.
  priority: v.optional(v.number()),
  syntax: v.optional(v.string()),
  services: v.optional(v.array(entry)),
  middlewares: v.optional(v.array(v.object({ name: v.string(), namespace: v.optional(v.string()) }))),
});

/** IngressRoute of Traefik, v1alpha1, as far as graylane reads it. */
const ingressRoute = v.object({
  ...namedShape,
  spec: v.object({
    routes: v.optional(v.array(router)),
    entryPoints: v.optional(v.array(v.string())),
    ingressClassName: v.optional(v.string()),
    parentRefs: v.optional(v.unknown()),
    tls: v.optional(v.unknown()),
  }),
});

export type Entry = v.InferOutput<typeof entry>;
export type Router = v.InferOutput<typeof router>;
export type IngressRoute = Manifest & Pick<v.InferOutput<typeof ingressRoute>, 'spec'>;

export const common = { group: 'traefik.io', version: 'v1alpha1' } as const;

export const middlewareKind: GatewayKind = {
  ...common,
  kind: 'Middleware',
  plural: 'middlewares',
  as: 'ours',
  leads: false,
  order: 50,
  shape: v.object(namedShape),
};

export const ingressRouteKind: GatewayKind = {
  ...common,
  kind: 'IngressRoute',
  plural: 'ingressroutes',
  as: 'both',
  namedBy: 'customNetworkRefs',
  order: 70,
  shape: ingressRoute,
};

export function isIngressRoute(object: Manifest): object is IngressRoute {
  return isOfTraefik(object) && object.kind === 'IngressRoute';
}

export function isOfTraefik({ apiVersion }: Manifest): boolean {
  return apiVersion.startsWith(`${common.group}/`);
}

/** Rules of Traefik v2: other matchers, and several values in one. */
export function isOldSyntax({ syntax }: Router): boolean {
  return syntax?.toLowerCase() === 'v2';
}

/** How many steps of priority ours are above the router that they repeat: a match precedes every share. */
export const SHARE = 1;
export const MATCH = 2;

/** The length counts bytes; 0 is as none. */
export function priorityOf({ match, priority }: Router): number {
  return priority || new TextEncoder().encode(match).length;
}

/** The priority so many steps above the router's. There is no priority 0. */
export function priorityAbove(one: Router, steps: number): number {
  const own = priorityOf(one);
  return own < 0 && own + steps >= 0 ? own + steps + 1 : own + steps;
}
