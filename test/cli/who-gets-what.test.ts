/** The plan states facts: what a row depends on, or leaves out, is told beside it. */
import { readFileSync } from 'node:fs';
import { Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Manifest, type ObjectRef, resolve, type Step } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { printRollout, printTrafficRouting } from '../../lib/kruise';
import { MeshCanary } from '../../examples/mesh/sample';
import { deployment, ingress, lane, sample as seed, service, web } from '../cluster/app';
import { folderWith, graylane, sample } from './fixtures';

interface Row {
  readonly requests: string;
  readonly pods: string;
  readonly notes?: readonly string[];
}

const text = (manifests: readonly Manifest[]) => manifests.map((one) => stringify(one)).join('---\n');

/** The distinct rows of the plan with their notes, as `requests: note | note`. */
async function told(manifests: readonly Manifest[], ...options: string[]): Promise<string[]> {
  const { out, err } = await graylane(['plan', '-f', '-', '-o', 'json', ...options], { input: text(manifests) });
  expect(err).toBe('');
  const { rollouts } = JSON.parse(out) as { rollouts: { stages: { audience: Row[] }[] }[] };
  const rows = rollouts.flatMap(({ stages }) => stages).flatMap(({ audience }) => audience);
  const words = rows.map(({ requests, notes }) => (notes ? `${requests}: ${notes.join(' | ')}` : requests));
  return [...new Set(words)];
}

const object = (apiVersion: string, kind: string, name: string, spec: object, metadata = {}): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, ...metadata },
  spec,
});

const backend = (to: string) => ({ backendRefs: [{ name: to, port: 80 }] });
const httpRoute = (name: string, to: string) =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', name, { parentRefs: [{ name: 'edge' }], rules: [backend(to)] });
const grpcRoute = (name: string, to: string) => ({ ...httpRoute(name, to), kind: 'GRPCRoute' });
const virtualService = (name: string, to: string, subset?: string) =>
  object('networking.istio.io/v1', 'VirtualService', name, {
    hosts: ['web.example.com'],
    http: [
      { match: [{ uri: { prefix: '/admin' } }], route: [{ destination: { host: to, ...(subset && { subset }) } }] },
      { route: [{ destination: { host: to } }] },
    ],
  });
const ingressRoute = (name: string, to: string) =>
  object('traefik.io/v1alpha1', 'IngressRoute', name, {
    routes: [{ match: `Host(\`${name}.example.com\`)`, kind: 'Rule', services: [{ name: to, port: 80 }] }],
  });
const ingressTo = (name: string, to: string, className = name === 'web' ? 'nginx' : 'internal') => {
  const of = ingress(to, className);
  return { ...of, metadata: { name } };
};
const byDefault = (name: string, to: string) =>
  object('networking.k8s.io/v1', 'Ingress', name, {
    ingressClassName: 'internal',
    defaultBackend: { service: { name: to, port: { number: 80 } } },
  });

const share: Step = { replicas: 1, traffic: '20%' };
const match: Step = { replicas: 1, matches: [{ headers: [{ name: 'x-user', value: 'anna' }] }] };
const ref = (classType: string, name = 'web'): ObjectRef => ({ service: 'web', ingress: { classType, name } });
const custom = (apiVersion: string, kind: string): ObjectRef => ({
  service: 'web',
  customNetworkRefs: [{ apiVersion, kind, name: 'web' }],
});
const istio = custom('networking.istio.io/v1', 'VirtualService');

/** Kruise's form, which has one routing at most, with all of these. */
function released(steps: readonly Step[], [first, ...more]: readonly ObjectRef[] = []): Manifest {
  const { trafficRoutings: _, ...rollout } = web(steps).rollouts[0]!;
  const printed = printRollout({ ...rollout, ...(first && { trafficRoutings: [first] }) }, 'v1beta1');
  const { canary } = (printed.spec as { strategy: { canary: { trafficRoutings?: object[] } } }).strategy;
  canary.trafficRoutings?.push(...more);
  return printed;
}

