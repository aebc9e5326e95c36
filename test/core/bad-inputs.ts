/** Input that core refuses. */
import {
  abortRelease,
  advance,
  type Answer,
  checkStable,
  type Declarations,
  type Gateways,
  type HeaderModifier,
  type LaneSpec,
  type LaneTag,
  type Ledger,
  type Manifest,
  type Match,
  type NamedRelease,
  namedStage,
  newLedger,
  type ObjectRef,
  parseAbort,
  parseApproval,
  parseLedger,
  type Percentage,
  type PodTemplate,
  type RolloutRecording,
  recordingOf,
  refuse,
  refuseUnnamed,
  resolve,
  type RolloutSpec,
  type Step,
  type StringMap,
  transition,
  unmatched,
  warningsAround,
} from '../../lib/core';
import { gateways as registry } from '../../lib/gateways';
import { mse } from '../../lib/gateways/mse';
import type { BadInput } from '../bad-input';
import {
  deployment,
  exposed,
  gateways,
  ingress,
  joinedRollout,
  lane,
  limited,
  laneRollout,
  memberOf,
  ownRollout,
  released,
  renderAt,
  seed,
  service,
  template,
} from './fixtures';

type Case = readonly [
  code: BadInput['code'],
  path: string,
  declarations: Declarations,
  /** What the advice makes of them: one, or one for each way out. */
  fixed: Declarations | readonly Declarations[],
  gateways?: Gateways,
];

const ENTRY = 'spring-cloud-a';
const tag = { baggage: 'lane=gray' };
const hop = { service: 'spring-cloud-b', ingress: { classType: 'mse', name: 'spring-cloud-b' } };
const withLane = (over: Partial<LaneSpec>): Declarations => ({ ...seed, lanes: [lane(over)] });
/** With the Ingress of the hop. */
const withHops = (over: Partial<LaneSpec>): Declarations => ({
  ...withLane(over),
  objects: [...seed.objects, ingress(hop.service)],
});
const withRollout = (over: Partial<RolloutSpec>): Declarations => ({
  ...seed,
  rollouts: [laneRollout('rollout-a', ENTRY, over)],
});
const withSteps = (...steps: Step[]) => withRollout({ steps });
const withMatch = (match: Match) => withLane({ matches: [match] });
const withModifier = (requestHeaderModifier: HeaderModifier) => withLane({ requestHeaderModifier });
const own = (step: Partial<Step>, over: Partial<RolloutSpec> = {}): Declarations => ({
  objects: exposed('app'),
  lanes: [],
  rollouts: [ownRollout('app', [{ replicas: 1, ...step }], over)],
});
const withWorkload = (spec: Parameters<typeof deployment>[1]): Declarations => ({
  objects: [deployment('app', spec), service('app')],
  lanes: [],
  rollouts: [joinedRollout('app', [{ replicas: 1 }])],
});
const many = <T>(most: number, one: T): T[] => Array<T>(most).fill(one);
const ones = (most: number): Step[] => many(most, { replicas: 1 });
const header = (name: string, value = 'x') => ({ name, value });
const headers = (most: number) => many(most, header('x')).map((one, i) => ({ ...one, name: `x${i}` }));
const plain = { ...mse, name: 'plain' };
const onlyWeight = limited({ route: { matches: 0 }, match: { headers: { types: [], most: 0 } } });
const anyPath = limited({ match: { paths: ['Exact', 'PathPrefix', 'RegularExpression'] } });
const appRouting = ownRollout('app', []).trafficRoutings!;
const withObjects = (declarations: Declarations, ...objects: Manifest[]): Declarations => ({
  ...declarations,
  objects: [...declarations.objects, ...objects],
});
/** With another Ingress of the Service. */
const withBase = (name: string, declarations: Declarations, backend = 'app') =>
  withObjects(declarations, ingress(name, backend));
const inNamespace = (namespace: string, declarations: Declarations): Declarations => ({
  ...declarations,
  objects: declarations.objects.map((one) => ({ ...one, metadata: { ...one.metadata, namespace } })),
  lanes: declarations.lanes.map((one) => ({ ...one, namespace })),
});
/** A lane without a tag: its pods are apart. */
const untagged = (requestHeaderModifier?: HeaderModifier): Declarations => {
  const { requestHeaderModifier: _, ...plainLane } = lane();
  return { ...seed, lanes: [{ ...plainLane, ...(requestHeaderModifier && { requestHeaderModifier }) }] };
};
const labelled = (labels: StringMap): PodTemplate => ({
  ...template('app', 'v2'),
  metadata: { labels: { app: 'app', ...labels } },
});
/** A workload that two labels find. */
const byTier = (over: Partial<RolloutSpec> = {}): Declarations => {
  const selector = { app: 'app', tier: 'web' };
  return {
    ...own({ traffic: '20%' }, over),
    objects: [
      deployment('app', { selector: { matchLabels: selector }, template: labelled({ tier: 'web' }) }),
      service('app', { selector }),
      ingress('app'),
    ],
  };
};
const { trafficRoutingRef: _lane, ...withoutLane } = laneRollout('rollout-a', ENTRY);
const route: Manifest = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: ENTRY },
  spec: { parentRefs: [{ name: 'public' }], rules: [{ backendRefs: [{ name: ENTRY, port: 80 }] }] },
};
const routed = withObjects({ ...seed, rollouts: [laneRollout('rollout-a', ENTRY)] }, route);
/** Another Deployment, whose pods have the label of the canary's. */
const canaryElsewhere = deployment('elsewhere', {
  selector: { matchLabels: { app: 'app-canary' } },
  template: labelled({ app: 'app-canary' }),
});
const allPodsBut = (...values: string[]): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'others' },
  spec: { podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values }] } },
});

