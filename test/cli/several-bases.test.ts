/** Several bases of one Service, and several Services behind one base: rollouts as people write them in YAML. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from '../../lib/core';
import { deployment, service } from '../cluster/app';
import { folderWith, graylane, names, objects } from './fixtures';

/** A Service and its host, in one Ingress for each path. */
const door = (name: string, paths: Record<string, string>, className = 'nginx'): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name },
  spec: {
    ingressClassName: className,
    rules: [
      {
        host: `${name}.example.com`,
        http: {
          paths: Object.entries(paths).map(([path, to]) => ({
            path,
            pathType: 'Prefix',
            backend: { service: { name: to, port: { number: 80 } } },
          })),
        },
      },
    ],
  },
});

const httpRoute = (name: string, to: string): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name },
  spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: to, port: 80 }] }] },
});

const app = (name: string): Manifest[] => [deployment(name), service(name)];

const by = (classType: string, name: string) => ({ ingress: { classType, name } });

function rollout(name: string, bases: readonly object[], traffic = '20%', of = name): Manifest {
  return {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      strategy: {
        canary: {
          enableExtraWorkloadForCanary: true,
          steps: [{ replicas: 1, traffic }],
          trafficRoutings: bases.map((base) => ({ service: of, ...base })),
        },
      },
    },
  };
}

const run = (command: string[], manifests: readonly Manifest[]) => {
  const folder = folderWith({ 'all.yaml': manifests.map((one) => stringify(one)).join('---\n') });
  return graylane([...command, '-f', `${folder}/all.yaml`]);
};

const routes = (out: string) => names(out).filter((name) => /^(Ingress|HTTPRoute) .*-canary/.test(name));

describe("several bases in a rollout's own routing: all of them move together", () => {
  test.each<[string, Manifest[], object[], string[]]>([
    [
      'two Ingresses of one class',
      [door('out', { '/': 'pay' }), door('in', { '/': 'pay' })],
      [by('nginx', 'out'), by('nginx', 'in')],
      ['Ingress out-canary', 'Ingress in-canary'],
    ],
    [
      'two Ingresses of two classes',
      [door('out', { '/': 'pay' }, 'public'), door('in', { '/': 'pay' }, 'internal')],
      [by('nginx', 'out'), by('nginx', 'in')],
      ['Ingress out-canary', 'Ingress in-canary'],
    ],
    [
      'Ingresses that two gateways read',
      [door('out', { '/': 'pay' }, 'mse'), door('in', { '/': 'pay' })],
      [by('mse', 'out'), by('nginx', 'in')],
      ['Ingress out-canary', 'Ingress in-canary'],
    ],
    [
      'three Ingresses',
      ['a', 'b', 'c'].map((name) => door(name, { '/': 'pay' }, 'higress')),
      ['a', 'b', 'c'].map((name) => by('higress', name)),
      ['Ingress a-canary', 'Ingress b-canary', 'Ingress c-canary'],
    ],
  ])('%s', async (_, bases, refs, expected) => {
    const { code, out, err } = await run(
      ['render', '--stage', 'step-1'],
      [...app('pay'), ...bases, rollout('pay', refs)],
    );
    expect([code, err.replace(/^warning.*\n/gm, '')]).toEqual([0, '']);
    expect(routes(out)).toEqual(expect.arrayContaining(expected));
    expect(routes(out)).toHaveLength(expected.length);
  });

  test('an Ingress and an HTTPRoute: the canary is known to both, and the weight is on both', async () => {
    const all = [...app('pay'), door('out', { '/': 'pay' }), httpRoute('in', 'pay')];
    const { out } = await run(
      ['render', '--stage', 'step-1'],
      [...all, rollout('pay', [by('nginx', 'out'), { gateway: { httpRouteName: 'in' } }])],
    );
    const route = objects(out).find(({ kind, metadata }) => kind === 'HTTPRoute' && metadata.name === 'in')!;
    expect(JSON.stringify(route.spec)).toContain('"name":"pay-canary"');
    expect(names(out)).toContain('Ingress out-canary');
  });

  test.each<[string, Manifest[], object, string[]]>([
    [
      'of another class',
      [door('out', { '/': 'pay' }, 'a'), door('in', { '/': 'pay' }, 'b')],
      by('nginx', 'out'),
      ['in'],
    ],
    [
      'of the same class',
      [door('out', { '/': 'pay' }, 'mse'), door('in', { '/': 'pay' }, 'mse')],
      by('mse', 'in'),
      ['out'],
    ],
    ['an HTTPRoute', [door('out', { '/': 'pay' }), httpRoute('in', 'pay')], by('nginx', 'out'), ['in']],
    ['of two others', ['a', 'b', 'c'].map((name) => door(name, { '/': 'pay' }, name)), by('nginx', 'b'), ['a', 'c']],
    ['of another Service', [door('out', { '/': 'pay' }), door('in', { '/': 'x' })], by('nginx', 'out'), []],
  ])('plan tells which one is not named: %s', async (_, bases, ref, expected) => {
    const { code, err } = await run(['plan'], [...app('pay'), ...bases, rollout('pay', [ref])]);
    expect(code).toBe(0);
    const told = [...err.matchAll(/^warning: .*?(\S+) leads to Service pay as well/gm)].map(([, name]) => name);
    expect(told).toEqual(expected);
  });

  test('of two Services they are two routings', async () => {
    const [one, other] = [by('nginx', 'out'), by('nginx', 'in')];
    const pay = rollout('pay', [one]);
    const { canary } = (pay.spec as { strategy: { canary: { trafficRoutings: object[] } } }).strategy;
    canary.trafficRoutings.push({ service: 'other', ...other });
    const { code, err } = await run(['plan'], [...app('pay'), ...app('other'), door('out', { '/': 'pay' }), pay]);
    expect(code).toBe(1);
    expect(err).toContain('(routing-services)');
  });

  test('Kruise knows one: export says so', async () => {
    const folder = folderWith({ 'all.yaml': stringify(rollout('pay', [by('nginx', 'out'), by('nginx', 'in')])) });
    const { code, err } = await graylane(['export', '-f', `${folder}/all.yaml`]);
    expect(code).toBe(1);
    expect(err).toContain('trafficRoutings');
    expect(err).toContain('(kruise-lost)');
  });
});

