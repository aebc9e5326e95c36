/** Input that core refuses. */
import {
  advance,
  checkStable,
  type Declarations,
  type Gateways,
  type HeaderModifier,
  type LaneSpec,
  type Ledger,
  type Match,
  namedStage,
  newLedger,
  type ObjectRef,
  parseApproval,
  parseLedger,
  type Percentage,
  type RolloutRecording,
  recordingOf,
  refuse,
  resolve,
  type RolloutSpec,
  type Step,
  transition,
  unmatched,
  warningsAround,
} from '../../lib/core';
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
  renderAt,
  seed,
  service,
  template,
} from './fixtures';

type Case = readonly [code: BadInput['code'], path: string, declarations: Declarations, gateways?: Gateways];

const ENTRY = 'spring-cloud-a';
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
const many = <T>(one: T): T[] => Array<T>(17).fill(one);
const header = (name: string, value = 'x') => ({ name, value });
const plain = { ...mse, name: 'plain' };
const onlyWeight = limited({ route: { matches: 0 }, match: { headers: { types: [], most: 0 } } });

/** What the lanes and rollouts say by themselves. */
const specs: readonly Case[] = [
  ['name-invalid', 'lane Mse_Traffic: metadata.name', withLane({ name: 'Mse_Traffic' })],
  ['name-invalid', 'rollout A: metadata.name', withRollout({ name: 'A' })],
  ['name-duplicate', 'lane mse-traffic: metadata.name', { ...seed, lanes: [lane(), lane()] }],
  [
    'name-duplicate',
    'rollout rollout-a: metadata.name',
    { ...seed, rollouts: [laneRollout('rollout-a', ENTRY), laneRollout('rollout-a', 'spring-cloud-b')] },
  ],
  ['workload-missing', 'rollout rollout-a: workloadRef.name', withRollout({ workloadRef: { name: '' } })],
  [
    'workload-kind',
    'rollout rollout-a: workloadRef.kind',
    withRollout({ workloadRef: { name: ENTRY, kind: 'StatefulSet' } }),
  ],
  [
    'workload-kind',
    'rollout rollout-a: workloadRef.kind',
    withRollout({ workloadRef: { name: ENTRY, apiVersion: 'apps/v2' } }),
  ],
  [
    'workload-shared',
    'rollout rollout-c: workloadRef.name',
    { ...seed, rollouts: [...seed.rollouts, laneRollout('rollout-c', ENTRY)] },
  ],
  ['steps-count', 'rollout rollout-a: steps', withSteps()],
  ['steps-count', 'rollout rollout-a: steps', withSteps(...Array<Step>(51).fill({ replicas: 1 }))],
  ['replicas-missing', 'rollout rollout-a: steps[0].replicas', withSteps({} as Step)],
  [
    'replicas-invalid',
    'rollout rollout-a: steps[1].replicas',
    withSteps({ replicas: 1 }, { replicas: '50' as Percentage }),
  ],
  ['replicas-invalid', 'rollout rollout-a: steps[0].replicas', withSteps({ replicas: 0 })],
  ['replicas-invalid', 'rollout rollout-a: steps[0].replicas', withSteps({ replicas: '0%' })],
  ['replicas-invalid', 'rollout rollout-a: steps[0].replicas', withSteps({ replicas: '101%' })],
  ['replicas-decreasing', 'rollout rollout-a: steps[1].replicas', withSteps({ replicas: 2 }, { replicas: 1 })],
  ['replicas-decreasing', 'rollout rollout-a: steps[1].replicas', withSteps({ replicas: '20%' }, { replicas: '9%' })],
  ['traffic-invalid', 'rollout rollout-app: steps[0].traffic', own({ traffic: '0%' })],
  ['traffic-invalid', 'rollout rollout-app: steps[0].traffic', own({ traffic: '20' as Percentage })],
  ['pause-duration', 'rollout rollout-a: steps[0].pause.duration', withSteps({ replicas: 1, pause: { duration: -1 } })],
  ['routing-twice', 'rollout rollout-a: trafficRoutingRef', withRollout({ trafficRoutings: lane().objectRef })],
  [
    'routing-services',
    'rollout rollout-app: trafficRoutings',
    own(
      { traffic: '20%' },
      {
        trafficRoutings: [
          ...ownRollout('app', []).trafficRoutings!,
          { service: 'spring-cloud-b', ingress: { name: 'b' } },
        ],
      },
    ),
  ],
  ['routing-missing', 'rollout rollout-app: steps[0].traffic', own({ traffic: '20%' }, { trafficRoutings: [] })],
  ['routing-in-lane', 'rollout rollout-a: steps[0].matches', withSteps({ replicas: 1, matches: lane().matches! })],
  [
    'modifier-unrouted',
    'rollout rollout-app: steps[0].requestHeaderModifier',
    own({ requestHeaderModifier: { remove: ['x'] } }),
  ],
  ['lane-objects', 'lane mse-traffic: objectRef', withLane({ objectRef: [] })],
  [
    'routing-services',
    'lane mse-traffic: objectRef',
    withLane({ objectRef: [...lane().objectRef, { service: 'spring-cloud-b', ingress: { name: 'b' } }] }),
  ],
  ['lane-hop', 'lane mse-traffic: hops[0].service', withLane({ hops: lane().objectRef })],
  [
    'lane-untagged',
    'lane mse-traffic: requestHeaderModifier.set',
    withLane({ hops: [hop], requestHeaderModifier: { remove: ['x-mse-tag'] } }),
  ],
  ['service-missing', 'lane mse-traffic: hops[0].service', withLane({ hops: [{ ...hop, service: '' }] })],
  ['base-missing', 'lane mse-traffic: hops[0]', withLane({ hops: [{ service: hop.service } as ObjectRef] })],
  [
    'gateway-routes',
    'lane mse-traffic: objectRef[0].gateway',
    withLane({ objectRef: [{ service: ENTRY, gateway: {} } as ObjectRef] }),
  ],
  ['base-not-found', 'lane mse-traffic: hops[0]', withLane({ hops: [hop] })],
  ['service-not-found', 'lane mse-traffic: hops[0].service', withLane({ hops: [{ ...hop, service: 'none' }] })],
  ['lane-unrouted', 'lane mse-traffic: matches', withLane({ matches: [] })],
  ['weight-invalid', 'lane mse-traffic: weight', withLane({ weight: 101 })],
  ['matches-count', 'lane mse-traffic: matches', withLane({ matches: many(lane().matches![0]!) })],
  ['matches-count', 'rollout rollout-app: steps[0].matches', own({ matches: [] })],
  ['match-empty', 'lane mse-traffic: matches[0]', withMatch({ headers: [] })],
  [
    'conditions-count',
    'lane mse-traffic: matches[0].headers',
    withMatch({ headers: many(header('x')).map((one, i) => ({ ...one, name: `x${i}` })) }),
  ],
  ['condition-name', 'lane mse-traffic: matches[0].headers[0].name', withMatch({ headers: [header('a b')] })],
  [
    'condition-duplicate',
    'lane mse-traffic: matches[0].headers[1].name',
    withMatch({ headers: [header('X-User'), header('x-user')] }),
  ],
  [
    'condition-type',
    'lane mse-traffic: matches[0].queryParams[0].type',
    withMatch({ queryParams: [{ ...header('x'), type: 'Prefix' as 'Exact' }] }),
  ],
  ['condition-value', 'lane mse-traffic: matches[0].headers[0].value', withMatch({ headers: [header('x', 'a\nb')] })],
  ['condition-value', 'lane mse-traffic: matches[0].cookies[0].value', withMatch({ cookies: [header('x', '')] })],
  [
    'condition-regex',
    'lane mse-traffic: matches[0].headers[0].value',
    withMatch({ headers: [{ ...header('x', '('), type: 'RegularExpression' }] }),
  ],
  ['condition-reserved', 'lane mse-traffic: matches[0].headers[0].name', withMatch({ headers: [header('X-Mse-Tag')] })],
  [
    'path-type',
    'lane mse-traffic: matches[0].path.type',
    withMatch({ path: { type: 'Suffix' as 'Exact', value: '/' } }),
  ],
  ['path-value', 'lane mse-traffic: matches[0].path.value', withMatch({ path: { type: 'Exact', value: 'orders' } })],
  ['modifier-empty', 'lane mse-traffic: requestHeaderModifier', withModifier({})],
  [
    'modifier-count',
    'lane mse-traffic: requestHeaderModifier.remove',
    withModifier({ remove: many('x').map((name, i) => `${name}${i}`) }),
  ],
  ['modifier-name', 'lane mse-traffic: requestHeaderModifier.set[0]', withModifier({ set: [header('a:b')] })],
  [
    'modifier-duplicate',
    'lane mse-traffic: requestHeaderModifier.add[0]',
    withModifier({ set: [header('a')], add: [header('A')] }),
  ],
  [
    'modifier-value',
    'lane mse-traffic: requestHeaderModifier.set[0].value',
    withModifier({ set: [header('a', 'b\r\nc: d')] }),
  ],
  [
    'grace-negative',
    'lane mse-traffic: objectRef[0].gracePeriodSeconds',
    withLane({ objectRef: [{ ...lane().objectRef[0]!, gracePeriodSeconds: -1 }] }),
  ],
  [
    'service-missing',
    'lane mse-traffic: objectRef[0].service',
    withLane({ objectRef: [{ service: '', ingress: { name: ENTRY } }] }),
  ],
  ['base-missing', 'lane mse-traffic: objectRef[0]', withLane({ objectRef: [{ service: ENTRY } as ObjectRef] })],
  [
    'base-missing',
    'lane mse-traffic: objectRef[0]',
    withLane({ objectRef: [{ ...lane().objectRef[0]!, gateway: { httpRouteName: 'x' } } as unknown as ObjectRef] }),
  ],
];

