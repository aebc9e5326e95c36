/** Ingresses and routes that lead to a routed Service, and are not among the bases of its routing: requests past the route. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type LaneSpec,
  type Manifest,
  MEANT,
  type ObjectRef,
  resolve,
  type RolloutSpec,
  warningsAround,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, ingress, service } from '../cluster/app';

const object = (apiVersion: string, kind: string, name: string, spec: object): Manifest => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
});
const GATEWAY = 'gateway.networking.k8s.io';
const ISTIO = 'networking.istio.io/v1';
const TRAEFIK = 'traefik.io/v1alpha1';
const backendRefs = (to: string) => [{ name: to, port: 80 }];
const custom = (apiVersion: string, kind: string, name: string) => ({
  customNetworkRefs: [{ apiVersion, kind, name }],
});

/** An object of each kind that leads to a Service, and how a routing names it. */
const ways: Record<string, { lead: (name: string, to: string) => Manifest; ref?: (name: string) => object }> = {
  'an Ingress': {
    lead: (name, to) => ({ ...ingress(to, 'internal'), metadata: { name } }),
    ref: (name) => ({ ingress: { classType: 'nginx', name } }),
  },
  'an Ingress by its default backend': {
    lead: (name, to) =>
      object('networking.k8s.io/v1', 'Ingress', name, {
        ingressClassName: `of-${name}`,
        defaultBackend: { service: { name: to, port: { number: 80 } } },
      }),
    ref: (name) => ({ ingress: { classType: 'higress', name } }),
  },
  'an HTTPRoute': {
    lead: (name, to) =>
      object(`${GATEWAY}/v1`, 'HTTPRoute', name, {
        parentRefs: [{ name }],
        rules: [{ backendRefs: backendRefs(to) }],
      }),
    ref: (name) => ({ gateway: { httpRouteName: name } }),
  },
  'a GRPCRoute': {
    lead: (name, to) =>
      object(`${GATEWAY}/v1`, 'GRPCRoute', name, {
        parentRefs: [{ name }],
        rules: [{ backendRefs: backendRefs(to) }],
      }),
    ref: (name) => ({ gateway: { grpcRouteName: name } }),
  },
  'a VirtualService': {
    lead: (name, to) =>
      object(ISTIO, 'VirtualService', name, {
        hosts: [`${name}.example.com`],
        http: [{ route: [{ destination: { host: to } }] }],
      }),
    ref: (name) => custom(ISTIO, 'VirtualService', name),
  },
  'an IngressRoute': {
    lead: (name, to) =>
      object(TRAEFIK, 'IngressRoute', name, {
        routes: [{ match: `Host(\`${name}.example.com\`)`, services: [{ name: to, port: 80 }] }],
      }),
    ref: (name) => custom(TRAEFIK, 'IngressRoute', name),
  },
  'a VirtualService by tls': {
    lead: (name, to) => object(ISTIO, 'VirtualService', name, { tls: [{ route: [{ destination: { host: to } }] }] }),
  },
  'a TLSRoute': {
    lead: (name, to) => object(`${GATEWAY}/v1alpha2`, 'TLSRoute', name, { rules: [{ backendRefs: backendRefs(to) }] }),
  },
  'a TCPRoute': {
    lead: (name, to) => object(`${GATEWAY}/v1alpha2`, 'TCPRoute', name, { rules: [{ backendRefs: backendRefs(to) }] }),
  },
  'an IngressRouteTCP': {
    lead: (name, to) => object(TRAEFIK, 'IngressRouteTCP', name, { routes: [{ services: [{ name: to, port: 80 }] }] }),
  },
  'a UDPRoute': {
    lead: (name, to) => object(`${GATEWAY}/v1alpha2`, 'UDPRoute', name, { rules: [{ backendRefs: backendRefs(to) }] }),
  },
  'an HTTPRoute of Linkerd': {
    lead: (name, to) =>
      object('policy.linkerd.io/v1beta3', 'HTTPRoute', name, { rules: [{ backendRefs: backendRefs(to) }] }),
  },
  'a TraefikService': {
    lead: (name, to) => object(TRAEFIK, 'TraefikService', name, { weighted: { services: [{ name: to, port: 80 }] } }),
  },
  "a VirtualServer of F5's NGINX": {
    lead: (name, to) =>
      object('k8s.nginx.org/v1', 'VirtualServer', name, { upstreams: [{ name: 'all', service: to, port: 80 }] }),
  },
  'a Mapping of Emissary, by a word with port': {
    lead: (name, to) => object('getambassador.io/v3alpha1', 'Mapping', name, { service: `http://${to}:80` }),
  },
  'an ApisixRoute': {
    lead: (name, to) =>
      object('apisix.apache.org/v2', 'ApisixRoute', name, { http: [{ backends: [{ serviceName: to }] }] }),
  },
  'a RouteGroup of Skipper': {
    lead: (name, to) => object('zalando.org/v1', 'RouteGroup', name, { backends: [{ serviceName: to }] }),
  },
  'a TCPIngress of Kong': {
    lead: (name, to) =>
      object('configuration.konghq.com/v1beta1', 'TCPIngress', name, { rules: [{ backend: { serviceName: to } }] }),
  },
  'a TargetGroupBinding of AWS': {
    lead: (name, to) =>
      object('elbv2.k8s.aws/v1beta1', 'TargetGroupBinding', name, { serviceRef: { name: to, port: 80 } }),
  },
  'a VirtualService of Gloo': {
    lead: (name, to) =>
      object('gateway.solo.io/v1', 'VirtualService', name, {
        virtualHost: { routes: [{ routeAction: { single: { kube: { ref: { name: to } } } } }] },
      }),
  },
  'an HTTPProxy of Contour': {
    lead: (name, to) =>
      object('projectcontour.io/v1', 'HTTPProxy', name, { routes: [{ services: [{ name: to, port: 80 }] }] }),
  },
  'a Route of OpenShift': {
    lead: (name, to) => object('route.openshift.io/v1', 'Route', name, { to: { kind: 'Service', name: to } }),
  },
};
const all = Object.values(ways);
const named = all.filter(({ ref }) => ref !== undefined);

