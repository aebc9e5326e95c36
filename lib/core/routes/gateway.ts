import type { Problem } from '../errors';
import type { Manifest, StringMap } from '../manifests/manifest';
import type { MatchType, PathMatch, RouteSpec } from '../specs/spec';

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
  /** A route that sends nobody: the gateway only gets to know the target. */
  readonly warmUp?: boolean;
  /** Other owners may have routes on this base as well: names of our objects must tell whose they are. */
  readonly shared?: boolean;
}

/** What a traffic system can express. Data, so that one check and one table of the documentation serve all gateways. */
export interface Supports {
  /** Kinds of header conditions, and how many of them one match may have. */
  readonly headers: readonly MatchType[];
  readonly headersPerMatch: number;
  readonly queryParams: readonly MatchType[];
  readonly queryParamsPerMatch: number;
  readonly cookies: readonly MatchType[];
  readonly cookiesPerMatch: number;
  /** Cookie values that can be matched. @default - any */
  readonly cookieValues?: readonly string[];
  readonly paths: readonly PathMatch['type'][];
  /** One match may have conditions of several kinds, all of which must hold. */
  readonly mixedConditions: boolean;
  /** How many matches one route may have, any of which is enough. */
  readonly matches: number;
  readonly weight: boolean;
  /** Matches and a weight in one route: the weight is for requests that match none. */
  readonly weightWithMatches: boolean;
  readonly requestHeaders: readonly ('set' | 'add' | 'remove')[];
  /** Syntax of regular expressions: RE2 has no lookaround and no backreferences. */
  readonly expressions: 'RE2' | 'PCRE';
  /** Characters that the system lets through, as the inside of a character class. @default - any printable ones */
  readonly characters?: {
    /** In names and exact values. @default - any printable ones */
    readonly exact?: string;
    /** In regular expressions. @default - as in exact values */
    readonly expression?: string;
    /** In values that a request header is set to. @default - any printable ones */
    readonly headerValue?: string;
    /** Who refuses others, and why, for the message. */
    readonly because: string;
  };
  /** The gateway tells canary pods from stable ones behind one Service. */
  readonly subset?: {
    /** Header whose value, set by the lane, names the subset. */
    readonly tagHeader: string;
    /** Pod label that puts a pod into the subset; `{tag}` stands for the subset's name. */
    readonly podLabel: string;
    /** Annotations that a base needs so that requests without a tag stay out of every subset. */
    readonly baseAnnotations: StringMap;
  };
  /** A route may lead to the base's own Service. */
  readonly routesToStable: boolean;
  /** The gateway must know the canary before the first request is sent to it, or requests are lost. */
  readonly warmUp: boolean;
  /** Routes of several owners beside each other on one base. */
  readonly routesPerBase: number;
  /** Type of the canary Service that the gateway can reach. */
  readonly backendService: 'ClusterIP' | 'NodePort';
}

/** How routes are written for one traffic system. A pure value; CONTRIBUTING.md says how to add one. */
export interface Gateway {
  readonly name: string;
  /** Kinds of the objects that can be its base. */
  readonly bases: readonly string[];
  readonly supports: Supports;
  /**
   * The objects that make these routes: the bases, changed only where the system leaves no other way, and separate
   * objects of ours. Ours from before are replaced, so that `write(write(base, routes), [])` is `base`.
   */
  write(objects: readonly Manifest[], routes: readonly Route[]): Manifest[];
  /**
   * What is missing until the traffic system has taken up a live route object, in words; undefined where nothing is.
   * @default - it does not tell
   */
  takenUp?(live: Manifest): string | undefined;
  /** Which routes these objects express. */
  read(objects: readonly Manifest[]): Route[];
  /** R12: what this base and what is around it leave no room for, though `supports` has it. @default - nothing */
  checkBase?(base: Manifest, route: Route, around: Surroundings): Problem[];
}

/** What a base shares its hosts and Services with. */
export interface Surroundings {
  /** The other bases of the same routing. */
  readonly bases: readonly Manifest[];
  /** All other objects of the app. */
  readonly others: readonly Manifest[];
}

/** All gateways by name; core does not know them. */
export type Gateways = Readonly<Record<string, Gateway>>;