const external = (spec: Parameters<typeof service>[1]): Declarations => ({
  ...seed,
  objects: [deployment(ENTRY), service(ENTRY, spec), ingress(ENTRY), deployment('spring-cloud-b')],
});
const secondLane = (name: string, classType: string) =>
  lane({ name, objectRef: [{ service: ENTRY, ingress: { classType, name: ENTRY } }] });

/** What they refer to. */
const references: readonly Case[] = [
  ['workload-not-found', 'rollout rollout-a: workloadRef.name', withRollout({ workloadRef: { name: 'other' } })],
  ['workload-not-found', 'rollout rollout-a: workloadRef.name', withRollout({ namespace: 'elsewhere' })],
  ['lane-not-found', 'rollout rollout-a: trafficRoutingRef', withRollout({ trafficRoutingRef: 'other' })],
  [
    'service-not-found',
    'lane mse-traffic: objectRef[0].service',
    withLane({ objectRef: [{ ...lane().objectRef[0]!, service: 'other' }] }),
  ],
  [
    'service-external',
    'lane mse-traffic: objectRef[0].service',
    external({ type: 'ExternalName', externalName: 'example.com' }),
  ],
  ['service-external', 'lane mse-traffic: objectRef[0].service', external({ selector: {} })],
  [
    'service-foreign',
    'rollout rollout-app: trafficRoutings[0].service',
    {
      ...own({ traffic: '20%' }),
      objects: [deployment('app'), service('app', { selector: { app: 'other' } }), ingress('app')],
    },
  ],
  [
    'base-not-found',
    'lane mse-traffic: objectRef[0]',
    withLane({ objectRef: [{ service: ENTRY, ingress: { classType: 'mse', name: 'other' } }] }),
  ],
  [
    'base-without-service',
    'lane mse-traffic: objectRef',
    { ...seed, objects: [deployment(ENTRY), service(ENTRY), ingress(ENTRY, 'other'), deployment('spring-cloud-b')] },
  ],
  ['base-repeated', 'lane mse-traffic: objectRef', withLane({ objectRef: [...lane().objectRef, ...lane().objectRef] })],
  [
    'base-repeated',
    'lane mse-traffic: objectRef',
    withHops({ objectRef: [...lane().objectRef, ...lane().objectRef], hops: [hop] }),
  ],
  ['base-repeated', 'lane mse-traffic: hops', withHops({ hops: [hop, hop] })],
  [
    'base-gateways',
    'lane mse-traffic: objectRef',
    { ...seed, lanes: [lane(), secondLane('second', 'plain')] },
    { mse, plain },
  ],
  ['routes-overlap', 'lane mse-traffic', { ...seed, lanes: [lane(), secondLane('second', 'mse')] }],
  [
    'gateway-unknown',
    'lane mse-traffic: objectRef[0].ingress.classType',
    { ...seed, lanes: [secondLane('mse-traffic', 'apache')] },
  ],
  ['gateway-unsupported', 'lane mse-traffic: matches', seed, onlyWeight],
  ['workload-paused', 'rollout rollout-app: workload.spec.paused', withWorkload({ paused: true })],
  [
    'workload-recreate',
    'rollout rollout-app: workload.spec.strategy.type',
    withWorkload({ strategy: { type: 'Recreate' } }),
  ],
  ['workload-selector', 'rollout rollout-app: workload.spec.selector.matchLabels', withWorkload({ selector: {} })],
  [
    'workload-selector',
    'rollout rollout-app: workload.spec.selector.matchLabels',
    withWorkload({ selector: { matchLabels: { app: 'app', tier: 'web' } } }),
  ],
  [
    'label-reserved',
    'rollout rollout-app: workload.spec.template.metadata.labels["graylane.io/track"]',
    withWorkload({ template: { metadata: { labels: { app: 'app', 'graylane.io/track': 'x' } } } }),
  ],
  [
    'canary-policy',
    'rollout rollout-app: canaryLabel',
    {
      ...own({ traffic: '20%' }),
      objects: [
        ...own({ traffic: '20%' }).objects,
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'others' },
          spec: { podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['app'] }] } },
        },
      ],
    },
  ],
  ['canary-label', 'rollout rollout-app: canaryLabel', own({ traffic: '20%' }, { canaryLabel: 'tier' })],
  [
    'patch-selector',
    'rollout rollout-app: patchPodTemplateMetadata.labels["app"]',
    own({ traffic: '20%' }, { patchPodTemplateMetadata: { labels: { app: 'x' } } }),
  ],
  [
    'patch-label',
    'rollout rollout-app: patchPodTemplateMetadata.labels["tier"]',
    own({ traffic: '20%' }, { patchPodTemplateMetadata: { labels: { tier: 'a b' } } }),
  ],
  ['patch-subset', 'rollout rollout-a: patchPodTemplateMetadata.labels', withRollout({ patchPodTemplateMetadata: {} })],
  [
    'object-taken',
    'rollout rollout-a: metadata.name',
    { ...seed, objects: [...seed.objects, deployment('spring-cloud-a-canary')] },
  ],
  [
    'object-taken',
    'lane mse-traffic: metadata.name',
    { ...seed, objects: [...seed.objects, ingress('spring-cloud-a-canary')] },
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

/** What happens in a release. */
const releases: readonly BadInput[] = [
  {
    code: 'replicas-unknown',
    path: 'rollout rollout-app: steps[0].replicas',
    run: () =>
      renderAt(
        {
          objects: [{ ...deployment('app'), spec: unscaled }],
          lanes: [],
          rollouts: [joinedRollout('app', [{ replicas: '20%' }])],
        },
        { 'rollout-app': 'step-1' },
      ),
  },
  {
    code: 'routing-changed',
    path: 'routing',
    run: () => transition(begun, { is: 'declared', template: v2 }, { ...plan, trafficRoutingRef: 'lane' }),
  },
  { code: 'stage-unknown', path: 'stage', run: () => namedStage(plan, 'step-2') },
  { code: 'step-unknown', path: 'to', run: () => transition(begun, { is: 'to', step: 2 }, plan) },
  { code: 'ledger-invalid', path: 'releases/app.json', run: () => parseLedger('{', 'releases/app.json') },
  {
    code: 'ledger-invalid',
    path: 'releases/app.json: stable',
    run: () => parseLedger(ledgerText({ stable: 5 }), 'releases/app.json'),
  },
  {
    code: 'ledger-version',
    path: 'releases/app.json: version',
    run: () => parseLedger(ledgerText({ version: 3 }), 'releases/app.json'),
  },
  {
    code: 'template-unstable',
    path: 'rollout rollout-app: workload.spec.template',
    run: () => checkStable(recordedAt('v1'), recordedAt('v2')),
  },
  {
    code: 'advance-aborted',
    path: 'rollout rollout-app: workload.spec.template',
    run: () => advance({ ...newLedger(template('app', 'v0')), aborted: recorded.revision }, recorded, { now }),
  },
  {
    code: 'stage-ahead',
    path: 'rollout rollout-app: release',
    run: () => advance(begun, recorded, { now, from: { at: { stage: 'promote/stable' } } }),
  },
  {
    code: 'release-by-number',
    path: 'rollout rollout-app: release',
    run: () => advance(begun, recorded, { now, from: { release: { rollout: 'app', number: 1 }, at: { gateOf: 1 } } }),
  },
  { code: 'approval-invalid', path: 'approve', run: () => parseApproval('app#1') },
  { code: 'approval-unmatched', path: 'approve', run: () => refuse(unmatched(['ap#1-5f0c1e9ab3d2/step-1'], ['app'])) },
  {
    code: 'advance-nothing',
    path: 'rollout rollout-app: workload.spec.template',
    run: () => advance(newLedger(recorded.template), recorded, { now }),
  },
  {
    code: 'gate-early',
    path: 'rollout rollout-app: steps[0].pause.duration',
    run: () => advance(advance(newLedger(v1), recorded, { now }), recorded, { now }),
  },
];

const unprotected: Declarations = {
  ...own({ traffic: '20%' }),
  objects: [
    ...own({ traffic: '20%' }).objects,
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'RequestAuthentication',
      metadata: { name: 'tokens' },
      spec: { selector: { matchLabels: { app: 'app' } } },
    },
  ],
};

export const badInputs: readonly BadInput[] = [
  ...[...specs, ...references].map(([code, path, declarations, over = gateways]) => ({
    code,
    path,
    run: () => resolve(declarations, over),
  })),
  ...releases,
  {
    code: 'canary-left-out',
    path: 'rollout rollout-app: RequestAuthentication tokens: spec.selector',
    run: () => {
      const [member] = resolve(unprotected, gateways).members;
      const { template: both } = member!.deployment.spec;
      warningsAround(member!, { stable: both, target: both }, unprotected.objects);
    },
  },
  {
    code: 'stable-left-out',
    path: 'rollout rollout-app: Service app: spec.ports[0].targetPort',
    run: () => {
      const { objects } = own({ traffic: '20%' });
      const [member] = resolve(own({ traffic: '20%' }), gateways).members;
      const listening = (containerPort: number) => ({ spec: { containers: [{ ports: [{ containerPort }] }] } });
      const { metadata } = member!.deployment.spec.template;
      const templates = { stable: { metadata, ...listening(7070) }, target: { metadata, ...listening(8080) } };
      warningsAround(member!, templates, objects);
    },
  },
];
