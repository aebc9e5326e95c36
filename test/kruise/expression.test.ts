/** Kruise hands an expression to the gateway as it is: what it means there is kept, in and out. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkRoute, type LaneSpec, type Manifest, resolve, type RolloutSpec, type ValueMatch } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import {
  parseRollout,
  parseTrafficRouting,
  printRollout,
  printTrafficRouting,
  searchedExpressions,
} from '../../lib/kruise';
import { deployment, ingress, service } from '../core/fixtures';
import { problemsOf } from './fixtures';

const HTTP_ROUTE = 'gateway: {httpRouteName: web}';
const VIRTUAL_SERVICE = 'customNetworkRefs: [{apiVersion: networking.istio.io/v1, kind: VirtualService, name: web}]';
const onIngress = (classType: string) => `ingress: {name: web, classType: ${classType}}`;

const lane = (value: string, ...refs: string[]): Manifest =>
  parse(`
apiVersion: rollouts.kruise.io/v1alpha1
kind: TrafficRouting
metadata: {name: beta}
spec:
  objectRef: [${refs.map((ref) => `{service: web, ${ref}}`).join(', ')}]
  strategy: {matches: [{headers: [{type: RegularExpression, name: user-agent, value: ${JSON.stringify(value)}}]}]}
`) as Manifest;

const rollout = (value: string, ref: string, version: 'v1alpha1' | 'v1beta1'): Manifest => {
  const workload = 'workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}';
  return parse(`
apiVersion: rollouts.kruise.io/${version}
kind: Rollout
metadata: {name: web}
spec:
  ${version === 'v1beta1' ? workload : `objectRef: {${workload}}`}
  strategy:
    canary:
      ${version === 'v1beta1' ? 'enableExtraWorkloadForCanary: true' : ''}
      trafficRoutings: [{service: web, ${ref}}]
      steps: [{replicas: 1, matches: [{headers: [{type: RegularExpression, name: user-agent, value: ${JSON.stringify(value)}}]}]}]
`) as Manifest;
};

const first = (matches: LaneSpec['matches']): ValueMatch => matches![0]!.headers![0]!;
const ofLane = (object: Manifest) => first(parseTrafficRouting(object).matches).value;
const ofRollout = (object: Manifest) => first(parseRollout(object).steps[0]!.matches).value;

describe.each([
  ['Android', '.*Android.*'],
  ['^Mozilla', 'Mozilla.*'],
  ['Mobile$', '.*Mobile'],
  ['iPhone|iPad', '.*(?:iPhone|iPad).*'],
  ['^v[12]$', 'v[12]'],
  ['^(?:a|b)$', 'a|b'],
])('%s', (given, whole) => {
  test.each(['nginx', 'mse', 'higress', 'aliyun-alb'])('is searched for on %s', (classType) => {
    const ref = onIngress(classType);
    expect(ofLane(lane(given, ref))).toBe(whole);
    for (const version of ['v1alpha1', 'v1beta1'] as const) expect(ofRollout(rollout(given, ref, version))).toBe(whole);
  });

  test.each([HTTP_ROUTE, VIRTUAL_SERVICE])('is compared with the whole value by %s', (ref) => {
    expect(ofLane(lane(given, ref))).toBe(given);
    expect(ofRollout(rollout(given, ref, 'v1beta1'))).toBe(given);
    expect(searchedExpressions(lane(given, ref))).toEqual([]);
  });

  test('is said where it says less than it does', () => {
    const anchored = given.startsWith('^') && given.endsWith('$');
    const told = (path: string) => (anchored ? [] : [{ path: `${path}.matches[0].headers[0].value`, given, whole }]);
    expect(searchedExpressions(lane(given, onIngress('mse')))).toEqual(told('spec.strategy'));
    expect(searchedExpressions(rollout(given, onIngress('nginx'), 'v1beta1'))).toEqual(
      told('spec.strategy.canary.steps[0]'),
    );
  });
});

test.each<[string, 'nginx' | 'mse', string]>([
  ['v[12]', 'nginx', '^(?:v[12])$'],
  ['.*Android.*', 'nginx', 'Android'],
  ['^v2$', 'mse', '^v2$'],
  ['Mozilla.*', 'mse', '^Mozilla'],
])('%s comes out for %s as %s, and in again', (value, classType, printed) => {
  const headers: ValueMatch[] = [{ type: 'RegularExpression', name: 'x', value }];
  const refs = [{ service: 'web', ingress: { classType, name: 'web' } }];
  const spec: LaneSpec = { name: 'beta', objectRef: refs, matches: [{ headers }] };
  const ours: RolloutSpec = {
    name: 'web',
    workloadRef: { name: 'web' },
    trafficRoutings: refs,
    steps: [{ replicas: 1, matches: [{ headers }] }],
  };
  expect(JSON.stringify(printTrafficRouting(spec))).toContain(JSON.stringify(printed));
  for (const version of ['v1alpha1', 'v1beta1'] as const)
    expect(JSON.stringify(printRollout(ours, version))).toContain(JSON.stringify(printed));
  const again = ofLane(printTrafficRouting(spec));
  expect(new RegExp(`^(?:${again})$`).test('Mozilla v2')).toBe(new RegExp(`^(?:${value})$`).test('Mozilla v2'));
});

test('a routing over objects of either kind takes an expression only where both read it alike', () => {
  const refs = [onIngress('nginx'), HTTP_ROUTE];
  const at = 'kruise-unsupported spec.strategy.matches[0].headers[0].value';
  expect(problemsOf(() => parseTrafficRouting(lane('Android', ...refs)))).toEqual([at]);
  // Both forms that the error advises.
  expect(ofLane(lane('^(?:Android)$', ...refs))).toBe('Android');
  expect(ofLane(lane('.*Android.*', ...refs))).toBe('.*Android.*');
  const printed = printTrafficRouting(parseTrafficRouting(lane('^(?:Android)$', ...refs)));
  expect(JSON.stringify(printed)).toContain('^(?:Android)$');
});

test.each([
  ['Android', '^(?:.*Android.*)$'],
  ['^(?:a|b)$', '^(?:a|b)$'],
])('%s is written on an Ingress as %s', (given, written) => {
  const spec = parseTrafficRouting(lane(given, 'ingress: {name: web, classType: nginx}'));
  expect(checkRoute(spec, gateways.nginx!)).toEqual([]);
  resolve({ objects: [deployment('web'), service('web'), ingress('web')], lanes: [spec], rollouts: [] }, gateways);
  const [, canary] = gateways.nginx!.write(
    ingress('web'),
    [{ ...spec, owner: { lane: 'beta' }, service: 'web', to: { service: 'web-canary' } }],
    { services: [], bases: [], others: [] },
  );
  expect(canary!.metadata.annotations).toMatchObject({
    'nginx.ingress.kubernetes.io/canary-by-header-pattern': written,
  });
});

test('no second anchor', () => {
  const headers: ValueMatch[] = [{ type: 'RegularExpression', name: 'x', value: '^v[12]$' }];
  for (const name of ['nginx', 'mse', 'higress']) {
    const route = { matches: [{ headers }], owner: { lane: 'b' }, service: 'web', to: { service: 'c' } };
    const [, canary] = gateways[name]!.write(ingress('web'), [route], { services: [], bases: [], others: [] });
    expect(Object.values(canary!.metadata.annotations!)).toContain('^v[12]$');
  }
});
