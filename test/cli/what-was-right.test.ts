/** Forms of manifests that were always right, and stay so: each is planned without a problem, and printed as told. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest, ObjectRef, Step } from '../../lib/core';
import { printRollout } from '../../lib/kruise';
import { deployment, ingress, service, web } from '../cluster/app';
import { folderWith, graylane, objects } from './fixtures';

const share: Step = { replicas: 1, traffic: '20%' };
const match: Step = { replicas: 1, matches: [{ headers: [{ name: 'x-user', value: 'anna' }] }] };

/** One of the Deployment web, by an Ingress of MSE unless told otherwise. */
function rolloutOf(steps: readonly Step[], ref?: ObjectRef): Manifest {
  const over = ref && { trafficRoutings: [ref] };
  return printRollout(web(steps, {}, over).rollouts[0]!, 'v1beta1');
}

const rollout = rolloutOf([share]);

async function printed(manifests: readonly Manifest[]): Promise<Manifest[]> {
  const folder = folderWith({ 'all.yaml': manifests.map((one) => stringify(one)).join('---\n') });
  const { code, out, err } = await graylane(['render', '-f', `${folder}/all.yaml`, '--stage', 'step-1']);
  expect([code, err.replace(/^warning.*\n/gm, '')]).toEqual([0, '']);
  return objects(out);
}

const found = (all: readonly Manifest[], kind: string, name: string) =>
  all.find((one) => one.kind === kind && one.metadata.name === name)!;

const canaryService = (all: readonly Manifest[]) =>
  all.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'web-canary')!;

describe('the recommended labels', () => {
  const labels = (instance: string) => ({
    'app.kubernetes.io/name': 'web',
    'app.kubernetes.io/instance': instance,
  });
  const instance = (name: string, of: string): Manifest[] => [
    deployment(name, {
      spec: {
        selector: { matchLabels: labels(of) },
        template: { metadata: { labels: labels(of) }, spec: { containers: [{ name: 'main', image: 'x:v2' }] } },
      },
    }),
    service(name, { selector: labels(of) }),
  ];

  test.each(['blue', 'prod', 'eu-1'])('of two instances, %s and another, the canary is of its own', async (of) => {
    const all = await printed([...instance('web', of), ...instance('other', 'another'), ingress('web'), rollout]);
    expect(canaryService(all).spec).toMatchObject({
      selector: { 'app.kubernetes.io/name': 'web-canary', 'app.kubernetes.io/instance': of },
    });
  });
});

describe('ports of a Service', () => {
  test.each<[string, object[]]>([
    ['four of them', [80, 81, 82, 83].map((port) => ({ name: `p${port}`, port, targetPort: 8000 + port }))],
    ['by name', [{ name: 'http', port: 80, targetPort: 'web' }]],
    ['UDP beside TCP', [80, 53].map((port) => ({ name: `p${port}`, port, protocol: port === 53 ? 'UDP' : 'TCP' }))],
    ['h2c', [{ name: 'grpc', port: 80, appProtocol: 'kubernetes.io/h2c' }]],
  ])('%s are those of the canary', async (_, ports) => {
    const all = await printed([deployment('web'), service('web', { ports: ports as never }), ingress('web'), rollout]);
    expect(canaryService(all).spec).toMatchObject({ ports });
  });

  test('of a headless one: so is the canary', async () => {
    const headless = service('web', { clusterIP: 'None', ports: [80, 81].map((port) => ({ name: `p${port}`, port })) });
    const all = await printed([deployment('web'), headless, ingress('web'), rollout]);
    expect(canaryService(all).spec).toMatchObject({ clusterIP: 'None', ports: [{ port: 80 }, { port: 81 }] });
  });
});

