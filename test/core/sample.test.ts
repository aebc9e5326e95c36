/** The seed's sample at every stage: gateway -> spring-cloud-a -> spring-cloud-b. */
import { describe, expect, test } from 'vitest';
import { type Deployment, type Manifest, resolve, render, selects } from '../../lib/core';
import { deployment, find, gateways, image, renderAt, seed, service, SUBSET_ANNOTATION, TAG_LABELS } from './fixtures';

const at = (a?: string, b?: string) =>
  renderAt(seed, { ...(a !== undefined && { 'rollout-a': a }), ...(b !== undefined && { 'rollout-b': b }) });
const stable = (objects: readonly Manifest[], name: string) =>
  find<Deployment>(objects, 'Deployment', `spring-cloud-${name}`)!;
const canary = (objects: readonly Manifest[], name: string) =>
  find<Deployment>(objects, 'Deployment', `spring-cloud-${name}-canary`);
const route = (objects: readonly Manifest[]) => find(objects, 'Ingress', 'spring-cloud-a-canary');

/** The base as the lane set it up: requests without a tag stay out of every subset. */
const steady = seed.objects.map((object) =>
  object.kind === 'Ingress'
    ? { ...object, metadata: { ...object.metadata, annotations: { [SUBSET_ANNOTATION]: '' } } }
    : object,
);

/** stage of a: what stands of stable (version, paused), canary (version, replicas) and route. */
const storyboard: [string, { stable: string; canary?: string; route: boolean }][] = [
  ['start', { stable: 'v1', route: false }],
  ['step-1/canary', { stable: 'v1 paused', canary: 'v2 x 1', route: false }],
  ['step-1/route', { stable: 'v1 paused', canary: 'v2 x 1', route: true }],
  ['promote/stable', { stable: 'v2', canary: 'v2 x 1', route: true }],
  ['promote/unroute', { stable: 'v2', canary: 'v2 x 1', route: false }],
  ['stable', { stable: 'v2', route: false }],
  ['abort/stable', { stable: 'v1', canary: 'v2 x 1', route: true }],
  ['abort/unroute', { stable: 'v1', canary: 'v2 x 1', route: false }],
];

test.each(storyboard)('a at %s', (stage, wanted) => {
  const objects = at(stage);
  const { spec } = stable(objects, 'a');
  const extra = canary(objects, 'a');
  expect({
    stable: `${image(stable(objects, 'a'))}${spec.paused ? ' paused' : ''}`,
    ...(extra && { canary: `${image(extra)} x ${extra.spec.replicas}` }),
    route: route(objects) !== undefined,
  }).toEqual(wanted);
  expect(spec.replicas).toBe(3);
});

describe('at step-1', () => {
  const objects = at('step-1');

  test('stable spring-cloud-a is at v1, paused, with all replicas, and otherwise as declared', () => {
    const declared = deployment('spring-cloud-a');
    expect(stable(objects, 'a')).toEqual({
      ...declared,
      spec: {
        ...declared.spec,
        paused: true,
        template: {
          ...declared.spec.template,
          spec: { containers: [{ name: 'main', image: 'example.com/shop/spring-cloud-a:v1' }] },
        },
      },
    });
  });

  test('the canary Deployment runs one replica of v2 with the base labels and those of the patch', () => {
    expect(canary(objects, 'a')).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'spring-cloud-a-canary', labels: { 'graylane.io/rollout': 'rollout-a' } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'spring-cloud-a', 'graylane.io/track': 'canary' } },
        template: {
          metadata: {
            labels: {
              app: 'spring-cloud-a',
              'alicloud.service.tag': 'gray',
              'opensergo.io/canary-gray': 'gray',
              'graylane.io/track': 'canary',
            },
          },
          spec: { containers: [{ name: 'main', image: 'example.com/shop/spring-cloud-a:v2' }] },
        },
      },
    });
  });

  test("the canary's selector cannot match stable's pods", () => {
    const labels = stable(objects, 'a').spec.template.metadata!.labels;
    expect(selects(canary(objects, 'a')!.spec.selector.matchLabels, labels)).toBe(false);
  });

  test('the canary Ingress sends User-Agent=foo into the lane and sets the tag', () => {
    expect(route(objects)).toEqual({
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
          'mse.ingress.kubernetes.io/service-subset': 'gray',
          'graylane.io/route':
            '{"base":"Ingress/spring-cloud-a","matches":[{"headers":[{"name":"User-Agent","type":"Exact","value":"foo"}]}],' +
            '"owner":{"lane":"mse-traffic"},"requestHeaderModifier":{"set":[{"name":"x-mse-tag","value":"gray"}]},' +
            '"service":"spring-cloud-a","to":{"subset":"gray"}}',
        },
      },
      spec: find(seed.objects, 'Ingress', 'spring-cloud-a')!.spec,
    });
  });

  test('Services, and with b not in release all of b, are unchanged', () => {
    for (const object of [service('spring-cloud-a'), deployment('spring-cloud-b'), service('spring-cloud-b')]) {
      expect(find(objects, object.kind, object.metadata.name!)).toEqual(object);
    }
  });

  test('nothing else is there', () => {
    expect(objects).toHaveLength(seed.objects.length + 2);
  });
});