interface Told {
  readonly names: string[];
  readonly words: string[];
}

function told(refs: readonly object[], objects: readonly Manifest[], namespace?: string): Told {
  const declared = deployment('web', { version: 'v2' });
  const own = [declared, service('web'), service('other')];
  const users = [
    ...own.map((one) => ({ ...one, metadata: { ...one.metadata, ...(namespace && { namespace }) } })),
    ...objects,
  ];
  const spec: RolloutSpec = {
    name: 'web',
    ...(namespace && { namespace }),
    workloadRef: { name: 'web' },
    steps: [{ replicas: 1, traffic: '20%' }],
    trafficRoutings: refs.map((ref) => ({ service: 'web', ...ref }) as ObjectRef),
  };
  const [member] = resolve({ objects: users, lanes: [], rollouts: [spec] }, gateways).members;
  const templates = { stable: deployment('web').spec.template, target: declared.spec.template };
  const found = warningsAround(member!, templates, users).filter(({ check }) => check === 'unnamed-base');
  return {
    names: found.map(({ object: { kind, name } }) => `${kind} ${name}`),
    words: found.map(({ reason, wayOut }) => `${reason}; ${wayOut}`),
  };
}

const named1 = ways['an Ingress']!;
const first = [named1.ref!('first')];
const edge = { ...ingress('web', 'edge'), metadata: { name: 'first' } };

describe('beside the Ingress that the routing names', () => {
  test.each(Object.entries(ways))('%s to the Service is told', (_, { lead }) => {
    const other = lead('second', 'web');
    const { names, words } = told(first, [edge, other]);
    expect(names).toEqual([`${other.kind} second`]);
    expect(words[0]).toMatch(/leads to Service web as well.*its requests get stable; .*graylane\.io\/canary: left-out/);
  });

  test.each(Object.entries(ways))('%s to another Service is not', (_, { lead }) => {
    expect(told(first, [edge, lead('second', 'other')]).names).toEqual([]);
  });

  test.each(Object.entries(ways))('%s that is meant to stay with stable is not', (_, { lead }) => {
    const other = lead('second', 'web');
    const meant = { ...other, metadata: { ...other.metadata, annotations: { [MEANT.key]: MEANT.value } } };
    expect(told(first, [edge, meant]).names).toEqual([]);
  });

  test.each(Object.entries(ways))('%s of a release is not', (_, { lead }) => {
    const other = lead('second', 'web');
    const ours = { ...other, metadata: { ...other.metadata, labels: { 'graylane.io/rollout': 'web' } } };
    expect(told(first, [edge, ours]).names).toEqual([]);
  });

  test.each(Object.entries(ways))('%s of another namespace is not', (_, { lead }) => {
    const other = lead('second', 'web');
    expect(told(first, [edge, { ...other, metadata: { ...other.metadata, namespace: 'b' } }]).names).toEqual([]);
  });

  test.each<[string, Manifest, boolean]>([
    ['a full name', ways['a VirtualService']!.lead('second', 'web.a.svc.cluster.local'), true],
    ['a name with the namespace', ways['a VirtualService']!.lead('second', 'web.a'), true],
    ['a full name of another', ways['a VirtualService']!.lead('second', 'web.c.svc.cluster.local'), false],
    ['a word with the namespace', ways['a Mapping of Emissary, by a word with port']!.lead('second', 'web.a'), true],
    [
      'a reference',
      object(`${GATEWAY}/v1`, 'HTTPRoute', 'second', { rules: [{ backendRefs: [{ name: 'web', namespace: 'a' }] }] }),
      true,
    ],
  ])('of another namespace, by %s', (_, other, warns) => {
    const inNamespace = (one: Manifest, namespace: string) => ({ ...one, metadata: { ...one.metadata, namespace } });
    const [base, led] = [inNamespace(edge, 'a'), inNamespace(other, 'b')];
    const { names, words } = told(first, [base, led], 'a');
    expect(names).toEqual(warns ? [`${other.kind} second`] : []);
    // It cannot be named: bases are in the namespace of their Service.
    for (const one of words) expect(one).toContain('; let its requests come by a base of the routing;');
  });

  test.each<[string, Manifest, boolean]>([
    [
      'a mirror',
      object(ISTIO, 'VirtualService', 'second', {
        http: [{ route: [{ destination: { host: 'other' } }], mirrors: [{ destination: { host: 'web' } }] }],
      }),
      false,
    ],
    [
      'the Service of another namespace',
      object(`${GATEWAY}/v1`, 'HTTPRoute', 'second', { rules: [{ backendRefs: [{ name: 'web', namespace: 'b' }] }] }),
      false,
    ],
    [
      'what is no Service',
      object(TRAEFIK, 'IngressRoute', 'second', {
        routes: [{ match: 'x', services: [{ name: 'web', kind: 'TraefikService' }] }],
      }),
      false,
    ],
    [
      'an alternate backend',
      object('route.openshift.io/v1', 'Route', 'second', {
        to: { kind: 'Service', name: 'other' },
        alternateBackends: [{ kind: 'Service', name: 'web' }],
      }),
      true,
    ],
    ['nothing', object(`${GATEWAY}/v1`, 'HTTPRoute', 'second', {}), false],
  ])('a route to %s', (_, other, warns) => {
    expect(told(first, [edge, other]).names).toEqual(warns ? [`${other.kind} second`] : []);
  });
});

