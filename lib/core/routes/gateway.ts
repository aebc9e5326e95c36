import type { Problem } from '../errors';
import type { Manifest, StringMap } from '../manifests/manifest';
import type { Shape } from '../manifests/shape';
import type { RouteSpec } from '../specs/spec';
import type { Supports } from './supports';

/** Whose route it is: it is written on the objects that express the route. */
export type RouteOwner = { readonly lane: string } | { readonly rollout: string };

/** Where a route leads: stable's own pods, a canary Service, or a subset of the base's Service. */
export type RouteTarget = 'stable' | { readonly service: string } | { readonly subset: string };

/** Requests of one Service that go elsewhere. */
export interface Route extends RouteSpec {
  readonly owner: RouteOwner;
  /** Service of the base, whose requests the route takes. */
  readonly service: string;
  readonly to: RouteTarget;
  /** Labels of the released pods as they are declared: the base may lead to others of the Service. @default - not known */
  readonly pods?: StringMap;
  /** Subsets of the Service that are those pods. @default - all */
  readonly subsets?: readonly string[];
  /** A route that sends nobody: the gateway only gets to know the target. */
  readonly warmUp?: boolean;
  /** Other owners may have routes on this base as well: names of our objects must tell whose they are. */
  readonly shared?: boolean;
}

/** A kind of object that a gateway reads or writes. */
export interface GatewayKind {
  /** API group; empty for the core group. */
  readonly group: string;
  /** The version by which the engine asks for it. */
  readonly version: string;
  /** Versions of the group that have other fields: no base is one of these. @default - none */
  readonly unread?: readonly string[];
  readonly kind: string;
  /** As in RBAC rules. */
  readonly plural: string;
  /** The user's own that routes are written for, objects of ours, or both. */
  readonly as: 'base' | 'ours' | 'both';
  /** How an ObjectRef names a base of this kind. */
  readonly namedBy?: 'ingress' | 'gateway.httpRouteName' | 'gateway.grpcRouteName' | 'customNetworkRefs';
  /** Routes are written into the base itself. @default false */
  readonly changed?: boolean;
  /** It decides where requests go, and not only how they are treated. @default true */
  readonly leads?: boolean;
  /** Among the kinds of routes the smaller is applied first: what others refer to. */
  readonly order: number;
  /** What is read of it. */
  readonly shape: Shape;
}

/** One object by its name. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for kinds that belong to no namespace, and for manifests that name none. */
  readonly namespace?: string;
}

/** What a base has around it. */
export interface Around {
  /** The user's Services that the base leads to, as far as routes are written for them. */
  readonly services: readonly Manifest[];
  /** The other bases of the same routing. */
  readonly bases: readonly Manifest[];
  /** All other objects of the user's. */
  readonly others: readonly Manifest[];
  /**
   * Who writes. What others of the version before have written into the base, without a note of it, stays as it is.
   * @default - everybody with a route on the base
   */
  readonly writer?: RouteOwner;
}

/** What a route will do otherwise than its words say, because of what is on its base: the reason goes on from the base's name. */
export interface Caveat {
  readonly reason: string;
  readonly wayOut: string;
}

/** How routes are written for one traffic system. A pure value; CONTRIBUTING.md says how to add one. */
export interface Gateway {
  readonly name: string;
  /** All kinds that it reads or writes. */
  readonly kinds: readonly GatewayKind[];
  /** Made by `supportsOf`. */
  readonly supports: Supports;
  /**
   * What these routes make of a base: the base as it is to be (the very object where nothing changes), followed by
   * objects of ours. Routes that the base holds from before are replaced, so that without routes it is as the user
   * wrote it. Every object of ours has `routeNote` among its annotations, and a base that holds routes is written by `noteRoutes`.
   */
  write(base: Manifest, routes: readonly Route[], around: Around): Manifest[];
  /** What is missing until the system has taken up a live object that expresses routes, in words. @default - the system does not tell */
  readonly takenUp?: (live: Manifest) => string | undefined;
  /** R12: what this base and what is around it leave no room for, though `supports` has it. @default - nothing */
  readonly checks?: (base: Manifest, route: Route, around: Around) => Problem[];
  /**
   * What `checks` looks at by name, wherever it is: of a base, and of what was found for it. In a cluster it is read before a
   * release, as far as that is allowed. @default - nothing
   */
  readonly asksFor?: (object: Manifest) => readonly ObjectReference[];
  /** What no way of writing the route can change, and somebody should know. @default - nothing */
  readonly caveats?: (base: Manifest, route: Route, around: Around) => Caveat[];
  /** What the route takes for granted, because what would tell is not around the base: in words. @default - nothing */
  readonly assumes?: (base: Manifest, route: Route, around: Around) => string[];
}

/** All gateways by name; core does not know them. */
export type Gateways = Readonly<Record<string, Gateway>>;
