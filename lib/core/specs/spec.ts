import type { StringMap } from '../manifests/manifest';
import type { CheckSpec } from './check';
import type { IntOrPercent, OneOf, Percentage } from './forms';

export type { IntOrPercent, OneOf, Percentage };

/** How a value is compared. A regular expression must match the whole value, on every gateway. */
export type MatchType = 'Exact' | 'RegularExpression';

/** A condition on a header, query parameter or cookie (Gateway API HTTPHeaderMatch). */
export interface ValueMatch {
  /** How the value is compared. @default Exact */
  readonly type?: MatchType;
  /** Each name once in a match; those of headers without case. */
  readonly name: string;
  /** One line of printable characters, or a regular expression. Not every gateway can compare every value. */
  readonly value: string;
}

/** A condition on the path (Gateway API HTTPPathMatch), beside those of the base: a prefix is of whole path elements. */
export interface PathMatch {
  /** How the path is compared. Not every gateway can do it in every way. */
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression';
  /** Begins with a slash, or is a regular expression of the whole path. */
  readonly value: string;
}

/** Requests that take the canary: all conditions of a match must hold (Kruise `HttpRouteMatch`). */
export interface Match {
  /** @default - the paths of the base */
  readonly path?: PathMatch;
  /** At most 16; names without case. @default - any headers */
  readonly headers?: readonly ValueMatch[];
  /** At most 16. @default - any query parameters */
  readonly queryParams?: readonly ValueMatch[];
  /** At most 16. @default - any cookies. nginx and its relatives know cookies only with the value `always`. */
  readonly cookies?: readonly ValueMatch[];
}

/** A header of a request. */
export interface HeaderValue {
  /** Without case; each name in one entry. */
  readonly name: string;
  /** One line of printable characters without double quotes, backslashes, and spaces at its ends. */
  readonly value: string;
}

/**
 * Changes to the headers of requests on their way to the canary (Gateway API HTTPHeaderFilter): at least one, and at most
 * 16 of each kind.
 */
export interface HeaderModifier {
  /** Headers that get this value, whether or not they are there. @default - none */
  readonly set?: readonly HeaderValue[];
  /** Values beside those that are there. @default - none */
  readonly add?: readonly HeaderValue[];
  /** Names of headers that are taken off. @default - none */
  readonly remove?: readonly string[];
}

/** Which requests a route takes, and what happens to their headers. */
export interface RouteSpec {
  /** One to 16; a request that fits any of them takes the route. @default - none but by weight */
  readonly matches?: readonly Match[];
  /**
   * Share in percent, a whole number from 1 to 100; beside matches it is the share of the requests that match none.
   * @default - none but by matches
   */
  readonly weight?: number;
  /** Changes to the headers of requests that take the route. @default - none */
  readonly requestHeaderModifier?: HeaderModifier;
}

/** Where a release stops (Kruise `RolloutPause`). */
export interface Pause {
  /** Whole seconds, 0 or more; 0 does not stop at all. @default - a manual gate: until somebody approves */
  readonly duration?: number;
}

/** What the user declares of a release, one after the other (Kruise `CanaryStep`). */
export interface Step {
  /**
   * Canary replicas: a positive integer, or a whole percentage of stable's current replicas above `0%` and up to `100%`,
   * rounded up; not fewer than those of the step before.
   */
  readonly replicas: IntOrPercent;
  /**
   * Share of the requests: a whole percentage from `1%` to `100%`; only with routing of the rollout's own.
   * @default - the route of the step before stays
   */
  readonly traffic?: Percentage;
  /**
   * Requests that take the canary, one to 16 matches; only with routing of the rollout's own.
   * @default - the route of the step before stays
   */
  readonly matches?: readonly Match[];
  /** Changes to the headers of these requests; only beside traffic or matches. @default - none */
  readonly requestHeaderModifier?: HeaderModifier;
  /** Where the release stops after the step. @default - a manual gate */
  readonly pause?: Pause;
  /** What must hold, beside those of the rollout, before the release goes on from the step. @default - none */
  readonly checks?: readonly CheckSpec[];
}

/**
 * The traffic of one Service, and the object that routes it: exactly one of ingress, gateway, customNetworkRefs.
 * `Name` is what stands for the name of an object, `ClassType` for that of a gateway that reads Ingresses.
 */
export type ObjectRef<Name = string, ClassType = string> = RoutedService<Name> & OneOf<BaseRefs<Name, ClassType>>;

/** The Service of an ObjectRef. */
export interface RoutedService<Name = string> {
  /** Service whose requests are routed; it selects pods. */
  readonly service: Name;
  /** Whole seconds, 0 or more, between a change of the route and the next stage. @default 3 */
  readonly gracePeriodSeconds?: number;
}

/** The ways in which an ObjectRef names its base. */
export interface BaseRefs<Name = string, ClassType = string> {
  /** An Ingress. */
  readonly ingress: IngressRef<Name, ClassType>;
  /** A route of Gateway API, of a gateway or of a mesh (GAMMA). */
  readonly gateway: GatewayRouteRef<Name>;
  /** Objects of other APIs, at least one: a VirtualService and DestinationRules of Istio, an IngressRoute of Traefik. */
  readonly customNetworkRefs: readonly CustomNetworkRef[];
}

