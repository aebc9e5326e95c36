/** The canary has the connections of stable, whatever network policies an app has and whoever wrote them. */
import type { App } from 'cdk8s';
import { ApiObject, Chart } from 'cdk8s';
import {
  Deployment,
  Ingress,
  IngressBackend,
  NetworkPolicy,
  NetworkPolicyIpBlock,
  NetworkPolicyTrafficDefault,
  PodConnectionsIsolation,
  Pods,
  type Service,
} from 'cdk8s-plus-27';
import {
  type Deployment as DeploymentManifest,
  type LabelSelector,
  type Manifest,
  matchesSelector,
  type StringMap,
  type StageName,
  type Step,
} from 'graylane';
import { CanaryRollout, type ObjectRefProps, TrafficRoutingLane } from 'graylane/cdk8s';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { newApp } from './fixtures';

interface Scene {
  readonly chart: Chart;
  readonly web: Deployment;
  readonly db: Deployment;
}

type Routed = 'apart' | 'subset' | 'joined';

/** Two workloads, of which `web` is released. */
function scene(write: (scene: Scene) => void, routed: Routed, stage?: string, namespace?: string): App {
  const app = newApp();
  const chart = new Chart(app, 'shop', namespace === undefined ? {} : { namespace });
  const of = (name: string, port: number) =>
    new Deployment(chart, name, {
      metadata: { name },
      replicas: 2,
      podMetadata: { labels: { app: name, tier: 'back' } },
      containers: [{ image: `${name}:v1`, portNumber: port }],
    });
  const [web, db] = [of('web', 8080), of('db', 5432)];
  const service = web.exposeViaService({ name: 'web', ports: [{ port: 80, targetPort: 8080 }] });
  const classType = routed === 'subset' ? 'mse' : 'nginx';
  const gateway = new Ingress(chart, 'gateway', { metadata: { name: 'web' }, className: classType });
  gateway.addRule('/', IngressBackend.fromService(service));
  write({ chart, web, db });
  const ref: ObjectRefProps = { service, ingress: { classType, name: gateway } };
  const given = stage === undefined ? {} : { stage: stage as StageName };
  if (routed === 'joined') new CanaryRollout(chart, 'rollout', { workload: web, steps: [{ replicas: 1 }], ...given });
  else if (routed === 'apart') {
    const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
    new CanaryRollout(chart, 'rollout', { workload: web, trafficRoutings: [ref], steps, ...given });
  } else {
    const lane = new TrafficRoutingLane(chart, 'lane', {
      objectRef: ref,
      matches: [{ headers: [{ name: 'user', value: 'foo' }] }],
      requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
    });
    const labels = { 'opensergo.io/canary-gray': 'gray' };
    new CanaryRollout(chart, 'rollout', {
      workload: web,
      lane,
      steps: [{ replicas: 1 }],
      patchPodTemplateMetadata: { labels },
      ...given,
    });
  }
  return app;
}

const synth = (app: App) => parseAllDocuments(app.synthYaml()).map((document) => document.toJS() as Manifest);

/** Network policies, as the API documents them. */
interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: object;
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port?: number }[];
}
interface Spec {
  readonly podSelector: LabelSelector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

const NAMESPACE = { 'kubernetes.io/metadata.name': 'shop' };

function reaches(objects: readonly Manifest[], from: StringMap, to: StringMap, port: number): boolean {
  const specs = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec as Spec);
  const passes = (
    pod: StringMap,
    type: 'Ingress' | 'Egress',
    rules: (spec: Spec) => readonly Rule[],
    other: StringMap,
  ) => {
    const closing = specs.filter(
      (spec) =>
        matchesSelector(spec.podSelector, pod) &&
        (spec.policyTypes ?? ['Ingress', ...(spec.egress?.length ? ['Egress'] : [])]).includes(type),
    );
    const means = ({ podSelector = {}, namespaceSelector = {}, ipBlock }: Peer) =>
      ipBlock === undefined && matchesSelector(podSelector, other) && matchesSelector(namespaceSelector, NAMESPACE);
    const opens = (rule: Rule) => {
      const peers = rule.from ?? rule.to ?? [];
      const ports = rule.ports ?? [];
      return (
        (peers.length === 0 || peers.some(means)) && (ports.length === 0 || ports.some((one) => one.port === port))
      );
    };
    return closing.length === 0 || closing.some((spec) => rules(spec).some(opens));
  };
  return (
    passes(from, 'Egress', ({ egress = [] }) => egress, to) &&
    passes(to, 'Ingress', ({ ingress = [] }) => ingress, from)
  );
}

