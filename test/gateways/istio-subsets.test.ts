/** A host may have several Deployments behind it, which subsets tell apart; and DestinationRules that nobody names. */
import { describe, expect, test } from 'vitest';
import type { Deployment, LaneSpec, Manifest, RolloutSpec, Step } from '../../lib/core';
import { GraylaneError, render, resolve, routesIn, standingAt } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, service } from '../core/fixtures';
import { simulated } from '../cluster/simulated.world';
import { release, userApplies } from '../cluster/world';

const pods = { app: 'shop', tier: 'public' };
const workload: Deployment = deployment('shop', {
  selector: { matchLabels: pods },
  template: {
    metadata: { labels: { ...pods, team: 'blue' } },
    spec: { containers: [{ name: 'main', image: 'shop:v2' }] },
  },
});
const api = 'networking.istio.io/v1';
const to = (subset?: string, weight?: number) => ({
  destination: { host: 'shop', ...(subset !== undefined && { subset }) },
  ...(weight !== undefined && { weight }),
});
const subsets = [
  { name: 'staff', labels: { tier: 'staff' } },
  {
    name: 'public',
    labels: { tier: 'public' },
    trafficPolicy: { connectionPool: { http: { http1MaxPendingRequests: 5 } } },
  },
  { name: 'blue', labels: { tier: 'public', team: 'blue' }, trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } },
  { name: 'all' },
];

function virtualService(http: unknown[], name = 'shop'): Manifest {
  return { apiVersion: api, kind: 'VirtualService', metadata: { name }, spec: { hosts: ['shop.example.com'], http } };
}

function destinationRule(spec: object, name = 'shop'): Manifest {
  return { apiVersion: api, kind: 'DestinationRule', metadata: { name }, spec };
}

const tls = { tls: { mode: 'ISTIO_MUTUAL' } };
const rule = destinationRule({ host: 'shop', trafficPolicy: tls, subsets });
const staff = { match: [{ uri: { prefix: '/staff' } }], route: [to('staff')] };
const weighted: Step = { replicas: 1, traffic: '20%' };
const matched: Step = { replicas: 1, matches: [{ headers: [{ name: 'x-try', value: 'yes' }] }] };
const ref = (kind: string, name = 'shop') => ({ apiVersion: api, kind, name });
const namedBy = (...customNetworkRefs: object[]) =>
  [{ service: 'shop', customNetworkRefs }] as unknown as RolloutSpec['trafficRoutings'];

interface Asked {
  readonly step?: Step;
  readonly refs?: RolloutSpec['trafficRoutings'];
}

function routed(objects: readonly Manifest[], { step = weighted, refs = namedBy(ref('VirtualService')) }: Asked = {}) {
  const rollout: RolloutSpec = { name: 'shop', workloadRef: { name: 'shop' }, steps: [step], trafficRoutings: refs! };
  const all = [workload, service('shop', { selector: { app: 'shop' } }), ...objects];
  const topology = resolve({ objects: all, lanes: [], rollouts: [rollout] }, gateways);
  const [member] = topology.members;
  const { template } = workload.spec;
  const written = render(
    topology,
    new Map([[member!, standingAt(member!, 'step-1', { stable: template, target: template })]]),
  );
  const find = (kind: string, name: string) => written.find((one) => one.kind === kind && one.metadata.name === name);
  const base = find('VirtualService', 'shop')!;
  return {
    base,
    http: (base.spec as { http: object[] }).http,
    policy: find('DestinationRule', 'shop-canary')?.spec,
    written,
  };
}

/** `host`, `host[subset]`, with the weight of each. */
function destinations(http: object): string[] {
  const { route } = http as { route: { destination: { host: string; subset?: string }; weight?: number }[] };
  return route.map(
    ({ destination: { host, subset }, weight }) => `${host}${subset ? `[${subset}]` : ''}${weight ? ` ${weight}` : ''}`,
  );
}

