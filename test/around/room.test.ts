/** Room for the pods that a release has beside stable: quotas, volumes, ports of nodes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Deployment,
  type Facts,
  formatWarning,
  type Manifest,
  type ObjectRef,
  resolve,
  type Step,
  warningsAround,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, ingress, service, type Variant } from '../cluster/app';

interface Case {
  readonly replicas?: number | null;
  readonly steps?: readonly Step[];
  readonly strategy?: object;
  /** What pods of both revisions have, or each of them. */
  readonly pod?: object;
  readonly before?: object;
  readonly after?: object;
  readonly container?: object;
  readonly labels?: Readonly<Record<string, string>>;
  readonly routed?: boolean;
  readonly objects?: readonly Manifest[];
  readonly facts?: Facts;
}

/** What a check says of the release of `web`, of 3 pods unless told otherwise. */
function told(
  check: string,
  { objects = [], routed = true, steps = [{ replicas: 1 }], facts, ...app }: Case,
): string[] {
  const bases = [service('web'), ...(routed ? [ingress('web', 'nginx')] : [])];
  const nginx: ObjectRef = { service: 'web', ingress: { classType: 'nginx', name: 'web' } };
  const routing = routed ? { trafficRoutings: [nginx] } : {};
  const all = [web(app, 'v2', app.after), ...bases, ...objects];
  const spec = { name: 'web', workloadRef: { name: 'web' }, ...routing };
  const share = steps.map((step) => (routed ? { traffic: '20%' as const, ...step } : step));
  const { members } = resolve({ objects: all, lanes: [], rollouts: [{ ...spec, steps: share }] }, gateways);
  const templates = {
    stable: web(app, 'v1', app.before).spec.template,
    target: web(app, 'v2', app.after).spec.template,
  };
  return warningsAround(members[0]!, templates, all, facts)
    .filter((one) => one.check === check)
    .map(formatWarning);
}

function web(
  { replicas = 3, strategy, pod = {}, container = {}, labels = {} }: Case,
  version: string,
  own: object = {},
): Deployment {
  const containers = [{ name: 'main', image: `example.com/shop/web:${version}`, ...container }];
  const template = { metadata: { labels: { app: 'web', ...labels } }, spec: { containers, ...pod, ...own } };
  const variant: Variant = { version, replicas, spec: { template, ...(strategy && { strategy }) } };
  return deployment('web', variant);
}

const quota = (hard: object, more: { spec?: object; status?: object } = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'all' },
  spec: { hard, ...more.spec },
  ...(more.status && { status: more.status }),
});
const used = (amounts: object) => ({ status: { used: amounts } });
const rolling = (maxSurge: number, maxUnavailable: number) => ({
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
});
const asking = (requests: object, limits?: object) => ({
  containers: [{ name: 'main', image: 'example.com/shop/web:v2', resources: { requests, ...(limits && { limits }) } }],
});
const cpu = (amount: string) => asking({ cpu: amount });
const range: Manifest = {
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'range' },
  spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '500m' } }] },
};
const other = (kind: string, replicas?: number): Manifest => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'other' },
  spec: { ...(replicas !== undefined && { replicas }), template: { spec: cpu('1') } },
});

