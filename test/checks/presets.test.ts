/** Each preset beside counters as its system exposes them: those of the canary, of stable, and of others. */
import { describe, expect, test } from 'vitest';
import { type CheckAbout, metricsPresets, type MetricsPreset, type StringMap, variableNames } from 'graylane';
import { expressionsOf } from '../../lib/core/checks/counters';
import { about } from './about';

type Selector = (name: string, labels: StringMap) => boolean;

/** A counter, as one line of what is scraped; and the labels that Prometheus adds. */
interface Counter {
  readonly name: string;
  readonly labels: StringMap;
}

/** Selectors joined by `or`; regular expressions are anchored, and a label that is not there is empty. */
function selectorOf(expression: string): Selector {
  const selectors = expression.split(' or ').map((one) => {
    const [, name, body] = /^(\w+)\{(.*)\}$/.exec(one)!;
    const matchers = [...body!.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"(?:,|$)/g)];
    expect(matchers.map(([text]) => text).join('')).toBe(body);
    return (given: string, labels: StringMap) => given === name && matchers.every((matcher) => fits(matcher, labels));
  });
  return (name, labels) => selectors.some((one) => one(name, labels));
}

function fits([, label, operator, value]: readonly string[], labels: StringMap): boolean {
  const given = labels[label!] ?? '';
  const equal = operator!.endsWith('~') ? new RegExp(`^(?:${value})$`).test(given) : given === value;
  return operator!.startsWith('!') ? !equal : equal;
}

function read(line: string, more: StringMap = {}): Counter {
  const [, name, body] = /^(\w+)\{(.*)\}$/.exec(line)!;
  const labels: StringMap = Object.fromEntries<string>(
    [...body!.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label!, value!] as const),
  );
  return { name: name!, labels: { ...labels, ...more } };
}

/** Which counters a line is one of. */
function foundBy(preset: MetricsPreset, { name, labels }: Counter, asked: CheckAbout = about): string[] {
  const terms = { prometheus: 'http://p', metrics: preset, noWorseThan: {} } as const;
  const timed = { ...terms, slowerThanSeconds: 0.5 } as const;
  const all = [expressionsOf(terms, asked), expressionsOf(timed, asked)].flatMap((one) => Object.entries(one));
  return [...new Set(all.filter(([, text]) => selectorOf(text)(name, labels)).map(([part]) => part))].sort();
}

const canary = { namespace: 'shop', pod: 'web-canary-5f7c9d8b6-x2x4z' };
const stable = { namespace: 'shop', pod: 'web-5f7c9d8b6-x2x4z' };
const elsewhere = { namespace: 'other', pod: 'web-canary-5f7c9d8b6-x2x4z' };
const nginx = 'controller_pod="ingress-nginx-controller-1",host="shop",ingress="web",method="GET",path="/"';
/** As a ServiceMonitor scrapes it: labels of the target win. */
const scraped = { namespace: 'ingress-nginx', service: 'ingress-nginx-controller-metrics' };

