/** What each check advises, done: it has no more to say, and no other check has. */
import { expect, test } from 'vitest';
import {
  checks,
  type Deployment,
  foundAround,
  isDeployment,
  type Manifest,
  type PodTemplate,
  resolve,
  type RolloutSpec,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, ingress, lane, laneRollout, service } from '../cluster/app';
import { ambient, apart, around, declarations, rollout, unprotected, workload } from './app';

/** A release from stable's template to what is declared. */
interface Released {
  readonly objects: readonly Manifest[];
  readonly stable: PodTemplate;
  readonly target: Deployment;
  readonly rollout: RolloutSpec;
}

type Change = (app: Released) => Released;

/** Names of the checks that find something. */
function found({ objects, stable, target, rollout: spec }: Released): string[] {
  const all = [...objects, target];
  const lanes = spec.trafficRoutingRef === undefined ? [] : [lane];
  const [member] = resolve({ objects: all, lanes, rollouts: [spec] }, gateways).members;
  const templates = { stable, target: target.spec.template };
  return foundAround(member!, templates, all).map(({ check }) => check);
}

const joined: Released = { objects: around, stable: workload('v1').spec.template, target: workload('v2'), rollout };
const inScene = (scene: typeof apart): Released => {
  const { objects, rollouts } = declarations('v2', scene);
  return { ...joined, objects: objects.filter((one) => !isDeployment(one)), rollout: rollouts[0]! };
};

/** With other fields in the spec of an object. */
const spec =
  (name: string, over: object): Change =>
  (app) => ({
    ...app,
    objects: app.objects.map((one) =>
      one.metadata.name === name && one.kind !== 'Ingress'
        ? { ...one, spec: { ...(one.spec as object), ...over } }
        : one,
    ),
  });
const added =
  (...objects: Manifest[]): Change =>
  (app) => ({ ...app, objects: [...app.objects, ...objects] });
/** What is declared, in a spec of its own. */
const declaredAs =
  (over: object): Change =>
  (app) => ({ ...app, target: { ...app.target, spec: { ...app.target.spec, ...over } } });
type Container = Record<string, unknown>;
interface Pod {
  readonly containers: Container[];
}
/** Pods of the new revision, or of both, with other containers. */
const containers =
  (change: (container: Container) => Container, of: 'both' | 'target' = 'target'): Change =>
  (app) => {
    const changed = (template: PodTemplate): PodTemplate => {
      const pod = template.spec as Pod;
      return { ...template, spec: { ...pod, containers: pod.containers.map(change) } };
    };
    const target = { ...app.target, spec: { ...app.target.spec, template: changed(app.target.spec.template) } };
    return { ...app, target, stable: of === 'both' ? changed(app.stable) : app.stable };
  };
const withGrace =
  (terminationGracePeriodSeconds: number): Change =>
  (app) => {
    const { template } = app.target.spec;
    const pod = { ...(template.spec as object), terminationGracePeriodSeconds };
    return { ...app, target: { ...app.target, spec: { ...app.target.spec, template: { ...template, spec: pod } } } };
  };
/** Its annotation says that the canary is left out on purpose. */
const meant =
  (name: string): Change =>
  (app) => ({
    ...app,
    objects: app.objects.map((one) =>
      one.metadata.name === name
        ? { ...one, metadata: { ...one.metadata, annotations: { 'graylane.io/canary': 'left-out' } } }
        : one,
    ),
  });
const gated =
  (...readinessGates: string[]): Change =>
  (app) => ({ ...app, target: workload('v2', { readinessGates }) });
const labelled =
  (labels: Readonly<Record<string, string>>): Change =>
  (app) => {
    const of = (template: PodTemplate): PodTemplate => ({
      ...template,
      metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } },
    });
    return {
      ...app,
      stable: of(app.stable),
      target: { ...app.target, spec: { ...app.target.spec, template: of(app.target.spec.template) } },
    };
  };

