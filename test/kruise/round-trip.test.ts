import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { LaneSpec, Manifest, RolloutSpec } from '../../lib/core';
import { parseRollout, parseTrafficRouting, printRollout, printTrafficRouting } from '../../lib/kruise';
import { anyMatch, example, headerMatch, laneSpec, problemsOf, rolloutsOf, rolloutSpec } from './fixtures';

/** Through YAML, as between two commands. */
const written = (object: Manifest) => parse(stringify(object)) as Manifest;

test('v1beta1: parse(print(x)) = x', () => {
  fc.assert(
    fc.property(rolloutSpec(anyMatch), (spec) => {
      expect(parseRollout(written(printRollout(spec, 'v1beta1')))).toEqual(spec);
    }),
  );
});

test('v1beta1 with the lane as annotation: parse(print(x)) = x', () => {
  fc.assert(
    fc.property(rolloutSpec(anyMatch), (spec) => {
      expect(parseRollout(written(printRollout(spec, 'v1beta1', { laneAs: 'both' })))).toEqual(spec);
    }),
  );
});

test('v1alpha1: parse(print(x)) = x where it can say x', () => {
  fc.assert(
    fc.property(rolloutSpec(headerMatch), (spec) => {
      expect(parseRollout(written(printRollout(spec, 'v1alpha1')))).toEqual(spec);
    }),
  );
});

test('v1alpha1: paths and query parameters are errors that name them, and nothing else is lost', () => {
  fc.assert(
    fc.property(rolloutSpec(anyMatch), (spec) => {
      const wanted = spec.steps.flatMap(({ matches = [] }, i) =>
        matches.flatMap(({ path, queryParams }, j) => [
          ...(path ? [`kruise-lost steps[${i}].matches[${j}].path`] : []),
          ...(queryParams ? [`kruise-lost steps[${i}].matches[${j}].queryParams`] : []),
        ]),
      );
      expect(problemsOf(() => printRollout(spec, 'v1alpha1'))).toEqual(wanted);
    }),
  );
});

test('TrafficRouting: parse(print(x)) = x', () => {
  fc.assert(
    fc.property(laneSpec, (lane) => {
      expect(parseTrafficRouting(written(printTrafficRouting(lane)))).toEqual(lane);
    }),
  );
});

test.each(['v1alpha1', 'v1beta1'] as const)('the sample in %s comes out as it went in', (version) => {
  for (const object of rolloutsOf(version)) {
    expect(printRollout(parseRollout(object), version)).toEqual(object);
  }
  for (const object of example('traffic-routing.yaml')) {
    expect(printTrafficRouting(parseTrafficRouting(object))).toEqual(object);
  }
});

test('both versions of the sample say the same', () => {
  const [alpha, beta] = (['v1alpha1', 'v1beta1'] as const).map((version) => rolloutsOf(version).map(parseRollout));
  expect(alpha).toEqual(beta);
  expect(alpha![0]).toEqual({
    name: 'rollout-a',
    workloadRef: { name: 'spring-cloud-a' },
    steps: [{ replicas: 1, pause: {} }],
    trafficRoutingRef: 'mse-traffic',
    patchPodTemplateMetadata: { labels: { 'alicloud.service.tag': 'gray', 'opensergo.io/canary-gray': 'gray' } },
  });
});

const routed: RolloutSpec = {
  name: 'r',
  workloadRef: { name: 'w' },
  trafficRoutings: [{ service: 's', ingress: { name: 'i' } }],
  steps: [{ replicas: 1 }],
};
const step = (rest: Partial<RolloutSpec['steps'][number]>): RolloutSpec => ({
  ...routed,
  steps: [{ replicas: 1, ...rest }],
});

test.each([
  ['alb', 'aliyun-alb'],
  ['mse', 'mse'],
  ['higress', 'higress'],
  ['nginx', 'nginx'],
])('the gateway %s is the classType %s of Kruise', (ours, kruise) => {
  const objectRef = (classType: string) => [{ service: 's', ingress: { classType, name: 'i' } }];
  const rollout: RolloutSpec = { ...routed, trafficRoutings: objectRef(ours) };
  const lane: LaneSpec = { name: 'l', objectRef: objectRef(ours), weight: 5 };
  const trafficRouting = printTrafficRouting(lane);
  expect(trafficRouting).toMatchObject({ spec: { objectRef: objectRef(kruise) } });
  expect(parseTrafficRouting(trafficRouting)).toEqual(lane);
  for (const version of ['v1alpha1', 'v1beta1'] as const) {
    const printed = printRollout(rollout, version);
    expect(printed).toMatchObject({ spec: { strategy: { canary: { trafficRoutings: objectRef(kruise) } } } });
    expect(parseRollout(printed)).toEqual(rollout);
  }
});

test.each<[string, RolloutSpec, string[]]>([
  ['a canary label', { ...routed, canaryLabel: 'app' }, ['kruise-lost canaryLabel']],
  [
    'metadata of the canary',
    { ...routed, patchCanaryMetadata: { deployment: { labels: { team: 'a' } } } },
    ['kruise-lost patchCanaryMetadata'],
  ],
  [
    'a lane of another namespace',
    { name: 'r', workloadRef: { name: 'w' }, steps: [{ replicas: 1 }], trafficRoutingRef: 'other/lane' },
    ['kruise-lost trafficRoutingRef'],
  ],
  [
    'a cookie with a value of its own',
    step({ matches: [{ cookies: [{ name: 'beta', value: 'yes' }] }] }),
    ['kruise-lost steps[0].matches[0].cookies[0].value'],
  ],
  [
    'a cookie by expression',
    step({ matches: [{ cookies: [{ type: 'RegularExpression', name: 'beta', value: 'always' }] }] }),
    ['kruise-lost steps[0].matches[0].cookies[0].value'],
  ],
  [
    'two cookies in one match',
    step({
      matches: [
        {
          cookies: [
            { name: 'a', value: 'always' },
            { name: 'b', value: 'always' },
          ],
        },
      ],
    }),
    ['kruise-lost steps[0].matches[0].cookies'],
  ],
  [
    'a header that Kruise reads as a cookie',
    step({ matches: [{ headers: [{ name: 'canary-by-cookie', value: 'x' }] }] }),
    ['kruise-lost steps[0].matches[0].headers[0].name'],
  ],
  [
    'traffic beside matches',
    step({ traffic: '20%', matches: [{ headers: [{ name: 'a', value: 'b' }] }] }),
    ['kruise-lost steps[0].traffic'],
  ],
])('%s cannot be printed', (_, spec, wanted) => {
  expect(problemsOf(() => printRollout(spec, 'v1beta1'))).toEqual(wanted);
  expect(problemsOf(() => printRollout(spec, 'v1alpha1'))).toEqual(wanted);
});

test.each<[string, Partial<LaneSpec>, string]>([
  ['a path', { matches: [{ path: { type: 'Exact', value: '/x' } }] }, 'kruise-lost matches[0].path'],
  ['a query', { matches: [{ queryParams: [{ name: 'a', value: 'b' }] }] }, 'kruise-lost matches[0].queryParams'],
  ['a weight beside matches', { matches: [{ headers: [{ name: 'a', value: 'b' }] }], weight: 5 }, 'kruise-lost weight'],
])('%s of a lane cannot be printed', (_, route, wanted) => {
  const lane: LaneSpec = { name: 'l', objectRef: [{ service: 's', ingress: { name: 'i' } }], ...route };
  expect(problemsOf(() => printTrafficRouting(lane))).toEqual([wanted]);
});
