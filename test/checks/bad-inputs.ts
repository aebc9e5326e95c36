/** Checks that are refused. */
import { type CheckSpec, type Declarations, type ErrorCode, resolve, type RolloutSpec, type Step } from 'graylane';
import type { BadInput } from '../bad-input';
import { exposed, gateways, joinedRollout, laneRollout, ownRollout, seed } from '../core/fixtures';

type Case = readonly [
  code: ErrorCode,
  path: string,
  given: Declarations,
  fixed: Declarations | readonly Declarations[],
];

const http = { url: 'http://web.shop/health', expect: { status: 200 } };
const counters = { failed: 'failed{ {{canary}} }', total: 'total{ {{canary}} }' };
const requests = { prometheus: 'http://prometheus:9090', metrics: counters, atMost: '1%' };
const { atMost: _, ...unlimited } = requests;
const alerts = { source: 'http://prometheus:9090', from: 'prometheus', labels: { team: 'shop' } };

/** An app by weight with these checks; what is given need not be one. */
function checked(checks: readonly object[], step: Partial<Step> = {}, over: Partial<RolloutSpec> = {}): Declarations {
  const steps = [{ replicas: 1, traffic: '20%' as const, ...step }];
  const rollout = ownRollout('app', steps, { checks: checks as readonly CheckSpec[], ...over });
  return { objects: exposed('app'), lanes: [], rollouts: [rollout] };
}
const of = (check: object) => checked([{ name: 'one', ...check }]);
const ofHttp = (more: object) => of({ http: { ...http, ...more } });
const ofRequests = (more: object) => of({ requests: { ...requests, ...more } });
const ofRatio = (noWorseThan: object, more: object = {}) => of({ requests: { ...unlimited, noWorseThan, ...more } });
const ofCommand = (command: object) => of({ command });
const ofAlerts = (more: object) => of({ alerts: { ...alerts, ...more } });
const inLane = (checks: readonly object[]): Declarations => ({
  ...seed,
  rollouts: [laneRollout('rollout-a', 'spring-cloud-a', { checks: checks as readonly CheckSpec[] })],
});
const joined = (check: object): Declarations => ({
  objects: exposed('app'),
  lanes: [],
  rollouts: [{ ...joinedRollout('app', [{ replicas: 1 }]), checks: [{ name: 'one', ...check } as CheckSpec] }],
});
const matching = { traffic: undefined, matches: [{ headers: [{ name: 'a', value: 'b' }] }] };
const ratio = { name: 'one', requests: { ...unlimited, noWorseThan: {} } };
const share = { name: 'one', requests };