describe('a quota', () => {
  test.each<[string, Case, string]>([
    // 3 of stable, 1 of the canary, and 1 of the rolling update: 25 %, rounded up.
    ['of pods, in promotion', { objects: [quota({ pods: '4' })] }, '4 of 5 pods at promote/stable; it stops there'],
    ['of pods, at the canary', { objects: [quota({ pods: '3' })] }, '3 of 4 pods at step-1/canary; it stops there'],
    [
      'of pods, at a later step',
      { steps: [{ replicas: 1 }, { replicas: 3 }], objects: [quota({ 'count/pods': 5 })] },
      '5 of 6 count/pods at step-2/canary; it stops there',
    ],
    [
      'of pods, where a rolling update may take some first',
      { ...rolling(2, 1), objects: [quota({ pods: '5' })] },
      '5 of 6 pods at promote/stable; stable rolls with fewer new pods at a time',
    ],
    [
      'of pods, where a rolling update goes one by one',
      { ...rolling(3, 0), objects: [quota({ pods: '6' })] },
      '6 of 7 pods at promote/stable; stable rolls with fewer',
    ],
    [
      'of pods, of percentages',
      { replicas: 10, steps: [{ replicas: '50%' }], objects: [quota({ pods: '17' })] },
      '17 of 18 pods at promote/stable; stable rolls with fewer',
    ],
    [
      'of requests.cpu',
      { pod: cpu('500m'), objects: [quota({ 'requests.cpu': '2' })] },
      '2 of 2500m requests.cpu at promote/stable',
    ],
    [
      'of cpu, by its short name, of a new revision that asks for more',
      { before: cpu('100m'), after: cpu('1'), ...rolling(0, 1), objects: [quota({ cpu: '3' })] },
      '3 of 4 cpu at promote/stable; it stops there',
    ],
    [
      'of requests.memory',
      { pod: asking({ memory: '512Mi' }), objects: [quota({ 'requests.memory': '1792Mi' })] },
      '1792Mi of 2Gi requests.memory at step-1/canary',
    ],
    [
      'of limits.memory',
      { pod: asking({ memory: '1Gi' }, { memory: '2Gi' }), objects: [quota({ 'limits.memory': '9Gi' })] },
      '9Gi of 10Gi limits.memory at promote/stable',
    ],
    [
      'of a device',
      { pod: asking({}, { 'example.com/gpu': 1 }), objects: [quota({ 'requests.example.com/gpu': '4' })] },
      '4 of 5 requests.example.com/gpu at promote/stable',
    ],
    [
      'of what a LimitRange sets',
      { objects: [quota({ 'requests.cpu': '2' }), range] },
      '2 of 2500m requests.cpu at promote/stable',
    ],
    [
      'of storage, of volumes of the pods',
      {
        pod: {
          volumes: [
            {
              name: 'scratch',
              ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: '1Gi' } } } } },
            },
          ],
        },
        objects: [quota({ 'requests.storage': '4Gi', persistentvolumeclaims: '9' })],
      },
      '4Gi of 5Gi requests.storage at promote/stable',
    ],
    ['of services', { objects: [quota({ services: '1' })] }, '1 of 2 services at step-1/canary'],
    [
      'of services, as any kind of objects',
      { objects: [quota({ 'count/services': '1' })] },
      '1 of 2 count/services at step-1/canary',
    ],
    [
      'of deployments',
      { objects: [quota({ 'count/deployments.apps': '1' })] },
      '1 of 2 count/deployments.apps at step-1/canary; it stops there',
    ],
    [
      'of replica sets',
      { objects: [quota({ 'count/replicasets.apps': '2' })] },
      '2 of 3 count/replicasets.apps at promote/stable',
    ],
    [
      'of ingresses',
      { objects: [quota({ 'count/ingresses.networking.k8s.io': '1' })] },
      '1 of 2 count/ingresses.networking.k8s.io at step-1/route',
    ],
    [
      'with what is in use',
      { objects: [quota({ pods: '19' }, used({ pods: '18' }))] },
      '19 of 20 pods at promote/stable; it stops there',
    ],
    [
      'of several',
      { pod: cpu('1'), objects: [quota({ pods: '3', 'requests.cpu': '4' })] },
      '3 of 4 pods at step-1/canary, 4 of 5 requests.cpu at promote/stable; it stops there',
    ],
    [
      'that others of the input use as well',
      { objects: [quota({ pods: '9' }), other('StatefulSet', 5)] },
      '9 of 10 pods at promote/stable',
    ],
    [
      'where replicas are asked',
      { replicas: null, facts: { stableReplicas: 3 }, objects: [quota({ pods: '4' })] },
      '4 of 5',
    ],
    [
      'for some pods, of which these are',
      { objects: [quota({ pods: '4' }, { spec: { scopes: ['BestEffort'] } })] },
      '4 of 5 pods at promote/stable',
    ],
  ])('%s', (_, app, words) => {
    const lines = told('quota', app);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`ResourceQuota all allows less than the release needs: ${words}`);
  });
});

describe('nothing is said of a quota', () => {
  const crowded = { pods: '4', 'requests.cpu': '1' };
  test.each<[string, Case]>([
    ['with room for all pods', { objects: [quota({ pods: '5', services: 2, 'count/deployments.apps': 2 })] }],
    ['with room beside what is in use', { objects: [quota({ pods: '20' }, used({ pods: '18' }))] }],
    [
      'with room for requests, of which new pods have fewer',
      { before: cpu('2'), after: cpu('100m'), objects: [quota({ 'requests.cpu': '6200m' })] },
    ],
    ['of what a release does not make', { objects: [quota({ secrets: '0', configmaps: '0', services: '9' })] }],
    ['of what pods do not ask for', { objects: [quota({ 'requests.example.com/gpu': '0', 'limits.cpu': '0' })] }],
    ['of another namespace', { objects: [{ ...quota(crowded), metadata: { name: 'all', namespace: 'elsewhere' } }] }],
    ['for other pods', { objects: [quota({ pods: '4' }, { spec: { scopes: ['Terminating'] } })] }],
    [
      'for pods of another class',
      {
        objects: [
          quota(
            { pods: '4' },
            {
              spec: {
                scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
              },
            },
          ),
        ],
      },
    ],
    ['of services where there is no canary Service', { routed: false, objects: [quota({ services: '1' })] }],
    ['where nobody can tell the replicas', { replicas: null, objects: [quota({ pods: '1' })] }],
    ['of pods of a DaemonSet beside', { objects: [quota({ pods: '5' }), other('DaemonSet')] }],
    ['that is no number', { objects: [quota({ pods: 'many' })] }],
    ['without anything in it', { objects: [{ ...quota({}), spec: {} }] }],
  ])('%s', (_, app) => {
    expect(told('quota', app)).toEqual([]);
  });
});

