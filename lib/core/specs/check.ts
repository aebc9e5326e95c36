import type { StringMap } from '../manifests/manifest';
import type { OneOf, Percentage } from './forms';

/** What is asked outside of the cluster before a release goes on: exactly one of requests, http, command, alerts. */
export type CheckSpec = CheckTerms & OneOf<CheckKinds>;

/** What every check has. */
export interface CheckTerms {
  /** A DNS label; each name once among the checks of a step and those of its rollout. */
  readonly name: string;
  /** Asks and tells, and decides nothing. @default false */
  readonly dryRun?: boolean;
  /**
   * What becomes of a release whose step is over in time while the check has neither held nor broken.
   * @default hold
   */
  readonly whenUndecided?: 'hold' | 'pass';
}

/** The ways to ask. */
export interface CheckKinds {
  /** How many requests fail, or are slow, by counters in Prometheus. */
  readonly requests: RequestsCheck;
  /** What an address replies. */
  readonly http: HttpCheck;
  /** How a program ends. */
  readonly command: CommandCheck;
  /** Whether an alert fires. */
  readonly alerts: AlertsCheck;
}

/**
 * Which share of the canary's requests fails, by counters in Prometheus. It holds, or breaks, when the requests that were
 * counted leave no doubt but the error probability, however often it is asked. Without requests it does neither.
 */
export type RequestsCheck = {
  /** The Prometheus, or what speaks its HTTP API: without `/api/v1`. */
  readonly prometheus: HttpSource;
  /** Whose metrics they are, or PromQL of your own. */
  readonly metrics: MetricsPreset | RequestCounters;
  /**
   * Requests that take longer are those that fail, instead of those that end with an error: seconds, above 0, and an upper
   * bound of a bucket of the histogram. Only with a preset.
   * @default - requests that end with an error fail
   */
  readonly slowerThanSeconds?: number;
  /**
   * How likely it may be that a release is taken for bad although it is not, and as likely that one is taken for good
   * although it is not: above `0%`, up to `50%`.
   * @default 5%
   */
  readonly errorProbability?: Percentage;
} & OneOf<{
  /** The share that may fail: above `0%`, below `100%`, such as `0.5%`. */
  readonly atMost: Percentage;
  /** Not more than stable, at the same time; only where both get the same kind of requests, which is by weight. */
  readonly noWorseThan: NoWorseThan;
}>;

/** What stable's share of failing requests allows to the canary. */
export interface NoWorseThan {
  /** The canary's share may be so many times stable's: 1 or more. @default 2 */
  readonly ratio?: number;
  /** A share that is never too much, whatever stable's is: above `0%`, below `100%`. @default 0.5% */
  readonly unlessBelow?: Percentage;
  /** PromQL for stable. @default - that for the canary, with `{{stable}}` for `{{canary}}` */
  readonly stable?: RequestCounters;
}

/**
 * Two instant vectors in PromQL, of counters as they are scraped: no `rate`, no `increase`, no `sum`, so that a restart is
 * told from a decrease. `{{canary}}` and `{{stable}}` stand for the label matchers of the pods, as in
 * `http_requests_total{{{canary}},code=~"5.."}`; see docs/checks.md for what else can be filled in.
 */
export interface RequestCounters {
  /** Requests that failed. */
  readonly failed: string;
  /** All requests, those that failed too. */
  readonly total: string;
}

/** Systems whose metrics are known: docs/checks.md tells what of each is counted. */
export const metricsPresets = [
  'contour',
  'envoy',
  'ingress-nginx',
  'istio',
  'opentelemetry',
  'spring-boot',
  'traefik',
] as const;

export type MetricsPreset = (typeof metricsPresets)[number];

/**
 * What `{{...}}` stands for in PromQL, URLs, arguments and labels of alerts. `canary` and `stable` alone are label matchers of
 * their pods, with `.pods` a regular expression of the pods' names.
 */
export const variableNames = [
  'namespace',
  'canary',
  'canary.pods',
  'canary.deployment',
  'canary.service',
  'stable',
  'stable.pods',
  'stable.deployment',
  'stable.service',
] as const;

export type CheckVariable = (typeof variableNames)[number];

/** What an address replies: as expected it holds, as told in `broken` it breaks; anything else, and no reply, is not yet. */
export interface HttpCheck {
  /** `http://`, `https://`, or `service://NAMESPACE/NAME:PORT/PATH`, which is asked through the API server. */
  readonly url: string;
  /** `${NAME}` in a value is taken from the environment of who asks, and never shown. @default - none */
  readonly headers?: StringMap;
  readonly expect: HttpExpectation;
  /** @default - it never breaks */
  readonly broken?: HttpExpectation;
  /** 1 to 300. @default 10 */
  readonly timeoutSeconds?: number;
}

/** At least one of the two; both must fit. Redirects are not followed. */
export interface HttpExpectation {
  /** The HTTP status. @default - any */
  readonly status?: number;
  /** What the body says, which is JSON. @default - anything */
  readonly json?: JsonExpectation;
}

/** A value in JSON. */
export interface JsonExpectation {
  /** JSONPath (RFC 9535), such as `$.status`; it must select something, and all that it selects must be equal. */
  readonly path: string;
  /** Any JSON. */
  readonly equals: unknown;
}

/** How a program ends: 0 holds, 1 breaks, anything else is not yet. It runs where the release is walked from. */
export interface CommandCheck {
  /** The program and its arguments; no shell reads them. */
  readonly argv: readonly string[];
  /** After that it is ended, with all that it started: 1 to 3600. @default 60 */
  readonly timeoutSeconds?: number;
}

/** A firing alert with these labels breaks, none holds. */
export interface AlertsCheck {
  /** Without `/api/v1`, `/api/v2`. */
  readonly source: HttpSource;
  readonly from: 'prometheus' | 'alertmanager';
  /** At least one; the alert has them all. */
  readonly labels: StringMap;
}

/** A URL, or one with headers: `http://`, `https://`, or `service://NAMESPACE/NAME:PORT/PATH`. */
export type HttpSource = string | HttpSourceWithHeaders;

/** A URL, and what is sent along. */
export interface HttpSourceWithHeaders {
  readonly url: string;
  /** `${NAME}` in a value is taken from the environment of who asks, and never shown. @default - none */
  readonly headers?: StringMap;
}