const podsOf = (objects: readonly Manifest[], name: string) =>
  (
    objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name) as
      DeploymentManifest | undefined
  )?.spec.template.metadata!.labels;

/** Which connections there are, of the pods of a Deployment; its own are called `self`. */
function connections(objects: readonly Manifest[], name: string): string[] {
  const self = podsOf(objects, name)!;
  const others = { db: podsOf(objects, 'db')!, stranger: { app: 'stranger' }, self, stable: podsOf(objects, 'web')! };
  return Object.entries(others).flatMap(([other, labels]) =>
    [5432, 8080].flatMap((port) => [
      ...(reaches(objects, self, labels, port) ? [`to ${other}:${port}`] : []),
      ...(reaches(objects, labels, self, port) ? [`from ${other} on ${port}`] : []),
    ]),
  );
}

function byHand({ chart }: Scene, spec: object): void {
  new ApiObject(chart, 'policy', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'by-hand' },
    spec,
  });
}

const web = { podSelector: { matchLabels: { app: 'web' } } };
const address = ({ web }: Scene) => ({
  matchLabels: { 'cdk8s.io/metadata.addr': web.podMetadata.getLabel('cdk8s.io/metadata.addr')! },
});
const oneOf = (scene: Scene) => ({
  matchExpressions: [
    {
      key: 'cdk8s.io/metadata.addr',
      operator: 'In',
      values: [...Object.values(address(scene).matchLabels), 'another'],
    },
    { key: 'app', operator: 'Exists' },
  ],
});

/** Policies, and how many of them get one of ours where the canary is apart. */
const policies: Readonly<Record<string, readonly [write: (scene: Scene) => void, ours: number]>> = {
  'allowTo, both isolated': [({ web, db }) => web.connections.allowTo(db), 2],
  'allowTo, the peer isolated': [
    ({ web, db }) => web.connections.allowTo(db, { isolation: PodConnectionsIsolation.PEER }),
    1,
  ],
  'allowTo, the pod isolated': [
    ({ web, db }) => web.connections.allowTo(db, { isolation: PodConnectionsIsolation.POD }),
    1,
  ],
  'allowFrom, both isolated': [({ web, db }) => web.connections.allowFrom(db), 2],
  'allowTo of the peer': [({ web, db }) => db.connections.allowTo(web), 2],
  'allowFrom of the peer': [({ web, db }) => db.connections.allowFrom(web), 2],
  isolate: [({ web }) => web.connections.isolate(), 1],
  'isolate, and both ways': [
    ({ web, db }) => {
      web.connections.isolate();
      db.connections.isolate();
      web.connections.allowTo(db);
      web.connections.allowFrom(db);
    },
    5,
  ],
  'to itself': [({ web }) => web.connections.allowTo(web, { isolation: PodConnectionsIsolation.POD }), 2],
  'addresses only': [
    ({ chart, web }) =>
      web.connections.allowTo(NetworkPolicyIpBlock.anyIpv4(chart, 'any'), { isolation: PodConnectionsIsolation.POD }),
    1,
  ],
  'a NetworkPolicy of cdk8s-plus': [
    ({ chart, web, db }) =>
      void new NetworkPolicy(chart, 'policy', {
        selector: db,
        ingress: { default: NetworkPolicyTrafficDefault.DENY, rules: [{ peer: web }] },
      }),
    1,
  ],
  'all pods of cdk8s-plus': [
    ({ chart, db }) =>
      db.connections.allowFrom(Pods.all(chart, 'everybody'), { isolation: PodConnectionsIsolation.POD }),
    0,
  ],
  'by hand, of all pods, from all': [(scene) => byHand(scene, { podSelector: {}, ingress: [{}] }), 0],
  'by hand, by a label that both have': [(scene) => byHand(scene, { ...web, policyTypes: ['Egress'] }), 0],
  'by hand, by address': [
    (scene) =>
      byHand(scene, {
        podSelector: address(scene),
        egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }],
      }),
    1,
  ],
  'by hand, by one of several addresses': [
    (scene) => byHand(scene, { podSelector: oneOf(scene), policyTypes: ['Ingress'] }),
    1,
  ],
  'by hand, peers by one of several addresses': [
    (scene) =>
      byHand(scene, {
        podSelector: { matchLabels: { app: 'db' } },
        policyTypes: ['Ingress'],
        ingress: [
          { from: [{ podSelector: oneOf(scene) }, { ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 5432 }] },
        ],
        // Of no effect without its type: to close that as well would cut db off.
        egress: [{ to: [{ podSelector: address(scene) }] }],
      }),
    1,
  ],
  'by hand, all pods of the tier from each other': [
    (scene) =>
      byHand(scene, {
        podSelector: { matchLabels: { tier: 'back' } },
        ingress: [{ from: [{ podSelector: address(scene) }] }],
      }),
    1,
  ],
  'by hand, peers of any namespace': [
    (scene) =>
      byHand(scene, {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ podSelector: address(scene), namespaceSelector: {} }] }],
      }),
    1,
  ],
};

