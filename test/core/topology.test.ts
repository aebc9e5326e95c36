/** What an app's lanes and rollouts refer to, and what of it is refused before anything is rendered (R10, R12). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Declarations,
  type Gateways,
  GraylaneError,
  type Manifest,
  resolve,
  type RouteSpec,
  routesOf,
  type Special,
  type Step,
  locationOf,
} from '../../lib/core';
import {
  deployment,
  exposed,
  find,
  gateways,
  ingress,
  joinedRollout,
  lane,
  laneRollout,
  limited,
  memberOf,
  ownApp,
  ownRollout,
  renderAt,
  seed,
  service,
} from './fixtures';

function problemsOf(declarations: Declarations, over: Gateways = gateways): string[] {
  try {
    resolve(declarations, over);
    return [];
  } catch (error) {
    if (!(error instanceof GraylaneError)) throw error;
    return error.problems.map((one) => `${one.code} ${locationOf(one)}`);
  }
}

const NONE = { types: [], most: 0 };
const own = (...steps: Step[]): Declarations => ({
  objects: exposed('app'),
  lanes: [],
  rollouts: [ownRollout('app', steps)],
});
const STEP: Step = { replicas: 1, traffic: '20%' };

describe('R10 our name without our label', () => {
  const labelled = (object: Manifest): Manifest => ({
    ...object,
    metadata: { ...object.metadata, labels: { 'graylane.io/rollout': 'rollout-app' } },
  });
  const taken = [
    deployment('app-canary', { selector: { matchLabels: { app: 'x' } } }),
    service('app-canary', { selector: { app: 'x' } }),
    ingress('app-canary'),
  ];

  test.each(taken.map((object): [string, Manifest] => [object.kind, object]))('%s', (_, object) => {
    const app = own(STEP);
    expect(problemsOf({ ...app, objects: [...app.objects, object] })).toEqual([
      'object-taken rollout rollout-app: metadata.name',
    ]);
    expect(problemsOf({ ...app, objects: [...app.objects, labelled(object)] })).toEqual([]);
  });

  test('of a second match, although another step has only one', () => {
    const match = (value: string) => ({ headers: [{ name: 'x-user', value }] });
    const app = own({ replicas: 1, matches: [match('a')] }, { replicas: 1, matches: [match('a'), match('b')] });
    const second = find(renderAt(app, { 'rollout-app': 'step-2' }), 'Ingress', 'app-canary-2')!;
    expect(problemsOf({ ...app, objects: [...app.objects, ingress(second.metadata.name!)] })).toHaveLength(1);
  });

  test('in another namespace, or of another kind, it is free', () => {
    const app = own(STEP);
    const others = [deployment('app-canary', {}, 'elsewhere'), { ...service('app-canary'), kind: 'ConfigMap' }];
    expect(problemsOf({ ...app, objects: [...app.objects, ...others] })).toEqual([]);
  });

  test('a Service of two workloads that are both released apart cannot have two canary Services', () => {
    const labels = (app: string) => ({ app, team: 'shop' });
    const of = (app: string) =>
      deployment(app, {
        selector: { matchLabels: labels(app) },
        template: { metadata: { labels: labels(app) } },
      });
    const objects = [of('a'), of('b'), service('shop', { selector: { team: 'shop' } }), ingress('shop')];
    const trafficRoutings = [{ service: 'shop', ingress: { classType: 'mse', name: 'shop' } }];
    const rollouts = ['a', 'b'].map((name) => ownRollout(name, [STEP], { trafficRoutings, canaryLabel: 'team' }));
    expect(problemsOf({ objects, lanes: [], rollouts: [rollouts[0]!] })).toEqual([]);
    const both = { objects, lanes: [], rollouts };
    expect(problemsOf(both)).toContain('object-taken rollout rollout-b: metadata.name');
    expect(() => resolve(both, gateways)).toThrow(
      /Service shop-canary, wanted by rollout rollout-a and rollout rollout-b/,
    );
  });

  test('a lane and a rollout of one name on one base want the same Ingress', () => {
    const objects = [...seed.objects, deployment('c'), service('c')].map((object) =>
      object.kind === 'Ingress' ? ingressTo('spring-cloud-a', 'spring-cloud-a', 'c') : object,
    );
    const trafficRoutings = [{ service: 'c', ingress: { classType: 'mse', name: 'spring-cloud-a' } }];
    const named = (name: string): Declarations => ({
      ...seed,
      objects,
      rollouts: [...seed.rollouts, ownRollout('c', [STEP], { name, trafficRoutings })],
    });
    expect(problemsOf(named('rollout-c'))).toEqual([]);
    expect(problemsOf(named('mse-traffic'))).toContain('object-taken rollout mse-traffic: metadata.name');
  });
});

describe('R12 everything outside of what a gateway supports is an error, at the field as it was written', () => {
  const header = { name: 'x-user', value: 'foo' };
  const many = (route: RouteSpec): Declarations => ({
    ...seed,
    lanes: [lane({ matches: undefined as never, ...route })],
  });
  const cases: [string, Special, RouteSpec, string][] = [
    [
      'regex headers',
      { match: { headers: { types: ['Exact'], most: 1 } } },
      { matches: [{ headers: [{ ...header, type: 'RegularExpression' }] }] },
      'matches[0].headers[0].type',
    ],
    [
      'exact headers',
      { match: { headers: { types: ['RegularExpression'], most: 1 } } },
      { matches: [{ headers: [header] }] },
      'matches[0].headers[0].type',
    ],
    ['headers', { match: { headers: NONE } }, { matches: [{ headers: [header] }] }, 'matches[0].headers'],
    ['several headers', {}, { matches: [{ headers: [header, { ...header, name: 'y' }] }] }, 'matches[0].headers'],
    ['query', { match: { queryParams: NONE } }, { matches: [{ queryParams: [header] }] }, 'matches[0].queryParams'],
    [
      'several query parameters',
      {},
      { matches: [{ queryParams: [header, { ...header, name: 'y' }] }] },
      'matches[0].queryParams',
    ],
    ['cookies', { match: { cookies: NONE } }, { matches: [{ cookies: [header] }] }, 'matches[0].cookies'],
    [
      'regex cookies',
      {},
      { matches: [{ cookies: [{ ...header, type: 'RegularExpression' }] }] },
      'matches[0].cookies[0].type',
    ],
    [
      'cookie values',
      { match: { cookies: { types: ['Exact'], most: 1, values: ['always'] } } },
      { matches: [{ cookies: [header] }] },
      'matches[0].cookies[0].value',
    ],
    ['path', {}, { matches: [{ path: { type: 'Exact', value: '/' } }] }, 'matches[0].path'],
    ['conditions of several kinds', {}, { matches: [{ headers: [header], queryParams: [header] }] }, 'matches[0]'],
    ['matches', { route: { matches: 1 } }, { matches: [{ headers: [header] }, { queryParams: [header] }] }, 'matches'],
    [
      'matches of one kind',
      { route: { matches: 2, ofKind: 1 } },
      { matches: [{ headers: [header] }, { headers: [{ ...header, value: 'other' }] }] },
      'matches',
    ],
    ['a weight', { route: { weight: 'none' } }, { weight: 20 }, 'weight'],
    [
      'a weight beside matches',
      { route: { weight: 'alone' } },
      { matches: [{ headers: [header] }], weight: 20 },
      'weight',
    ],
    ['setting headers', { route: { requestHeaders: ['add', 'remove'] } }, { weight: 20 }, 'requestHeaderModifier.set'],
    [
      'adding headers',
      { route: { requestHeaders: ['set', 'remove'] } },
      { weight: 20, requestHeaderModifier: { ...lane().requestHeaderModifier, add: [header] } },
      'requestHeaderModifier.add',
    ],
    [
      'headers beside a weight',
      { route: { requestHeadersOf: 'matches' } },
      { weight: 20, requestHeaderModifier: lane().requestHeaderModifier! },
      'requestHeaderModifier',
    ],
    [
      'removing headers',
      { route: { requestHeaders: ['set', 'add'] } },
      { weight: 20, requestHeaderModifier: { ...lane().requestHeaderModifier, remove: ['x'] } },
      'requestHeaderModifier.remove',
    ],
  ];

  test.each(cases)('%s', (_, supports, route, path) => {
    expect(problemsOf(many(route), limited(supports))).toEqual([`gateway-unsupported lane mse-traffic: ${path}`]);
  });

  test.each(cases)('%s: the message names the gateway and what it can do', (_, supports, route) => {
    expect(() => resolve(many(route), limited(supports))).toThrow(/mse can route by/);
  });

  test('a step says traffic where a lane says weight', () => {
    expect(problemsOf(own(STEP), limited({ route: { weight: 'none' } }))).toEqual([
      'gateway-unsupported rollout rollout-app: steps[0].traffic',
    ]);
  });

  test('each step is checked, not only the first', () => {
    const step = { replicas: 1, matches: [{ path: { type: 'Exact' as const, value: '/' } }] };
    expect(problemsOf(own(STEP, step))).toEqual(['gateway-unsupported rollout rollout-app: steps[1].matches[0].path']);
  });

  test('a lane with hops needs a gateway that routes to the base itself', () => {
    expect(problemsOf(seed, limited({ canary: { stable: false } }))).toEqual([
      'gateway-unsupported rollout rollout-b: trafficRoutingRef',
    ]);
    expect(problemsOf({ ...seed, rollouts: [seed.rollouts[0]!] }, limited({ canary: { stable: false } }))).toEqual([]);
  });

  test('more routings on one base than it bears: both are named', () => {
    const second = lane({ name: 'second', matches: [{ headers: [{ name: 'User-Agent', value: 'bar' }] }] });
    const two = { ...seed, lanes: [lane(), second] };
    expect(problemsOf(two)).toEqual([]);
    expect(() => resolve(two, limited({ base: { routings: 1 } }))).toThrow(/lane mse-traffic and lane second/);
  });

  test('the tag of lanes is no condition, in own routing either', () => {
    const step = { replicas: 1, matches: [{ headers: [{ name: 'X-Mse-Tag', value: 'gray' }] }] };
    expect(problemsOf(own(step))).toEqual([
      'condition-reserved rollout rollout-app: steps[0].matches[0].headers[0].name',
    ]);
  });

  test('a route that is accepted reaches the manifests whole: nothing is silently dropped', () => {
    fc.assert(
      fc.property(ownApp, ({ declarations }) => {
        const [{ steps }] = declarations.rollouts as [Declarations['rollouts'][number]];
        const n = steps.findIndex(({ traffic, matches }) => traffic !== undefined || matches !== undefined);
        fc.pre(n >= 0);
        const objects = renderAt(declarations, { 'rollout-app-0': `step-${n + 1}` });
        const { traffic, matches } = steps[n]!;
        const route = {
          owner: { rollout: 'rollout-app-0' },
          service: 'app-0',
          to: { service: 'app-0-canary' },
          ...(matches && { matches }),
          ...(traffic !== undefined && { weight: Number(traffic.slice(0, -1)) }),
        };
        expect(routesOf(objects)).toEqual([{ base: 'Ingress/app-0', route }]);
      }),
    );
  });
});

describe('what a lane refers to', () => {
  test('the entry is the rollout whose pods the Service selects, whatever its name', () => {
    const objects = [
      deployment('frontend', {
        selector: { matchLabels: { app: 'spring-cloud-a' } },
        template: { metadata: { labels: { app: 'spring-cloud-a' } } },
      }),
      ...seed.objects.slice(1),
    ];
    const topology = resolve(
      { ...seed, objects, rollouts: [laneRollout('rollout-a', 'frontend'), seed.rollouts[1]!] },
      gateways,
    );
    expect(topology.members.map(({ entry }) => entry)).toEqual([true, false]);
  });

  test('over several bases the route is on each of them', () => {
    const objectRef = ['spring-cloud-a', 'second'].map((name) => ({
      service: 'spring-cloud-a',
      ingress: { classType: 'mse', name },
    }));
    const app = {
      ...seed,
      objects: [...seed.objects, ingress('second', 'spring-cloud-a')],
      lanes: [lane({ objectRef })],
    };
    const canaries = renderAt(app, { 'rollout-a': 'step-1' }).filter(
      ({ kind, metadata }) => kind === 'Ingress' && metadata.name!.endsWith('-canary'),
    );
    expect(canaries.map(({ metadata }) => metadata.name)).toEqual(['spring-cloud-a-canary', 'second-canary']);
  });

  test('the longest grace period of its bases is that of the lane, 3 seconds without one', () => {
    const grace = (...seconds: (number | undefined)[]) => {
      const names = seconds.map((_, i) => `base-${i}`);
      const objectRef = names.map((name, i) => ({
        service: 'spring-cloud-a',
        ingress: { classType: 'mse', name },
        ...(seconds[i] !== undefined && { gracePeriodSeconds: seconds[i] }),
      }));
      const objects = [...seed.objects, ...names.map((name) => ingress(name, 'spring-cloud-a'))];
      return resolve({ ...seed, objects, lanes: [lane({ objectRef })] }, gateways).routings[0]!.gracePeriodSeconds;
    };
    expect([grace(undefined), grace(0), grace(5, undefined), grace(1, 10)]).toEqual([3, 0, 5, 10]);
  });

  test('lanes of two namespaces may share a name: a rollout takes part in that of its own', () => {
    const inNamespace = (namespace: string) => [
      deployment('spring-cloud-a', {}, namespace),
      service('spring-cloud-a', {}, namespace),
      ingress('spring-cloud-a', 'spring-cloud-a', namespace),
    ];
    const app = (ref: string): Declarations => ({
      objects: ['blue', 'green'].flatMap(inNamespace),
      lanes: ['blue', 'green'].map((namespace) => lane({ namespace })),
      rollouts: [laneRollout('rollout-a', 'spring-cloud-a', { namespace: 'green', trafficRoutingRef: ref })],
    });
    const laneOf = (ref: string) => memberOf(resolve(app(ref), gateways), 'rollout-a').routing!.lane!.namespace;
    expect(laneOf('mse-traffic')).toBe('green');
    expect(laneOf('blue/mse-traffic')).toBe('blue');
    expect(problemsOf(app('elsewhere/mse-traffic'))).toEqual(['lane-not-found rollout rollout-a: trafficRoutingRef']);
  });

  test('two lanes on one base are apart in name, whichever of them is open', () => {
    const second = lane({
      name: 'blue-traffic',
      matches: [{ headers: [{ name: 'User-Agent', value: 'bar' }] }],
      requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'blue' }] },
    });
    const blue = { labels: { 'opensergo.io/canary-blue': 'blue' } };
    const rollouts = [
      laneRollout('rollout-a', 'spring-cloud-a'),
      laneRollout('rollout-b', 'spring-cloud-b', { trafficRoutingRef: 'blue-traffic', patchPodTemplateMetadata: blue }),
    ];
    const app = { ...seed, lanes: [lane(), second], rollouts };
    const names = (at: Record<string, string>) =>
      renderAt(app, at).flatMap(({ kind, metadata }) => (kind === 'Ingress' ? [metadata.name] : []));
    const [gray, other] = ['spring-cloud-a-mse-traffic-canary', 'spring-cloud-a-blue-traffic-canary'];
    expect(names({ 'rollout-a': 'step-1' })).toEqual(['spring-cloud-a', gray]);
    expect(names({ 'rollout-b': 'step-1' })).toEqual(['spring-cloud-a', other]);
    expect(names({ 'rollout-a': 'step-1', 'rollout-b': 'step-1' })).toEqual(['spring-cloud-a', gray, other]);
  });

  test('a lane without rollouts only sets up its base', () => {
    expect(renderAt({ ...seed, rollouts: [] }, {})).toHaveLength(seed.objects.length);
  });
});

describe('a base', () => {
  test('may lead to the Service by its default backend alone', () => {
    const backend = { service: { name: 'app', port: { number: 80 } } };
    const base = { ...ingress('app'), spec: { ingressClassName: 'mse', defaultBackend: backend } };
    const app = { ...own(STEP), objects: [deployment('app'), service('app'), base] };
    const canary = find(renderAt(app, { 'rollout-app': 'step-1' }), 'Ingress', 'app-canary')!;
    expect(canary.spec).toEqual({
      ingressClassName: 'mse',
      defaultBackend: { service: { name: 'app-canary', port: { number: 80 } } },
    });
  });

  test('gives the canary only the paths that lead to the Service', () => {
    const app = { ...own(STEP), objects: [deployment('app'), service('app'), ingressTo('app', 'other', 'app')] };
    const canary = find(renderAt(app, { 'rollout-app': 'step-1' }), 'Ingress', 'app-canary')!;
    expect(JSON.stringify(canary.spec)).not.toContain('other');
    expect(JSON.stringify(canary.spec)).toContain('"app-canary"');
  });

  test('stays as it was declared with own routing', () => {
    expect(find(renderAt(own(STEP), { 'rollout-app': 'step-1' }), 'Ingress', 'app')).toEqual(ingress('app'));
  });
});

test('all problems of the specs are told at once', () => {
  const broken = { ...seed, lanes: [lane({ name: 'X' })], rollouts: [laneRollout('Y', '', { steps: [] })] };
  expect(problemsOf(broken)).toEqual([
    'name-invalid lane X: metadata.name',
    'name-invalid rollout Y: metadata.name',
    'workload-missing rollout Y: workloadRef.name',
    'steps-count rollout Y: steps',
  ]);
});

test('a rollout finds its Deployment in its own namespace only', () => {
  const app = (namespace?: string): Declarations => ({
    objects: [deployment('app', {}, 'shop')],
    lanes: [],
    rollouts: [{ ...joinedRollout('app', [{ replicas: 1 }]), ...(namespace !== undefined && { namespace }) }],
  });
  expect(problemsOf(app('shop'))).toEqual([]);
  expect(problemsOf(app())).toEqual(['workload-not-found rollout rollout-app: workloadRef.name']);
});

/** An Ingress with a path to each of these Services. */
function ingressTo(name: string, ...backends: string[]): Manifest {
  const paths = backends.map((backend) => ({
    path: `/${backend}`,
    pathType: 'Prefix',
    backend: { service: { name: backend, port: { number: 80 } } },
  }));
  return {
    ...ingress(name),
    spec: { ingressClassName: 'mse', rules: [{ host: 'shop.example.com', http: { paths } }] },
  };
}