describe('amounts that every container must say', () => {
  const limited = quota({ 'requests.cpu': '100', 'limits.memory': '100Gi' });
  const full = asking({ cpu: '1' }, { memory: '1Gi' });
  test.each<[string, Case, RegExp | undefined]>([
    [
      'not any more by the new revision',
      { before: full, after: {}, objects: [limited] },
      /counts what the new revision does not say: requests.cpu of container main; limits.memory of container main; its pods/,
    ],
    ['one of two', { before: full, after: cpu('1'), objects: [limited] }, /: limits.memory of container main; its/],
    [
      'of an init container',
      {
        before: full,
        after: { ...full, initContainers: [{ name: 'migrate', image: 'example.com/shop/web:v2' }] },
        objects: [limited],
      },
      /of container migrate; limits/,
    ],
    ['said by both', { pod: full, objects: [limited] }, undefined],
    ['said by neither: somebody completes them', { objects: [limited] }, undefined],
    [
      'said by a LimitRange',
      { before: cpu('1'), after: {}, objects: [quota({ 'requests.cpu': '9' }), range] },
      undefined,
    ],
    ['that are only counted', { before: cpu('1'), after: {}, objects: [quota({ pods: '9' })] }, undefined],
  ])('%s', (_, app, words) => {
    const lines = told('quota', app);
    expect(lines).toHaveLength(words === undefined ? 0 : 1);
    if (words !== undefined) expect(lines[0]).toMatch(words);
  });
});

test('a quota that allows what it is told to allow is enough, and less is not', () => {
  const amount = fc.integer({ min: 1, max: 4 });
  const apps = fc.record({
    replicas: fc.integer({ min: 1, max: 8 }),
    steps: fc.array(amount, { minLength: 1, maxLength: 3 }).map((all) => all.sort().map((replicas) => ({ replicas }))),
    surge: fc.integer({ min: 0, max: 3 }),
    unavailable: fc.integer({ min: 0, max: 3 }),
    before: amount,
    after: amount,
  });
  fc.assert(
    fc.property(apps, fc.constantFrom('pods', 'requests.cpu', 'count/deployments.apps'), (app, name) => {
      const { surge, unavailable, before, after, ...rest } = app;
      const allows = (hard: string): string[] =>
        told('quota', {
          ...rest,
          ...rolling(surge, unavailable),
          before: cpu(`${before}00m`),
          after: cpu(`${after}00m`),
          objects: [quota({ [name]: hard })],
        });
      const [, wanted] = /let it allow \S+: (\S+) until/.exec(allows('1m')[0]!)!;
      expect(allows(wanted!)).toEqual([]);
      const less = wanted!.endsWith('m') ? `${Number(wanted!.slice(0, -1)) - 1}m` : `${Number(wanted) * 1000 - 1}m`;
      expect(allows(less)).toHaveLength(1);
    }),
  );
});

const claim = (...accessModes: string[]): Manifest => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes, resources: { requests: { storage: '1Gi' } } },
});
const volumes = [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }];
const onNode = (...expressions: object[]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: expressions }] },
    },
  },
});
const NODE = 'kubernetes.io/hostname';
const together = (topologyKey: string, matchLabels: object = { app: 'web' }) => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels } }],
    },
  },
});