const cases: readonly Case[] = [
  ['on-broken', 'onBroken', checked([], {}, { onBroken: 'stop' as never }), checked([], {}, { onBroken: 'hold' })],
  ['bake-seconds', 'bakeSeconds', checked([], {}, { bakeSeconds: -1 }), checked([], {}, { bakeSeconds: 600 })],
  ['check-name', 'checks[0].name', checked([{ name: 'My check', http }]), checked([{ name: 'my-check', http }])],
  [
    'check-duplicate',
    'checks[1].name',
    checked([
      { name: 'a', http },
      { name: 'a', http },
    ]),
    checked([{ name: 'a', http }]),
  ],
  [
    'check-duplicate',
    'steps[0].checks[0].name',
    checked([{ name: 'a', http }], { checks: [{ name: 'a', http }] }),
    checked([{ name: 'a', http }], { checks: [{ name: 'b', http }] }),
  ],
  ['check-kind', 'checks[0]', of({}), of({ http })],
  [
    'check-kind',
    'checks[0]',
    of({ http, command: { argv: ['a'] } }),
    checked([
      { name: 'a', http },
      { name: 'b', command: { argv: ['a'] } },
    ]),
  ],
  [
    'check-when-undecided',
    'checks[0].whenUndecided',
    of({ http, whenUndecided: 'abort' }),
    of({ http, whenUndecided: 'pass' }),
  ],
  ['check-unlike', 'checks[0].requests.noWorseThan', checked([ratio], matching), checked([share], matching)],
  [
    'check-unlike',
    'steps[0].checks[0].requests.noWorseThan',
    checked([], { ...matching, checks: [ratio] }),
    checked([share], matching),
  ],
  ['check-unlike', 'checks[0].requests.noWorseThan', inLane([ratio]), inLane([share])],
  [
    'check-service',
    'checks[0].http.url',
    joined({ http: { ...http, url: 'http://{{canary.service}}/' } }),
    joined(share),
  ],
  [
    'check-service',
    'checks[0].requests.metrics',
    joined({ requests: { ...requests, metrics: 'contour' } }),
    joined({ requests: { ...requests, metrics: 'opentelemetry' } }),
  ],
  ['check-url', 'checks[0].http.url', ofHttp({ url: 'web.shop/health' }), ofHttp({})],
  ['check-url', 'checks[0].http.url', ofHttp({ url: 'ftp://web.shop/' }), ofHttp({})],
  [
    'check-url',
    'checks[0].http.url',
    ofHttp({ url: 'https://me:hunter2@web.shop/' }),
    ofHttp({ headers: { authorization: 'Basic ${B}' } }),
  ],
  [
    'check-url',
    'checks[0].http.url',
    ofHttp({ url: 'service://web/health' }),
    ofHttp({ url: 'service://shop/web:80/health' }),
  ],
  ['check-url', 'checks[0].requests.prometheus', ofRequests({ prometheus: 'prometheus:9090' }), ofRequests({})],
  [
    'check-url',
    'checks[0].requests.prometheus.url',
    ofRequests({ prometheus: { url: '' } }),
    ofRequests({ prometheus: { url: 'service://a/b:http' } }),
  ],
  ['check-url', 'checks[0].alerts.source', ofAlerts({ source: '//alerts' }), ofAlerts({})],
  [
    'check-header',
    'checks[0].http.headers["a b"]',
    ofHttp({ headers: { 'a b': 'c' } }),
    ofHttp({ headers: { 'a-b': 'c' } }),
  ],
  [
    'check-header-value',
    'checks[0].http.headers.a',
    ofHttp({ headers: { a: 'b\nc: d' } }),
    ofHttp({ headers: { a: '${B}' } }),
  ],
  [
    'check-authorization',
    'checks[0].alerts.source.headers.Authorization',
    ofAlerts({ source: { url: 'service://a/b:1', headers: { Authorization: 'x' } } }),
    [
      ofAlerts({ source: { url: 'http://b.a:1', headers: { Authorization: 'x' } } }),
      ofAlerts({ source: 'service://a/b:1' }),
    ],
  ],
  ['check-timeout', 'checks[0].http.timeoutSeconds', ofHttp({ timeoutSeconds: 0 }), ofHttp({ timeoutSeconds: 5 })],
  [
    'check-timeout',
    'checks[0].command.timeoutSeconds',
    ofCommand({ argv: ['a'], timeoutSeconds: 3601 }),
    ofCommand({ argv: ['a'], timeoutSeconds: 3600 }),
  ],
  ['check-expectation', 'checks[0].http.expect', ofHttp({ expect: {} }), ofHttp({})],
  ['check-expectation', 'checks[0].http.broken', ofHttp({ broken: {} }), ofHttp({ broken: { status: 500 } })],
  ['check-status', 'checks[0].http.expect.status', ofHttp({ expect: { status: 20 } }), ofHttp({})],
  [
    'check-json-path',
    'checks[0].http.expect.json.path',
    ofHttp({ expect: { json: { path: 'status', equals: 1 } } }),
    ofHttp({ expect: { json: { path: '$.status', equals: 1 } } }),
  ],
  ['check-argv', 'checks[0].command.argv', ofCommand({ argv: [] }), ofCommand({ argv: ['./smoke.sh', '--fast'] })],
  ['check-from', 'checks[0].alerts.from', ofAlerts({ from: 'grafana' }), ofAlerts({ from: 'alertmanager' })],
  ['check-labels', 'checks[0].alerts.labels', ofAlerts({ labels: {} }), ofAlerts({})],
  ['check-labels', 'checks[0].alerts.labels', ofAlerts({ labels: { 'a-b': 'c' } }), ofAlerts({ labels: { a_b: 'c' } })],
  [
    'check-variable',
    'checks[0].http.url',
    ofHttp({ url: 'http://{{canary.host}}/' }),
    ofHttp({ url: 'http://{{canary.service}}/' }),
  ],
  [
    'check-variable',
    'checks[0].command.argv[1]',
    ofCommand({ argv: ['a', '{{end}}'] }),
    ofCommand({ argv: ['a', '{{.end}}'] }),
  ],
  [
    'check-variable',
    'checks[0].alerts.labels.pod',
    ofAlerts({ labels: { pod: '{{ pod }}' } }),
    ofAlerts({ labels: { pod: '{{canary.deployment}}' } }),
  ],
  [
    'check-variable',
    'checks[0].requests.metrics.total',
    ofRequests({ metrics: { ...counters, total: 't{ {{canery}} }' } }),
    ofRequests({}),
  ],
  [
    'check-preset',
    'checks[0].requests.metrics',
    ofRequests({ metrics: 'linkerd' }),
    [ofRequests({ metrics: 'istio' }), ofRequests({})],
  ],
  [
    'check-promql',
    'checks[0].requests.metrics.failed',
    ofRequests({ metrics: { ...counters, failed: ' ' } }),
    ofRequests({}),
  ],
  [
    'check-rolled-up',
    'checks[0].requests.metrics.total',
    ofRequests({ metrics: { ...counters, total: 'sum(t{ {{canary}} })' } }),
    ofRequests({}),
  ],
  [
    'check-rolled-up',
    'checks[0].requests.metrics.failed',
    ofRequests({ metrics: { ...counters, failed: 'rate (f{ {{canary}} }[1m])' } }),
    ofRequests({}),
  ],
  [
    'check-slower',
    'checks[0].requests.slowerThanSeconds',
    ofRequests({ metrics: 'istio', slowerThanSeconds: 0 }),
    ofRequests({ metrics: 'istio', slowerThanSeconds: 0.5 }),
  ],
  ['check-slower-own', 'checks[0].requests.slowerThanSeconds', ofRequests({ slowerThanSeconds: 0.5 }), ofRequests({})],
  ['check-limit', 'checks[0].requests', of({ requests: unlimited }), ofRequests({})],
  ['check-limit', 'checks[0].requests', ofRequests({ noWorseThan: {} }), [ofRequests({}), ofRatio({})]],
  ['check-share', 'checks[0].requests.atMost', ofRequests({ atMost: '0%' }), ofRequests({ atMost: '0.5%' })],
  ['check-share', 'checks[0].requests.atMost', ofRequests({ atMost: '100%' }), ofRequests({ atMost: '99%' })],
  [
    'check-share',
    'checks[0].requests.errorProbability',
    ofRequests({ errorProbability: '60%' }),
    ofRequests({ errorProbability: '1%' }),
  ],
  [
    'check-share',
    'checks[0].requests.noWorseThan.unlessBelow',
    ofRatio({ unlessBelow: 'none' }),
    ofRatio({ unlessBelow: '1%' }),
  ],
  ['check-ratio', 'checks[0].requests.noWorseThan.ratio', ofRatio({ ratio: 0.5 }), ofRatio({ ratio: 2 })],
  [
    'check-compares-itself',
    'checks[0].requests.noWorseThan.stable',
    ofRatio({}, { metrics: { ...counters, total: 't{track="canary"}' } }),
    [
      ofRatio({}),
      ofRatio(
        { stable: { failed: 'f{track=""}', total: 't{track=""}' } },
        { metrics: { ...counters, total: 't{track="canary"}' } },
      ),
    ],
  ],
  ['field-unknown', 'checks[0].requests.atmost', of({ requests: { ...unlimited, atmost: '1%' } }), ofRequests({})],
  ['field-unknown', 'checks[0].requests.noWorseThan.rate', ofRatio({ rate: 2 }), ofRatio({})],
  ['field-unknown', 'checks[0].dryrun', of({ http, dryrun: true }), of({ http, dryRun: true })],
  ['field-missing', 'checks[0].http.expect', of({ http: { url: http.url } }), of({ http })],
  ['field-type', 'checks[0].requests.metrics', ofRequests({ metrics: 1 }), ofRequests({})],
  ['field-type', 'checks[0].command.argv', ofCommand({ argv: 'a' }), ofCommand({ argv: ['a'] })],
];

export const badInputs: readonly BadInput[] = cases.map(([code, path, given, fixed]) => ({
  code,
  path: `rollout ${given.rollouts[0]!.name}: ${path}`,
  run: () => resolve(given, gateways),
  fixed: [fixed].flat().map((one) => () => resolve(one, gateways)),
}));