/** An Ingress, and who reads it. */
export interface IngressRef<Name = string, ClassType = string> {
  /**
   * The gateway that reads the Ingress: `mse`, `higress`, `nginx` or `alb`.
   * @default - the class of the Ingress, if it is the name of one of these; otherwise it is an error to leave it out
   */
  readonly classType?: ClassType;
  /** The Ingress. */
  readonly name: Name;
}

/** A route of Gateway API: exactly one of the two. */
export type GatewayRouteRef<Name = string> = OneOf<{
  /** An HTTPRoute. */
  readonly httpRouteName: Name;
  /** A GRPCRoute. */
  readonly grpcRouteName: Name;
}>;

/** An object of any API, by name. */
export interface CustomNetworkRef {
  /** Group and version, such as `networking.istio.io/v1`. */
  readonly apiVersion: string;
  /** Such as `VirtualService`. */
  readonly kind: string;
  /** In the namespace of the Service. */
  readonly name: string;
}

/** What the requests of a lane bear from hop to hop. */
export interface LaneTag {
  /**
   * An entry of the header `baggage` (W3C), `key=value` of letters, digits, dots, dashes and underscores, each 63 at most. It
   * is appended to what the client sends. Services that are instrumented with OpenTelemetry pass it on by themselves.
   */
  readonly baggage: string;
}

/** A traffic routing that several rollouts share (Kruise TrafficRouting). */
export interface LaneSpec extends RouteSpec {
  /** A DNS name; one lane of each in a namespace. */
  readonly name: string;
  /** @default - that of wherever the objects are applied */
  readonly namespace?: string;
  /** Bases of one and the same Service, whose pods are the lane's entry. */
  readonly objectRef: readonly ObjectRef[];
  /**
   * Services that are called from inside the cluster, each with the base by which a mesh routes its requests: while a
   * rollout of its pods holds the lane, requests with the tag go to its canary, and all others where they went before.
   * @default - none: the service discovery follows the tag by itself
   */
  readonly hops?: readonly ObjectRef[];
  /** By what hops tell requests of the lane. @default - the first header that the lane sets */
  readonly tag?: LaneTag;
}

/** Labels and annotations that objects or pods get beside those that they have. */
export interface MetadataPatch {
  /** None of graylane.io/. @default - none */
  readonly labels?: StringMap;
  /** None of graylane.io/. @default - none */
  readonly annotations?: StringMap;
}

/** What admission policies, monitors, meshes and the like want to see on a canary's own objects. */
export interface CanaryMetadataPatch {
  /** On the Deployment of canary pods. @default - none */
  readonly deployment?: MetadataPatch;
  /** On each Service of canary pods; there is none where the gateway divides one Service, or nothing routes. @default - none */
  readonly services?: MetadataPatch;
}

/** A canary release of one Deployment (Kruise Rollout, canary style). */
export interface RolloutSpec {
  /** A DNS name; one rollout of each in a namespace. */
  readonly name: string;
  /** @default - that of wherever the objects are applied */
  readonly namespace?: string;
  /** The Deployment that is released; of no other rollout. @default apiVersion apps/v1, kind Deployment */
  readonly workloadRef: { readonly apiVersion?: string; readonly kind?: string; readonly name: string };
  /** What the release does, one after the other: one to 50. */
  readonly steps: readonly Step[];
  /** The lane that the rollout takes part in: its name, or `namespace/name`. @default - none */
  readonly trafficRoutingRef?: string;
  /** Routing of its own instead of a lane: every base that leads to one and the same Service. @default - none */
  readonly trafficRoutings?: readonly ObjectRef[];
  /**
   * What must hold before the release goes on from any step; while stable is promoted, one that is broken takes the release
   * back, too. @default - none
   */
  readonly checks?: readonly CheckSpec[];
  /** What follows when a check is broken: the way back, or a halt until somebody decides. @default abort */
  readonly onBroken?: 'abort' | 'hold';
  /**
   * Whole seconds, 0 or more, for which a promoted revision is watched before its canary goes: until then the way back has
   * the old template. @default 0
   */
  readonly bakeSeconds?: number;
  /** Labels and annotations that canary pods have and stable ones have not. @default - none */
  readonly patchPodTemplateMetadata?: MetadataPatch;
  /** Labels and annotations of the canary's own objects, which have nothing of stable's; they go with it. @default - none */
  readonly patchCanaryMetadata?: CanaryMetadataPatch;
  /**
   * Label of stable's selector that gets another value on canary pods, where the canary has a Service of its own: that in
   * `patchPodTemplateMetadata.labels`, or stable's with `-canary` behind it.
   * @default - the first usable of app, app.kubernetes.io/name, cdk8s.io/metadata.addr, then the others by name
   */
  readonly canaryLabel?: string;
}

/** Seconds; Kruise's default. */
export const DEFAULT_GRACE_PERIOD_SECONDS = 3;
