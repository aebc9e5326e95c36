/** Kruise's objects that are refused, and what its objects cannot say. */
import {
  type KruiseVersion,
  parseRollout,
  parseTrafficRouting,
  printRollout,
  printTrafficRouting,
} from '../../lib/kruise';
import type { LaneSpec, Manifest, Match, RolloutSpec, Step } from '../../lib/core';
import type { BadInput } from '../bad-input';
import { joinedRollout, lane, laneRollout, ownRollout } from '../core/fixtures';

const ROLLOUTS = 'rollouts.kruise.io';
const routings = [{ service: 'a', ingress: { name: 'a' } }];

const rollout = (canary: object, spec: object = {}, annotations = {}): Manifest => ({
  apiVersion: `${ROLLOUTS}/v1beta1`,
  kind: 'Rollout',
  metadata: { name: 'rollout-a', annotations },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
    strategy: { canary: { enableExtraWorkloadForCanary: true, steps: [{ replicas: 1 }], ...canary } },
    ...spec,
  },
});
const strategy = (given: object): Manifest => rollout({}, { strategy: given });
const older = (spec: object = {}, annotations = {}): Manifest => ({
  apiVersion: `${ROLLOUTS}/v1alpha1`,
  kind: 'Rollout',
  metadata: { name: 'rollout-a', annotations },
  spec: {
    objectRef: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' } },
    strategy: { canary: { steps: [{ replicas: 1 }] } },
    ...spec,
  },
});
const as = (apiVersion: string, object: Manifest): Manifest => ({ ...object, apiVersion: `${ROLLOUTS}/${apiVersion}` });

/** What is refused when it is read, and what its advice makes of it. */
const read = (code: BadInput['code'], path: string, given: Manifest, ...fixed: Manifest[]): BadInput => {
  const parse = given.kind === 'Rollout' ? parseRollout : parseTrafficRouting;
  return { code, path, run: () => parse(given), fixed: fixed.map((one) => () => parse(one)) };
};

/** What a lane cannot say in print; printed after the advice, it is read again. */
const lost = (path: string, given: Partial<LaneSpec>, ...fixed: Partial<LaneSpec>[]): BadInput => ({
  code: 'kruise-lost',
  path,
  run: () => printTrafficRouting(lane(given)),
  fixed: fixed.map((one) => () => parseTrafficRouting(printTrafficRouting(lane(one)))),
});

type Printed = readonly [spec: RolloutSpec, version?: KruiseVersion];
const lostOf = (path: string, given: Printed, ...fixed: Printed[]): BadInput => ({
  code: 'kruise-lost',
  path,
  run: () => printRollout(given[0], given[1] ?? 'v1beta1'),
  fixed: fixed.map(
    ([spec, version = 'v1beta1']) =>
      () =>
        parseRollout(printRollout(spec, version)),
  ),
});

const unless = (field: string, given: unknown): BadInput =>
  read('kruise-unsupported', `spec.strategy.canary.${field}`, rollout({ [field]: given }), rollout({}));
const annotated = (key: string, value: string, ...fixed: Manifest[]): BadInput =>
  read(
    'kruise-unsupported',
    `metadata.annotations["${ROLLOUTS}/${key}"]`,
    older({}, { [`${ROLLOUTS}/${key}`]: value }),
    ...fixed,
  );
const whole = { replicas: '100%' } as const;
const header = { name: 'x-user', value: 'foo' };
const plain = (step: Partial<Step>, over: Partial<RolloutSpec> = {}) =>
  ownRollout('a', [{ replicas: 1, ...step }], { trafficRoutings: routings, ...over });
const cookies = (...values: [name: string, value: string][]): Match[] => [
  { cookies: values.map(([name, value]) => ({ name, value })) },
];
const laneIn = (trafficRoutingRef: string): Printed => [laneRollout('rollout-a', 'a', { trafficRoutingRef })];
const expression = (value: string) => ({
  matches: [{ headers: [{ type: 'RegularExpression', name: 'x-user', value }] }],
});
const mixed = (value: string): Manifest =>
  rollout({
    trafficRoutings: [...routings, { service: 'a', gateway: { httpRouteName: 'a' } }],
    steps: [{ replicas: 1, ...expression(value) }],
  });