describe('long names', () => {
  test.each([52, 56, 57, 60, 62, 63])('of %i characters, and as values of labels', async (length) => {
    const name = `w${'x'.repeat(length - 2)}w`;
    const ref = { service: name, ingress: { classType: 'mse', name } };
    const own = { ...web([share]).rollouts[0]!, name, workloadRef: { name }, trafficRoutings: [ref] };
    const declared = [deployment(name), service(name), ingress(name), printRollout(own, 'v1beta1')];
    const ours = (await printed(declared)).filter(({ metadata }) => metadata.name !== name);
    expect(ours.map(({ kind }) => kind).sort()).toEqual(['Deployment', 'Ingress', 'Service']);
    const short = [...JSON.stringify(ours).matchAll(/"(?:name|app)":"([^"]*)"/g)].map(([, text]) => text!);
    expect(short.filter((text) => text.length > 63)).toEqual([]);
    expect(new Set(ours.map(({ metadata }) => metadata.name)).size).toBe(1);
  });
});

describe('a header for testers while the share grows', () => {
  /** Kruise would ignore the share beside a match; here a Rollout may have both. */
  function withShares(of: Manifest, ...shares: string[]): Manifest {
    const { canary } = (of.spec as { strategy: { canary: { steps: object[] } } }).strategy;
    canary.steps = canary.steps.map((step, i) => ({ ...step, traffic: shares[i] }));
    return of;
  }

  test.each(['nginx', 'mse', 'higress', 'alb'])('%s: at every step both, until promotion', async (classType) => {
    const ref = { service: 'web', ingress: { classType, name: 'web' } };
    const exposed = service('web', classType === 'alb' ? { type: 'NodePort' } : {});
    const all = [
      deployment('web'),
      exposed,
      ingress('web', classType),
      withShares(rolloutOf([match, match], ref), '20%', '50%'),
    ];
    const folder = folderWith({ 'all.yaml': all.map((one) => stringify(one)).join('---\n') });
    const { out } = await graylane(['plan', '-f', `${folder}/all.yaml`, '-o', 'json']);
    const { rollouts } = JSON.parse(out) as {
      rollouts: { stages: { stage: string; audience: { requests: string; pods: string }[] }[] }[];
    };
    const testers = (percent: number) => ['x-user: anna', `${percent}% of the other requests`];
    const canaries = rollouts[0]!.stages.map(({ stage, audience }) => [
      stage,
      audience.filter(({ pods }) => pods === 'canary').map(({ requests }) => requests),
    ]);
    expect(Object.fromEntries(canaries)).toEqual({
      start: [],
      'step-1/canary': [],
      'step-1/route': testers(20),
      'step-2/canary': testers(20),
      'step-2/route': testers(50),
      'promote/stable': testers(50),
      'promote/unroute': [],
      stable: [],
    });
    const annotations = (await printed(all)).map(({ metadata }) => JSON.stringify(metadata.annotations ?? {})).join();
    expect(annotations).toMatch(/canary-by-header":"x-user"/);
    expect(annotations).toMatch(/canary-weight":"20"/);
  });
});

describe('what the base says of its requests is said of those of the canary', () => {
  const filters = [
    { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } },
  ];
  const rules = [
    {
      matches: [{ path: { type: 'PathPrefix', value: '/smart' } }],
      filters,
      timeouts: { request: '10s' },
      backendRefs: [
        { name: 'web', port: 80, weight: 90 },
        { name: 'legacy', port: 80, weight: 10 },
      ],
    },
    {
      matches: [{ path: { type: 'PathPrefix', value: '/api' }, method: 'GET' }],
      backendRefs: [{ name: 'web', port: 80 }],
    },
    { backendRefs: [{ name: 'web', namespace: 'other', port: 80 }] },
  ];
  const route: Manifest = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web' },
    spec: { parentRefs: [{ name: 'edge' }], rules },
  };
  const byRoute = { service: 'web', gateway: { httpRouteName: 'web' } };
  const app = [deployment('web'), service('web'), route];

  test('a share of an HTTPRoute: filters stay, backends of others keep theirs, a Service of the same name elsewhere its requests', async () => {
    const { spec } = found(await printed([...app, rolloutOf([share], byRoute)]), 'HTTPRoute', 'web');
    const weights = { web: 72, 'web-canary': 18, legacy: 10 };
    const { rules: written } = spec as { rules: { backendRefs: { name: string; weight?: number }[] }[] };
    expect(written).toHaveLength(3);
    expect(written[0]).toMatchObject({ matches: rules[0]!.matches, filters, timeouts: { request: '10s' } });
    expect(Object.fromEntries(written[0]!.backendRefs.map(({ name, weight }) => [name, weight]))).toEqual(weights);
    expect(written[2]).toEqual(rules[2]);
  });

  test('a match of an HTTPRoute: path, method and filters of each rule, and nothing for other Services', async () => {
    const { spec } = found(await printed([...app, rolloutOf([match], byRoute)]), 'HTTPRoute', 'web-canary');
    const { rules: written } = spec as { rules: { matches: object[] }[] };
    const header = { headers: [{ type: 'Exact', name: 'x-user', value: 'anna' }] };
    expect(written.map(({ matches }) => matches)).toMatchObject([
      [{ ...rules[0]!.matches![0], ...header }],
      [{ ...rules[1]!.matches![0], ...header }],
    ]);
    expect(written[0]).toMatchObject({ filters, timeouts: { request: '10s' } });
  });

  test.each<[string, object]>([
    ['rewrite', { rewrite: { uri: '/' } }],
    ['timeout and retries', { timeout: '5s', retries: { attempts: 2 } }],
    ['headers', { headers: { request: { set: { 'x-shop': 'blue' } } } }],
    ['faults', { fault: { delay: { fixedDelay: '1s', percentage: { value: 1 } } } }],
  ])('a match of a VirtualService: %s, for all its paths, and in the place of the rule', async (_, fields) => {
    const destination = { host: 'web', port: { number: 80 } };
    const rule = { match: [{ uri: { exact: '/a' } }, { uri: { prefix: '/a/' } }], ...fields, route: [{ destination }] };
    const http = [{ match: [{ uri: { prefix: '/b' } }], route: [{ destination: { host: 'other' } }] }, rule];
    const kind = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };
    const base = { ...kind, metadata: { name: 'web' }, spec: { hosts: ['shop.example.com'], http } };
    const ref = { service: 'web', customNetworkRefs: [{ ...kind, name: 'web' }] };
    const all = await printed([deployment('web'), service('web'), base, rolloutOf([match], ref)]);
    const { http: written } = found(all, 'VirtualService', 'web').spec as { http: object[] };
    const headers = { 'x-user': { exact: 'anna' } };
    expect(written).toEqual([
      http[0],
      {
        ...rule,
        name: expect.stringContaining('graylane') as string,
        match: rule.match.map((one) => ({ ...one, headers })),
        route: [{ destination: { ...destination, host: 'web-canary' } }],
      },
      rule,
    ]);
  });
});