const versions = { podSelector: { matchExpressions: [{ key: 'version', operator: 'In', values: ['v1', 'v2'] }] } };
const ofScene = (name: string, scene = apart) => scene.around.find((one) => one.metadata.name === name)!;
const another = (object: Manifest, over: object): Manifest => ({
  ...object,
  metadata: { name: `${object.metadata.name}-canary` },
  spec: { ...(object.spec as object), ...over },
});
const ofCanary = { selector: { matchLabels: { app: 'web-canary' } } };
const ofCanaryDeployment = { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web-canary' } };
const ofBoth = { selector: { matchLabels: { tier: 'front' } } };
const withTier = labelled({ tier: 'front' });
const both =
  (...changes: Change[]): Change =>
  (app) =>
    changes.reduce((one, change) => change(one), app);
const afterwards: Change = (app) => ({ ...app, stable: app.target.spec.template });
const lone = { targetRefs: undefined, targetRef: { group: '', kind: 'Service', name: 'web' } };

/** The Ingress and the rollout lead to another Service. */
const routeTo =
  (name: string): Change =>
  (app) => ({
    ...app,
    objects: app.objects.map((one) => {
      const { rules } = (one.spec ?? {}) as { rules?: object };
      const led = JSON.parse(JSON.stringify(rules ?? null).replace('"name":"web"', `"name":"${name}"`)) as unknown;
      return one.kind === 'Ingress' ? { ...one, spec: { ...(one.spec as object), rules: led } } : one;
    }),
    rollout: {
      ...app.rollout,
      trafficRoutings: app.rollout.trafficRoutings!.map((ref) => ({ ...ref, service: name })),
    },
  });

const inLane: Released = {
  objects: [
    service('spring-cloud-a'),
    ingress('spring-cloud-a'),
    {
      ...service('direct', { selector: { app: 'spring-cloud-a' } }),
      spec: { type: 'NodePort', selector: { app: 'spring-cloud-a' }, ports: [{ port: 80 }] },
    },
  ],
  stable: deployment('spring-cloud-a').spec.template,
  target: deployment('spring-cloud-a', { version: 'v2' }),
  rollout: laneRollout('rollout-a', 'spring-cloud-a'),
};

/** The Service itself is the parent of an HTTPRoute: callers in the mesh are routed by that. */
const byHttpRoute: Change = (app) => ({
  ...app,
  objects: app.objects.map((one) =>
    one.kind === 'VirtualService'
      ? {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'HTTPRoute',
          metadata: one.metadata,
          spec: {
            parentRefs: [{ group: '', kind: 'Service', name: 'web' }],
            rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
          },
        }
      : one,
  ),
  rollout: { ...app.rollout, trafficRoutings: [{ service: 'web', gateway: { httpRouteName: 'web' } }] },
});

const within =
  (namespace: string): Change =>
  (app) => {
    const placed = <T extends Manifest>(one: T): T => ({ ...one, metadata: { ...one.metadata, namespace } });
    return {
      ...app,
      objects: app.objects.map(placed),
      target: placed(app.target),
      rollout: { ...app.rollout, namespace },
    };
  };
const ambientLabel = { 'istio.io/dataplane-mode': 'ambient' };
const ambientShop: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: ambientLabel } };

type Case = readonly [check: string, app: Released, ...ways: Change[]];

/** Whether a reference is kept until the release is over, and how many pods stable needs, is seen by nobody beforehand. */
const UNSEEN = ['references', 'autoscaler-average'];

const hpa: Manifest = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'hpa' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 9 },
};
/** Half of the requests go to the canary, and an autoscaler has the replicas. */
const autoscaled: Released = both(added(hpa), declaredAs({ replicas: undefined }), (app) => ({
  ...app,
  rollout: { ...app.rollout, steps: [{ replicas: 1, traffic: '90%' }] },
}))(inScene(apart));