/** What the lanes and rollouts say by themselves. */
const specs: readonly Case[] = [
  ['name-invalid', 'lane Mse_Traffic: metadata.name', withLane({ name: 'Mse_Traffic' }), seed],
  ['name-invalid', 'rollout A: metadata.name', withRollout({ name: 'A' }), withRollout({ name: 'a' })],
  ['name-duplicate', 'lane mse-traffic: metadata.name', { ...seed, lanes: [lane(), lane()] }, seed],
  [
    'name-duplicate',
    'rollout rollout-a: metadata.name',
    { ...seed, rollouts: [laneRollout('rollout-a', ENTRY), laneRollout('rollout-a', 'spring-cloud-b')] },
    [seed, withRollout({})],
  ],
  [
    'workload-missing',
    'rollout rollout-a: workloadRef.name',
    withRollout({ workloadRef: { name: '' } }),
    withRollout({}),
  ],
  [
    'workload-kind',
    'rollout rollout-a: workloadRef.kind',
    withRollout({ workloadRef: { name: ENTRY, kind: 'StatefulSet' } }),
    [withRollout({ workloadRef: { name: ENTRY, kind: 'Deployment' } }), { ...seed, rollouts: [] }],
  ],
  [
    'workload-kind',
    'rollout rollout-a: workloadRef.kind',
    withRollout({ workloadRef: { name: ENTRY, apiVersion: 'apps/v2' } }),
    withRollout({ workloadRef: { name: ENTRY, apiVersion: 'apps/v1' } }),
  ],
  [
    'workload-shared',
    'rollout rollout-c: workloadRef.name',
    { ...seed, rollouts: [...seed.rollouts, laneRollout('rollout-c', ENTRY)] },
    [seed, { ...seed, rollouts: [...seed.rollouts.slice(1), laneRollout('rollout-c', ENTRY)] }],
  ],
  ['steps-count', 'rollout rollout-a: steps', withSteps(), withSteps({ replicas: 1 })],
  ['steps-count', 'rollout rollout-a: steps', withSteps(...ones(51)), withSteps(...ones(50))],
  ['replicas-missing', 'rollout rollout-a: steps[0].replicas', withSteps({} as Step), withSteps({ replicas: 1 })],
  [
    'replicas-invalid',
    'rollout rollout-a: steps[1].replicas',
    withSteps({ replicas: 1 }, { replicas: '50' as Percentage }),
    [withSteps({ replicas: 1 }, { replicas: 50 }), withSteps({ replicas: 1 }, { replicas: '50%' })],
  ],
  ['replicas-invalid', 'rollout rollout-a: steps[0].replicas', withSteps({ replicas: 0 }), withSteps({ replicas: 2 })],
  [
    'replicas-invalid',
    'rollout rollout-a: steps[0].replicas',
    withSteps({ replicas: '0%' }),
    withSteps({ replicas: '20%' }),
  ],
  [
    'replicas-invalid',
    'rollout rollout-a: steps[0].replicas',
    withSteps({ replicas: '101%' }),
    withSteps({ replicas: '100%' }),
  ],
  [
    'replicas-decreasing',
    'rollout rollout-a: steps[1].replicas',
    withSteps({ replicas: 2 }, { replicas: 1 }),
    [withSteps({ replicas: 2 }, { replicas: 2 }), withSteps({ replicas: 1 }, { replicas: 1 })],
  ],
  [
    'replicas-decreasing',
    'rollout rollout-a: steps[1].replicas',
    withSteps({ replicas: '20%' }, { replicas: '9%' }),
    [withSteps({ replicas: '20%' }, { replicas: '20%' }), withSteps({ replicas: '9%' }, { replicas: '9%' })],
  ],
  [
    'traffic-invalid',
    'rollout rollout-app: steps[0].traffic',
    own({ traffic: '0%' }),
    [own({ traffic: '20%' }), own({})],
  ],
  [
    'traffic-invalid',
    'rollout rollout-app: steps[0].traffic',
    own({ traffic: '20' as Percentage }),
    own({ traffic: '20%' }),
  ],
  [
    'pause-duration',
    'rollout rollout-a: steps[0].pause.duration',
    withSteps({ replicas: 1, pause: { duration: -1 } }),
    [withSteps({ replicas: 1, pause: { duration: 1 } }), withSteps({ replicas: 1, pause: {} })],
  ],
  [
    'routing-twice',
    'rollout rollout-a: trafficRoutingRef',
    withRollout({ trafficRoutings: lane().objectRef }),
    [withRollout({}), { ...seed, rollouts: [{ ...withoutLane, trafficRoutings: lane().objectRef }] }],
  ],
  [
    'routing-services',
    'rollout rollout-app: trafficRoutings',
    own(
      { traffic: '20%' },
      { trafficRoutings: [...appRouting, { service: 'spring-cloud-b', ingress: { classType: 'mse', name: 'b' } }] },
    ),
    withBase(
      'b',
      own(
        { traffic: '20%' },
        { trafficRoutings: [...appRouting, { service: 'app', ingress: { classType: 'mse', name: 'b' } }] },
      ),
    ),
  ],
  [
    'routing-missing',
    'rollout rollout-app: steps[0].traffic',
    own({ traffic: '20%' }, { trafficRoutings: [] }),
    [own({ traffic: '20%' }), own({}, { trafficRoutings: [] })],
  ],
  [
    'routing-in-lane',
    'rollout rollout-a: steps[0].matches',
    withSteps({ replicas: 1, matches: lane().matches! }),
    withSteps({ replicas: 1 }),
  ],
  [
    'modifier-unrouted',
    'rollout rollout-app: steps[0].requestHeaderModifier',
    own({ requestHeaderModifier: { remove: ['x'] } }),
    [
      own({ requestHeaderModifier: { remove: ['x'] }, traffic: '20%' }),
      own({ requestHeaderModifier: { remove: ['x'] }, matches: lane().matches! }),
    ],
  ],
  ['lane-objects', 'lane mse-traffic: objectRef', withLane({ objectRef: [] }), seed],
  [
    'routing-services',
    'lane mse-traffic: objectRef',
    withLane({
      objectRef: [...lane().objectRef, { service: 'spring-cloud-b', ingress: { classType: 'mse', name: 'b' } }],
    }),
    withBase(
      'b',
      withLane({ objectRef: [...lane().objectRef, { service: ENTRY, ingress: { classType: 'mse', name: 'b' } }] }),
      ENTRY,
    ),
  ],
  ['lane-hop', 'lane mse-traffic: hops[0].service', withLane({ hops: lane().objectRef }), withHops({ hops: [hop] })],
  [
    'lane-untagged',
    'lane mse-traffic: requestHeaderModifier.set',
    withHops({ hops: [hop], requestHeaderModifier: { remove: ['x-mse-tag'] } }),
    [
      withHops({ hops: [hop], requestHeaderModifier: { set: [header('x-mse-tag', 'gray')] } }),
      withHops({ hops: [hop], requestHeaderModifier: { remove: ['x-mse-tag'] }, tag }),
    ],
  ],
  ...['lane', 'lane=a b', 'lane=gray,user=1', 'lane=gray;p=v', ''].map((baggage): Case => [
    'tag-entry',
    'lane mse-traffic: tag.baggage',
    withLane({ tag: { baggage } }),
    withLane({ tag }),
  ]),
  ['tag-entry', 'lane mse-traffic: tag.baggage', withLane({ tag: {} as LaneTag }), withLane({ tag })],
  ...[{ set: [header('Baggage')] }, { add: [header('baggage')] }, { remove: ['baggage'] }].map((changed): Case => [
    'tag-changed',
    `lane mse-traffic: requestHeaderModifier.${Object.keys(changed)[0]}[0]`,
    withLane({ tag, requestHeaderModifier: changed }),
    withLane({ tag, requestHeaderModifier: undefined }),
  ]),
  [
    'service-missing',
    'lane mse-traffic: hops[0].service',
    withHops({ hops: [{ ...hop, service: '' }] }),
    withHops({ hops: [hop] }),
  ],
  [
    'base-missing',
    'lane mse-traffic: hops[0]',
    withHops({ hops: [{ service: hop.service } as ObjectRef] }),
    withHops({ hops: [hop] }),
  ],
  [
    'gateway-routes',
    'lane mse-traffic: objectRef[0].gateway',
    { ...routed, lanes: [lane({ objectRef: [{ service: ENTRY, gateway: {} } as ObjectRef] })] },
    { ...routed, lanes: [lane({ objectRef: [{ service: ENTRY, gateway: { httpRouteName: ENTRY } }] })] },
    registry,
  ],
  ['base-not-found', 'lane mse-traffic: hops[0]', withLane({ hops: [hop] }), withHops({ hops: [hop] })],
  [
    'service-not-found',
    'lane mse-traffic: hops[0].service',
    withHops({ hops: [{ ...hop, service: 'none' }] }),
    withHops({ hops: [hop] }),
  ],
  [
    'lane-unrouted',
    'lane mse-traffic: matches',
    withLane({ matches: [] }),
    [seed, withLane({ matches: [], weight: 20 }), withLane({ weight: 20 })],
  ],
  ['weight-invalid', 'lane mse-traffic: weight', withLane({ weight: 101 }), withLane({ weight: 20 })],
  [
    'matches-count',
    'lane mse-traffic: matches',
    withLane({ matches: many(17, lane().matches![0]!) }),
    withLane({ matches: many(16, lane().matches![0]!) }),
  ],
  ['matches-count', 'rollout rollout-app: steps[0].matches', own({ matches: [] }), own({})],
  ['match-empty', 'lane mse-traffic: matches[0]', withMatch({ headers: [] }), withMatch({ headers: [header('x')] })],
  [
    'conditions-count',
    'lane mse-traffic: matches[0].headers',
    withMatch({ headers: headers(17) }),
    withMatch({ headers: headers(16) }),
    limited({ match: { headers: { types: ['Exact'], most: 16 } } }),
  ],
  [
    'condition-name',
    'lane mse-traffic: matches[0].headers[0].name',
    withMatch({ headers: [header('a b')] }),
    withMatch({ headers: [header('a-b')] }),
  ],
  [
    'condition-duplicate',
    'lane mse-traffic: matches[0].headers[1].name',
    withMatch({ headers: [header('X-User'), header('x-user', 'y')] }),
    withLane({ matches: [{ headers: [header('X-User')] }, { headers: [header('x-user', 'y')] }] }),
  ],
  [
    'condition-type',
    'lane mse-traffic: matches[0].queryParams[0].type',
    withMatch({ queryParams: [{ ...header('x'), type: 'Prefix' as 'Exact' }] }),
    [
      withMatch({ queryParams: [{ ...header('x'), type: 'Exact' }] }),
      withMatch({ queryParams: [{ ...header('x'), type: 'RegularExpression' }] }),
      withMatch({ queryParams: [header('x')] }),
    ],
  ],
  [
    'condition-value',
    'lane mse-traffic: matches[0].headers[0].value',
    withMatch({ headers: [header('x', 'a\nb')] }),
    withMatch({ headers: [header('x', 'ab')] }),
  ],
  [
    'condition-value',
    'lane mse-traffic: matches[0].cookies[0].value',
    withMatch({ cookies: [header('x', '')] }),
    withMatch({ cookies: [header('x', 'always')] }),
  ],
  [
    'condition-regex',
    'lane mse-traffic: matches[0].headers[0].value',
    withMatch({ headers: [{ ...header('x', '('), type: 'RegularExpression' }] }),
    withMatch({ headers: [{ ...header('x', '(a|b)'), type: 'RegularExpression' }] }),
  ],
  [
    'condition-reserved',
    'lane mse-traffic: matches[0].headers[0].name',
    withMatch({ headers: [header('X-Mse-Tag')] }),
    withMatch({ headers: [header('X-User')] }),
  ],
  [
    'path-type',
    'lane mse-traffic: matches[0].path.type',
    withMatch({ path: { type: 'Suffix' as 'Exact', value: '/' } }),
    [
      withMatch({ path: { type: 'Exact', value: '/' } }),
      withMatch({ path: { type: 'PathPrefix', value: '/' } }),
      withMatch({ path: { type: 'RegularExpression', value: '/' } }),
    ],
    anyPath,
  ],
  [
    'path-value',
    'lane mse-traffic: matches[0].path.value',
    withMatch({ path: { type: 'Exact', value: 'orders' } }),
    withMatch({ path: { type: 'Exact', value: '/orders' } }),
    anyPath,
  ],
  ['modifier-empty', 'lane mse-traffic: requestHeaderModifier', withModifier({}), [seed, untagged()]],
  [
    'modifier-count',
    'lane mse-traffic: requestHeaderModifier.remove',
    withModifier({ remove: headers(17).map(({ name }) => name) }),
    untagged({ remove: headers(16).map(({ name }) => name) }),
  ],
  [
    'modifier-name',
    'lane mse-traffic: requestHeaderModifier.set[0]',
    withModifier({ set: [header('a:b')] }),
    untagged({ set: [header('a-b')] }),
  ],
  [
    'modifier-duplicate',
    'lane mse-traffic: requestHeaderModifier.add[0]',
    withModifier({ set: [header('a')], add: [header('A')] }),
    [untagged({ set: [header('a')] }), untagged({ add: [header('A')] })],
  ],
  [
    'modifier-value',
    'lane mse-traffic: requestHeaderModifier.set[0].value',
    withModifier({ set: [header('a', 'b\r\nc: d')] }),
    untagged({ set: [header('a', 'bc: d')] }),
  ],
  [
    'grace-negative',
    'lane mse-traffic: objectRef[0].gracePeriodSeconds',
    withLane({ objectRef: [{ ...lane().objectRef[0]!, gracePeriodSeconds: -1 }] }),
    [withLane({ objectRef: [{ ...lane().objectRef[0]!, gracePeriodSeconds: 1 }] }), seed],
  ],
  [
    'service-missing',
    'lane mse-traffic: objectRef[0].service',
    withLane({ objectRef: [{ service: '', ingress: { name: ENTRY } }] }),
    seed,
  ],
  ['base-missing', 'lane mse-traffic: objectRef[0]', withLane({ objectRef: [{ service: ENTRY } as ObjectRef] }), seed],
  [
    'base-missing',
    'lane mse-traffic: objectRef[0]',
    withLane({ objectRef: [{ ...lane().objectRef[0]!, gateway: { httpRouteName: 'x' } } as unknown as ObjectRef] }),
    seed,
  ],
];

