/** R1: a canary whose pods wait for a load balancer that has no way to them is never ready; it is refused beforehand. */
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { kinds, up } from '../../lib/cluster';
import {
  type Declarations,
  type Deployment,
  GraylaneError,
  type LaneSpec,
  type Manifest,
  resolve,
  type RolloutSpec,
  type StringMap,
  warningsAround,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { printRollout } from '../../lib/kruise';
import { folderWith, graylane } from '../cli/fixtures';
import { deployment, ingress, lane, laneRollout, service } from '../cluster/app';
import { simulated } from '../cluster/simulated.world';
import { engineOf, eventually, find, getDeployment, release, userApplies } from '../cluster/world';

/** Gates by who sets them, from the documentation or the code of each. */
const byLoadBalancers: readonly [string, string][] = [
  ['AWS Load Balancer Controller, of a TargetGroupBinding', 'target-health.elbv2.k8s.aws/web-80'],
  ['AWS ALB Ingress Controller', 'target-health.alb.ingress.k8s.aws/web_web_80'],
  ['AWS ALB Ingress Controller, older still', 'target-health.alb.ingress.kubernetes.io/web_web_80'],
  ['AWS Gateway API Controller', 'application-networking.k8s.aws/pod-readiness-gate'],
  ['AWS Gateway API Controller, before its first release', 'aws-application-networking-k8s/pod-readiness-gate'],
  ['ALB Ingress Controller of Alibaba Cloud', 'target-health.alb.k8s.alibabacloud'],
  ['ALB Ingress Controller of Alibaba Cloud, by its code', 'target-health.alb.k8s.alicloud'],
  ['cloud controller manager of Alibaba Cloud, of a Service', 'service.readiness.alibabacloud.com/web'],
  ['native ingress controller of Oracle Cloud', 'podreadiness.ingress.oraclecloud.com/k8s_925195924b'],
];

/** They hold without a route, or nobody knows when they do. */
const byOthers: readonly [string, string][] = [
  ['GKE: a pod of no NEG is marked ready', 'cloud.google.com/load-balancer-neg-ready'],
  ['OpenKruise', 'InPlaceUpdateReady'],
  ['a controller of the user', 'example.com/warmed-up'],
  ['one that only begins alike', 'target-health.elbv2.k8s.awsome/web'],
];

const APP = 'web';

function web(version: string, gates: readonly string[]): Deployment {
  const readinessGates = gates.map((conditionType) => ({ conditionType }));
  const containers = [{ name: 'main', image: `example.com/web:${version}`, ports: [{ containerPort: 8080 }] }];
  return deployment(APP, {
    spec: { template: { metadata: { labels: { app: APP } }, spec: { containers, readinessGates } } },
  });
}

interface Setting {
  readonly objects: readonly Manifest[];
  readonly lanes?: readonly LaneSpec[];
  readonly rollout: RolloutSpec;
}

const plain: RolloutSpec = { name: APP, workloadRef: { name: APP }, steps: [{ replicas: 1 }] };
const services = [service(APP, { ports: [{ port: 80, targetPort: 8080 }] })];
const httpRoute: Manifest = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: APP },
  spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: APP, port: 80 }] }] },
};
const byIngress = (classType: string) => [{ service: APP, ingress: { classType, name: APP } }];
const matches = [{ headers: [{ name: 'x-try', value: 'yes' }] }];
const byLane = (classType: string, over: Partial<LaneSpec> = {}): Setting => ({
  objects: [...services, ingress(APP, classType)],
  lanes: [{ ...lane, ...over, objectRef: byIngress(classType) }],
  rollout: laneRollout(APP, APP),
});

/** The canary has another value of a label, and a Service of its own. */
const apart: Readonly<Record<string, Setting>> = {
  'a share on an Ingress of ALB': {
    objects: [...services, ingress(APP, 'alb')],
    rollout: { ...plain, trafficRoutings: byIngress('alb'), steps: [{ replicas: 1, traffic: '20%' }] },
  },
  'a match on an Ingress of nginx': {
    objects: [...services, ingress(APP, 'nginx')],
    rollout: { ...plain, trafficRoutings: byIngress('nginx'), steps: [{ replicas: 1, matches }] },
  },
  'a share on an HTTPRoute': {
    objects: [...services, httpRoute],
    rollout: {
      ...plain,
      trafficRoutings: [{ service: APP, gateway: { httpRouteName: APP } }],
      steps: [{ replicas: 1, traffic: '20%' }],
    },
  },
  'a lane': byLane('nginx', { requestHeaderModifier: undefined }),
};

/** The canary is behind the Services of the user, and so behind their load balancers. */
const together: Readonly<Record<string, Setting>> = {
  'without a route': { objects: services, rollout: plain },
  'a lane by subset': byLane('mse'),
};

function declarations({ objects, lanes = [], rollout }: Setting, version: string, gates: readonly string[]) {
  return { objects: [web(version, gates), ...objects], lanes, rollouts: [rollout] } satisfies Declarations;
}

