/** The seed's sample at every stage, as its YAML says it. */
import { describe, expect, test } from 'vitest';
import {
  added,
  changes,
  deployment,
  expectSafe,
  GRAY,
  image,
  object,
  sample,
  sampleAt,
  selects,
  SUBSET,
  synth,
  TRACK,
} from './fixtures';

const A = 'Deployment/spring-cloud-a';
const CANARY = 'Deployment/spring-cloud-a-canary';
const CANARY_B = 'Deployment/spring-cloud-b-canary';
const ROUTE = 'Ingress/spring-cloud-a-canary';

const forth = ['start', 'step-1/canary', 'step-1/route', 'promote/stable', 'promote/unroute', 'stable'];

const v1 = sampleAt({});
const v2 = synth(sample({ a: { image: 'a:v2' } }).app);

describe('the objects of a release of spring-cloud-a', () => {
  test.each([
    ['start', { image: 'a:v1', paused: undefined, adds: [] }],
    ['step-1/canary', { image: 'a:v1', paused: true, adds: [CANARY] }],
    ['step-1/route', { image: 'a:v1', paused: true, adds: [CANARY, ROUTE] }],
    ['step-1', { image: 'a:v1', paused: true, adds: [CANARY, ROUTE] }],
    ['promote/stable', { image: 'a:v2', paused: undefined, adds: [CANARY, ROUTE] }],
    ['promote/unroute', { image: 'a:v2', paused: undefined, adds: [CANARY] }],
    ['stable', { image: 'a:v2', paused: undefined, adds: [] }],
    ['abort/stable', { image: 'a:v1', paused: undefined, adds: [CANARY, ROUTE] }],
    ['abort/unroute', { image: 'a:v1', paused: undefined, adds: [CANARY] }],
  ])('%s', (stage, expected) => {
    const objects = sampleAt({ a: stage });
    const { spec } = deployment(objects, 'spring-cloud-a');
    expect({ image: image(spec.template), paused: spec.paused, adds: added(v1, objects) }).toEqual(expected);
    for (const name of [...v1.keys()].filter((key) => key !== A)) expect(object(objects, name)).toEqual(v1.get(name));
  });
});

describe('step-1', () => {
  const objects = sampleAt({ a: 'step-1' });
  const stable = deployment(objects, 'spring-cloud-a');
  const canary = deployment(objects, 'spring-cloud-a-canary');
  const before = deployment(v1, 'spring-cloud-a');

  test('R2 stable is v1 with all replicas, and paused', () => {
    expect(stable).toEqual({ ...before, spec: { ...before.spec, paused: true } });
    expect(stable.spec.replicas).toBe(3);
  });

  test('the canary has 1 replica of v2 with the base labels, the lane labels and the track', () => {
    const labels = before.spec.template.metadata!.labels;
    expect(canary.spec.replicas).toBe(1);
    expect(canary.spec.template).toEqual({
      metadata: { labels: { ...labels, ...GRAY, [TRACK]: 'canary' } },
      spec: deployment(v2, 'spring-cloud-a').spec.template.spec,
    });
    expect(canary.metadata).toEqual({ name: 'spring-cloud-a-canary', labels: { 'graylane.io/rollout': 'rollout-a' } });
  });

  test("the canary's selector cannot match stable pods, and matches its own", () => {
    const selector = canary.spec.selector.matchLabels!;
    expect(selects(selector, canary.spec.template.metadata!.labels!)).toBe(true);
    expect(selects(selector, stable.spec.template.metadata!.labels!)).toBe(false);
    expect(selector).toMatchObject(stable.spec.selector.matchLabels!);
  });

  test('the canary Ingress is what Kruise writes, and repeats the base', () => {
    const base = object(v1, 'Ingress/spring-cloud-a');
    expect(object(objects, ROUTE)).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name: 'spring-cloud-a-canary',
        labels: { 'graylane.io/lane': 'mse-traffic' },
        annotations: {
          'nginx.ingress.kubernetes.io/canary': 'true',
          'nginx.ingress.kubernetes.io/canary-by-header': 'User-Agent',
          'nginx.ingress.kubernetes.io/canary-by-header-value': 'foo',
          'mse.ingress.kubernetes.io/request-header-control-update': 'x-mse-tag gray',
          [SUBSET]: 'gray',
          'graylane.io/route':
            '{"base":"Ingress/spring-cloud-a","matches":[{"headers":[{"name":"User-Agent","type":"Exact","value":"foo"}]}],' +
            '"owner":{"lane":"mse-traffic"},"requestHeaderModifier":{"set":[{"name":"x-mse-tag","value":"gray"}]},' +
            '"service":"spring-cloud-a","to":{"subset":"gray"}}',
        },
      },
      spec: base.spec,
    });
  });

  test('the lane is set up on the base from the beginning, never in mid-release', () => {
    expect(v1.get('Ingress/spring-cloud-a')!.metadata.annotations).toEqual({ [SUBSET]: '' });
    expect(objects.get('Ingress/spring-cloud-a')).toEqual(v1.get('Ingress/spring-cloud-a'));
  });

  test('b is not in release: no object of it changes', () => {
    const ofB = [...objects.keys()].filter((name) => name.includes('spring-cloud-b'));
    expect(ofB).toEqual(['Deployment/spring-cloud-b', 'Service/spring-cloud-b']);
    for (const name of ofB) expect(objects.get(name)).toEqual(v1.get(name));
  });
});

