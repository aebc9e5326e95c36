import type { MetricsPreset, RequestCounters } from '../specs/check';

/** Whose requests are counted. */
export type Side = 'canary' | 'stable';

/** Requests by the time that they took: all of them, and those that took no longer than a bound. */
export interface TimedCounters {
  readonly total: string;
  readonly within: string;
}

/** The counters of a system, in PromQL with the variables of a check. */
export interface Preset {
  /** What is counted, for people. */
  readonly counts: string;
  /** Where its metrics are described. */
  readonly source: string;
  requests(side: Side): RequestCounters;
  /** @param seconds an upper bound of a bucket */
  timed(side: Side, seconds: number): TimedCounters;
}

/** A counter with a label for its outcome, and a histogram with the same labels. */
interface Metrics extends Pick<Preset, 'counts' | 'source'> {
  readonly requests: string;
  /** A label matcher. */
  readonly failed: string;
  /** The histogram, without `_count` and `_bucket`. */
  readonly times: string;
  /** Units of its bounds. */
  readonly perSecond: number;
  /** Label matchers, any of which may be those that the labels have got on their way. */
  readonly of: (side: Side) => readonly string[];
}

export const presets: Readonly<Record<MetricsPreset, Preset>> = {
  contour: presetOf({
    counts: "what Contour's Envoys send to the Service",
    source: 'Contour: internal/envoy/cluster.go (AltStatName); Envoy: statistics of clusters',
    requests: 'envoy_cluster_upstream_rq_xx',
    failed: 'envoy_response_code_class="5"',
    times: 'envoy_cluster_upstream_rq_time',
    perSecond: 1000,
    of: (side) => [`envoy_cluster_name=~"{{namespace}}_{{${side}.service}}_[0-9]+"`],
  }),
  envoy: presetOf({
    counts: 'what an Envoy in the pods themselves gets, but for its admin interface',
    source: 'Envoy: statistics of the HTTP connection manager',
    requests: 'envoy_http_downstream_rq_xx',
    failed: 'envoy_response_code_class="5"',
    times: 'envoy_http_downstream_rq_time',
    perSecond: 1000,
    of: (side) => [`{{${side}}},envoy_http_conn_manager_prefix!="admin"`],
  }),
  'ingress-nginx': presetOf({
    counts: 'what ingress-nginx sends to the Service',
    source: 'ingress-nginx: rootfs/etc/nginx/lua/monitor.lua, internal/ingress/metric/collectors/socket.go',
    requests: 'nginx_ingress_controller_requests',
    failed: 'status=~"5.."',
    times: 'nginx_ingress_controller_request_duration_seconds',
    perSecond: 1,
    // The canary has the labels of the base, and one with `<namespace>-<Service>-<port>`.
    of: (side) =>
      side === 'canary'
        ? ['canary=~"{{namespace}}-{{canary.service}}-[0-9a-z]+"']
        : renamed('canary=""', { namespace: '="{{namespace}}"', service: '="{{stable.service}}"' }),
  }),
  istio: presetOf({
    counts: 'what the sidecars of the pods report',
    source: 'Istio: standard metrics',
    requests: 'istio_requests_total',
    failed: 'response_code=~"5.."',
    times: 'istio_request_duration_milliseconds',
    perSecond: 1000,
    of: (side) => [
      'reporter="destination",destination_workload_namespace="{{namespace}}",' +
        `destination_workload="{{${side}.deployment}}"`,
    ],
  }),
  opentelemetry: presetOf({
    counts: 'what the pods report by the semantic conventions of OpenTelemetry',
    source: 'OpenTelemetry: semantic conventions for HTTP metrics (http.server.request.duration)',
    requests: 'http_server_request_duration_seconds_count',
    failed: 'http_response_status_code=~"5.."',
    times: 'http_server_request_duration_seconds',
    perSecond: 1,
    // Scraped at the pod, or through a collector that knows the pod.
    of: (side) => [`{{${side}}}`, `k8s_namespace_name="{{namespace}}",k8s_pod_name=~"{{${side}.pods}}"`],
  }),
  'spring-boot': presetOf({
    counts: 'what Spring Boot reports by Micrometer, but for its actuator',
    source: 'Spring Boot: metrics, http.server.requests',
    requests: 'http_server_requests_seconds_count',
    failed: 'status=~"5.."',
    times: 'http_server_requests_seconds',
    perSecond: 1,
    of: (side) => [`{{${side}}},uri!~"/actuator.*"`],
  }),
  traefik: presetOf({
    counts: 'what Traefik sends to the Service, as one of several with weights',
    source: 'Traefik: metrics of services; their names: pkg/provider/kubernetes/crd/kubernetes_http.go',
    requests: 'traefik_service_requests_total',
    failed: 'code=~"5.."',
    times: 'traefik_service_request_duration_seconds',
    perSecond: 1,
    of: (side) => renamed('', { service: `=~"{{namespace}}-{{${side}.service}}-[0-9a-z]+@.*"` }),
  }),
};

function presetOf({ counts, source, requests, failed, times, perSecond, of }: Metrics): Preset {
  const any = (metric: string, side: Side, ...more: string[]) =>
    of(side)
      .map((matchers) => `${metric}{${[matchers, ...more].join(',')}}`)
      .join(' or ');
  return {
    counts,
    source,
    requests: (side) => ({ failed: any(requests, side, failed), total: any(requests, side) }),
    timed: (side, seconds) => ({
      total: any(`${times}_count`, side),
      within: any(`${times}_bucket`, side, boundOf(seconds * perSecond)),
    }),
  };
}

/** Prometheus writes a label otherwise that its target has as well, as one found by a Service has these. */
function renamed(matchers: string, shared: Readonly<Record<string, string>>): string[] {
  return ['', 'exported_'].map((prefix) =>
    [...(matchers === '' ? [] : [matchers]), ...Object.entries(shared).map(([name, is]) => prefix + name + is)].join(
      ',',
    ),
  );
}

/** Since version 3 Prometheus writes bounds that are whole numbers with a decimal. */
function boundOf(bound: number): string {
  const digits = String(Number(bound.toPrecision(9))).replace('.', '[.]');
  return `le=~"${digits}${Number.isInteger(bound) ? '([.]0)?' : ''}"`;
}
