import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type GraylaneError, type Manifest, resolve } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { parseRollout, parseTrafficRouting } from '../../lib/kruise';
import { deployment, ingress, service } from '../core/fixtures';
import { problemsOf } from './fixtures';

/** A v1beta1 Rollout with these lines in `spec.strategy.canary`, and others in `spec.strategy` and metadata. */
const beta = ({
  canary = 'steps: [{replicas: 1}]',
  extra = 'true',
  kind = 'Deployment',
  strategy = '',
  spec = '',
  annotations = '',
}): Manifest =>
  parse(`
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata:
  name: rollout-a
  annotations: {${annotations}}
spec:
  workloadRef: {apiVersion: apps/v1, kind: ${kind}, name: a}
  ${spec}
  strategy:
    ${strategy}
    canary: {enableExtraWorkloadForCanary: ${extra}, ${canary}}
`) as Manifest;

const alpha = (canary: string, annotations = '', spec = ''): Manifest =>
  parse(`
apiVersion: rollouts.kruise.io/v1alpha1
kind: Rollout
metadata: {name: rollout-a, annotations: {${annotations}}}
spec:
  objectRef: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: a}}
  ${spec}
  strategy: {canary: {${canary}}}
`) as Manifest;

const lane = (strategy: string, ref = 'service: a, ingress: {classType: mse, name: a}'): Manifest =>
  parse(`
apiVersion: rollouts.kruise.io/v1alpha1
kind: TrafficRouting
metadata: {name: lane}
spec: {objectRef: [{${ref}}], strategy: {${strategy}}}
`) as Manifest;

const AT = 'spec.strategy.canary';
const ROUTING = 'trafficRoutings: [{service: a, ingress: {name: a}}]';