describe('another way to the Service, which the routing does not have', () => {
  const way = (names: string) => `of those that come by Ingress web; ${names} to Service web as well, without a route`;

  test.each<[string, Manifest[], string]>([
    ['an Ingress', [ingressTo('inner', 'web')], 'Ingress inner leads'],
    ['one of another class', [ingressTo('inner', 'web', 'traefik')], 'Ingress inner leads'],
    ['an HTTPRoute', [httpRoute('inner', 'web')], 'HTTPRoute inner leads'],
    ['a GRPCRoute', [grpcRoute('inner', 'web')], 'GRPCRoute inner leads'],
    ['a VirtualService', [virtualService('inner', 'web')], 'VirtualService inner leads'],
    ['an IngressRoute', [ingressRoute('inner', 'web')], 'IngressRoute inner leads'],
    ['two', [ingressTo('inner', 'web'), httpRoute('mesh', 'web')], 'Ingress inner and HTTPRoute mesh lead'],
  ])('%s', async (_, others, names) => {
    const own = [deployment('web'), service('web'), ingressTo('web', 'web'), released([share], [ref('nginx')])];
    const note = way(`${names}`);
    expect(await told([...own, ...others])).toEqual(['everyone', `20% of the requests: ${note}`, 'everyone else']);
  });

  test.each<[string, Manifest[], ObjectRef[]]>([
    ['that it has', [ingressTo('web', 'web'), ingressTo('inner', 'web')], [ref('nginx'), ref('nginx', 'inner')]],
    ['to another Service', [ingressTo('web', 'web'), ingressTo('inner', 'db')], [ref('nginx')]],
    [
      'of a kind that no gateway reads',
      [ingressTo('web', 'web'), object('example.com/v1', 'Way', 'inner', { to: 'web' })],
      [ref('nginx')],
    ],
    [
      'in another namespace',
      [ingressTo('web', 'web'), { ...ingressTo('inner', 'web'), metadata: { name: 'inner', namespace: 'other' } }],
      [ref('nginx')],
    ],
  ])('none: one %s', async (_, bases, refs) => {
    const rows = await told([deployment('web'), service('web'), ...bases, released([share], refs)]);
    expect(rows).toEqual(['everyone', '20% of the requests', 'everyone else']);
  });

  test.each([{ rules: [{ http: 'web' }] }, { rules: 'web' }, 'web'])(
    'none: one of a shape that nobody reads, %j',
    (spec) => {
      const odd = { ...ingressTo('inner', 'web'), spec };
      const { objects, rollouts } = web([share]);
      const declared = { objects: [...objects, service('web'), ingress('web'), odd], lanes: [], rollouts };
      expect(resolve(declared, gateways).members[0]!.routeNotes).toEqual([]);
    },
  );

  test.each<[string, Manifest, ObjectRef, Manifest]>([
    [
      'gateway-api',
      httpRoute('web', 'web'),
      { service: 'web', gateway: { httpRouteName: 'web' } },
      grpcRoute('in', 'web'),
    ],
    ['istio', virtualService('web', 'web'), istio, byDefault('in', 'web')],
    ['traefik', ingressRoute('web', 'web'), custom('traefik.io/v1alpha1', 'IngressRoute'), ingressRoute('in', 'web')],
    ['mse', ingressTo('web', 'web', 'mse'), ref('mse'), virtualService('in', 'web')],
  ])('beside a base of %s, for a match', async (_, base, own, other) => {
    const rows = await told([deployment('web'), service('web'), base, other, released([match], [own])]);
    const note = `of those that come by ${base.kind} web; ${other.kind} in leads to Service web as well, without a route`;
    expect(rows).toEqual(['everyone', `x-user: anna: ${note}`, 'everyone else']);
  });
});

describe('subsets whose DestinationRule is not given', () => {
  const rule = (...subsets: object[]) =>
    object('networking.istio.io/v1', 'DestinationRule', 'web', { host: 'web', subsets });
  const note =
    'subset admin of Service web is taken for its pods: no DestinationRule that is given says whose they are';
  const app = (others: Manifest[], step = share) => [
    deployment('web'),
    service('web'),
    virtualService('web', 'web', 'admin'),
    released([step], [istio]),
    ...others,
  ];

  test.each<[string, Manifest[], string[]]>([
    ['none', [], [note]],
    ['one with other subsets', [rule({ name: 'public', labels: { app: 'web' } })], [note]],
    [
      'one of another host',
      [{ ...rule({ name: 'admin' }), spec: { host: 'db', subsets: [{ name: 'admin' }] } }],
      [note],
    ],
    ['one that has it', [rule({ name: 'admin', labels: { app: 'web' } })], []],
    ['one by which it is of others', [rule({ name: 'admin', labels: { app: 'admin' } })], []],
  ])('%s', async (_, others, notes) => {
    const row = (words: string) => [words, ...notes].join(': ');
    expect(await told(app(others))).toEqual(['everyone', row('20% of the requests'), 'everyone else']);
    expect(await told(app(others, match))).toEqual(['everyone', row('x-user: anna'), 'everyone else']);
  });
});

