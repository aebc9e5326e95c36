/** Inputs of all kinds, and what may be wrong with them. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { yaml as around } from '../around/app';
import { sample } from './fixtures';

const ROUTED = `
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: {name: routed}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: spring-cloud-a}
  strategy:
    canary:
      enableExtraWorkloadForCanary: true
      trafficRoutings: [{service: spring-cloud-a, gracePeriodSeconds: 1, ingress: {classType: mse, name: spring-cloud-a}}]
      steps:
        - {replicas: 1, matches: [{headers: [{type: RegularExpression, name: a, value: b.*}]}], pause: {duration: 5}}
        - {replicas: 50%, traffic: 20%, requestHeaderModifier: {set: [{name: x, value: z}], remove: [z]}}
`;

/** The same Service behind the two systems whose bases are not Ingresses. */
const MESHES = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: gateway}]
  hostnames: [shop.example.com]
  rules:
    - matches: [{path: {type: PathPrefix, value: /}, headers: [{name: a, value: b}], queryParams: [{name: a, value: b}]}]
      filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: b}], remove: [c]}}]
      backendRefs: [{name: spring-cloud-a, port: 80, weight: 1}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: mesh}
spec:
  hosts: [spring-cloud-a]
  http:
    - name: all
      match: [{uri: {prefix: /}, headers: {a: {exact: b}}, withoutHeaders: {c: {}}, queryParams: {d: {regex: e}}}]
      headers: {request: {set: {a: b}, remove: [c]}}
      route: [{destination: {host: spring-cloud-a, port: {number: 80}}, weight: 100, headers: {request: {add: {a: b}}}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: mesh}
spec: {host: spring-cloud-a, trafficPolicy: {}, subsets: [{name: v1, labels: {a: b}}]}
---
apiVersion: rollouts.kruise.io/v1alpha1
kind: TrafficRouting
metadata: {name: lane}
spec:
  objectRef: [OBJECT_REF]
  strategy: STRATEGY
---
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: {name: r}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: spring-cloud-a}
  strategy: {canary: {enableExtraWorkloadForCanary: true, trafficRoutingRef: lane, steps: [{replicas: 1}]}}
`;

const onBase = (ref: string, strategy: string) => MESHES.replace('OBJECT_REF', ref).replace('STRATEGY', strategy);
const HTTP_ROUTE = '{service: spring-cloud-a, gateway: {httpRouteName: web}}';
const VIRTUAL_SERVICE =
  '{service: spring-cloud-a, customNetworkRefs: [{apiVersion: networking.istio.io/v1, kind: VirtualService, name: mesh}]}';
const BY_HEADER =
  '{matches: [{headers: [{name: who, value: b}]}], requestHeaderModifier: {set: [{name: x, value: z}]}}';

const lanes = sample().map((file) => readFileSync(file, 'utf8'));
export const INPUTS = [
  lanes,
  sample('v1alpha1').map((file) => readFileSync(file, 'utf8')),
  [lanes[0]!, ROUTED],
  [lanes[0]!, onBase(HTTP_ROUTE, BY_HEADER)],
  [lanes[0]!, onBase(HTTP_ROUTE, '{weight: 20}')],
  [lanes[0]!, onBase(VIRTUAL_SERVICE, BY_HEADER)],
  [lanes[0]!, onBase(VIRTUAL_SERVICE, '{weight: 20}')],
  [around('v2')],
].map((texts) => texts.join('\n---\n'));

/** What a value may become. */
const OTHERS = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  '50%',
  '\u0000',
  '__proto__',
  [],
  [[]],
  {},
  { x: {} },
  [null],
  { name: 5 },
];

/** Where the nth value of a tree stands. */
type Slot = { readonly holder: Record<string, unknown>; readonly key: string };

function slots(value: unknown): Slot[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...slots(holder[key])]);
}

export const mutation = fc.record({
  at: fc.nat(1000),
  how: fc.oneof(
    fc.constant('remove' as const),
    fc.constant('rename' as const),
    fc.constant('double' as const),
    fc.integer({ min: 0, max: OTHERS.length - 1 }),
  ),
});

export function mutate(
  documents: object[],
  { at, how }: { at: number; how: 'remove' | 'rename' | 'double' | number },
): void {
  const all = slots(documents);
  if (all.length === 0) return;
  const { holder, key } = all[at % all.length]!;
  const value = holder[key];
  if (typeof how === 'number') holder[key] = OTHERS[how];
  else if (how === 'double') holder[key] = [value, value];
  else {
    delete holder[key];
    if (how === 'rename') holder[`${key}s`] = value;
  }
}