test('at promote/stable spring-cloud-a is v2 and not paused, and the lane is still open', () => {
  const objects = at('promote/stable');
  expect(stable(objects, 'a')).toEqual(deployment('spring-cloud-a'));
  expect(stable(objects, 'a').spec).not.toHaveProperty('paused');
  expect(route(objects)).toEqual(route(at('step-1')));
});

test('at the end there is the app with v2 and nothing else', () => {
  expect(at('stable')).toEqual(steady);
  expect(at('stable', 'stable')).toEqual(steady);
});

test('without a release there is the app as it is, with its lane set up', () => {
  expect(render(resolve(seed, gateways), new Map())).toEqual(steady);
});

test('the lane is set up once: its base is the same at every stage', () => {
  for (const [stage] of storyboard) {
    expect(find(at(stage), 'Ingress', 'spring-cloud-a')).toEqual(find(steady, 'Ingress', 'spring-cloud-a'));
  }
});

describe('b in release as well', () => {
  const subset = (objects: readonly Manifest[]) => route(objects)?.metadata.annotations?.[SUBSET_ANNOTATION];

  test('only b: the lane leads to stable spring-cloud-a, tagged, and the tag to the canary of b', () => {
    const objects = at(undefined, 'step-1');
    expect(canary(objects, 'a')).toBeUndefined();
    expect(canary(objects, 'b')!.spec.template.metadata!.labels).toMatchObject(TAG_LABELS);
    expect(subset(objects)).toBe('');
    expect(route(objects)!.metadata.annotations).toMatchObject({
      'mse.ingress.kubernetes.io/request-header-control-update': 'x-mse-tag gray',
    });
    expect(route(objects)!.spec).toEqual(find(seed.objects, 'Ingress', 'spring-cloud-a')!.spec);
  });

  // a and b: which subset the route names; undefined where there is no route.
  const together: [string | undefined, string | undefined, string | undefined][] = [
    ['step-1', 'step-1', 'gray'],
    ['step-1', undefined, 'gray'],
    ['step-1', 'step-1/canary', 'gray'],
    ['step-1/canary', 'step-1', ''],
    ['promote/stable', 'step-1', 'gray'],
    ['promote/unroute', 'step-1', ''],
    ['stable', 'step-1', ''],
    ['stable', 'promote/stable', ''],
    ['abort/unroute', 'step-1', ''],
    ['abort/stable', 'promote/unroute', 'gray'],
    ['promote/unroute', 'promote/unroute', undefined],
    ['step-1/canary', 'step-1/canary', undefined],
    ['stable', 'stable', undefined],
  ];

  test.each(together)('a at %s and b at %s: subset %j', (a, b, name) => {
    expect(subset(at(a, b))).toBe(name);
  });

  test('a finished while b goes on: no canary of a is left, and users of the lane have v2 of both', () => {
    const objects = at('stable', 'step-1');
    expect(canary(objects, 'a')).toBeUndefined();
    expect(image(stable(objects, 'a'))).toBe('v2');
    expect(image(canary(objects, 'b'))).toBe('v2');
    expect(route(objects)).toBeDefined();
  });
});