describe('a volume', () => {
  const once = { pod: { volumes }, objects: [claim('ReadWriteOnce')] };
  test.each<[string, Case, RegExp | undefined]>([
    ['ReadWriteOnce', once, /^PersistentVolumeClaim data is ReadWriteOnce: its volume is on one node/],
    ['ReadWriteOncePod', { ...once, objects: [claim('ReadWriteOncePod')] }, /is ReadWriteOncePod: one pod has its/],
    ['of the new revision only', { ...once, pod: {}, after: { volumes } }, /is ReadWriteOnce/],
    ['without a route', { ...once, routed: false }, /is ReadWriteOnce/],
    [
      'of a zone of nodes',
      { ...once, pod: { volumes, ...together('topology.kubernetes.io/zone') } },
      /is ReadWriteOnce/,
    ],
    ['near other pods', { ...once, pod: { volumes, ...together(NODE, { app: 'db' }) } }, /is ReadWriteOnce/],
    [
      'on one of two nodes',
      { ...once, pod: { volumes, ...onNode({ key: NODE, operator: 'In', values: ['a', 'b'] }) } },
      /is ReadWriteOnce/,
    ],
    [
      'ReadWriteOncePod on one node',
      { pod: { volumes, nodeName: 'a' }, objects: [claim('ReadWriteOncePod')] },
      /is ReadWriteOncePod/,
    ],
    ['ReadWriteMany', { ...once, objects: [claim('ReadWriteMany')] }, undefined],
    ['ReadOnlyMany', { ...once, objects: [claim('ReadOnlyMany')] }, undefined],
    ['ReadWriteOnce and ReadWriteMany', { ...once, objects: [claim('ReadWriteOnce', 'ReadWriteMany')] }, undefined],
    ['of the old revision only', { ...once, pod: {}, before: { volumes } }, undefined],
    ['of nobody here', { ...once, pod: {} }, undefined],
    ['emptyDir', { ...once, pod: { volumes: [{ name: 'data', emptyDir: {} }] } }, undefined],
    [
      'made for each pod',
      { ...once, pod: { volumes: [{ name: 'data', ephemeral: { volumeClaimTemplate: { spec: {} } } }] } },
      undefined,
    ],
    ['of one node by its name', { ...once, pod: { volumes, nodeName: 'a' } }, undefined],
    ['of one node by its label', { ...once, pod: { volumes, nodeSelector: { [NODE]: 'a' } } }, undefined],
    [
      'of one node by affinity',
      { ...once, pod: { volumes, ...onNode({ key: NODE, operator: 'In', values: ['a'] }) } },
      undefined,
    ],
    ['of one node by each other', { ...once, pod: { volumes, ...together(NODE) } }, undefined],
    [
      'of another namespace',
      { ...once, objects: [{ ...claim('ReadWriteOnce'), metadata: { name: 'data', namespace: 'elsewhere' } }] },
      undefined,
    ],
  ])('%s', (_, app, words) => {
    const lines = told('shared-volume', app);
    expect(lines).toHaveLength(words === undefined ? 0 : 1);
    if (words !== undefined) expect(lines[0]).toMatch(words);
  });
});

describe('ports of nodes', () => {
  const ports = (...all: object[]) => ({ container: { ports: all } });
  const one = ports({ containerPort: 8080, hostPort: 8080 });
  const all = '3 of stable and 1 of the canary and 1 more in promotion need 5 nodes';
  test.each<[string, Case, string | undefined]>([
    ['hostPort', one, `takes port 8080 of its node by hostPort, which only one pod of a node can have: ${all}`],
    ['several', ports({ containerPort: 1, hostPort: 81 }, { containerPort: 2, hostPort: 82 }), 'takes port 81, 82 of'],
    [
      'hostNetwork',
      { ...ports({ containerPort: 9090 }), pod: { hostNetwork: true } },
      'takes port 9090, 8080 of its node by spec.hostNetwork',
    ],
    ['hostNetwork, of a port that only a Service tells', { pod: { hostNetwork: true } }, 'takes port 8080 of its node'],
    [
      'of a sidecar',
      {
        pod: {
          initContainers: [{ name: 'proxy', restartPolicy: 'Always', ports: [{ containerPort: 1, hostPort: 15 }] }],
        },
      },
      'takes port 15 of',
    ],
    ['without a surge', { ...one, ...rolling(0, 1) }, '3 of stable and 1 of the canary need 4 nodes'],
    ['with a larger canary', { ...one, steps: [{ replicas: 1 }, { replicas: 3 }] }, '3 of stable and 3 of the canary'],
    [
      'that old pods do not take',
      { before: {}, after: { containers: [{ name: 'main', ports: [{ containerPort: 1, hostPort: 81 }] }] } },
      '3 of stable and 1 of the canary need 4 nodes',
    ],
    ['of replicas that nobody tells', { ...one, replicas: null }, 'pods of stable and of the canary need a node each'],
    ['containerPort', ports({ containerPort: 8080 }), undefined],
    ['hostPort: 0', ports({ containerPort: 8080, hostPort: 0 }), undefined],
    ['of the old revision only', { before: { hostNetwork: true } }, undefined],
    [
      'of an init container that ends',
      { pod: { initContainers: [{ name: 'a', ports: [{ containerPort: 1, hostPort: 15 }] }] } },
      undefined,
    ],
  ])('%s', (_, app, words) => {
    const lines = told('host-ports', app);
    expect(lines).toHaveLength(words === undefined ? 0 : 1);
    if (words !== undefined) expect(lines[0]).toContain(words);
  });
});