/** `code: object: field` of each refusal, and its words. */
function refused(setting: Setting, before: readonly string[], after: readonly string[]) {
  const declared = declarations(setting, 'v2', after);
  const [member] = resolve(declared, gateways).members;
  const templates = { stable: web('v1', before).spec.template, target: member!.deployment.spec.template };
  try {
    warningsAround(member!, templates, declared.objects);
    return { at: [], message: '' };
  } catch (error) {
    if (!(error instanceof GraylaneError)) throw error;
    const at = error.problems.map(({ code, subject, path }) => `${code}: ${subject.at(-1)}: ${path}`);
    return { at, message: error.message };
  }
}

const gateAt = (i: number) =>
  `readiness-gate: Deployment ${APP}: spec.template.spec.readinessGates[${i}].conditionType`;

describe.each(Object.entries(apart))('%s', (_, setting) => {
  test.each(byLoadBalancers)('refuses a gate of the %s', (_, gate) => {
    const { at, message } = refused(setting, [gate], [gate]);
    expect(at).toEqual([gateAt(0)]);
    expect(message).toContain(gate);
    expect(message).toContain('leave it out of the pod template');
  });

  test.each(byOthers)('leaves a gate alone of %s', (_, gate) => {
    expect(refused(setting, [gate], [gate]).at).toEqual([]);
  });

  test('names each gate by its place', () => {
    const [[, first], [, other]] = byLoadBalancers as [[string, string], [string, string]];
    expect(refused(setting, [], [first, 'example.com/warmed-up', other]).at).toEqual([gateAt(0), gateAt(2)]);
  });

  test('lets a release go that takes the gate away, which is the way out', () => {
    expect(refused(setting, [byLoadBalancers[0]![1]], []).at).toEqual([]);
  });
});

describe.each(Object.entries(together))('%s', (_, setting) => {
  test.each([...byLoadBalancers, ...byOthers])('leaves a gate alone of %s', (_, gate) => {
    expect(refused(setting, [gate], [gate]).at).toEqual([]);
  });
});

describe('through the doors', () => {
  const [, gate] = byLoadBalancers[5]!;
  const setting = apart['a share on an Ingress of ALB']!;

  function folder({ objects, rollout }: Setting): string {
    const files = (version: string) =>
      [web(version, [gate]), ...objects, printRollout(rollout, 'v1beta1')].map((one) => stringify(one)).join('---\n');
    return folderWith({ 'app.yaml': files('v2'), 'running.yaml': files('v1') });
  }

  test.each(['plan', 'simulate'])('%s refuses it with its field, before anything begins', async (command) => {
    const args = [command, '-f', 'app.yaml', '--stable', 'running.yaml'];
    const { code, out, err } = await graylane(args, { folder: folder(setting) });
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/Deployment (\S+\/)?web: spec\.template\.spec\.readinessGates\[0\]\.conditionType: has/);
  });

  test('up refuses it, and has applied nothing of the canary', async () => {
    const world = await simulated.make();
    await userApplies(world, setting.objects);
    await release(world, declarations(setting, 'v1', [gate]));
    const { namespace } = world;
    const second = up(engineOf(world), { declarations: declarations(setting, 'v2', [gate]), namespace, timeout: 60 });
    await expect(second).rejects.toMatchObject({ problems: [{ code: 'readiness-gate' }] });
    expect(await find(world, kinds.deployment, 'web-canary')).toBeUndefined();
    expect(await find(world, kinds.service, 'web-canary')).toBeUndefined();
  });

  test('simulate plays a release without a route to its end: the Services of the user have their load balancer', async () => {
    const args = ['simulate', '-f', 'app.yaml', '--stable', 'running.yaml'];
    const { code, out } = await graylane(args, { folder: folder(together['without a route']!) });
    expect([code, out.split('\n').at(-2)]).toEqual([0, expect.stringContaining('web is stable')]);
  });
});

describe('the simulated cluster', () => {
  const of = (name: string, labels: StringMap, selector: StringMap): Manifest => ({
    ...kinds.service,
    metadata: { name, labels },
    spec: { selector, ports: [{ port: 80 }] },
  });
  const ours = of('web-canary', { 'graylane.io/rollout': 'web' }, { app: APP });

  test.each(byLoadBalancers)('makes no pod ready that no route leads to, by a gate of the %s', async (_, gate) => {
    const world = await simulated.make();
    await userApplies(world, [ours, web('v1', [gate])]);
    await world.clock.sleep(60_000);
    expect((await getDeployment(world, APP)).status?.availableReplicas ?? 0).toBe(0);
    const [pod] = await world.api.list(kinds.pod, { namespace: world.namespace });
    expect(pod).toMatchObject({ status: { conditions: [{ type: 'Ready', reason: 'ReadinessGatesNotReady' }] } });
    const routed = ingress('web-canary', 'alb');
    await userApplies(world, [routed]);
    await eventually(world, 'the pod is ready', async () => {
      const { spec, status } = await getDeployment(world, APP);
      return status?.availableReplicas === (spec.replicas ?? 1);
    });
  });

  test.each(byOthers)('takes it that others do theirs: %s', async (_, gate) => {
    const world = await simulated.make();
    await userApplies(world, [ours, web('v1', [gate])]);
    await world.clock.sleep(60_000);
    expect((await getDeployment(world, APP)).status?.availableReplicas).toBeGreaterThan(0);
  });
});
