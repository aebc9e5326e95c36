/** What each check finds, and what it leaves alone. */
import { describe, expect, test } from 'vitest';
import {
  checks,
  type Deployment,
  formatWarning,
  type Manifest,
  outlookOf,
  resolve,
  type RolloutSpec,
  warningsAround,
  warningsOf,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, ingress, service } from '../cluster/app';
import { around, expected, rollout, workload } from './app';

/** Those that find something in the app without a route. */
const joined = checks.filter(({ name }) => name in expected);

interface Case {
  readonly objects?: readonly Manifest[];
  readonly stable?: Deployment;
  readonly target?: Deployment;
  readonly over?: Partial<RolloutSpec>;
}

/** Names of the checks that find something. */
function found({ objects = around, stable = workload('v1'), target = workload('v2'), over = {} }: Case): string[] {
  const all = [target, ...objects];
  const { members } = resolve({ objects: all, lanes: [], rollouts: [{ ...rollout, ...over }] }, gateways);
  const templates = { stable: stable.spec.template, target: target.spec.template };
  return warningsAround(members[0]!, templates, all).map(({ check }) => check);
}

/** v2 with another spec. */
function with_(change: (spec: Deployment['spec']) => object): Deployment {
  const declared = workload('v2');
  return { ...declared, spec: { ...declared.spec, ...change(declared.spec) } };
}

const named = (kind: string, name: string) => around.find((one) => one.kind === kind && one.metadata.name === name)!;
const changed = (kind: string, name: string, spec: object) => {
  const object = named(kind, name);
  return around.map((one) => (one === object ? { ...object, spec: { ...(object.spec as object), ...spec } } : one));
};
const budget = (spec: object) => changed('PodDisruptionBudget', 'pdb', { minAvailable: undefined, ...spec });

test('every check tells what it looks for and what happens, for the documentation', () => {
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
  for (const { name, about, effect } of checks)
    expect([name, about, effect].every((text) => text.length > 3)).toBe(true);
});

test('a warning names its object with its namespace, once', () => {
  const object = { kind: 'Service', namespace: 'shop', name: 'web' };
  const words = formatWarning({ check: 'x', object, reason: 'is odd', wayOut: 'make it even' });
  expect(words).toBe('Service shop/web is odd; to fix: make it even');
});

describe('namespaces', () => {
  const inNamespace = (object: Manifest, namespace: string) => ({
    ...object,
    metadata: { ...object.metadata, namespace },
  });
  const looked = (names: string[]) => names.filter((name) => checks.find((one) => one.name === name)!.objects);

  test('objects of another namespace than the workload are not looked at', () => {
    const [svc, ...others] = around;
    const objects = [svc!, ...others.map((object) => inNamespace(object, 'elsewhere'))];
    expect(looked(found({ objects }))).toEqual([]);
  });

  test('objects of the same namespace are, whatever it is', () => {
    const objects = around.map((object) => inNamespace(object, 'shop'));
    const target = inNamespace(workload('v2'), 'shop') as Deployment;
    expect(found({ objects, target, over: { namespace: 'shop' } })).toEqual(joined.map(({ name }) => name));
  });
});

describe('replicas that are left out', () => {
  const target = with_(({ replicas: _, ...spec }) => ({ ...spec, replicas: undefined }));

  test('leave out the checks that need them', () => {
    const left = [
      'autoscaler-replicas',
      ...joined.filter(({ needs }) => needs.includes('replicas')).map(({ name }) => name),
    ];
    expect(left.length).toBeGreaterThan(1);
    expect(found({ target })).toEqual(joined.map(({ name }) => name).filter((name) => !left.includes(name)));
  });

  test('with steps in percent, too', () => {
    expect(found({ target, over: { steps: [{ replicas: '50%' }] } })).toContain('autoscaler-average');
  });
});