const STAGES = [
  'start',
  'step-1/canary',
  'step-1/route',
  'promote/stable',
  'promote/unroute',
  'stable',
  'abort/unroute',
];
const ours = (objects: readonly Manifest[]) =>
  objects.filter(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.labels?.['graylane.io/rollout'] !== undefined,
  );

describe.each(Object.entries(policies))('%s', (_, [write, count]) => {
  test.each<Routed>(['apart', 'subset', 'joined'])('%s: the canary has the connections of stable', (routed) => {
    const declared = synth(scene(write, routed));
    expect(ours(declared)).toEqual([]);
    for (const stage of STAGES.filter((one) => routed === 'apart' || one.startsWith('step'))) {
      if (routed === 'joined' && stage === 'step-1/route') continue;
      const objects = synth(scene(write, routed, stage));
      const canary = podsOf(objects, 'web-canary') !== undefined;
      expect(ours(objects), stage).toHaveLength(canary && routed === 'apart' ? count : 0);
      // Nobody else's connections change.
      expect(connections(objects, 'db'), stage).toEqual(connections(declared, 'db'));
      expect(connections(objects, 'web'), stage).toEqual(connections(declared, 'web'));
      if (canary) expect(connections(objects, 'web-canary'), stage).toEqual(connections(objects, 'web'));
    }
  });
});

test('policies of another namespace that mean stable as a peer mean the canary too', () => {
  const app = scene(
    ({ chart, web }) => {
      const other = new Chart(chart.node.root, 'other', { namespace: 'data' });
      const db = new Deployment(other, 'db', {
        metadata: { name: 'store' },
        containers: [{ image: 'db', portNumber: 1 }],
      });
      db.connections.allowFrom(web, { isolation: PodConnectionsIsolation.POD });
    },
    'apart',
    'step-1',
    'shop',
  );
  const [policy, ...others] = ours(synth(app));
  expect(others).toEqual([]);
  expect(policy!.metadata.namespace).toBe('data');
  const [rule] = (policy!.spec as Spec).ingress!;
  expect(rule!.from).toEqual([
    {
      podSelector: { matchLabels: { 'cdk8s.io/metadata.addr': expect.stringMatching(/-canary$/) as string } },
      namespaceSelector: { matchLabels: NAMESPACE },
    },
  ]);
});

