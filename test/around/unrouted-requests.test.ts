/** Requests that a route does not get, on each gateway: by sessions, connections, or since nobody reads it. */
import { expect, test } from 'vitest';
import { type Manifest, type ObjectRef, resolve, type Step, warningsAround } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, ingress, service } from '../cluster/app';

const NGINX = 'nginx.ingress.kubernetes.io/';
const share: Step = { replicas: 1, traffic: '20%' };
const match: Step = { replicas: 1, matches: [{ headers: [{ name: 'x-canary', value: 'foo' }] }] };
const refs = (apiVersion: string, ...kinds: string[]): ObjectRef => ({
  service: 'web',
  customNetworkRefs: kinds.map((kind) => ({ apiVersion, kind, name: 'web' })),
});

const annotated = (classType: string, annotations: Record<string, string>): [ObjectRef, Manifest] => [
  { service: 'web', ingress: { classType, name: 'web' } },
  { ...ingress('web', classType), metadata: { name: 'web', annotations } },
];
const object = (apiVersion: string, kind: string, spec: object): Manifest => ({
  apiVersion,
  kind,
  metadata: { name: 'web' },
  spec,
});

const ISTIO = 'networking.istio.io/v1';
const virtualService = object(ISTIO, 'VirtualService', {
  hosts: ['web.example.com'],
  http: [{ route: [{ destination: { host: 'web' } }] }],
});
const connections = (trafficPolicy: object): [ObjectRef, Manifest, Manifest] => [
  refs(ISTIO, 'VirtualService', 'DestinationRule'),
  virtualService,
  object(ISTIO, 'DestinationRule', { host: 'web', trafficPolicy }),
];
const httpRoute = (rule: object, parentRefs?: object[] | null): [ObjectRef, Manifest] => [
  { service: 'web', gateway: { httpRouteName: 'web' } },
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
    ...(parentRefs !== null && { parentRefs: parentRefs ?? [{ name: 'edge' }] }),
    rules: [{ backendRefs: [{ name: 'web', port: 80 }], ...rule }],
  }),
];
const connected = (spec: object): [ObjectRef, Manifest] => [
  refs(ISTIO, 'VirtualService'),
  { ...virtualService, spec: { ...(virtualService.spec as object), ...spec } },
];
const to = (host: string) => [{ match: [{ port: 443 }], route: [{ destination: { host } }] }];
const TRAEFIK = 'traefik.io/v1alpha1';
const router = (entry: object): [ObjectRef, Manifest] => [
  refs(TRAEFIK, 'IngressRoute'),
  object(TRAEFIK, 'IngressRoute', {
    routes: [{ match: 'Host(`web.example.com`)', services: [{ name: 'web', port: 80, ...entry }] }],
  }),
];
const hash = { consistentHash: { httpCookie: { name: 'sid', ttl: '0s' } } };

const NOBODY = /has no parentRefs: no gateway reads it/;
const CLIENT = /keeps a client where its first request went.*a share is of new clients/;
const EACH = /keeps a client on one pod of a version only, .* clients go back and forth/;
const STAYS = /a client whose cookie (\S+) is of stable stays there, though its requests match/;

test.each<[string, [ObjectRef, ...Manifest[]], Step, RegExp[]]>([
  ['nginx, a share', annotated('nginx', { [`${NGINX}affinity`]: 'cookie' }), share, [CLIENT]],
  ['nginx, a match', annotated('nginx', { [`${NGINX}affinity`]: 'cookie' }), match, [STAYS]],
  ['nginx, both', annotated('nginx', { [`${NGINX}affinity`]: 'cookie' }), { ...share, ...match }, [STAYS, CLIENT]],
  ['nginx, by a hash', annotated('nginx', { [`${NGINX}upstream-hash-by`]: '$remote_addr' }), share, [EACH]],
  ['nginx, a match beside a hash', annotated('nginx', { [`${NGINX}upstream-hash-by`]: '$remote_addr' }), match, []],
  ['nginx, nothing', annotated('nginx', {}), { ...share, ...match }, []],
  ['higress, a share', annotated('higress', { [`${NGINX}affinity`]: 'cookie' }), share, [EACH]],
  ['mse, a share', annotated('mse', { [`${NGINX}session-cookie-name`]: 'route' }), share, [EACH]],
  ['mse, a match', annotated('mse', { [`${NGINX}affinity`]: 'cookie' }), match, []],
  ['istio, a share', connections({ loadBalancer: hash }), share, [EACH]],
  [
    'istio, on a port',
    connections({ portLevelSettings: [{ port: { number: 80 }, loadBalancer: hash }] }),
    share,
    [EACH],
  ],
  ['istio, a match', connections({ loadBalancer: hash }), match, []],
  ['istio, another balance', connections({ loadBalancer: { simple: 'LEAST_REQUEST' } }), share, []],
  ['gateway-api, a share', httpRoute({ sessionPersistence: { sessionName: 'web' } }), share, [CLIENT]],
  ['gateway-api, a match', httpRoute({ sessionPersistence: { sessionName: 'web' } }), match, []],
  ['gateway-api, without parents', httpRoute({}, null), match, [NOBODY]],
  ['gateway-api, with none of them', httpRoute({}, []), share, [NOBODY]],
  ['gateway-api, both', httpRoute({ sessionPersistence: {} }, []), share, [NOBODY, CLIENT]],
  ['istio, tls too', connected({ tls: to('web') }), match, [/by spec.tls too/]],
  ['istio, tcp too', connected({ tcp: to('web.default.svc.cluster.local') }), share, []],
  ['istio, tcp too, by its short name', connected({ tcp: to('web') }), share, [/by spec.tcp too/]],
  ['istio, both', connected({ tls: to('web'), tcp: to('web') }), share, [/by spec.tls and spec.tcp too/]],
  ['istio, tls of another', connected({ tls: to('db') }), share, []],
  ['traefik, a share', router({ sticky: { cookie: {} } }), share, [EACH]],
  ['traefik, nothing', router({}), share, []],
])('%s', (_, [ref, ...bases], step, expected) => {
  const declared = deployment('web', { version: 'v2' });
  const objects = [declared, service('web', { sessionAffinity: 'ClientIP' }), ...bases];
  const spec = { name: 'web', workloadRef: { name: 'web' }, steps: [step, step], trafficRoutings: [ref] };
  const { members } = resolve({ objects, lanes: [], rollouts: [spec] }, gateways);
  const templates = { stable: deployment('web').spec.template, target: declared.spec.template };
  const told = warningsAround(members[0]!, templates, objects).filter(({ check }) => check === 'unrouted-requests');
  expect(told).toHaveLength(expected.length);
  expected.forEach((words, i) => expect(told[i]!.reason).toMatch(words));
});