export const badInputs: readonly BadInput[] = [
  read('field-unknown', 'spec.strategy.canary.stepz', rollout({ stepz: [] }), rollout({})),
  read('field-unknown', 'spec.strategy.steps', strategy({ steps: [{ replicas: 1 }] }), rollout({})),
  read(
    'field-type',
    'spec.strategy.canary.steps[0].pause',
    rollout({ steps: [{ replicas: 1, pause: 5 }] }),
    rollout({ steps: [{ replicas: 1, pause: { duration: 5 } }] }),
  ),
  read('field-missing', 'spec.strategy', rollout({}, { strategy: undefined }), rollout({})),
  read('kruise-version', 'apiVersion', as('v2', rollout({})), rollout({}), older()),
  read(
    'kruise-version',
    'apiVersion',
    as('v2', printTrafficRouting(lane())),
    as('v1alpha1', printTrafficRouting(lane())),
  ),

  read('kruise-unsupported', 'spec.disabled', rollout({}, { disabled: true }), rollout({}, { disabled: false })),
  read('kruise-unsupported', 'spec.rolloutID', older({ rolloutID: '7' }), older()),
  read(
    'kruise-unsupported',
    'spec.strategy.paused',
    strategy({ paused: true, canary: { enableExtraWorkloadForCanary: true, steps: [whole] } }),
    rollout({}),
  ),
  read(
    'kruise-unsupported',
    'spec.strategy.blueGreen',
    strategy({ blueGreen: { steps: [{ ...whole, traffic: '100%' }] } }),
    rollout({ steps: [whole] }),
    rollout({ steps: [{ ...whole, traffic: '100%' }], trafficRoutings: routings }),
  ),
  read(
    'kruise-unsupported',
    'spec.strategy.canary',
    strategy({}),
    strategy({ canary: { steps: [whole], enableExtraWorkloadForCanary: true } }),
    older(),
  ),
  read(
    'kruise-unsupported',
    'spec.strategy.canary.enableExtraWorkloadForCanary',
    rollout({ enableExtraWorkloadForCanary: false }),
    rollout({ enableExtraWorkloadForCanary: true }),
  ),
  unless('failureThreshold', '20%'),
  unless('disableGenerateCanaryService', true),
  read(
    'kruise-unsupported',
    'spec.strategy.canary.trafficRoutings[0].additionalParams',
    rollout({ trafficRoutings: [{ ...routings[0]!, additionalParams: { a: 'b' } }] }),
    rollout({ trafficRoutings: routings }),
  ),
  annotated('rolling-style', 'partition', older({}, { [`${ROLLOUTS}/rolling-style`]: 'canary' })),
  annotated('rollback-in-batch', 'true', older()),
  read(
    'kruise-unsupported',
    `metadata.annotations["${ROLLOUTS}/trafficrouting"]`,
    rollout({ trafficRoutingRef: 'one' }, {}, { [`${ROLLOUTS}/trafficrouting`]: 'other' }),
    rollout({ trafficRoutingRef: 'one' }),
    rollout({}, {}, { [`${ROLLOUTS}/trafficrouting`]: 'other' }),
  ),
  read(
    'kruise-unsupported',
    'spec.strategy.canary.steps[0].matches[0].headers[0].type',
    rollout({
      trafficRoutings: routings,
      steps: [
        { replicas: 1, matches: [{ headers: [{ type: 'RegularExpression', name: 'canary-by-cookie', value: 'a' }] }] },
      ],
    }),
    rollout({
      trafficRoutings: routings,
      steps: [{ replicas: 1, matches: [{ headers: [{ type: 'Exact', name: 'canary-by-cookie', value: 'a' }] }] }],
    }),
  ),
  read(
    'kruise-unsupported',
    'spec.strategy.canary.steps[0].matches[0].headers[0].value',
    mixed('foo'),
    mixed('^(?:foo)$'),
    mixed('.*foo.*'),
  ),

  lost('weight', { weight: 20 }, {}),
  lost('hops', { hops: lane().objectRef }, {}),
  lost(
    'objectRef[0].gateway.grpcRouteName',
    { objectRef: [{ service: 'a', gateway: { grpcRouteName: 'a' } }] },
    { objectRef: [{ service: 'a', gateway: { httpRouteName: 'a' } }] },
  ),
  lost(
    'matches[0].path',
    { matches: [{ headers: [header], path: { type: 'Exact', value: '/a' } }] },
    { matches: [{ headers: [header] }] },
  ),
  lostOf(
    'canaryLabel',
    [{ ...joinedRollout('a', [{ replicas: 1 }]), canaryLabel: 'app' }],
    [joinedRollout('a', [{ replicas: 1 }])],
  ),
  lostOf(
    'trafficRoutings',
    [plain({}, { trafficRoutings: [...routings, { service: 'a', ingress: { name: 'b' } }] })],
    [plain({})],
  ),
  lostOf('trafficRoutingRef', laneIn('other/mse-traffic'), laneIn('mse-traffic')),
  lostOf(
    'steps[0].traffic',
    [plain({ traffic: '20%', matches: [{ headers: [header] }] })],
    [plain({ matches: [{ headers: [header] }] })],
  ),
  lostOf(
    'steps[0].matches[0].queryParams',
    [plain({ matches: [{ headers: [header], queryParams: [header] }] }), 'v1alpha1'],
    [plain({ matches: [{ headers: [header], queryParams: [header] }] }), 'v1beta1'],
    [plain({ matches: [{ headers: [header] }] }), 'v1alpha1'],
  ),
  lostOf(
    'steps[0].matches[0].headers[0].name',
    [plain({ matches: [{ headers: [{ name: 'canary-by-cookie', value: 'a' }] }] })],
    [plain({ matches: [{ headers: [header] }] })],
    [plain({ matches: cookies(['a', 'always']) })],
  ),
  lostOf(
    'steps[0].matches[0].cookies',
    [plain({ matches: cookies(['a', 'always'], ['b', 'always']) })],
    [plain({ matches: cookies(['a', 'always']) })],
  ),
  lostOf(
    'steps[0].matches[0].cookies[0].value',
    [plain({ matches: cookies(['a', 'yes']) })],
    [plain({ matches: cookies(['a', 'always']) })],
  ),
];