describe('rules to pods of another Deployment stay as they are', () => {
  test.each<[string, unknown[], Step, string[][]]>([
    [
      'a share',
      [staff, { route: [to('public')] }],
      weighted,
      [['shop[staff]'], ['shop[public] 80', 'shop-canary 20'], ['shop[public]']],
    ],
    ['a match', [staff, { route: [to('public')] }], matched, [['shop[staff]'], ['shop-canary'], ['shop[public]']]],
    [
      'in one rule with the pods that are released',
      [{ route: [to('public', 90), to('staff', 10)] }],
      weighted,
      [
        ['shop[public] 72', 'shop-canary 18', 'shop[staff] 10'],
        ['shop[public] 90', 'shop[staff] 10'],
      ],
    ],
    [
      'beside all pods of the host',
      [staff, { route: [to()] }],
      weighted,
      [['shop[staff]'], ['shop 80', 'shop-canary 20'], ['shop']],
    ],
    [
      'a subset by several labels is theirs',
      [staff, { route: [to('blue')] }],
      weighted,
      [['shop[staff]'], ['shop[blue] 80', 'shop-canary 20'], ['shop[blue]']],
    ],
    [
      'a subset without labels is theirs',
      [staff, { route: [to('all')] }],
      weighted,
      [['shop[staff]'], ['shop[all] 80', 'shop-canary 20'], ['shop[all]']],
    ],
    [
      'a subset that nobody declares is taken for theirs',
      [staff, { route: [to('v9')] }],
      weighted,
      [['shop[staff]'], ['shop[v9] 80', 'shop-canary 20'], ['shop[v9]']],
    ],
  ])('%s', (_, http, step, expected) => {
    for (const refs of [namedBy(ref('VirtualService')), namedBy(ref('VirtualService'), ref('DestinationRule'))]) {
      expect(routed([virtualService(http), rule], { step, refs }).http.map(destinations)).toEqual(expected);
    }
  });

  test('others find in the note which subsets are meant; where all are, it says nothing of them', () => {
    const noted = (http: unknown[]) => routesIn(routed([virtualService(http), rule]).base)[0]!;
    expect(noted([staff, { route: [to('public')] }]).subsets).toEqual(['public']);
    expect(noted([{ route: [to('public')] }])).not.toHaveProperty('subsets');
    expect(noted([staff, { route: [to('public')] }])).not.toHaveProperty('pods');
  });

  test('a share that somebody else takes back does not touch them', () => {
    const other = {
      owner: { rollout: 'other' },
      service: 'other',
      to: { service: 'other-canary' },
      weight: 50,
    } as const;
    const mixed = { route: [to('public', 40), to('staff', 20), { destination: { host: 'other' }, weight: 40 }] };
    const own = {
      owner: { rollout: 'shop' },
      service: 'shop',
      to: { service: 'shop-canary' },
      weight: 20,
      pods,
    } as const;
    const around = { services: [], bases: [], others: [rule] };
    const istio = gateways.istio!;
    const [both] = istio.write(virtualService([mixed]), [own, other], around);
    const [left] = istio.write(both!, [], { ...around, writer: other.owner });
    const [again] = istio.write(both!, [], around);
    expect(again!.spec).toEqual(virtualService([mixed]).spec);
    expect((left!.spec as { http: object[] }).http.at(-1)).toEqual(mixed);
  });
});

describe('what is said of connections reaches the host of the canary', () => {
  const http = [{ route: [to()] }];
  test.each<[string, Manifest[], unknown[], object | undefined]>([
    [
      'of a rule that nobody names',
      [destinationRule({ host: 'shop', trafficPolicy: tls })],
      http,
      { host: 'shop-canary', trafficPolicy: tls },
    ],
    [
      'of all hosts',
      [destinationRule({ host: '*', trafficPolicy: tls }, 'mesh')],
      http,
      { host: 'shop-canary', trafficPolicy: tls },
    ],
    [
      'of all hosts of the cluster',
      [destinationRule({ host: '*.local', trafficPolicy: tls }, 'mesh')],
      http,
      { host: 'shop-canary', trafficPolicy: tls },
    ],
    [
      "of the host's own before that of all",
      [destinationRule({ host: '*.local', trafficPolicy: {} }, 'mesh'), rule],
      http,
      { host: 'shop-canary', trafficPolicy: tls },
    ],
    [
      "with the subset's own fields over those of the host",
      [rule],
      [{ route: [to('public')] }],
      { host: 'shop-canary', trafficPolicy: { ...tls, ...subsets[1]!.trafficPolicy } },
    ],
    [
      'and not of a subset of other pods',
      [rule],
      [staff, { route: [to('blue')] }],
      { host: 'shop-canary', trafficPolicy: { ...tls, ...subsets[2]!.trafficPolicy } },
    ],
    ['of other hosts: nothing', [destinationRule({ host: 'cart', trafficPolicy: tls })], http, undefined],
    ['of other domains: nothing', [destinationRule({ host: '*.example.com', trafficPolicy: tls })], http, undefined],
  ])('%s', (_, rules, http, expected) => {
    const isOwn = ({ metadata }: Manifest) => metadata.labels?.['graylane.io/rollout'] !== undefined;
    const { written } = routed([virtualService(http), ...rules]);
    const found = written.filter((one) => one.kind === 'DestinationRule' && isOwn(one));
    expect(found.map(({ spec }) => spec)).toEqual(expected === undefined ? [] : [expected]);
  });

  test('once, where several bases lead to it', () => {
    const refs = namedBy(ref('VirtualService'), ref('VirtualService', 'mesh'));
    const objects = [
      virtualService(http),
      virtualService(http, 'mesh'),
      destinationRule({ host: 'shop', trafficPolicy: tls }),
    ];
    const { written } = routed(objects, { refs });
    expect(
      written
        .filter(({ metadata }) => metadata.name === 'shop-canary')
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['Deployment', 'DestinationRule', 'Service']);
  });
});