describe('nginx reads one canary Ingress for a path: of several matches', () => {
  const header = { headers: [{ name: 'x-beta', value: 'one' }] };
  const other = { headers: [{ name: 'x-beta', value: 'two' }] };
  // As Kruise writes the cookie `beta`.
  const cookie = { headers: [{ name: 'canary-by-cookie', value: 'beta' }] };
  const matching = (...matches: object[]) => {
    const { spec, ...pay } = rollout('pay', [by('nginx', 'out')]) as Manifest & {
      spec: { strategy: { canary: object } };
    };
    const canary = { ...spec.strategy.canary, steps: [{ replicas: 1, matches }] };
    return [...app('pay'), door('out', { '/': 'pay' }), { ...pay, spec: { ...spec, strategy: { canary } } }];
  };

  test.each([
    ['a header and a cookie', [header, cookie]],
    ['a cookie and a header', [cookie, header]],
  ])('%s are both on it', async (_, matches) => {
    const { out } = await run(['render', '--stage', 'step-1'], matching(...matches));
    const [canary, ...more] = objects(out).filter(({ metadata }) => metadata.name === 'out-canary');
    expect(more).toEqual([]);
    expect(canary!.metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/canary-by-header': 'x-beta',
      'nginx.ingress.kubernetes.io/canary-by-header-value': 'one',
      'nginx.ingress.kubernetes.io/canary-by-cookie': 'beta',
    });
    const plan = await run(['plan'], matching(...matches));
    expect(plan.out).toMatch(/x-beta: one +-> v2[^]*cookie beta=always -> v2/);
  });

  test.each([
    ['two headers', [header, other]],
    ['three', [header, cookie, other]],
  ])('%s are refused, with what it can do', async (_, matches) => {
    const { code, err } = await run(['plan'], matching(...matches));
    expect(code).toBe(1);
    expect(err).toContain('steps[0].matches: ');
    expect(err).toContain('nginx can route by 2 at most, 1 of each kind');
  });
});

describe('several Services behind one Ingress, each released by itself', () => {
  const paths = { '/one': 'one', '/two': 'two', '/three': 'three' };

  test.each(['nginx', 'alb', 'mse', 'higress'])('%s: each route has the paths of its own Service', async (gateway) => {
    const parts = ['one', 'two', 'three'];
    const exposed = parts.flatMap((name) => [
      deployment(name),
      service(name, gateway === 'alb' ? { type: 'NodePort' } : {}),
    ]);
    const shop = door('shop', paths, gateway);
    const all = [...exposed, shop, ...parts.map((name) => rollout(name, [by(gateway, 'shop')]))];
    const { code, out, err } = await run(['render', '--stage', 'step-1'], all);
    expect([code, err.replace(/^warning.*\n/gm, '')]).toEqual([0, '']);
    const routed = objects(out)
      .filter(({ kind, metadata }) => kind === 'Ingress' && metadata.name !== 'shop')
      .map(({ metadata, spec }) => [metadata.name, JSON.stringify(spec).match(/"path":"[^"]*"/g)]);
    expect(Object.fromEntries(routed)).toEqual({
      'shop-one-canary': ['"path":"/one"'],
      'shop-two-canary': ['"path":"/two"'],
      'shop-three-canary': ['"path":"/three"'],
    });
  });

  test('two routings of one Service are still one too many for nginx', async () => {
    const label = { selector: { matchLabels: { app: 'one', part: 'b' } } };
    const labels = { metadata: { labels: { app: 'one', part: 'b' } } };
    const second = deployment('second', { spec: { ...label, template: { ...labels, spec: { containers: [] } } } });
    const all = [...app('one'), second, door('shop', { '/one': 'one' })];
    const rollouts = [rollout('one', [by('nginx', 'shop')]), rollout('second', [by('nginx', 'shop')], '20%', 'one')];
    const { code, err } = await run(['plan'], [...all, ...rollouts]);
    expect(code).toBe(1);
    expect(err).toContain('1 routing of Service one on one base with nginx');
  });
});