const external = (spec: Parameters<typeof service>[1]): Declarations => ({
  ...seed,
  objects: [deployment(ENTRY), service(ENTRY, spec), ingress(ENTRY), deployment('spring-cloud-b')],
});
const secondLane = (name: string, classType: string, value = 'bar') =>
  lane({
    name,
    matches: [{ headers: [header('User-Agent', value)] }],
    objectRef: [{ service: ENTRY, ingress: { classType, name: ENTRY } }],
  });
const withSecond = (classType: string, value?: string): Declarations => ({
  ...seed,
  lanes: [lane(), secondLane('second', classType, value)],
});

/** What they refer to. */
const references: readonly Case[] = [
  [
    'workload-not-found',
    'rollout rollout-a: workloadRef.name',
    withRollout({ workloadRef: { name: 'other' } }),
    [
      withRollout({ workloadRef: { name: ENTRY } }),
      withObjects(withRollout({ workloadRef: { name: 'other' } }), deployment('other')),
    ],
  ],
  [
    'workload-not-found',
    'rollout rollout-a: workloadRef.name',
    withRollout({ namespace: 'elsewhere' }),
    [withRollout({}), inNamespace('elsewhere', withRollout({ namespace: 'elsewhere' }))],
  ],
  [
    'lane-not-found',
    'rollout rollout-a: trafficRoutingRef',
    withRollout({ trafficRoutingRef: 'other' }),
    [withRollout({}), { ...withRollout({ trafficRoutingRef: 'other' }), lanes: [lane({ name: 'other' })] }],
  ],
  [
    'service-not-found',
    'lane mse-traffic: objectRef[0].service',
    withLane({ objectRef: [{ ...lane().objectRef[0]!, service: 'other' }] }),
    seed,
  ],
  [
    'service-external',
    'lane mse-traffic: objectRef[0].service',
    external({ type: 'ExternalName', externalName: 'example.com' }),
    external({}),
  ],
  ['service-external', 'lane mse-traffic: objectRef[0].service', external({ selector: {} }), external({})],
  [
    'service-foreign',
    'rollout rollout-app: trafficRoutings[0].service',
    {
      ...own({ traffic: '20%' }),
      objects: [deployment('app'), service('app', { selector: { app: 'other' } }), ingress('app')],
    },
    own({ traffic: '20%' }),
  ],
  [
    'base-not-found',
    'lane mse-traffic: objectRef[0]',
    withLane({ objectRef: [{ service: ENTRY, ingress: { classType: 'mse', name: 'other' } }] }),
    [
      seed,
      withBase(
        'other',
        withLane({ objectRef: [{ service: ENTRY, ingress: { classType: 'mse', name: 'other' } }] }),
        ENTRY,
      ),
    ],
  ],
  [
    'base-without-service',
    'lane mse-traffic: objectRef',
    { ...seed, objects: [deployment(ENTRY), service(ENTRY), ingress(ENTRY, 'other'), deployment('spring-cloud-b')] },
    { ...seed, objects: [deployment(ENTRY), service(ENTRY), ingress(ENTRY, ENTRY), deployment('spring-cloud-b')] },
  ],
  [
    'base-repeated',
    'lane mse-traffic: objectRef',
    withLane({ objectRef: [...lane().objectRef, ...lane().objectRef] }),
    seed,
  ],
  [
    'base-repeated',
    'lane mse-traffic: objectRef',
    withHops({ objectRef: [...lane().objectRef, ...lane().objectRef], hops: [hop] }),
    withHops({ hops: [hop] }),
  ],
  ['base-repeated', 'lane mse-traffic: hops', withHops({ hops: [hop, hop] }), withHops({ hops: [hop] })],
  ['base-gateways', 'lane mse-traffic: objectRef', withSecond('plain'), withSecond('mse'), { mse, plain }],
  ['routes-overlap', 'lane mse-traffic', withSecond('mse', 'foo'), withSecond('mse', 'bar')],
  [
    'gateway-unknown',
    'lane mse-traffic: objectRef[0].ingress.classType',
    { ...seed, lanes: [secondLane('mse-traffic', 'apache')] },
    { ...seed, lanes: [secondLane('mse-traffic', 'mse')] },
  ],
  ...[{}, { ingressClassName: 'public' }, {}].map((traits, i): Case => {
    const { metadata, spec, ...other } = ingress(ENTRY);
    const { ingressClassName: _, ...classless } = spec as { ingressClassName: string };
    const annotations = { 'kubernetes.io/ingress.class': 'public' };
    const base = {
      ...other,
      metadata: { ...metadata, ...(i === 2 && { annotations }) },
      spec: { ...classless, ...traits },
    };
    const objects = seed.objects.map((one) => (one.kind === 'Ingress' ? base : one));
    const unnamed = lane({ objectRef: [{ service: ENTRY, ingress: { name: ENTRY } }] });
    return [
      'gateway-unnamed',
      'lane mse-traffic: objectRef[0].ingress.classType',
      { ...seed, objects, lanes: [unnamed] },
      { ...seed, objects },
    ];
  }),
  ['gateway-unsupported', 'lane mse-traffic: matches', seed, withLane({ matches: [], weight: 20 }), onlyWeight],
  ['workload-paused', 'rollout rollout-app: workload.spec.paused', withWorkload({ paused: true }), withWorkload({})],
  [
    'workload-recreate',
    'rollout rollout-app: workload.spec.strategy.type',
    withWorkload({ strategy: { type: 'Recreate' } }),
    withWorkload({ strategy: { type: 'RollingUpdate' } }),
  ],
  [
    'workload-selector',
    'rollout rollout-app: workload.spec.selector.matchLabels',
    withWorkload({ selector: {} }),
    withWorkload({ selector: { matchLabels: { app: 'app' } } }),
  ],
  [
    'workload-selector',
    'rollout rollout-app: workload.spec.selector.matchLabels',
    withWorkload({ selector: { matchLabels: { app: 'app', tier: 'web' } } }),
    withWorkload({ selector: { matchLabels: { app: 'app', tier: 'web' } }, template: labelled({ tier: 'web' }) }),
  ],
  [
    'label-reserved',
    'rollout rollout-app: workload.spec.template.metadata.labels["graylane.io/track"]',
    withWorkload({ template: labelled({ 'graylane.io/track': 'x' }) }),
    withWorkload({ template: labelled({}) }),
  ],
  [
    'canary-policy',
    'rollout rollout-app: canaryLabel',
    withObjects(own({ traffic: '20%' }), allPodsBut('app')),
    [
      withObjects(own({ traffic: '20%' }), allPodsBut('app', 'app-canary')),
      withObjects(byTier({ canaryLabel: 'tier' }), allPodsBut('app')),
    ],
  ],
  [
    'canary-label',
    'rollout rollout-app: canaryLabel',
    own({ traffic: '20%' }, { canaryLabel: 'tier' }),
    [own({ traffic: '20%' }, { canaryLabel: 'app' }), byTier({ canaryLabel: 'tier' })],
  ],
  [
    'canary-label',
    'rollout rollout-app: canaryLabel',
    withObjects(byTier(), canaryElsewhere),
    [
      withObjects(byTier({ canaryLabel: 'tier' }), canaryElsewhere),
      withObjects(
        byTier({ canaryLabel: 'app', patchPodTemplateMetadata: { labels: { app: 'app-next' } } }),
        canaryElsewhere,
      ),
      withObjects(byTier(), deployment('elsewhere')),
    ],
  ],
  [
    'patch-selector',
    'rollout rollout-app: patchPodTemplateMetadata.labels["app"]',
    own({ traffic: '20%' }, { patchPodTemplateMetadata: { labels: { app: 'x' } } }),
    [
      own({ traffic: '20%' }, { patchPodTemplateMetadata: { labels: {} } }),
      own({ traffic: '20%' }, { patchPodTemplateMetadata: { labels: { app: 'x' } }, canaryLabel: 'app' }),
    ],
  ],
  [
    'patch-label',
    'rollout rollout-app: patchPodTemplateMetadata.labels["tier"]',
    own({ traffic: '20%' }, { patchPodTemplateMetadata: { labels: { tier: 'a b' } } }),
    own({ traffic: '20%' }, { patchPodTemplateMetadata: { labels: { tier: 'a-b' } } }),
  ],
  [
    'patch-subset',
    'rollout rollout-a: patchPodTemplateMetadata.labels',
    withRollout({ patchPodTemplateMetadata: {} }),
    withRollout({ patchPodTemplateMetadata: { labels: { 'opensergo.io/canary-gray': 'gray' } } }),
  ],
  [
    'patch-annotation',
    'rollout rollout-app: patchPodTemplateMetadata.annotations["a b"]',
    own({ traffic: '20%' }, { patchPodTemplateMetadata: { annotations: { 'a b': 'x' } } }),
    own({ traffic: '20%' }, { patchPodTemplateMetadata: { annotations: { 'a-b': 'x' } } }),
  ],
  [
    'label-reserved',
    'rollout rollout-app: patchCanaryMetadata.deployment.labels["graylane.io/lane"]',
    own({ traffic: '20%' }, { patchCanaryMetadata: { deployment: { labels: { 'graylane.io/lane': 'x' } } } }),
    own({ traffic: '20%' }, { patchCanaryMetadata: { deployment: {} } }),
  ],
  [
    'patch-label',
    'rollout rollout-app: patchCanaryMetadata.services.labels["tier"]',
    own({ traffic: '20%' }, { patchCanaryMetadata: { services: { labels: { tier: 'a b' } } } }),
    own({ traffic: '20%' }, { patchCanaryMetadata: { services: { labels: { tier: 'a-b' } } } }),
  ],
  [
    'object-taken',
    'rollout rollout-a: metadata.name',
    withObjects(seed, deployment('spring-cloud-a-canary')),
    withObjects(seed, deployment('spring-cloud-a-elder')),
  ],
  [
    'object-taken',
    'lane mse-traffic: metadata.name',
    withObjects(seed, ingress('spring-cloud-a-canary')),
    withObjects(seed, ingress('spring-cloud-a-elder')),
  ],
];