test('of any bases exactly those that are not named are told, whatever their kinds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ way: fc.constantFrom(...all), isNamed: fc.boolean() }), { maxLength: 5 }),
      fc.constantFrom(...named),
      (list, one) => {
        const way = [{ way: one, isNamed: true }, ...list].map((entry, i) => ({ ...entry, name: `base-${i}` }));
        const objects = way.map(({ way: { lead }, name }) => lead(name, 'web'));
        const isIn = ({ way: { ref }, isNamed }: (typeof way)[number]) => isNamed && ref !== undefined;
        const refs = way.filter(isIn).map(({ way: { ref }, name }) => ref!(name));
        const missing = way
          .filter((entry) => !isIn(entry))
          .map(({ way: { lead }, name }) => `${lead(name, '').kind} ${name}`);
        // nginx refuses another Ingress of a class to the Service: it would take its requests as well.
        const classes = way.filter(({ name }) => objects.some((o) => o.metadata.name === name && o.kind === 'Ingress'));
        fc.pre(new Set(classes.map(({ way: w }) => w)).size === classes.length);
        expect(told(refs, objects).names.sort()).toEqual(missing.sort());
      },
    ),
    { numRuns: 200 },
  );
});

test('a rollout without a route has nothing to name', () => {
  const { lead } = ways['an Ingress']!;
  const declared = deployment('web', { version: 'v2' });
  const users = [declared, service('web'), lead('second', 'web')];
  const spec = { name: 'web', workloadRef: { name: 'web' }, steps: [{ replicas: 1 }] };
  const [member] = resolve({ objects: users, lanes: [], rollouts: [spec] }, gateways).members;
  const { template } = declared.spec;
  const found = warningsAround(member!, { stable: template, target: template }, users);
  expect(found.filter(({ check }) => check === 'unnamed-base')).toEqual([]);
});

describe('of a lane', () => {
  const { lead } = ways['an HTTPRoute']!;
  const lane: LaneSpec = {
    name: 'beta',
    objectRef: [{ service: 'a', gateway: { httpRouteName: 'to-a' } }],
    hops: [{ service: 'b', gateway: { httpRouteName: 'to-b' } }],
    matches: [{ headers: [{ name: 'x-beta', value: 'yes' }] }],
    requestHeaderModifier: { set: [{ name: 'x-lane', value: 'beta' }] },
  };
  test.each<[string, string, string, string[]]>([
    ["a second way to its entry, of the entry's rollout", 'a', 'a', ['Ingress second']],
    ["a second way to a hop, of the hop's rollout", 'b', 'b', ['Ingress second']],
    ["a second way to its entry, of the hop's rollout", 'a', 'b', []],
  ])('%s', (_, to, name, expected) => {
    const users = [deployment(name), service('a'), service('b'), lead('to-a', 'a'), lead('to-b', 'b')];
    const second = { ...ingress(to, 'internal'), metadata: { name: 'second' } };
    const objects = [...users, second];
    const spec: RolloutSpec = {
      name,
      workloadRef: { name },
      steps: [{ replicas: 1 }],
      trafficRoutingRef: 'beta',
    };
    const [member] = resolve({ objects, lanes: [lane], rollouts: [spec] }, gateways).members;
    const { template } = member!.deployment.spec;
    const found = warningsAround(member!, { stable: template, target: template }, objects);
    const told = found
      .filter(({ check }) => check === 'unnamed-base')
      .map(({ object: { kind, name } }) => `${kind} ${name}`);
    expect(told).toEqual(expected);
  });
});