test("without stable's template, checks that need it are left out", () => {
  const target = workload('v2');
  const { members } = resolve({ objects: [target, ...around], lanes: [], rollouts: [rollout] }, gateways);
  const prospect = { ...outlookOf(members[0]!, target.spec.template), target: target.spec.template };
  const others = joined.filter(({ needs }) => !needs.includes('stable')).map(({ name }) => name);
  expect(others.length).toBeLessThan(joined.length);
  expect(warningsOf(prospect, around).map(({ check }) => check)).toEqual(others);
});

test('a canary apart shares neither autoscaler nor budget', () => {
  const trafficRoutings = [{ service: 'web', ingress: { classType: 'nginx', name: 'web' } }];
  const told = found({
    objects: [...around, ingress('web', 'nginx')],
    over: { trafficRoutings, steps: [{ replicas: 3, traffic: '20%' }] },
  });
  expect(told).not.toContain('autoscaler-average');
  expect(told).not.toContain('disruption-budget');
  expect(told).toContain('network-policy-pods');
});

describe('a disruption budget, of 2 stable and 3 canary pods', () => {
  test.each([
    ['minAvailable: 2', { minAvailable: 2 }, true],
    ['minAvailable: 5, of both together', { minAvailable: 5 }, false],
    ['minAvailable: 0, where all may go already', { minAvailable: 0 }, false],
    ['minAvailable: 50%', { minAvailable: '50%' }, true],
    ['minAvailable: 100%', { minAvailable: '100%' }, false],
    ['maxUnavailable: 1', { maxUnavailable: 1 }, false],
    ['maxUnavailable: 30%, rounded up', { maxUnavailable: '30%' }, true],
    ['of other pods', { minAvailable: 1, selector: { matchLabels: { app: 'other' } } }, false],
    ['of canary pods only', { minAvailable: 1, selector: { matchLabels: { version: 'v2' } } }, false],
  ])('%s', (_, spec, warns) => {
    expect(found({ objects: budget(spec) }).includes('disruption-budget')).toBe(warns);
  });
});

describe('peers of a network policy', () => {
  const v1 = { podSelector: { matchLabels: { version: 'v1' } } };
  const both = { podSelector: { matchLabels: { app: 'web' } } };
  const ports = (port: number) => [{ port }];
  test.each([
    ['that only stable is', { ingress: [{ from: [v1] }] }, true],
    ['that only stable is, to go to', { ingress: [], egress: [{ to: [v1] }] }, true],
    ['that both are', { ingress: [{ from: [both] }] }, false],
    ['one of which the canary is', { ingress: [{ from: [v1, both] }] }, false],
    ['in a rule beside one for everybody', { ingress: [{ from: [v1] }, {}] }, false],
    ['in a rule beside one for everybody on other ports', { ingress: [{ from: [v1] }, { ports: ports(1) }] }, true],
    [
      'in a rule beside one on the same ports',
      {
        ingress: [
          { from: [v1], ports: ports(1) },
          { from: [both], ports: ports(1) },
        ],
      },
      false,
    ],
    [
      'of another namespace',
      { ingress: [{ from: [{ ...v1, namespaceSelector: { matchLabels: { x: 'y' } } }] }] },
      false,
    ],
    ['of all namespaces', { ingress: [{ from: [{ ...v1, namespaceSelector: {} }] }] }, true],
    ['beside addresses', { ingress: [{ from: [v1, { ipBlock: { cidr: '10.0.0.0/8' } }] }] }, true],
  ])('%s', (_, spec, warns) => {
    expect(found({ objects: changed('NetworkPolicy', 'of-db', spec) }).includes('network-policy-peers')).toBe(warns);
  });
});

describe('pods of a network policy', () => {
  const policy = (podSelector: object) => {
    const all = [...changed('NetworkPolicy', 'of-web', { podSelector }), workload('v2')];
    const { members } = resolve({ objects: all, lanes: [], rollouts: [rollout] }, gateways);
    const templates = { stable: workload('v1').spec.template, target: workload('v2').spec.template };
    return warningsAround(members[0]!, templates, all).flatMap(({ check, wayOut }) =>
      check === 'network-policy-pods' ? [wayOut] : [],
    );
  };
  test.each([
    ['all of them', {}, []],
    ['none of ours', { matchLabels: { app: 'db' } }, []],
    ['by a label of both', { matchLabels: { app: 'web' } }, []],
    [
      'by a label of stable',
      { matchExpressions: [{ key: 'version', operator: 'NotIn', values: ['v2'] }] },
      ['let its podSelector select version in (v1, v2)'],
    ],
    [
      'by a label that only the canary has',
      { matchExpressions: [{ key: 'graylane.io/track', operator: 'DoesNotExist' }] },
      ['let its podSelector select pods without looking at graylane.io/track'],
    ],
  ])('%s', (_, selector, ways) => {
    expect(policy(selector)).toEqual(ways);
  });
});

