/** Apps with everything that the checks look for, in the forms that the front ends take, and what each check says of them. */
import { ApiObject, type App, Chart } from 'cdk8s';
import { stringify } from 'yaml';
import type { Declarations, Manifest, RolloutSpec, StageName, StringMap } from 'graylane';
import { CanaryRollout } from 'graylane/cdk8s';
import { type Deployment, isDeployment, type Step } from '../../lib/core';
import { printRollout } from '../../lib/kruise';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { newApp } from '../cdk8s/fixtures';
import { deployment, ingress, service } from '../cluster/app';

export type Version = 'v1' | 'v2';

/** An app, and what is said of its release. */
export interface Scene {
  /** What the user applies himself. */
  readonly around: readonly Manifest[];
  readonly trafficRoutings?: RolloutSpec['trafficRoutings'];
  /** Gates that its pods wait for. */
  readonly readinessGates?: readonly string[];
  /** Of its pods, beside their own. */
  readonly labels?: StringMap;
  /** By the check's name. */
  readonly expected: Readonly<Record<string, RegExp>>;
}

/** What each check says of the release from v1 to v2 without a route. */
export const expected: Readonly<Record<string, RegExp>> = {
  'unselected-stable':
    /Service (\S+\/)?next selects app: web, version: v2, which stable's pods have not: .*; to fix: release/,
  'unreached-port':
    /Service (\S+\/)?next leads to port http-v2, which pods of stable do not have: .*; to fix: let the pods/,
  references:
    /ConfigMap (\S+\/)?settings-v1 is used by stable and no longer .*; to fix: keep it until the release is over/,
  'autoscaler-replicas':
    /HorizontalPodAutoscaler (\S+\/)?hpa scales stable, but spec.replicas is declared.*; to fix: leave spec.replicas out/,
  'autoscaler-average':
    /HorizontalPodAutoscaler (\S+\/)?hpa averages the load over 2 stable and up to 3 canary pods.*; to fix: .*minReplicas/,
  'vertical-autoscaler':
    /VerticalPodAutoscaler (\S+\/)?vpa sets what stable's pods request, .*; to fix: add another for Deployment web-canary/,
  'disruption-budget':
    /PodDisruptionBudget (\S+\/)?pdb counts canary pods too: of 2 stable pods 1 more .*; to fix: say it as maxUnavailable: 1/,
  'network-policy-pods':
    /NetworkPolicy (\S+\/)?of-web covers stable pods but not .*; to fix: .*podSelector select version in \(v1, v2\)/,
  'network-policy-peers':
    /NetworkPolicy (\S+\/)?of-db names stable pods but not .*ingress from.*; to fix: .*select version in \(v1, v2\)/,
  'outdated-policy':
    /PeerAuthentication (\S+\/)?of-v1 selects stable pods and not .* version: v1, which .*; to fix: select by a label/,
  'readiness-probe': /Deployment (\S+\/)?web has no readinessProbe in container main: .*; to fix: add one/,
  'pre-stop': /Deployment (\S+\/)?web has no lifecycle.preStop in container side: .*; to fix: add one/,
  'termination-grace':
    /Deployment (\S+\/)?web gives its pods 30 s .*container main sleeps 40 s.*; to fix: set terminationGracePeriodSeconds/,
  'not-ready-addresses': /Service (\S+\/)?web has publishNotReadyAddresses: true.*; to fix: leave it out/,
  'max-unavailable': /Deployment (\S+\/)?web may be left with 1 of 2 pods .*; to fix: set maxUnavailable: 0/,
  quota:
    /ResourceQuota (\S+\/)?objects allows less .*: 1 of 2 count\/replicasets.apps at step-1\/canary; it stops .*; to fix: let it allow/,
  'shared-volume': /PersistentVolumeClaim (\S+\/)?data is ReadWriteOnce: .*; to fix: let the pods have it/,
  'host-ports':
    /Deployment (\S+\/)?web takes port 8080 of its node .*: 2 of stable and 3 of the canary need 5 nodes; to fix: leave/,
  'unrouted-requests': /Service (\S+\/)?web has sessionAffinity: ClientIP: .*; to fix: leave it out, or count on/,
};