describe('a hop of a lane', () => {
  test("where the gateway follows the lane's tag", async () => {
    const entry = ['--rollout', 'rollout-a'];
    const { rollouts } = seed();
    const app = [
      ...seed().objects,
      service('spring-cloud-a'),
      service('spring-cloud-b'),
      ingress('spring-cloud-a'),
      printTrafficRouting(lane),
      ...rollouts.map((one) => printRollout(one, 'v1beta1', { laneAs: 'both' })),
    ];
    const note = 'as far as callers pass the header x-mse-tag on, and calls between services follow it';
    expect(await told(app, '--rollout', 'rollout-b')).toEqual([
      'everyone',
      `User-Agent: foo: ${note}`,
      'everyone else',
    ]);
    expect(await told(app, ...entry)).toEqual(['everyone', 'User-Agent: foo', 'everyone else']);
  });

  test('in a mesh', () => {
    const { rollout } = new MeshCanary(Testing.app(), { image: 'x:v2' });
    const notes = rollout.storyboard().flatMap(({ audience }) => audience.flatMap((one) => one.notes ?? []));
    expect(new Set(notes)).toEqual(new Set(['as far as callers pass the header x-lane on']));
  });
});

describe('a rollout without a routing', () => {
  const note = 'no Service that is given selects these pods: who reaches them is not known';

  test.each<[string, Manifest[], string[]]>([
    ['without a Service', [], [note]],
    ['with one of other pods', [service('db')], [note]],
    ['with one in another namespace', [{ ...service('web'), metadata: { name: 'web', namespace: 'other' } }], [note]],
    ['with its own', [service('web')], []],
  ])('%s', async (_, services, notes) => {
    const rows = await told([deployment('web'), ...services, released([{ replicas: 1 }])]);
    const row = ['about 25% of the requests (1 of 4 pods)', ...notes].join(': ');
    expect(rows).toEqual(['everyone', row, 'everyone else']);
  });

  test('whose replicas are not known either', async () => {
    const app = [deployment('web', { replicas: null }), released([{ replicas: 1 }])];
    expect(await told(app)).toContain(`those that reach the canary's 1 pods: ${note}`);
  });
});

describe('how it is told', () => {
  const own = [deployment('web'), service('web'), ingressTo('web', 'web'), released([share, share], [ref('nginx')])];
  const app = [...own, ingressTo('inner', 'web')];

  test('by a number at each row, and once below the table', async () => {
    const { out } = await graylane(['plan', '-f', '-'], { input: text(app) });
    expect(out).toContain('20% of the requests [1] -> v2 (canary)');
    expect(out).toMatch(
      /stable .*everyone -> v2\n.*- Service web-canary\n\n\[1\] of those that come by Ingress web; Ingress inner leads to Service web as well, without a route\n$/,
    );
    expect(out.match(/^\[/gm)).toHaveLength(1);
  });

  test('nothing where all is known: the sample', async () => {
    const { out } = await graylane(['plan', '-f', ...sample(), '--rollout', 'rollout-a']);
    expect(out).not.toMatch(/\[\d\]/);
  });

  test('in YAML as in JSON', async () => {
    const { out } = await graylane(['plan', '-f', '-', '-o', 'yaml'], { input: text(app) });
    expect(JSON.stringify(parse(out))).toContain('"notes":["of those that come by Ingress web');
  });

  test('in the picture, below the rows', async () => {
    const folder = folderWith({ 'app.yaml': text(app) });
    await graylane(['plan', '-f', 'app.yaml', '--picture', 'out.svg'], { folder });
    const svg = readFileSync(`${folder}/out.svg`, 'utf8');
    expect(svg).toContain('>20% of the requests [1]</text>');
    expect(svg).toContain('>[1] of those that come by Ingress web; Ingress inner leads to Service web as well, without');
  });
});