test('at the end there is the app with v2 and nothing else', () => {
  expect(sampleAt({ a: 'stable' })).toEqual(v2);
  expect(sampleAt({ a: 'start' })).toEqual(v1);
});

describe('R4 the lane of two rollouts', () => {
  const held = { image: 'gray', canaries: [CANARY, CANARY_B] };
  test.each([
    [
      { a: 'step-1/canary', b: 'step-1/canary' },
      { ...held, image: undefined },
    ],
    [{ a: 'step-1/route' }, { image: 'gray', canaries: [CANARY] }],
    [{ a: 'step-1/route', b: 'step-1/canary' }, held],
    // Only the hop holds it: to the entry's stable pods, tagged, so that b's canary is called.
    [{ b: 'step-1/route' }, { image: '', canaries: [CANARY_B] }],
    [
      { a: 'step-1/canary', b: 'step-1/route' },
      { ...held, image: '' },
    ],
    [{ a: 'step-1/route', b: 'step-1/route' }, held],
    [{ a: 'promote/stable', b: 'step-1/route' }, held],
    [
      { a: 'promote/unroute', b: 'step-1/route' },
      { ...held, image: '' },
    ],
    [
      { a: 'stable', b: 'step-1/route' },
      { image: '', canaries: [CANARY_B] },
    ],
    [
      { a: 'stable', b: 'promote/unroute' },
      { image: undefined, canaries: [CANARY_B] },
    ],
    [
      { a: 'abort/unroute', b: 'abort/unroute' },
      { ...held, image: undefined },
    ],
  ])('%o', (stages, { image: subset, canaries }) => {
    const objects = sampleAt(stages);
    const annotations = objects.get(ROUTE)?.metadata.annotations;
    expect(annotations?.[SUBSET]).toBe(subset);
    expect(added(v1, objects)).toEqual([...canaries, ...(subset === undefined ? [] : [ROUTE])]);
    if (annotations) {
      expect(annotations['mse.ingress.kubernetes.io/request-header-control-update']).toBe('x-mse-tag gray');
    }
  });

  test('a re-pointed lane changes nothing else of its Ingress', () => {
    const route = (stages: Parameters<typeof sampleAt>[0]) => object(sampleAt(stages), ROUTE);
    const both = route({ a: 'step-1', b: 'step-1' });
    const note = both.metadata.annotations!['graylane.io/route']!.replace('{"subset":"gray"}', '"stable"');
    const annotations = { ...both.metadata.annotations, [SUBSET]: '', 'graylane.io/route': note };
    expect(route({ b: 'step-1' })).toEqual({ ...both, metadata: { ...both.metadata, annotations } });
  });
});

describe('R1 R3 consecutive syntheses, applied in the worst order', () => {
  const ways = {
    release: forth,
    'abort of promote/stable': ['promote/stable', 'abort/stable', 'abort/unroute', 'start'],
    'abort of step-1/route': ['step-1/route', 'abort/unroute', 'start'],
    'abort of step-1/canary': ['step-1/canary', 'start'],
  };
  const pairs = Object.entries(ways).flatMap(([way, stages]) =>
    stages.slice(1).map((stage, i) => [way, stages[i]!, stage] as const),
  );

  test.each(pairs)('%s: %s, %s', (_, from, to) => {
    for (const b of [undefined, 'step-1/route']) {
      expectSafe(sampleAt({ a: from, b }), sampleAt({ a: to, b }), 'spring-cloud-a');
    }
  });

  test('the check finds what it is for', () => {
    const at = (a: string) => sampleAt({ a });
    const unsafe = [
      ['start', 'step-1/route'],
      ['step-1/route', 'stable'],
      ['promote/stable', 'stable'],
      ['step-1/route', 'promote/unroute'],
      ['step-1/route', 'start'],
    ] as const;
    for (const [from, to] of unsafe) expect(() => expectSafe(at(from), at(to), 'spring-cloud-a')).toThrow();
  });
});

test('the storyboard tells what the YAML of each stage changes', () => {
  const { chart } = sample({ a: { image: 'a:v2' } });
  const rows = chart.rollouts.a.storyboard();
  expect(rows.map(({ stage }) => stage)).toEqual(forth);
  for (const [i, { stage, changes: told }] of rows.entries()) {
    const names = told.map(({ verb, kind, name }) => `${verb} ${kind}/${name}`).sort();
    expect(names).toEqual(i === 0 ? [] : changes(sampleAt({ a: forth[i - 1] }), sampleAt({ a: stage })));
  }
});
