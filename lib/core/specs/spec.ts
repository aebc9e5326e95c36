import type { StringMap } from '../manifests/manifest';

/** A number, or a percentage such as `"20%"` (Kubernetes IntOrString). */
export type IntOrPercent = number | string;

/** How a value is compared. A regular expression must match the whole value, on every gateway. */
export type MatchType = 'Exact' | 'RegularExpression';

/** A condition on a header, query parameter or cookie (Gateway API HTTPHeaderMatch). */
export interface ValueMatch {
  /** @default Exact */
  readonly type?: MatchType;
  readonly name: string;
  readonly value: string;
}

/** A condition on the path (Gateway API HTTPPathMatch), beside those of the base: a prefix is of whole path elements. */
export interface PathMatch {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression';
  readonly value: string;
}

/** Requests that take the canary: all conditions of a match must hold (Kruise `HttpRouteMatch`). */
export interface Match {
  readonly path?: PathMatch;
  /** At most 16; names without case. */
  readonly headers?: readonly ValueMatch[];
  /** At most 16. */
  readonly queryParams?: readonly ValueMatch[];
  /** At most 16. nginx and its relatives know cookies only with the value `always`. */
  readonly cookies?: readonly ValueMatch[];
}

export interface HeaderValue {
  readonly name: string;
  readonly value: string;
}

/** Changes to the headers of requests on their way to the canary (Gateway API HTTPHeaderFilter). */
export interface HeaderModifier {
  /** Overwrites. */
  readonly set?: readonly HeaderValue[];
  /** Adds to values that are there. */
  readonly add?: readonly HeaderValue[];
  readonly remove?: readonly string[];
}

/** Which requests a route takes, and what happens to their headers. */
export interface RouteSpec {
  /** One to 16; a request that fits any of them takes the route. */
  readonly matches?: readonly Match[];
  /** Share in percent, 1 to 100; beside matches it is the share of the requests that match none. */
  readonly weight?: number;
  readonly requestHeaderModifier?: HeaderModifier;
}

/** Where a release stops (Kruise `RolloutPause`). */
export interface Pause {
  /** Seconds; 0 does not stop at all. @default - a manual gate: until somebody approves */
  readonly duration?: number;
}

/** What the user declares of a release, one after the other (Kruise `CanaryStep`). */
export interface Step {
  /** Canary replicas: a number, or a percentage of stable's current replicas, rounded up. */
  readonly replicas: IntOrPercent;
  /** Share of the requests, such as `"20%"`. @default - the route of the step before stays */
  readonly traffic?: string;
  /** Requests that take the canary. @default - the route of the step before stays */
  readonly matches?: readonly Match[];
  readonly requestHeaderModifier?: HeaderModifier;
  /** @default - a manual gate */
  readonly pause?: Pause;
}

/**
 * The traffic of one Service, and the object that routes it: exactly one of ingress, gateway, customNetworkRefs.
 * `Name` is what stands for the name of an object.
 */
export interface ObjectRef<Name = string> {
  /** Service whose requests are routed. */
  readonly service: Name;
  /** Seconds between a change of the route and the next stage. @default 3 */
  readonly gracePeriodSeconds?: number;
  /** The Ingress, and the gateway that reads it: mse, ... @default classType nginx */
  readonly ingress?: { readonly classType?: string; readonly name: Name };
  /** Gateway API, of a gateway or of a mesh (GAMMA). */
  readonly gateway?: GatewayRouteRef<Name>;
  readonly customNetworkRefs?: ReadonlyArray<{
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
  }>;
}

/** A route of Gateway API. */
export type GatewayRouteRef<Name = string> = { readonly httpRouteName: Name } | { readonly grpcRouteName: Name };

/** A traffic routing that several rollouts share (Kruise TrafficRouting). */
export interface LaneSpec extends RouteSpec {
  readonly name: string;
  readonly namespace?: string;
  /** Bases of one and the same Service, whose pods are the lane's entry. */
  readonly objectRef: readonly ObjectRef[];
  /**
   * Services that are called from inside the cluster, each with the base by which a mesh routes its requests: while a
   * rollout of its pods holds the lane, requests with the tag go to its canary, and all others where they went before.
   * The tag is the first header that the lane sets.
   * @default - none: the service discovery follows the tag by itself
   */
  readonly hops?: readonly ObjectRef[];
}

/** A canary release of one Deployment (Kruise Rollout, canary style). */
export interface RolloutSpec {
  readonly name: string;
  readonly namespace?: string;
  readonly workloadRef: { readonly apiVersion?: string; readonly kind?: string; readonly name: string };
  /** One to 50. */
  readonly steps: readonly Step[];
  /** Name of the lane that the rollout takes part in. */
  readonly trafficRoutingRef?: string;
  /** Routing of its own: at most one. */
  readonly trafficRoutings?: readonly ObjectRef[];
  /** Labels and annotations that canary pods have and stable ones have not. */
  readonly patchPodTemplateMetadata?: { readonly labels?: StringMap; readonly annotations?: StringMap };
  /**
   * Label of stable's selector that gets another value on canary pods, where the canary has a Service of its own.
   * @default - the first usable of app, app.kubernetes.io/name, cdk8s.io/metadata.addr, then the others by name
   */
  readonly canaryLabel?: string;
}

/** Seconds; Kruise's default. */
export const DEFAULT_GRACE_PERIOD_SECONDS = 3;
