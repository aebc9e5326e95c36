import type { StringMap } from '../manifests/manifest';
import type { MatchType, PathMatch } from '../specs/spec';

/** What a traffic system can express. Data, so that one check and one table of the documentation serve all gateways. */
export interface Supports {
  /** Of one match. */
  readonly match: MatchSupport;
  /** Of one route. */
  readonly route: RouteSupport;
  /** Of one base. */
  readonly base: BaseSupport;
  /** Of what a route leads to. */
  readonly canary: CanarySupport;
  readonly text: TextSupport;
}

export interface MatchSupport {
  /** @default - none; a gateway that matches nothing is none, so each says what it has */
  readonly headers: ConditionSupport;
  /** @default - none */
  readonly queryParams: ConditionSupport;
  /** @default - none */
  readonly cookies: ConditionSupport;
  /** @default - none: a route has the paths of its base */
  readonly paths: readonly PathMatch['type'][];
  /** Conditions of several kinds, all of which must hold. @default false */
  readonly mixed: boolean;
}

/** Conditions of one kind. */
export interface ConditionSupport {
  readonly types: readonly MatchType[];
  /** How many of them one match may have. */
  readonly most: number;
  /** Values that can be compared with. @default - any */
  readonly values?: readonly string[];
}

export interface RouteSupport {
  /** How many matches one route may have, any of which is enough. @default 16 */
  readonly matches: number;
  /** How many of them may have conditions of the same kind. @default - all */
  readonly ofKind: number;
  /** `beside matches`: the weight is for requests that match none. @default 'beside matches' */
  readonly weight: 'none' | 'alone' | 'beside matches';
  /** Changes of a request's headers. @default - none */
  readonly requestHeaders: readonly ('set' | 'add' | 'remove')[];
  /**
   * Requests whose headers can be changed: all of the route, or only those of its matches. `all, by backend filters`:
   * those of a weight only where an implementation knows filters of a backend. @default 'all'
   */
  readonly requestHeadersOf: 'all' | 'matches' | 'all, by backend filters';
}

export interface BaseSupport {
  /** Routes of several owners for one Service beside each other. @default 16 */
  readonly routings: number;
}

export interface CanarySupport {
  /** A route may lead to the base's own Service. @default true */
  readonly stable: boolean;
  /** The gateway must know the canary before the first request is sent to it, or requests are lost. @default false */
  readonly warmUp: boolean;
  /** Type of the canary Service that the gateway can reach. @default 'ClusterIP' */
  readonly service: 'ClusterIP' | 'NodePort';
  /** The gateway tells canary pods from stable ones behind one Service. @default - it does not */
  readonly subset?: SubsetSupport;
}

export interface SubsetSupport {
  /** Header whose value, set by the lane, names the subset. */
  readonly tagHeader: string;
  /** Pod label that puts a pod into the subset; `{tag}` stands for the subset's name. */
  readonly podLabel: string;
  /** Annotations that a base needs so that requests without a tag stay out of every subset. */
  readonly baseAnnotations: StringMap;
}

export interface TextSupport {
  /** Syntax of regular expressions: RE2 has no lookaround and no backreferences. @default 'RE2' */
  readonly expressions: 'RE2' | 'PCRE';
  /** In names and exact values, as the inside of a character class. @default - any printable ones */
  readonly exact?: string;
  /** In regular expressions. @default - as in exact values */
  readonly expression?: string;
  /** In values that a request header is set to. @default - any printable ones */
  readonly headerValue?: string;
  /** Who refuses others, and why, for the message. @default - nobody */
  readonly because: string;
}

/** What is special about a system. */
export type Special = { readonly [Group in keyof Supports]?: Partial<Supports[Group]> };

const NONE: ConditionSupport = { types: [], most: 0 };

const DEFAULTS: Supports = {
  match: { headers: NONE, queryParams: NONE, cookies: NONE, paths: [], mixed: false },
  route: { matches: 16, ofKind: 16, weight: 'beside matches', requestHeaders: [], requestHeadersOf: 'all' },
  base: { routings: 16 },
  canary: { stable: true, warmUp: false, service: 'ClusterIP' },
  text: { expressions: 'RE2', because: '' },
};

/** What is usual, and what is special. */
export function supportsOf({ match, route, base, canary, text }: Special): Supports {
  return {
    match: { ...DEFAULTS.match, ...match },
    route: { ...DEFAULTS.route, ...route },
    base: { ...DEFAULTS.base, ...base },
    canary: { ...DEFAULTS.canary, ...canary },
    text: { ...DEFAULTS.text, ...text },
  };
}