describe('two rollouts of one lane, apart', () => {
  const at = (a: string, b: string) => {
    const app = newApp();
    const chart = new Chart(app, 'shop');
    const [one, two] = ['a', 'b'].map((name) => {
      const workload = new Deployment(chart, name, {
        metadata: { name },
        replicas: 1,
        containers: [{ image: name, portNumber: 8080 }],
      });
      return { workload, service: workload.exposeViaService({ name, ports: [{ port: 80, targetPort: 8080 }] }) };
    }) as [{ workload: Deployment; service: Service }, { workload: Deployment; service: Service }];
    one.workload.connections.isolate();
    two.workload.connections.isolate();
    one.workload.connections.allowTo(two.workload);
    const gateway = new Ingress(chart, 'gateway', { metadata: { name: 'a' }, className: 'nginx' });
    gateway.addRule('/', IngressBackend.fromService(one.service));
    const lane = new TrafficRoutingLane(chart, 'lane', {
      objectRef: { service: one.service, ingress: { classType: 'nginx', name: gateway } },
      matches: [{ headers: [{ name: 'user', value: 'foo' }] }],
    });
    for (const [{ workload }, stage] of [
      [one, a],
      [two, b],
    ] as const) {
      new CanaryRollout(chart, `rollout-${workload.name}`, {
        workload,
        lane,
        steps: [{ replicas: 1 }],
        stage: stage as StageName,
      });
    }
    return synth(app);
  };

  test.each([
    ['step-1', 'step-1'],
    ['step-1', 'start'],
    ['start', 'step-1'],
    ['promote/stable', 'step-1'],
  ])('canaries call each other and stable pods where a at %s and b at %s have them', (a, b) => {
    const objects = at(a, b);
    const pods = (name: string) =>
      [name, `${name}-canary`].map((one) => podsOf(objects, one)).filter((labels) => labels !== undefined);
    expect([...pods('a'), ...pods('b')].length).toBeGreaterThan(2);
    for (const from of pods('a')) {
      for (const to of pods('b')) {
        expect(reaches(objects, from, to, 8080), JSON.stringify([from, to])).toBe(true);
        expect(reaches(objects, from, to, 9090)).toBe(false);
        expect(reaches(objects, to, from, 8080)).toBe(false);
      }
    }
  });
});

describe('what the user says is meant', () => {
  const at = (spec: (scene: Scene) => object) => () => synth(scene((one) => byHand(one, spec(one)), 'apart', 'step-1'));
  const not = (scene: Scene, ...values: string[]) => ({
    podSelector: {
      matchExpressions: [
        {
          key: 'cdk8s.io/metadata.addr',
          operator: 'NotIn',
          values: [...Object.values(address(scene).matchLabels), ...values],
        },
      ],
    },
  });
  const canaryOf = (scene: Scene) => `${Object.values(address(scene).matchLabels)[0]}-canary`;

  test.each<[string, (scene: Scene) => object]>([
    ['by the label of canaries', () => ({ podSelector: { matchLabels: { 'graylane.io/track': 'canary' } } })],
    [
      'stable only',
      (scene) => ({
        podSelector: { ...address(scene), matchExpressions: [{ key: 'graylane.io/track', operator: 'DoesNotExist' }] },
      }),
    ],
    [
      'by the value of the canary',
      (scene) => ({ podSelector: { matchLabels: { 'cdk8s.io/metadata.addr': canaryOf(scene) } } }),
    ],
    ['all but both', (scene) => not(scene, canaryOf(scene))],
  ])('%s', (_, spec) => {
    expect(ours(at(spec)())).toEqual([]);
  });

  test.each<[string, (scene: Scene) => object]>([
    ['covered', (scene) => ({ ...not(scene), ingress: [] })],
    ['a peer', (scene) => ({ podSelector: { matchLabels: { app: 'db' } }, ingress: [{ from: [not(scene)] }] })],
  ])('all but stable, and so the canary, is refused: %s', (_, spec) => {
    expect(at(spec)).toThrow(
      /NetworkPolicy by-hand means all pods but .* let the policy leave out cdk8s.io.*-canary as well.*\(canary-policy\)/,
    );
  });
});