const step = { replicas: 1, pause: { duration: 60 } };
const plan = { steps: [step], workloadRef: { name: 'app' } };
const [v1, v2] = [template('app', 'v1'), template('app', 'v2')];
const begun = transition(newLedger(v1), { is: 'declared', template: v2 }, plan);
const recorded: RolloutRecording = recordingOf(
  memberOf(
    resolve({ objects: exposed('app'), lanes: [], rollouts: [joinedRollout('app', [step])] }, gateways),
    'rollout-app',
  ),
);
const recordedAt = (version: string) => {
  const declared = { ...recorded, template: template('app', version), revision: version };
  return [{ folder: 'releases', rollouts: [declared] }];
};
const now = '2026-01-01T00:00:00Z';
const ledgerText = (over: object) => JSON.stringify({ ...begun, ...over } satisfies Ledger);
const { replicas: _, ...unscaled } = deployment('app').spec;
const renderPercent = (workload: Manifest, step: Step = { replicas: '20%' }) =>
  renderAt({ objects: [workload], lanes: [], rollouts: [joinedRollout('app', [step])] }, { 'rollout-app': 'step-1' });
const withPause = (duration: number): RolloutRecording => ({
  ...recorded,
  plan: { ...recorded.plan, steps: [{ ...step, pause: { duration } }] },
});
/** A release at a gate with a check, which says this. */
const checked: RolloutRecording = {
  ...recorded,
  plan: {
    ...recorded.plan,
    steps: [{ ...step, checks: [{ name: 'smoke', http: { url: 'http://smoke/', expect: { status: 200 } } }] }],
  },
};
const late = '2026-01-01T00:01:00Z';
const atGate = () => advance(newLedger(v1), checked, { now });
const atCheck = (checks: Answer) => advance(atGate(), checked, { now: late, checks });
const wentBack: Ledger = { ...newLedger(template('app', 'v0')), aborted: recorded.revision };
const promoting: Ledger = { ...begun, release: { ...begun.release!, stage: 'promote/stable' } };
/** Declared stable's template again, as long as the way back takes. */
function abortedOf(ledger: Ledger): Ledger {
  const back = transition(ledger, { is: 'declared', template: v1 }, plan);
  return back.release === undefined ? back : abortedOf(transition(back, { is: 'settled', at: now }, plan));
}
const passGate = (release?: NamedRelease) =>
  advance(begun, recorded, { now, from: { at: { gateOf: 1 }, ...(release && { release }) } });