test.each<[string, Manifest, string[]]>([
  // Shape.
  ['an unknown field', beta({ canary: 'steps: [{replicas: 1, trafic: 5%}]' }), [`field-unknown ${AT}.steps[0].trafic`]],
  ['an unknown field of the spec', beta({ spec: 'dissabled: true' }), ['field-unknown spec.dissabled']],
  [
    "the other version's field",
    beta({ canary: 'steps: [{replicas: 1, weight: 5}]' }),
    [`field-unknown ${AT}.steps[0].weight`],
  ],
  [
    'a lane outside of canary',
    beta({ strategy: 'trafficRoutingRef: lane' }),
    ['field-unknown spec.strategy.trafficRoutingRef'],
  ],
  ['steps outside of canary', beta({ strategy: 'steps: []' }), ['field-unknown spec.strategy.steps']],
  ["the other version's reference", beta({ spec: 'objectRef: {}' }), ['field-unknown spec.objectRef']],
  ['a list for an object', beta({ canary: 'steps: {}' }), [`field-type ${AT}.steps`]],
  [
    'a number for a string',
    beta({ canary: `${ROUTING}, steps: [{replicas: 1, traffic: 5}]` }),
    [`field-type ${AT}.steps[0].traffic`],
  ],
  [
    'a number for a label',
    beta({ canary: 'steps: [{replicas: 1}], patchPodTemplateMetadata: {labels: {a: 1}}' }),
    [`field-type ${AT}.patchPodTemplateMetadata.labels.a`],
  ],
  ['a boolean for replicas', beta({ canary: 'steps: [{replicas: true}]' }), [`field-type ${AT}.steps[0].replicas`]],
  [
    'a match without a name',
    beta({ canary: `${ROUTING}, steps: [{replicas: 1, matches: [{headers: [{value: b}]}]}]` }),
    [`field-missing ${AT}.steps[0].matches[0].headers[0].name`],
  ],
  ['no name', { ...beta({}), metadata: {} }, ['field-missing metadata.name']],
  [
    'no spec',
    parse('{apiVersion: rollouts.kruise.io/v1beta1, kind: Rollout, metadata: {name: a}}') as Manifest,
    ['field-missing spec'],
  ],
  ['a version to come', { ...beta({}), apiVersion: 'rollouts.kruise.io/v1' }, ['kruise-version apiVersion']],
  [
    'paths in v1alpha1',
    alpha(`${ROUTING}, steps: [{replicas: 1, matches: [{path: {value: /a}}]}]`),
    [`field-unknown ${AT}.steps[0].matches[0].path`],
  ],
  [
    'traffic in v1alpha1',
    alpha(`${ROUTING}, steps: [{replicas: 1, traffic: 5%}]`),
    [`field-unknown ${AT}.steps[0].traffic`],
  ],
  // What Kruise can and a release here cannot.
  ['blueGreen', beta({ strategy: 'blueGreen: {steps: []}' }), ['kruise-unsupported spec.strategy.blueGreen']],
  ['partition style', beta({ extra: 'false' }), [`kruise-unsupported ${AT}.enableExtraWorkloadForCanary`]],
  ['a paused strategy', beta({ strategy: 'paused: true' }), ['kruise-unsupported spec.strategy.paused']],
  ['disabled', beta({ spec: 'disabled: true' }), ['kruise-unsupported spec.disabled']],
  [
    'failureThreshold',
    beta({ canary: 'failureThreshold: 20%, steps: [{replicas: 1}]' }),
    [`kruise-unsupported ${AT}.failureThreshold`],
  ],
  [
    'disableGenerateCanaryService',
    beta({ canary: 'disableGenerateCanaryService: true, steps: [{replicas: 1}]' }),
    [`kruise-unsupported ${AT}.disableGenerateCanaryService`],
  ],
  [
    'additionalParams',
    beta({
      canary: 'trafficRoutings: [{service: a, ingress: {name: a}, additionalParams: {a: b}}], steps: [{replicas: 1}]',
    }),
    [`kruise-unsupported ${AT}.trafficRoutings[0].additionalParams`],
  ],
  ['rolloutID', alpha('steps: [{replicas: 1}]', '', 'rolloutID: "5"'), ['kruise-unsupported spec.rolloutID']],
  [
    'partition style by annotation',
    alpha('steps: [{replicas: 1}]', 'rollouts.kruise.io/rolling-style: partition'),
    ['kruise-unsupported metadata.annotations["rollouts.kruise.io/rolling-style"]'],
  ],
  [
    'rollback in batches',
    alpha('steps: [{replicas: 1}]', 'rollouts.kruise.io/rollback-in-batch: "true"'),
    ['kruise-unsupported metadata.annotations["rollouts.kruise.io/rollback-in-batch"]'],
  ],
  [
    'two lanes',
    beta({
      canary: 'trafficRoutingRef: x, steps: [{replicas: 1}]',
      annotations: 'rollouts.kruise.io/trafficrouting: y',
    }),
    ['kruise-unsupported metadata.annotations["rollouts.kruise.io/trafficrouting"]'],
  ],
  [
    'a cookie by expression',
    beta({
      canary: `${ROUTING}, steps: [{replicas: 1, matches: [{headers: [{type: RegularExpression, name: canary-by-cookie, value: c}]}]}]`,
    }),
    [`kruise-unsupported ${AT}.steps[0].matches[0].headers[0].type`],
  ],
  // What its admission refuses.
  ['no steps', beta({ canary: 'steps: []' }), ['steps-count steps']],
  ['a step without replicas', beta({ canary: 'steps: [{pause: {}}]' }), ['replicas-missing steps[0].replicas']],
  ['replicas "50"', beta({ canary: 'steps: [{replicas: "50"}]' }), ['replicas-invalid steps[0].replicas']],
  ['another workload', beta({ kind: 'StatefulSet' }), ['workload-kind workloadRef.kind']],
])('a Rollout with %s', (_, object, wanted) => {
  expect(problemsOf(() => parseRollout(object))).toEqual(wanted);
});

test.each<[string, Manifest, string[]]>([
  ['no matches', lane(''), ['lane-unrouted matches']],
  ['traffic', lane('traffic: 5%'), ['field-unknown spec.strategy.traffic']],
  [
    'a base of two kinds',
    lane('weight: 5', 'service: a, ingress: {name: a}, gateway: {httpRouteName: b}'),
    ['base-missing objectRef[0]'],
  ],
  [
    'additionalParams',
    lane('weight: 5', 'service: a, ingress: {name: a}, additionalParams: {a: b}'),
    ['kruise-unsupported spec.objectRef[0].additionalParams'],
  ],
  [
    'a version to come',
    { ...lane('weight: 5'), apiVersion: 'rollouts.kruise.io/v1beta1' },
    ['kruise-version apiVersion'],
  ],
  [
    'a cookie by expression',
    lane('matches: [{headers: [{type: RegularExpression, name: canary-by-cookie, value: c}]}]'),
    ['kruise-unsupported spec.strategy.matches[0].headers[0].type'],
  ],
])('a TrafficRouting with %s', (_, object, wanted) => {
  expect(problemsOf(() => parseTrafficRouting(object))).toEqual(wanted);
});

