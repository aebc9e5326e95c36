/** Pods, and what a quota counts of them: an API server says the same (test/cluster/real). */
import type { Manifest } from '../../lib/core';

export interface CountedPodCase {
  readonly spec: object;
  readonly ranges?: readonly Manifest[];
  /** Beside the pod itself, by the names of a ResourceQuota. */
  readonly counted: Readonly<Record<string, string>>;
}

const main = { name: 'main', image: 'example.com/shop/web:v1' };
const requests = (cpu: string, memory?: string) => ({ requests: { cpu, ...(memory && { memory }) } });
const init = (name: string, cpu: string, more: object = {}) => ({ ...main, name, resources: requests(cpu), ...more });
const sidecar = { restartPolicy: 'Always' };

function range(...limits: object[]): Manifest {
  const items = limits.map((item) => ({ type: 'Container', ...item }));
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'range' }, spec: { limits: items } };
}

const cpu = (amount: string) => ({ cpu: amount, 'requests.cpu': amount });

export const countedPods: Readonly<Record<string, CountedPodCase>> = {
  'nothing but itself': { spec: { containers: [main] }, counted: {} },
  'the requests of all containers': {
    spec: {
      containers: [
        { ...main, resources: requests('250m', '64Mi') },
        { ...main, name: 'side', resources: requests('0.5', '1Gi') },
      ],
    },
    counted: { ...cpu('750m'), memory: '1088Mi', 'requests.memory': '1088Mi' },
  },
  'limits where there are no requests': {
    spec: { containers: [{ ...main, resources: { limits: { cpu: '2', memory: '1G', 'ephemeral-storage': '1Gi' } } }] },
    counted: {
      ...cpu('2'),
      memory: '1G',
      'requests.memory': '1G',
      'ephemeral-storage': '1Gi',
      'requests.ephemeral-storage': '1Gi',
      'limits.cpu': '2',
      'limits.memory': '1G',
      'limits.ephemeral-storage': '1Gi',
    },
  },
  'an init container that needs more than all others': {
    spec: { initContainers: [init('a', '100m'), init('b', '3')], containers: [init('main', '1')] },
    counted: cpu('3'),
  },
  'sidecars beside containers, and beside later init containers': {
    spec: {
      initContainers: [init('a', '4'), init('proxy', '500m', sidecar), init('b', '4')],
      containers: [init('main', '1')],
    },
    counted: cpu('4500m'),
  },
  'sidecars where containers need more': {
    spec: { initContainers: [init('proxy', '500m', sidecar)], containers: [init('main', '1')] },
    counted: cpu('1500m'),
  },
  'a device': {
    spec: { containers: [{ ...main, resources: { limits: { 'example.com/gpu': '2' } } }] },
    counted: { 'requests.example.com/gpu': '2' },
  },
  'resources of the pod, over those of its containers': {
    spec: { resources: { requests: { cpu: '2' }, limits: { cpu: '3' } }, containers: [init('main', '1')] },
    counted: { ...cpu('2'), 'limits.cpu': '3' },
  },
  'limits of the pod, and requests of its containers': {
    spec: { resources: { limits: { cpu: '3', memory: '1Gi' } }, containers: [init('main', '1')] },
    counted: {
      ...cpu('1'),
      memory: '1Gi',
      'requests.memory': '1Gi',
      'limits.cpu': '3',
      'limits.memory': '1Gi',
    },
  },
  'the defaults of a LimitRange': {
    spec: { containers: [main, { ...init('side', '1') }] },
    ranges: [range({ default: { cpu: '2' }, defaultRequest: { cpu: '100m', memory: '32Mi' } })],
    counted: { ...cpu('1100m'), memory: '64Mi', 'requests.memory': '64Mi', 'limits.cpu': '4' },
  },
  'the bounds of a LimitRange as defaults': {
    spec: { containers: [main] },
    ranges: [range({ max: { cpu: '4' }, min: { memory: '16Mi' } })],
    counted: { ...cpu('4'), memory: '16Mi', 'requests.memory': '16Mi', 'limits.cpu': '4' },
  },
  'no defaults of a LimitRange of whole pods': {
    spec: { containers: [init('main', '1')] },
    ranges: [range({ type: 'Pod', min: { cpu: '500m' } })],
    counted: cpu('1'),
  },
};

/** Scopes of a quota, a pod, and whether it is counted. */
export const scopedPods: readonly [name: string, scopes: object, spec: object, counted: boolean][] = [
  ['pods without a deadline', { scopes: ['NotTerminating'] }, { containers: [main] }, true],
  ['pods with a deadline', { scopes: ['Terminating'] }, { containers: [main] }, false],
  ['best effort, of nothing', { scopes: ['BestEffort'] }, { containers: [main] }, true],
  ['best effort, of a request', { scopes: ['BestEffort'] }, { containers: [init('main', '1')] }, false],
  ['no best effort, of a request', { scopes: ['NotBestEffort'] }, { containers: [init('main', '1')] }, true],
  [
    'a request of an init container',
    { scopes: ['NotBestEffort'] },
    { initContainers: [init('a', '1')], containers: [main] },
    true,
  ],
  ['a class of priority', inClass('In', ['high']), { priorityClassName: 'high', containers: [main] }, true],
  ['another class of priority', inClass('In', ['low']), { priorityClassName: 'high', containers: [main] }, false],
  ['no class of priority', inClass('NotIn', ['high']), { containers: [main] }, true],
  ['any class of priority', inClass('Exists'), { priorityClassName: 'high', containers: [main] }, true],
  ['any class of priority, of none', { scopes: ['PriorityClass'] }, { containers: [main] }, false],
  ['terms about other namespaces', { scopes: ['CrossNamespacePodAffinity'] }, near({ namespaces: ['db'] }), true],
  ['terms about the same namespace', { scopes: ['CrossNamespacePodAffinity'] }, near({}), false],
  [
    'two scopes of which one does not hold',
    { scopes: ['NotTerminating', 'BestEffort'] },
    { containers: [init('main', '1')] },
    false,
  ],
];

function inClass(operator: string, values?: readonly string[]): object {
  return { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, ...(values && { values }) }] } };
}

function near(more: object): object {
  const podAffinityTerm = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: { app: 'db' } },
    ...more,
  };
  const podAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm }] };
  return { affinity: { podAffinity }, containers: [main] };
}