/** What happens in a release. */
const releases: readonly BadInput[] = [
  {
    code: 'replicas-unknown',
    path: 'rollout rollout-app: steps[0].replicas',
    run: () => renderPercent({ ...deployment('app'), spec: unscaled }),
    fixed: [
      () => renderPercent(deployment('app')),
      () => renderPercent({ ...deployment('app'), spec: unscaled }, { replicas: 2 }),
    ],
  },
  {
    code: 'routing-changed',
    path: 'routing',
    run: () => transition(begun, { is: 'declared', template: v2 }, { ...plan, trafficRoutingRef: 'lane' }),
    fixed: [
      () => transition(begun, { is: 'declared', template: v2 }, plan),
      () => transition(abortedOf(begun), { is: 'declared', template: v2 }, { ...plan, trafficRoutingRef: 'lane' }),
    ],
  },
  {
    code: 'stage-unknown',
    path: 'stage',
    run: () => namedStage(plan, 'step-2'),
    fixed: () => namedStage(plan, 'step-1'),
  },
  {
    code: 'step-unknown',
    path: 'to',
    run: () => transition(begun, { is: 'to', step: 2 }, plan),
    fixed: () => transition(begun, { is: 'to', step: 1 }, plan),
  },
  {
    code: 'ledger-invalid',
    path: 'releases/app.json',
    run: () => parseLedger('{', 'releases/app.json'),
    fixed: () => parseLedger(ledgerText({}), 'releases/app.json'),
  },
  {
    code: 'ledger-invalid',
    path: 'releases/app.json: stable',
    run: () => parseLedger(ledgerText({ stable: 5 }), 'releases/app.json'),
    fixed: () => parseLedger(ledgerText({}), 'releases/app.json'),
  },
  {
    code: 'ledger-version',
    path: 'releases/app.json: version',
    run: () => parseLedger(ledgerText({ version: 3 }), 'releases/app.json'),
    fixed: 'another program reads it: a newer graylane',
  },
  {
    code: 'template-unstable',
    path: 'rollout rollout-app: workload.spec.template',
    run: () => checkStable(recordedAt('v1'), recordedAt('v2')),
    fixed: () => checkStable(recordedAt('v1'), recordedAt('v1')),
  },
  {
    code: 'advance-aborted',
    path: 'rollout rollout-app: workload.spec.template',
    run: () => advance(wentBack, recorded, { now }),
    fixed: [
      () => advance(wentBack, { ...recorded, template: v1 }, { now }),
      () => advance(wentBack, recorded, { now, again: true }),
    ],
  },
  {
    code: 'stage-ahead',
    path: 'rollout rollout-app: release',
    run: () => advance(begun, recorded, { now, from: { at: { stage: 'promote/stable' } } }),
    fixed: () => advance(promoting, recorded, { now, from: { at: { stage: 'promote/stable' } } }),
  },
  {
    code: 'release-by-number',
    path: 'rollout rollout-app: release',
    run: () => passGate({ rollout: 'app', number: 1 }),
    fixed: [() => passGate({ rollout: 'app', number: 1, id: begun.release!.id }), () => passGate()],
  },
  {
    code: 'approval-invalid',
    path: 'approve',
    run: () => parseApproval('app#1'),
    fixed: () => parseApproval('app#1-5f0c1e9ab3d2/step-1'),
  },
  {
    code: 'approval-unmatched',
    path: 'approve',
    run: () => refuse(unmatched(['ap#1-5f0c1e9ab3d2/step-1'], ['app'])),
    fixed: [() => refuse(unmatched(['app#1-5f0c1e9ab3d2/step-1'], ['app'])), () => refuse(unmatched([], ['app']))],
  },
  {
    code: 'abort-invalid',
    path: 'abort',
    run: () => parseAbort('app#1-5f0c1e9ab3d2/step-1'),
    fixed: () => parseAbort('app#1-5f0c1e9ab3d2'),
  },
  {
    code: 'abort-unnamed',
    path: 'abort',
    run: () => refuseUnnamed([parseAbort('app')], newLedger(template('app', 'v1'))),
    fixed: [
      () => refuseUnnamed([parseAbort('app#1-5f0c1e9ab3d2')], newLedger(template('app', 'v1'))),
      () => refuseUnnamed([], newLedger(template('app', 'v1'))),
    ],
  },
  {
    code: 'advance-nothing',
    path: 'rollout rollout-app: workload.spec.template',
    run: () => advance(newLedger(recorded.template), recorded, { now }),
    fixed: () => advance(newLedger(recorded.template), { ...recorded, template: template('app', 'v3') }, { now }),
  },
  {
    code: 'check-undecided',
    path: 'rollout rollout-app: steps[0].checks',
    run: () => atCheck({ is: 'not-yet', awaited: 'smoke: no reply' }),
    fixed: [() => atCheck({ is: 'holds', evidence: 'smoke: 200' }), () => advance(atGate(), recorded, { now: late })],
  },
  {
    code: 'check-broken',
    path: 'rollout rollout-app: steps[0].checks',
    run: () => atCheck({ is: 'broken', why: 'smoke: 500' }),
    fixed: [() => abortRelease(atGate(), checked, now), () => advance(atGate(), recorded, { now: late })],
  },
  {
    code: 'gate-early',
    path: 'rollout rollout-app: steps[0].pause.duration',
    run: () => advance(advance(newLedger(v1), recorded, { now }), recorded, { now }),
    fixed: [
      () => advance(advance(newLedger(v1), recorded, { now }), recorded, { now: '2026-01-01T00:01:00Z' }),
      () => advance(advance(newLedger(v1), recorded, { now }), withPause(30), { now: '2026-01-01T00:00:30Z' }),
    ],
  },
];

