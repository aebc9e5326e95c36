/** A VirtualService for callers in the mesh, where Istio's ambient mode takes in the pods: alpha, and an HTTPRoute is not. */
import { describe, expect, test } from 'vitest';
import {
  type Manifest,
  type ObjectRef,
  resolve,
  type RolloutSpec,
  type StringMap,
  warningsAround,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, ingress, service } from '../cluster/app';

const MODE = 'istio.io/dataplane-mode';
const istio = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };
const base = (names?: readonly string[]): Manifest => ({
  ...istio,
  metadata: { name: 'web', namespace: 'shop' },
  spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }], ...(names && { gateways: names }) },
});
const inShop = (one: Manifest): Manifest => ({ ...one, metadata: { ...one.metadata, namespace: 'shop' } });
const namespace = (name: string, mode?: string, more: StringMap = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...more, ...(mode !== undefined && { labels: { [MODE]: mode } }) },
});

interface Case {
  readonly lead?: Manifest;
  readonly ref?: Pick<ObjectRef, 'ingress' | 'customNetworkRefs'>;
  readonly around?: readonly Manifest[];
  /** Of the pods. */
  readonly mode?: string;
}

const named = { customNetworkRefs: [{ ...istio, name: 'web' }] };

function told({ lead = base(), ref = named, around = [], mode }: Case): string[] {
  const labels = { app: 'web', ...(mode !== undefined && { [MODE]: mode }) };
  const containers = [{ name: 'main', image: 'example.com/shop/web:v2' }];
  const workload = inShop(deployment('web', { spec: { template: { metadata: { labels }, spec: { containers } } } }));
  const rollout: RolloutSpec = {
    name: 'web',
    namespace: 'shop',
    workloadRef: { name: 'web' },
    steps: [{ replicas: 1, traffic: '20%' }],
    trafficRoutings: [{ service: 'web', ...ref } as ObjectRef],
  };
  const objects = [workload, inShop(service('web')), lead, ...around];
  const [member] = resolve({ objects, lanes: [], rollouts: [rollout] }, gateways).members;
  const { template } = (workload as ReturnType<typeof deployment>).spec;
  return warningsAround(member!, { stable: template, target: template }, objects)
    .filter(({ check }) => check.startsWith('ambient-'))
    .map(({ check, object, reason }) => `${check}: ${object.kind} ${object.name}, ${/and (.*) has/.exec(reason)![1]}`);
}

const OF_NAMESPACE = ['ambient-namespace: VirtualService web, Namespace shop'];

describe('is told where', () => {
  test.each<[string, Case, string[]]>([
    ['the namespace has the label', { around: [namespace('shop', 'ambient')] }, OF_NAMESPACE],
    ['the pods have it', { mode: 'ambient' }, ['ambient-pods: VirtualService web, their template']],
    [
      'both have it, once',
      { mode: 'ambient', around: [namespace('shop', 'ambient')] },
      ['ambient-pods: VirtualService web, their template'],
    ],
    [
      'the base has gateways, the mesh among them',
      { lead: base(['shop/public', 'mesh']), around: [namespace('shop', 'ambient')] },
      OF_NAMESPACE,
    ],
    [
      'the command line has given the namespace a namespace',
      { around: [namespace('shop', 'ambient', { namespace: 'shop' })] },
      OF_NAMESPACE,
    ],
  ])('%s', (_, one, expected) => expect(told(one)).toEqual(expected));
});

describe('is not told', () => {
  test.each<[string, Case]>([
    ['without a label', { around: [namespace('shop')] }],
    ['of another namespace', { around: [namespace('other', 'ambient')] }],
    ['where the namespace says none', { around: [namespace('shop', 'none')] }],
    ['of pods that say none in such a namespace', { mode: 'none', around: [namespace('shop', 'ambient')] }],
    ['of a base for gateways only', { lead: base(['shop/public']), around: [namespace('shop', 'ambient')] }],
    [
      'of another gateway',
      {
        lead: inShop(ingress('web', 'nginx')),
        ref: { ingress: { classType: 'nginx', name: 'web' } },
        around: [namespace('shop', 'ambient')],
      },
    ],
  ])('%s', (_, one) => expect(told(one)).toEqual([]));
});