const lines: Record<MetricsPreset, readonly (readonly [Counter, readonly string[]])[]> = {
  contour: [
    [
      read('envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="shop_web-canary_80"}'),
      ['canary total'],
    ],
    [
      read('envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="shop_web-canary_80"}'),
      ['canary failed', 'canary total'],
    ],
    [
      read('envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="shop_web_8080"}'),
      ['stable failed', 'stable total'],
    ],
    [read('envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="shop_web-2_80"}'), []],
    [
      read('envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="shop_web-canary_80",le="500"}'),
      ['canary within'],
    ],
    [
      read('envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="shop_web-canary_80",le="500.0"}'),
      ['canary within'],
    ],
    [read('envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="shop_web-canary_80",le="5000"}'), []],
    [read('envoy_cluster_upstream_rq_time_count{envoy_cluster_name="shop_web_80"}'), ['stable total']],
  ],
  envoy: [
    [
      read(
        'envoy_http_downstream_rq_xx{envoy_response_code_class="5",envoy_http_conn_manager_prefix="ingress_http"}',
        canary,
      ),
      ['canary failed', 'canary total'],
    ],
    [
      read(
        'envoy_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="ingress_http"}',
        stable,
      ),
      ['stable total'],
    ],
    [
      read('envoy_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="admin"}', canary),
      [],
    ],
    [
      read('envoy_http_downstream_rq_time_bucket{envoy_http_conn_manager_prefix="ingress_http",le="500"}', canary),
      ['canary within'],
    ],
  ],
  'ingress-nginx': [
    [
      read(
        `nginx_ingress_controller_requests{${nginx},canary="shop-web-canary-80",namespace="shop",service="web",status="200"}`,
      ),
      ['canary total'],
    ],
    [
      read(
        `nginx_ingress_controller_requests{${nginx},canary="shop-web-canary-http",exported_namespace="shop",exported_service="web",status="503"}`,
        scraped,
      ),
      ['canary failed', 'canary total'],
    ],
    [
      read(`nginx_ingress_controller_requests{${nginx},canary="",namespace="shop",service="web",status="5xx"}`),
      ['stable failed', 'stable total'],
    ],
    [
      read(
        `nginx_ingress_controller_requests{${nginx},exported_namespace="shop",exported_service="web",status="200"}`,
        scraped,
      ),
      ['stable total'],
    ],
    [read(`nginx_ingress_controller_requests{${nginx},canary="",namespace="shop",service="api",status="200"}`), []],
    [
      read(
        `nginx_ingress_controller_request_duration_seconds_bucket{${nginx},canary="shop-web-canary-80",namespace="shop",service="web",status="200",le="0.5"}`,
      ),
      ['canary within'],
    ],
  ],
  istio: [
    [
      read(
        'istio_requests_total{reporter="destination",destination_workload="web-canary",destination_workload_namespace="shop",response_code="503"}',
        canary,
      ),
      ['canary failed', 'canary total'],
    ],
    [
      read(
        'istio_requests_total{reporter="source",destination_workload="web-canary",destination_workload_namespace="shop",response_code="503"}',
        canary,
      ),
      [],
    ],
    [
      read(
        'istio_requests_total{reporter="destination",destination_workload="web",destination_workload_namespace="shop",response_code="404"}',
        stable,
      ),
      ['stable total'],
    ],
    [
      read(
        'istio_request_duration_milliseconds_bucket{reporter="destination",destination_workload="web",destination_workload_namespace="shop",response_code="200",le="500"}',
        stable,
      ),
      ['stable within'],
    ],
  ],
  opentelemetry: [
    [
      read(
        'http_server_request_duration_seconds_count{http_response_status_code="500",http_request_method="GET"}',
        canary,
      ),
      ['canary failed', 'canary total'],
    ],
    [
      read(
        'http_server_request_duration_seconds_count{http_response_status_code="200",k8s_namespace_name="shop",k8s_pod_name="web-5f7c9d8b6-x2x4z"}',
      ),
      ['stable total'],
    ],
    [read('http_server_request_duration_seconds_count{http_response_status_code="200"}', elsewhere), []],
    [
      read('http_server_request_duration_seconds_bucket{http_response_status_code="200",le="0.5"}', canary),
      ['canary within'],
    ],
  ],
  'spring-boot': [
    [
      read(
        'http_server_requests_seconds_count{exception="none",method="GET",outcome="SERVER_ERROR",status="500",uri="/orders"}',
        canary,
      ),
      ['canary failed', 'canary total'],
    ],
    [
      read(
        'http_server_requests_seconds_count{method="GET",outcome="SUCCESS",status="200",uri="/actuator/health"}',
        canary,
      ),
      [],
    ],
    [
      read(
        'http_server_requests_seconds_bucket{method="GET",outcome="SUCCESS",status="200",uri="/orders",le="0.5"}',
        stable,
      ),
      ['stable within'],
    ],
  ],
  traefik: [
    [
      read(
        'traefik_service_requests_total{code="502",method="GET",protocol="http",service="shop-web-canary-80@kubernetescrd"}',
      ),
      ['canary failed', 'canary total'],
    ],
    [
      read(
        'traefik_service_requests_total{code="200",method="GET",protocol="http",exported_service="shop-web-http@kubernetes"}',
        { service: 'traefik' },
      ),
      ['stable total'],
    ],
    [
      read(
        'traefik_service_requests_total{code="200",method="GET",protocol="http",service="other-web-80@kubernetescrd"}',
      ),
      [],
    ],
    [
      read('traefik_service_request_duration_seconds_bucket{code="200",service="shop-web-80@kubernetescrd",le="0.5"}'),
      ['stable within'],
    ],
  ],
};

describe.each(metricsPresets)('%s', (preset) => {
  test.each(lines[preset])('%j', (counter, parts) => {
    expect(foundBy(preset, counter)).toEqual(parts);
  });

  test('counts both sides, failures, and times', () => {
    const found = new Set(lines[preset].flatMap(([, parts]) => parts));
    expect([...found]).toEqual(expect.arrayContaining(['canary failed', 'canary total']));
    expect([...found].some((part) => part.endsWith('within'))).toBe(true);
    expect([...found].some((part) => part.startsWith('stable'))).toBe(true);
  });

  test('uses variables that there are', () => {
    const terms = { prometheus: 'http://p', metrics: preset, noWorseThan: {} } as const;
    const used = Object.values(expressionsOf(terms))
      .join()
      .match(/\{\{[\w.]+\}\}/g)!;
    expect(
      used.map((one) => one.slice(2, -2)).filter((one) => !(variableNames as readonly string[]).includes(one)),
    ).toEqual([]);
    expect(Object.values(expressionsOf(terms, about)).join()).not.toMatch(/\{\{/);
  });

  test('what is promoted is asked about as stable', () => {
    const promoted = { ...about, canary: about.stable };
    const asked = expressionsOf({ prometheus: 'http://p', metrics: preset, atMost: '1%' }, promoted);
    const before = expressionsOf({ prometheus: 'http://p', metrics: preset, noWorseThan: {} }, about);
    expect(asked).toEqual({ 'canary failed': before['stable failed'], 'canary total': before['stable total'] });
  });
});