const unprotected = (labels: StringMap, annotations: StringMap = {}): Declarations =>
  withObjects(byTier(), {
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: { name: 'tokens', annotations },
    spec: { selector: { matchLabels: labels } },
  });

const listening = (...ports: number[]): PodTemplate => ({
  metadata: { labels: { app: 'app' } },
  spec: { containers: ports.map((containerPort) => ({ ports: [{ containerPort }] })) },
});

/** The template of the app, whose pods wait for these gates. */
function gated(...gates: string[]): PodTemplate {
  const { metadata, spec } = template('app', 'v2');
  const readinessGates = gates.map((conditionType) => ({ conditionType }));
  return { metadata, spec: { ...(spec as object), readinessGates } };
}

/** What is around the release of what is declared, from stable's template. */
function around(declarations: Declarations, stable?: PodTemplate, target?: PodTemplate): void {
  const [member] = resolve(declarations, gateways).members;
  const { template: declared } = member!.deployment.spec;
  warningsAround(member!, { stable: stable ?? declared, target: target ?? declared }, declarations.objects);
}

export const badInputs: readonly BadInput[] = [
  ...[...specs, ...references].map(([code, path, declarations, fixed, over = gateways]) => ({
    code,
    path,
    run: () => resolve(declarations, over),
    fixed: [fixed].flat().map((one) => () => released(one, over)),
  })),
  ...releases,
  {
    code: 'canary-left-out',
    path: 'rollout rollout-app: RequestAuthentication tokens: spec.selector',
    run: () => around(unprotected({ app: 'app' })),
    fixed: [
      () => around(unprotected({ tier: 'web' })),
      () => around(unprotected({ app: 'app' }, { 'graylane.io/canary': 'left-out' })),
    ],
  },
  {
    code: 'readiness-gate',
    path: 'rollout rollout-app: Deployment app: spec.template.spec.readinessGates[0].conditionType',
    run: () => around(own({ traffic: '20%' }), gated(), gated('target-health.elbv2.k8s.aws/app')),
    // Stable's pods have it until they are released: it is the new ones that would wait.
    fixed: () => around(own({ traffic: '20%' }), gated('target-health.elbv2.k8s.aws/app'), gated()),
  },
  {
    code: 'stable-left-out',
    path: 'rollout rollout-app: Service app: spec.ports[0].targetPort',
    run: () => around(own({ traffic: '20%' }), listening(7070), listening(8080)),
    fixed: () => around(own({ traffic: '20%' }), listening(7070, 8080), listening(8080)),
  },
];