describe('what cannot be is refused at the subset', () => {
  const problems = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (error instanceof GraylaneError) return error.problems.map(({ path, given }) => `${path}: ${given}`);
      throw error;
    }
    return [];
  };
  const at = 'spec.http.route.destination.subset';

  test('a base that leads to other pods only', () => {
    expect(problems(() => routed([virtualService([staff]), rule]))).toEqual([`${at}: ["staff"]`]);
  });

  test('several policies for one host', () => {
    const http = [{ match: [{ uri: { prefix: '/a' } }], route: [to('blue')] }, { route: [to('public')] }];
    expect(problems(() => routed([virtualService(http), rule]))).toEqual([`${at}: "shop, subsets blue, public"`]);
  });

  test('a lane, which does not know whose pods its routes are about', () => {
    const lane: LaneSpec = {
      name: 'beta',
      objectRef: namedBy(ref('VirtualService')) as LaneSpec['objectRef'],
      matches: matched.matches!,
    };
    const rollout: RolloutSpec = {
      name: 'shop',
      workloadRef: { name: 'shop' },
      steps: [{ replicas: 1 }],
      trafficRoutingRef: 'beta',
    };
    const objects = (http: unknown[]) => [
      workload,
      service('shop', { selector: { app: 'shop' } }),
      rule,
      virtualService(http),
    ];
    const asked = (http: unknown[]) =>
      problems(() => resolve({ objects: objects(http), lanes: [lane], rollouts: [rollout] }, gateways));
    expect(asked([staff, { route: [to('public')] }])).toEqual([`${at}: ["staff"]`]);
    expect(asked([{ route: [to('public')] }])).toEqual([]);
  });
});

test('a live release writes the same, and takes all of it back', async () => {
  const world = await simulated.make();
  const base = virtualService([staff, { route: [to('public')] }]);
  await userApplies(world, [service('shop', { selector: { app: 'shop' } }), base, rule]);
  const trafficRoutings = namedBy(ref('VirtualService'));
  const declared = (image: string) => ({
    objects: [withImage(image)],
    lanes: [],
    rollouts: [
      {
        name: 'shop',
        workloadRef: { name: 'shop' },
        steps: [{ ...weighted, pause: {} }],
        trafficRoutings: trafficRoutings!,
      },
    ],
  });
  await release(world, declared('v1'));
  await release(world, declared('v2'));
  const live = async (kind: string, name: string) =>
    (await world.api.get({ apiVersion: api, kind, name, namespace: world.namespace }))?.spec as
      { http?: object[] } | undefined;
  expect((await live('VirtualService', 'shop'))!.http!.map(destinations)).toEqual([
    ['shop[staff]'],
    ['shop[public] 80', 'shop-canary 20'],
    ['shop[public]'],
  ]);
  expect(await live('DestinationRule', 'shop-canary')).toEqual(routed([base, rule]).policy);
  await release(world, declared('v1'));
  expect((await live('VirtualService', 'shop'))!.http).toEqual((base.spec as { http: object[] }).http);
  expect(await live('DestinationRule', 'shop-canary')).toBeUndefined();
});

function withImage(version: string): Deployment {
  const { template } = workload.spec;
  const containers = [{ name: 'main', image: `example.com/shop:${version}` }];
  return { ...workload, spec: { ...workload.spec, template: { ...template, spec: { containers } } } };
}