test('messages say what was meant, and what to do instead', () => {
  const message = (object: Manifest) => {
    try {
      parseRollout(object);
    } catch (error) {
      return (error as GraylaneError).message;
    }
    return '';
  };
  expect(message(beta({ canary: 'steps: [{replicas: 1, trafic: 5%}]' }))).toContain('To fix: write traffic.');
  expect(message(beta({ canary: 'steps: [{replicas: 1, weight: 5}]' }))).toContain('To fix: write traffic.');
  expect(message(beta({ spec: 'objectRef: {}' }))).toContain('To fix: write workloadRef.');
  expect(message(beta({ canary: 'steps: [{replicas: 1, matches: [{cookies: [{name: a, value: b}]}]}]' }))).toContain(
    'To fix: write headers: [{ name: canary-by-cookie, value: NAME }] with the name of the cookie.',
  );
  expect(message(beta({ canary: 'steps: {}' }))).toContain('allowed: a value of type list.');
  expect(message(beta({ canary: 'steps: [{replicas: true}]' }))).toContain(
    'allowed: a value of type number or string.',
  );
  expect(message(beta({ strategy: 'blueGreen: {}' }))).toContain('write strategy.canary');
});

test('null is absent, as for Kubernetes', () => {
  const spec = parseRollout(beta({ canary: 'steps: [{replicas: 1, pause: null}], trafficRoutingRef: null' }));
  expect(spec.steps).toEqual([{ replicas: 1 }]);
  expect(spec.trafficRoutingRef).toBeUndefined();
});

test('what the cluster adds is no part of the declaration', () => {
  const live = beta({});
  const metadata = { ...live.metadata, uid: '1', generation: 3, managedFields: [{}], finalizers: ['x'] };
  expect(parseRollout({ ...live, metadata, status: { phase: 'Healthy' } })).toEqual(parseRollout(live));
});

test.each<[string, string, object]>([
  ['a weight is the replicas where none are given', 'steps: [{weight: 20}]', { replicas: '20%' }],
  [
    'a weight beside replicas is traffic',
    `${ROUTING}, steps: [{weight: 20, replicas: 2}]`,
    { replicas: 2, traffic: '20%' },
  ],
  ['a weight with routing is both', `${ROUTING}, steps: [{weight: 20}]`, { replicas: '20%', traffic: '20%' }],
])('v1alpha1: %s', (_, canary, wanted) => {
  expect(parseRollout(alpha(canary)).steps).toEqual([wanted]);
});

test('a cookie is a header of a certain name', () => {
  const matches = 'matches: [{headers: [{name: a, value: b}, {name: canary-by-cookie, value: beta}]}]';
  expect(parseRollout(beta({ canary: `${ROUTING}, steps: [{replicas: 1, ${matches}}]` })).steps[0]!.matches).toEqual([
    { headers: [{ name: 'a', value: 'b' }], cookies: [{ name: 'beta', value: 'always' }] },
  ]);
});

test('R12 a path of v1beta1 is routed on Gateway API and Istio, and refused elsewhere', () => {
  const routed = (base: Manifest, ref: string) => {
    const canary = `trafficRoutings: [{service: a, ${ref}}], steps: [{replicas: 1, matches: [{path: {value: /orders}}]}]`;
    const objects = [deployment('a'), service('a'), base];
    return problemsOf(() => resolve({ objects, lanes: [], rollouts: [parseRollout(beta({ canary }))] }, gateways));
  };
  const httpRoute = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web' },
    spec: { rules: [{ backendRefs: [{ name: 'a', port: 80 }] }] },
  };
  const virtualService = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web' },
    spec: { http: [{ route: [{ destination: { host: 'a' } }] }] },
  };
  const custom = 'customNetworkRefs: [{apiVersion: networking.istio.io/v1, kind: VirtualService, name: web}]';
  expect(routed(httpRoute, 'gateway: {httpRouteName: web}')).toEqual([]);
  expect(routed(virtualService, custom)).toEqual([]);
  expect(routed(ingress('a'), 'ingress: {name: a}')).toEqual([
    'gateway-unsupported rollout rollout-a: steps[0].matches[0].path',
  ]);
});

test('a path has the defaults of Gateway API', () => {
  const spec = parseRollout(beta({ canary: `${ROUTING}, steps: [{replicas: 1, matches: [{path: {}}]}]` }));
  expect(spec.steps[0]!.matches).toEqual([{ path: { type: 'PathPrefix', value: '/' } }]);
});

test.each([
  'trafficRoutingRef',
  'trafficRoutings',
  'steps',
  'patchPodTemplateMetadata',
  'patchCanaryMetadata',
  'canaryLabel',
  'enableExtraWorkloadForCanary',
])('the advice moves %s into canary', (field) => {
  expect(() => parseRollout(beta({ strategy: `${field}: x` }))).toThrow(`To fix: write canary.${field}`);
});