const steps: readonly Step[] = [{ replicas: 3 }];

export const rollout: RolloutSpec = {
  name: 'web',
  workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
  steps,
};

export const around: readonly Manifest[] = [
  service('web', { publishNotReadyAddresses: true, sessionAffinity: 'ClientIP' }),
  service('next', { selector: { app: 'web', version: 'v2' }, ports: [{ port: 80, targetPort: 'http-v2' }] }),
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'hpa' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 9 },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'pdb' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  },
  // The simulated controllers make ReplicaSets whatever quotas say.
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'objects' },
    spec: { hard: { 'count/replicasets.apps': '1' } },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  {
    apiVersion: 'autoscaling.k8s.io/v1',
    kind: 'VerticalPodAutoscaler',
    metadata: { name: 'vpa' },
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  },
  {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'of-v1' },
    spec: { selector: { matchLabels: { version: 'v1' } }, mtls: { mode: 'STRICT' } },
  },
  policy('of-web', { podSelector: { matchLabels: { app: 'web', version: 'v1' } } }),
  policy('of-db', {
    podSelector: { matchLabels: { app: 'db' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { version: 'v1' } } }] }],
  }),
];

export function workload(version: Version, { readinessGates = [], labels }: Partial<Scene> = {}): Deployment {
  const image = `example.com/shop/web:${version}`;
  const ready = { readinessProbe: { httpGet: { port: 8080 } } };
  const containers = [
    {
      name: 'main',
      image,
      ports: [{ name: `http-${version}`, containerPort: 8080, hostPort: 8080 }],
      envFrom: [{ configMapRef: { name: `settings-${version}` } }],
      lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 40'] } } },
    },
    { name: 'side', image, ports: [{ containerPort: 9090 }], ...ready },
  ];
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  const gates = readinessGates.length > 0 && {
    readinessGates: readinessGates.map((conditionType) => ({ conditionType })),
  };
  return deployment('web', {
    replicas: 2,
    spec: {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      template: { metadata: { labels: { app: 'web', version, ...labels } }, spec: { containers, volumes, ...gates } },
    },
  });
}

const joined: Scene = { around, expected };

const monitoring = 'monitoring.coreos.com/v1';
const selector = { matchLabels: { app: 'web' } };

/** The canary has another value of the label `app`, and a Service of its own. */
export const apart: Scene = {
  around: [
    {
      ...service('web'),
      metadata: { name: 'web', labels: { app: 'web' }, annotations: { 'config.linkerd.io/opaque-ports': '80' } },
    },
    ingress('web', 'nginx'),
    { ...ingress('web', 'inside'), metadata: { name: 'inside' } },
    { apiVersion: monitoring, kind: 'PodMonitor', metadata: { name: 'pods' }, spec: { selector } },
    { apiVersion: monitoring, kind: 'ServiceMonitor', metadata: { name: 'services' }, spec: { selector } },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'elder' },
      spec: { template: { metadata: { labels: { app: 'web', age: 'old' } } } },
    },
  ],
  trafficRoutings: [{ service: 'web', gracePeriodSeconds: 0, ingress: { classType: 'nginx', name: 'web' } }],
  expected: {
    'unnamed-base':
      /Ingress (\S+\/)?inside leads to Service web as well, .*: its requests get stable; to fix: name it in the routing/,
    'unseen-canary':
      /PodMonitor (\S+\/)?pods knows stable pods and not .* app: web, which is web-canary .*; to fix: add/,
    'unseen-service':
      /ServiceMonitor (\S+\/)?services finds pods by Service web, and not .*; to fix: .*patchCanaryMetadata/,
    'grace-period':
      /Deployment (\S+\/)?web has a route with gracePeriodSeconds: 0: .*; to fix: leave it out, which is 3, or set it/,
    'service-settings':
      /Service (\S+\/)?web has config.linkerd.io\/opaque-ports, by which Linkerd .*; to fix: say it in patchCanaryMetadata.services.annotations/,
    'other-pods':
      /Service (\S+\/)?web leads to StatefulSet (\S+\/)?elder as well: .*; to fix: give Deployment web a Service/,
  },
};

