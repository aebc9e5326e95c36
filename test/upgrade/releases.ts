/** The releases that the fixtures hold; test/upgrade/make.ts plays them. */
import type { Declarations, Manifest, ObjectRef, Step } from '../../lib/core';
import type { UpRequest } from '../../lib/cluster';
import { deployment, ingress, sample, sampleBase, service, type Variant } from '../cluster/app';
import { meshBase, meshes, meshSample } from '../cluster/mesh.app';

export interface PlayedRelease {
  readonly name: string;
  readonly base: readonly Manifest[];
  readonly before: Declarations;
  readonly target: Declarations;
  readonly rollout: string;
  readonly approve: readonly string[];
  /** One after the other. */
  readonly runs: readonly PlayedRun[];
}

export interface PlayedRun extends Partial<UpRequest> {
  readonly declare: 'before' | 'target';
  /** The run is killed when it is about to leave this stage. */
  readonly killedAt?: string;
}

const v2 = { version: 'v2' };
const USER_IS_A = [{ headers: [{ name: 'user', value: 'a' }] }];
const weights: Step[] = [
  { replicas: 1, traffic: '20%' },
  { replicas: 2, traffic: '60%' },
];
const headers: Step[] = [{ replicas: 1, matches: USER_IS_A }];
const both: Step[] = [
  { replicas: 1, matches: USER_IS_A, requestHeaderModifier: { set: [{ name: 'x-tag', value: 'b' }] } },
  { replicas: 2, traffic: '20%', matches: USER_IS_A },
];

const routeKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };
const serviceKind = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };
const grace = { service: 'web', gracePeriodSeconds: 1 };

const httpRoute: Manifest = {
  ...routeKind,
  metadata: { name: 'web', annotations: { 'example.com/owner': 'shop' } },
  spec: {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }],
    hostnames: ['web.example.com'],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }],
      },
    ],
  },
};

const virtualService: Manifest = {
  ...serviceKind,
  metadata: { name: 'web' },
  spec: {
    hosts: ['web.example.com'],
    gateways: ['public'],
    http: [
      { match: [{ uri: { prefix: '/admin' } }], route: [{ destination: { host: 'admin' } }] },
      { timeout: '3s', route: [{ destination: { host: 'web' } }] },
    ],
  },
};

/** The ways of the gateways: which object leads to web, and what names it. */
const gateways: Readonly<Record<string, { readonly base: Manifest; readonly ref: ObjectRef }>> = {
  mse: { base: ingress('web'), ref: { ...grace, ingress: { classType: 'mse', name: 'web' } } },
  nginx: { base: ingress('web', 'nginx'), ref: { ...grace, ingress: { classType: 'nginx', name: 'web' } } },
  'gateway-api': { base: httpRoute, ref: { ...grace, gateway: { httpRouteName: 'web' } } },
  istio: { base: virtualService, ref: { ...grace, customNetworkRefs: [{ ...serviceKind, name: 'web' }] } },
};

/** One Deployment with a routing of its own. */
function own(name: string, gateway: string, steps: readonly Step[], runs: readonly PlayedRun[]): PlayedRelease {
  const { base, ref } = gateways[gateway]!;
  const app = (variant: Variant = {}): Declarations => ({
    objects: [deployment('web', variant)],
    lanes: [],
    rollouts: [{ name: 'web', workloadRef: { name: 'web' }, steps, trafficRoutings: [ref] }],
  });
  const approve = steps.map((_, i) => `web#1/step-${i + 1}`);
  return { name, base: [service('web'), base], before: app(), target: app(v2), rollout: 'web', approve, runs };
}

function toTheEnd(approve: readonly string[]): readonly PlayedRun[] {
  return [{ declare: 'target' }, ...approve.map((one) => ({ declare: 'target' as const, approve: [one], by: 'jane' }))];
}

const gate = { declare: 'target' } as const;
const back = { declare: 'before', abort: true } as const;
const twoSteps = ['web#1/step-1', 'web#1/step-2'];

function inLane(name: string, rollout: string, runs: readonly PlayedRun[]): PlayedRelease {
  const target = sample({ a: v2, b: v2 });
  return { name, base: sampleBase, before: sample(), target, rollout, approve: [`${rollout}#1/step-1`], runs };
}

export const releases: readonly PlayedRelease[] = [
  inLane('lane-entry', 'rollout-a', toTheEnd(['rollout-a#1/step-1'])),
  inLane('lane-hop', 'rollout-b', toTheEnd(['rollout-b#1/step-1'])),
  inLane('lane-entry-aborted', 'rollout-a', [gate, back]),
  inLane('lane-entry-aborted-late', 'rollout-a', [
    gate,
    { ...gate, approve: ['rollout-a#1/step-1'], killedAt: 'promote/stable' },
    back,
  ]),
  own('mse-weights-aborted', 'mse', weights, [gate, { ...gate, approve: [twoSteps[0]!] }, back]),
  own('mse-detour', 'mse', weights, [gate, { ...gate, approve: [twoSteps[0]!] }, { ...gate, to: 1 }]),
  own('nginx-headers', 'nginx', headers, toTheEnd(['web#1/step-1'])),
  own('gateway-api-weights', 'gateway-api', weights, toTheEnd(twoSteps)),
  own('gateway-api-headers', 'gateway-api', both, toTheEnd(twoSteps)),
  own('istio-headers', 'istio', both, toTheEnd(twoSteps)),
  own('istio-weights', 'istio', weights, toTheEnd(twoSteps)),
  ...Object.entries(meshes).map(([mesh, app]): PlayedRelease => ({
    name: `hop-in-${mesh === 'Istio' ? 'istio' : 'gateway-api'}`,
    base: meshBase(app),
    before: meshSample(app),
    target: meshSample(app, {}, v2),
    rollout: 'rollout-b',
    approve: ['rollout-b#1/step-1'],
    runs: toTheEnd(['rollout-b#1/step-1']),
  })),
];

/** What Pulumi kept of a release; the declarations say the same for the engine. */
const workload = (version: string) => ({
  metadata: { name: 'web' },
  spec: { ...deployment('web', { version }).spec, replicas: 2 },
});
const declared = (version: string) => ({
  resource: 'web',
  workload: workload(version),
  steps: [{ replicas: 1, traffic: '20%' as const }],
  trafficRoutings: [gateways.mse!.ref],
});

export const pulumiRelease = {
  base: [service('web'), ingress('web')],
  before: declared('v1'),
  target: declared('v2'),
  approve: ['web#1/step-1'],
};
