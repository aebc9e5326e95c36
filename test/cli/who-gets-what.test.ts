/** The plan states facts: what a row depends on, and is not known, is told beside it. */
import { readFileSync } from 'node:fs';
import { Testing } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Manifest, ObjectRef, Step } from '../../lib/core';
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

const virtualService = (name: string, to: string, subset?: string) =>
  object('networking.istio.io/v1', 'VirtualService', name, {
    hosts: ['web.example.com'],
    http: [
      { match: [{ uri: { prefix: '/admin' } }], route: [{ destination: { host: to, ...(subset && { subset }) } }] },
      { route: [{ destination: { host: to } }] },
    ],
  });

const share: Step = { replicas: 1, traffic: '20%' };
const match: Step = { replicas: 1, matches: [{ headers: [{ name: 'x-user', value: 'anna' }] }] };
const istio: ObjectRef = {
  service: 'web',
  customNetworkRefs: [{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'web' }],
};

function released(steps: readonly Step[], ref?: ObjectRef): Manifest {
  const { trafficRoutings: _, ...rollout } = web(steps).rollouts[0]!;
  return printRollout({ ...rollout, ...(ref && { trafficRoutings: [ref] }) }, 'v1beta1');
}

describe('subsets whose DestinationRule is not given', () => {
  const rule = (...subsets: object[]) =>
    object('networking.istio.io/v1', 'DestinationRule', 'web', { host: 'web', subsets });
  const note =
    'subset admin of Service web is taken for its pods: no DestinationRule that is given says whose they are';
  const app = (others: Manifest[], step = share) => [
    deployment('web'),
    service('web'),
    virtualService('web', 'web', 'admin'),
    released([step], istio),
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
  const app = [
    deployment('web'),
    service('web'),
    virtualService('web', 'web', 'admin'),
    released([share, share], istio),
  ];
  const note =
    '[1] subset admin of Service web is taken for its pods: no DestinationRule that is given says whose they are';

  test('by a number at each row, and once below the table', async () => {
    const { out } = await graylane(['plan', '-f', '-'], { input: text(app) });
    expect(out.match(/20% of the requests \[1\] -> v2 \(canary\)\n/g)).toHaveLength(4);
    expect(out).toMatch(/\n {18}- Service web-canary\n\n\[1\] .*\n$/);
    expect(out).toContain(note);
  });

  test('nothing where all is known: the sample', async () => {
    const { out } = await graylane(['plan', '-f', ...sample(), '--rollout', 'rollout-a']);
    expect(out).not.toMatch(/\[\d\]/);
  });

  test('in YAML as in JSON', async () => {
    const { out } = await graylane(['plan', '-f', '-', '-o', 'yaml'], { input: text(app) });
    expect(JSON.stringify(parse(out))).toContain('"notes":["subset admin of Service web');
  });

  test('in the picture, below the rows', async () => {
    const folder = folderWith({ 'app.yaml': text(app) });
    await graylane(['plan', '-f', 'app.yaml', '--picture', 'out.svg'], { folder });
    const svg = readFileSync(`${folder}/out.svg`, 'utf8');
    expect(svg).toContain('>20% of the requests [1]</text>');
    expect(svg).toContain(`>${note}</text>`);
  });
});