/** What protects stable, and not the canary. */
export const unprotected: Scene = {
  ...apart,
  around: [
    ...apart.around,
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'callers' },
      spec: { selector },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'BackendTLSPolicy',
      metadata: { name: 'tls' },
      spec: { targetRefs: [{ group: '', kind: 'Service', name: 'web' }] },
    },
  ],
  readinessGates: ['target-health.elbv2.k8s.aws/web'],
  expected: {
    'readiness-gate':
      /Deployment (\S+\/)?web: spec\.template\.spec\.readinessGates\[0\]\.conditionType: has the readiness gate target/,
    'unprotected-canary': /AuthorizationPolicy (\S+\/)?callers: spec\.selector: protects stable pods and not /,
    'attached-by-name':
      /BackendTLSPolicy (\S+\/)?tls: spec\.targetRefs\[0\]: is attached to Service web, and not to Service web-canary/,
  },
};

const virtualService = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };

/** Pods of Istio's ambient mode, whose requests a VirtualService routes. */
export const ambient: Scene = {
  around: [
    service('web'),
    {
      ...virtualService,
      metadata: { name: 'web' },
      spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }] },
    },
  ],
  trafficRoutings: [{ service: 'web', customNetworkRefs: [{ ...virtualService, name: 'web' }] }],
  labels: { 'istio.io/dataplane-mode': 'ambient' },
  expected: {
    'ambient-pods':
      /VirtualService (\S+\/)?web routes callers in the mesh, and their template has istio.io\/dataplane-mode: ambient: .*; to fix: route the Service by an HTTPRoute/,
  },
};

function rolloutOf({ trafficRoutings }: Scene): RolloutSpec {
  return trafficRoutings === undefined
    ? rollout
    : { ...rollout, trafficRoutings, steps: [{ replicas: 3, traffic: '20%' }] };
}

export function declarations(version: Version, scene = joined): Declarations {
  return { objects: [...scene.around, workload(version, scene)], lanes: [], rollouts: [rolloutOf(scene)] };
}

/** As files of manifests. */
export function yaml(version: Version, scene = joined): string {
  const objects = [...scene.around, workload(version, scene), printRollout(rolloutOf(scene), 'v1beta1')];
  return objects.map((object) => stringify(object)).join('---\n');
}

/** As an app of cdk8s. */
export function cdk8sApp(
  version: Version,
  { stage, scene = joined }: { stage?: StageName; scene?: Scene } = {},
): { app: App; rollout: CanaryRollout } {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  const objects = declarations(version, scene).objects.map(
    (object, i) => [object, new ApiObject(chart, `${i}`, object)] as const,
  );
  const [, released] = objects.find(([object]) => isDeployment(object) && object.metadata.name === 'web')!;
  const { template } = workload('v1', scene).spec;
  const construct = new CanaryRollout(chart, 'web', {
    workload: released,
    steps: rolloutOf(scene).steps,
    ...(scene.trafficRoutings && { trafficRoutings: scene.trafficRoutings }),
    ...(stage && { stage, stable: template }),
  });
  return { app, rollout: construct };
}

/** As a Pulumi program declares it. */
export function pulumiRollout(version: Version, scene = joined): DeclaredRollout {
  const { metadata, spec } = workload(version, scene);
  const { steps, trafficRoutings } = rolloutOf(scene);
  return { resource: 'web', workload: { metadata, spec }, steps, ...(trafficRoutings && { trafficRoutings }) };
}

function policy(name: string, spec: object): Manifest {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec };
}