describe('replicas that an autoscaler sets', () => {
  const free = deployment('web', { replicas: null });
  const scaler: Manifest = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 9,
    },
  };
  const app = [free, service('web'), ingress('web'), scaler];

  test.each([1, 2, 7])(
    'a step of %i: stable keeps them to the autoscaler, the canary has its own',
    async (replicas) => {
      const all = await printed([...app, rolloutOf([{ replicas, traffic: '10%' }])]);
      expect(found(all, 'Deployment', 'web').spec).not.toHaveProperty('replicas');
      expect(found(all, 'Deployment', 'web-canary').spec).toMatchObject({ replicas });
      expect(found(all, 'HorizontalPodAutoscaler', 'web')).toEqual(scaler);
    },
  );

  test.each([[['plan']], [['render', '--stage', 'step-1']]])(
    '%j: a percentage of them is not known',
    async (command) => {
      const all = [...app, rolloutOf([{ replicas: '10%', traffic: '10%' }])];
      const folder = folderWith({ 'all.yaml': all.map((one) => stringify(one)).join('---\n') });
      const { code, out, err } = await graylane([...command, '-f', `${folder}/all.yaml`]);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain('steps[0].replicas: "10%" is not possible (replicas-unknown)');
      expect(err).toContain('to fix:  set spec.replicas, or give the step a number');
    },
  );
});