describe('a rolling update', () => {
  const rolling = (replicas: number, rollingUpdate?: object) =>
    found({ target: with_(() => ({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } })) });
  test.each([
    ['1 pod, by default', 1, undefined, false],
    ['2 pods, by default', 2, undefined, false],
    ['1 pod that may be missing', 1, { maxUnavailable: 1 }, true],
    ['1 of 3 pods', 3, { maxUnavailable: 1 }, false],
    ['no surge and a share that rounds to nothing: one may be missing', 2, { maxSurge: 0 }, true],
    ['half of many', 10, { maxUnavailable: '50%' }, true],
    ['a third of many', 10, { maxUnavailable: '33%' }, false],
    ['no pods at all', 0, { maxUnavailable: 1 }, false],
    ['a bound that is none', 4, { maxUnavailable: 'many' }, false],
  ])('of %s', (_, replicas, bounds, warns) => {
    expect(rolling(replicas, bounds).includes('max-unavailable')).toBe(warns);
  });
});

describe('pods that stop', () => {
  const stopping = (preStop: object, grace?: number) =>
    found({
      target: deployment('web', {
        spec: {
          template: {
            metadata: { labels: { app: 'web' } },
            spec: { terminationGracePeriodSeconds: grace, containers: [{ name: 'main', lifecycle: { preStop } }] },
          },
        },
      }),
    });
  test.each([
    ['at once', { sleep: { seconds: 5 } }, undefined, false],
    ['after all of their time', { sleep: { seconds: 30 } }, undefined, true],
    ['within the time that they are given', { sleep: { seconds: 40 } }, 60, false],
    ['by a command of one word each', { exec: { command: ['sleep', '40'] } }, undefined, true],
    ['by a command of the program itself', { exec: { command: ['nginx', '-s', 'quit'] } }, undefined, false],
  ])('%s', (_, preStop, grace, warns) => {
    expect(stopping(preStop, grace).includes('termination-grace')).toBe(warns);
  });
});

test('a workload without a Service loses no requests', () => {
  const told = found({ objects: around.filter(({ kind }) => kind !== 'Service') });
  const lost = ['readiness-probe', 'pre-stop', 'termination-grace', 'not-ready-addresses', 'max-unavailable'];
  expect(told.filter((name) => lost.includes(name))).toEqual([]);
});

test('peers may find each other by a headless Service before they are ready', () => {
  const headless = service('web', { publishNotReadyAddresses: true, clusterIP: 'None' });
  expect(found({ objects: [headless] })).not.toContain('not-ready-addresses');
});

test.each<[string, unknown]>([
  ['no spec', undefined],
  ['nothing', null],
  ['a number', 5],
  ['a text', 'x'],
  ['a list', [1]],
  [
    'numbers for everything',
    { selector: 1, podSelector: 1, scaleTargetRef: 1, ingress: 1, egress: 1, minAvailable: {} },
  ],
  ['nothing for everything', { selector: null, podSelector: null, scaleTargetRef: null, ingress: null, egress: null }],
])('objects that are none of their kind are nobody to warn of: %s', (_, spec) => {
  const broken = around.map((object) => (object.kind === 'Service' ? object : { ...object, spec }));
  expect(() => found({ objects: broken })).not.toThrow();
});

test('a pod template that is none is for the API server to refuse', () => {
  const target = with_(({ template }) => ({ template: { ...template, spec: { containers: 'main' } } }));
  expect(() => found({ target })).not.toThrow();
});