const CASES: readonly Case[] = [
  ['ambient-pods', labelled(ambientLabel)(inScene(ambient)), byHttpRoute],
  ['ambient-namespace', both(within('shop'), added(ambientShop))(inScene(ambient)), byHttpRoute],
  ['autoscaler-minimum', autoscaled, spec('hpa', { minReplicas: 5 })],
  ['readiness-gate', gated('target-health.elbv2.k8s.aws/web')(inScene(unprotected)), gated()],
  [
    'unnamed-base',
    inScene(apart),
    meant('inside'),
    (app) => ({
      ...app,
      rollout: {
        ...app.rollout,
        trafficRoutings: app.rollout.trafficRoutings!.flatMap((ref) => [
          ref,
          { service: ref.service, ingress: { classType: 'nginx', name: 'inside' } },
        ]),
      },
    }),
  ],
  ['quota', joined, spec('objects', { hard: { 'count/replicasets.apps': '3' } })],
  ['shared-volume', joined, spec('data', { accessModes: ['ReadWriteMany'] })],
  [
    'host-ports',
    joined,
    containers(
      (one) => ({ ...one, ports: (one.ports as Container[]).map(({ hostPort: _, ...port }) => port) }),
      'both',
    ),
  ],
  ['way-around-the-gateway', inLane, spec('direct', { type: 'ClusterIP' })],
  [
    'unowned-stable',
    declaredAs({ selector: { matchLabels: { app: 'web', version: 'v2' } } })(joined),
    declaredAs({ selector: { matchLabels: { app: 'web' } } }),
  ],
  ['unselected-stable', joined, spec('next', { selector: { app: 'web' } }), afterwards],
  [
    'unreached-port',
    joined,
    containers(
      (one) =>
        one.ports && one.name === 'main'
          ? {
              ...one,
              ports: [
                { name: 'http-v1', containerPort: 8080 },
                { name: 'http-v2', containerPort: 8080 },
              ],
            }
          : one,
      'both',
    ),
  ],
  ['autoscaler-replicas', joined, declaredAs({ replicas: undefined })],
  [
    'vertical-autoscaler',
    joined,
    added(
      another(
        around.find(({ kind }) => kind === 'VerticalPodAutoscaler')!,
        ofCanaryDeployment,
      ),
    ),
    spec('vpa', { updatePolicy: { updateMode: 'Off' } }),
  ],
  [
    'outdated-policy',
    joined,
    spec('of-v1', { selector: { matchLabels: { app: 'web' } } }),
    added(another(ofScene('of-v1', { around } as typeof apart), { selector: { matchLabels: { version: 'v2' } } })),
  ],
  [
    'service-settings',
    inScene(apart),
    (app) => ({
      ...app,
      rollout: {
        ...app.rollout,
        patchCanaryMetadata: { services: { annotations: { 'config.linkerd.io/opaque-ports': '80' } } },
      },
    }),
  ],
  ['disruption-budget', joined, spec('pdb', { minAvailable: undefined, maxUnavailable: 1 })],
  ['network-policy-pods', joined, spec('of-web', versions)],
  ['network-policy-peers', joined, spec('of-db', { ingress: [{ from: [versions] }] })],
  ['readiness-probe', joined, containers((one) => ({ readinessProbe: { httpGet: { port: 8080 } }, ...one }))],
  ['pre-stop', joined, containers((one) => ({ lifecycle: { preStop: { sleep: { seconds: 1 } } }, ...one }))],
  ['termination-grace', joined, withGrace(41)],
  ['not-ready-addresses', joined, spec('web', { publishNotReadyAddresses: undefined })],
  ['max-unavailable', joined, declaredAs({ strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } })],
  ['unrouted-requests', joined, spec('web', { sessionAffinity: undefined })],
  ['unseen-canary', withTier(inScene(apart)), added(another(ofScene('pods'), ofCanary)), spec('pods', ofBoth)],
  [
    'unseen-service',
    withTier(inScene(apart)),
    both(
      (app) => ({ ...app, objects: app.objects.filter((one) => one.kind !== 'ServiceMonitor') }),
      added({ ...another(ofScene('pods'), ofBoth), metadata: { name: 'both' } }),
    ),
  ],
  [
    'grace-period',
    inScene(apart),
    (app) => ({
      ...app,
      rollout: {
        ...app.rollout,
        trafficRoutings: app.rollout.trafficRoutings!.map(({ gracePeriodSeconds: _, ...ref }) => ref),
      },
    }),
  ],
  [
    'unprotected-canary',
    withTier(inScene(unprotected)),
    added(another(ofScene('callers', unprotected), ofCanary)),
    spec('callers', ofBoth),
  ],
  [
    'attached-by-name',
    inScene(unprotected),
    spec('tls', { targetRefs: ['web', 'web-canary'].map((name) => ({ group: '', kind: 'Service', name })) }),
    added(another(ofScene('tls', unprotected), { targetRefs: [{ group: '', kind: 'Service', name: 'web-canary' }] })),
  ],
  [
    'attached-by-name',
    spec('tls', lone)(inScene(unprotected)),
    added(another(ofScene('tls', unprotected), { ...lone, targetRef: { ...lone.targetRef, name: 'web-canary' } })),
  ],
  [
    'other-pods',
    withTier(inScene(apart)),
    both(
      routeTo('own'),
      added({
        ...ofScene('web'),
        metadata: { name: 'own' },
        spec: { selector: { app: 'web', tier: 'front' }, ports: [{ port: 80 }] },
      }),
    ),
  ],
];

test.each(CASES.map(([check, app, ...ways]) => ({ check, app, ways })))('$check', ({ check, app, ways }) => {
  const before = found(app);
  expect(before).toContain(check);
  for (const way of ways) {
    const after = found(way(app));
    expect(after).not.toContain(check);
    expect(after.filter((one) => !before.includes(one))).toEqual([]);
  }
});

test('every check is there', () => {
  const told = new Set(CASES.map(([check]) => check));
  expect(checks.map(({ name }) => name).filter((name) => !told.has(name))).toEqual(UNSEEN);
});
