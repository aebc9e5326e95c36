/** What is around a canary that differs from stable in one label, or has an object of ours in its way: what is told of it. */
import { describe, expect, test } from 'vitest';
import {
  type Declarations,
  GraylaneError,
  type Manifest,
  MEANT,
  resolve,
  type RolloutSpec,
  type Step,
  warningsAround,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, ingress, lane, laneRollout, service } from '../cluster/app';

const labels = { app: 'web', tier: 'front' };
const web = deployment('web', {
  spec: { template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'example.com/web:v2' }] } } },
});
const weighted: Step = { replicas: 1, traffic: '20%' };
const matched: Step = { replicas: 1, matches: [{ headers: [{ name: 'x-try', value: 'yes' }] }] };
const byIngress = { service: 'web', ingress: { classType: 'nginx', name: 'web' } };
const byRoute = { service: 'web', gateway: { httpRouteName: 'web' } };

const httpRoute: Manifest = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', labels: { part: 'shop' } },
  spec: {
    parentRefs: [{ name: 'edge' }],
    hostnames: ['web.example.com'],
    rules: [{ name: 'all', backendRefs: [{ name: 'web', port: 80 }] }],
  },
};

interface Told {
  /** `check: object` of each warning. */
  readonly warned: string[];
  /** `object: field` of each refusal. */
  readonly refused: string[];
  readonly words: string;
}

const lookedFor = [
  'unprotected-canary',
  'unseen-canary',
  'unseen-service',
  'attached-by-name',
  'service-settings',
  'other-pods',
  'way-around-the-gateway',
];

function told(objects: readonly Manifest[], ref: object = byIngress, step = weighted): Told {
  const rollout: RolloutSpec = {
    name: 'web',
    workloadRef: { name: 'web' },
    steps: [step],
    trafficRoutings: [ref as typeof byIngress],
  };
  const bases = [ingress('web', 'nginx'), httpRoute];
  return toldOf({ objects: [web, service('web'), ...bases, ...objects], lanes: [], rollouts: [rollout] });
}

function toldOf(declarations: Declarations): Told {
  const [member] = resolve(declarations, gateways).members;
  const { template } = member!.deployment.spec;
  try {
    const found = warningsAround(member!, { stable: template, target: template }, declarations.objects);
    const mine = found.filter(({ check }) => lookedFor.includes(check));
    return {
      warned: mine.map(({ check, object }) => `${check}: ${object.kind} ${object.name}`),
      refused: [],
      words: mine.map(({ reason, wayOut }) => `${reason}; ${wayOut}`).join('\n'),
    };
  } catch (error) {
    if (!(error instanceof GraylaneError)) throw error;
    const refused = error.problems.map(({ subject, path }) => `${subject.at(-1)}: ${path}`);
    return { warned: [], refused, words: error.message };
  }
}

const nothing = { warned: [], refused: [], words: '' };
const object = (apiVersion: string, kind: string, spec: object, metadata: object = {}): Manifest => ({
  apiVersion,
  kind,
  metadata: { name: 'one', ...metadata },
  spec,
});
const selecting = (matchLabels: object) => ({ selector: { matchLabels } });
const istio = 'security.istio.io/v1';

describe('what protects pods by the label that differs is refused, with object and field', () => {
  test.each<[string, Manifest, string]>([
    ['AuthorizationPolicy', object(istio, 'AuthorizationPolicy', selecting({ app: 'web' })), 'spec.selector'],
    [
      'of an older version',
      object('security.istio.io/v1beta1', 'AuthorizationPolicy', selecting({ app: 'web' })),
      'spec.selector',
    ],
    ['RequestAuthentication', object(istio, 'RequestAuthentication', selecting({ app: 'web' })), 'spec.selector'],
    ['PeerAuthentication', object(istio, 'PeerAuthentication', selecting(labels)), 'spec.selector'],
    [
      'Sidecar',
      object('networking.istio.io/v1', 'Sidecar', { workloadSelector: { labels: { app: 'web' } } }),
      'spec.workloadSelector',
    ],
    [
      'EnvoyFilter',
      object('networking.istio.io/v1alpha3', 'EnvoyFilter', { workloadSelector: { labels: { app: 'web' } } }),
      'spec.workloadSelector',
    ],
    [
      'CiliumNetworkPolicy',
      object('cilium.io/v2', 'CiliumNetworkPolicy', { endpointSelector: { matchLabels: { 'k8s:app': 'web' } } }),
      'spec.endpointSelector',
    ],
    [
      'of Calico',
      object('projectcalico.org/v3', 'NetworkPolicy', { selector: "app == 'web' && tier == 'front'" }),
      'spec.selector',
    ],
    [
      'of Antrea',
      object('crd.antrea.io/v1beta1', 'NetworkPolicy', {
        appliedTo: [{ podSelector: { matchLabels: { app: 'web' } } }],
      }),
      'spec.appliedTo[0].podSelector',
    ],
    [
      'Server of Linkerd',
      object('policy.linkerd.io/v1beta3', 'Server', { podSelector: { matchLabels: { app: 'web' } } }),
      'spec.podSelector',
    ],
    [
      'SecurityGroupPolicy',
      object('vpcresources.k8s.aws/v1beta1', 'SecurityGroupPolicy', { podSelector: { matchLabels: { app: 'web' } } }),
      'spec.podSelector',
    ],
    [
      'by an expression',
      object(istio, 'AuthorizationPolicy', {
        selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
      }),
      'spec.selector',
    ],
    ...[
      "app in {'web', 'api'}",
      'has(app) && app == "web"',
      "!(app != 'web') && tier not in {'back'}",
      "app == 'api' || (app == 'web' && tier starts with 'fr')",
      "projectcalico.org/orchestrator == 'k8s' && app=='web'",
    ].map((text): [string, Manifest, string] => [
      `of Calico, in its language: ${text}`,
      object('projectcalico.org/v3', 'NetworkPolicy', { selector: text }),
      'spec.selector',
    ]),
    [
      'one of several of Cilium',
      {
        ...object('cilium.io/v2', 'CiliumNetworkPolicy', {}),
        specs: [{ endpointSelector: {} }, { endpointSelector: { matchLabels: { app: 'web' } } }],
      },
      'specs[1].endpointSelector',
    ],
    [
      'of Cilium, with a label that it makes up',
      object('cilium.io/v2', 'CiliumNetworkPolicy', {
        endpointSelector: { matchLabels: { 'any:app': 'web', 'k8s:io.cilium.k8s.policy.cluster': 'one' } },
      }),
      'spec.endpointSelector',
    ],
  ])('%s', (_, policy, field) => {
    expect(told([policy]).refused).toEqual([`${policy.kind} one: ${field}`]);
    expect(told([policy]).words).toContain('app: web, which is web-canary there');
  });
});

describe('what protects both, or neither, is left alone', () => {
  const policy = (matchLabels: object, metadata: object = {}) =>
    object(istio, 'AuthorizationPolicy', selecting(matchLabels), metadata);
  test.each<[string, readonly Manifest[]]>([
    ['all pods', [object(istio, 'AuthorizationPolicy', {})]],
    ['by a label of both', [policy({ tier: 'front' })]],
    ['pods of others', [policy({ app: 'other' })]],
    ['in another namespace', [policy({ app: 'web' }, { namespace: 'elsewhere' })]],
    ...[
      "app == 'other'",
      "app in {'web', 'web-canary'}",
      "app starts with 'web'",
      "tier == 'front'",
      'all()',
      'app = web',
    ].map((text): [string, readonly Manifest[]] => [
      `Calico's ${text}`,
      [object('projectcalico.org/v3', 'NetworkPolicy', { selector: text })],
    ]),
    [
      "what selects an issuer's certificates",
      [object('cert-manager.io/v1', 'Issuer', { acme: { solvers: [{ selector: { matchLabels: { app: 'web' } } }] } })],
    ],
    [
      "what selects monitors and rules, and a listener's namespaces",
      [
        object('monitoring.coreos.com/v1', 'Prometheus', {
          podMonitorSelector: { matchLabels: { app: 'web' } },
          ruleSelector: { matchLabels: { app: 'web' } },
        }),
        object('gateway.networking.k8s.io/v1', 'Gateway', {
          listeners: [
            { allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { app: 'web' } } } } },
          ],
        }),
      ],
    ],
    [
      'where the canary is meant to be left out',
      [policy({ app: 'web' }, { annotations: { [MEANT.key]: MEANT.value } })],
    ],
    [
      'where another one is for the canary, as the message advises',
      [policy({ app: 'web' }), policy({ app: 'web-canary' }, { name: 'two' })],
    ],
  ])('%s', (_, objects) => {
    expect(told(objects)).toEqual(nothing);
  });
});

describe('objects of other namespaces, and of all', () => {
  const here = (one: Manifest): Manifest => ({ ...one, metadata: { ...one.metadata, namespace: 'shop' } });
  const toldIn = (objects: readonly Manifest[]) =>
    toldOf({
      objects: [...[web, service('web'), ingress('web', 'nginx')].map(here), ...objects],
      lanes: [],
      rollouts: [
        {
          name: 'web',
          namespace: 'shop',
          workloadRef: { name: 'web' },
          steps: [weighted],
          trafficRoutings: [byIngress],
        },
      ],
    });
  const monitoring = 'monitoring.coreos.com/v1';
  const wide = { namespace: undefined };
  const subject = (namespaceSelector: object) => ({
    subject: { pods: { namespaceSelector, podSelector: { matchLabels: { app: 'web' } } } },
  });
  const named = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
  const cilium = (namespace: string) => ({
    endpointSelector: { matchLabels: { 'k8s:app': 'web', 'k8s:io.kubernetes.pod.namespace': namespace } },
  });
  const calico = { selector: "app == 'web'" };

  test.each<[string, Manifest, string]>([
    ['of all, by Calico', object('projectcalico.org/v3', 'GlobalNetworkPolicy', calico, wide), 'spec.selector'],
    [
      'given a namespace with the rest',
      object('crd.projectcalico.org/v1', 'GlobalNetworkPolicy', calico, { namespace: 'default' }),
      'spec.selector',
    ],
    [
      'by the name of the namespace',
      object('projectcalico.org/v3', 'GlobalNetworkPolicy', {
        selector: "projectcalico.org/namespace == 'shop' && app == 'web'",
        namespaceSelector: "projectcalico.org/name == 'shop'",
      }),
      'spec.selector',
    ],
    ['by Cilium', object('cilium.io/v2', 'CiliumClusterwideNetworkPolicy', cilium('shop')), 'spec.endpointSelector'],
    [
      'of administrators',
      object('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', subject(named('shop'))),
      'spec.subject.pods.podSelector',
    ],
    [
      'for namespaces of which nobody knows',
      object('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', subject({ matchLabels: { team: 'a' } })),
      'spec.subject.pods.podSelector',
    ],
    [
      "in Istio's own",
      object(istio, 'AuthorizationPolicy', selecting({ app: 'web' }), { namespace: 'istio-system' }),
      'spec.selector',
    ],
  ])('refused: %s', (_, policy, field) => {
    expect(toldIn([policy]).refused.map((one) => one.replace(/ .*\//, ' '))).toEqual([`${policy.kind} one: ${field}`]);
  });

  test.each<[string, Manifest, string]>([
    [
      'PodMonitor',
      object(monitoring, 'PodMonitor', { ...selecting({ app: 'web' }), namespaceSelector: { matchNames: ['shop'] } }),
      'unseen-canary',
    ],
    [
      'PodMonitor of any',
      object(monitoring, 'PodMonitor', { ...selecting({ app: 'web' }), namespaceSelector: { any: true } }),
      'unseen-canary',
    ],
    [
      'ServiceMonitor',
      object(monitoring, 'ServiceMonitor', { selector: {}, namespaceSelector: { any: true } }),
      'nothing: it sees all',
    ],
  ])('warned of: %s in another namespace', (_, monitor, check) => {
    const one = { ...monitor, metadata: { ...monitor.metadata, namespace: 'monitoring' } };
    expect(toldIn([one]).warned).toEqual(check.startsWith('nothing') ? [] : [`${check}: ${one.kind} one`]);
  });

  test.each<[string, Manifest]>([
    ['by Cilium', object('cilium.io/v2', 'CiliumClusterwideNetworkPolicy', cilium('data'))],
    ['of administrators', object('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', subject(named('data')))],
    [
      'by Calico',
      object('projectcalico.org/v3', 'GlobalNetworkPolicy', {
        ...calico,
        namespaceSelector: "projectcalico.org/name in {'data', 'logs'}",
      }),
    ],
    [
      'a monitor',
      object(
        monitoring,
        'PodMonitor',
        { ...selecting({ app: 'web' }), namespaceSelector: { matchNames: ['data'] } },
        {
          namespace: 'monitoring',
        },
      ),
    ],
    ['a policy', object(istio, 'AuthorizationPolicy', selecting({ app: 'web' }), { namespace: 'data' })],
  ])('left alone, being of others only: %s', (_, one) => {
    expect(toldIn([one])).toEqual(nothing);
  });

  test('what is of all namespaces is told without one', () => {
    const one = object('projectcalico.org/v3', 'GlobalNetworkPolicy', calico, { namespace: 'shop' });
    expect(toldIn([one]).words).toContain('GlobalNetworkPolicy one: spec.selector');
  });
});

describe('what only sees pods by the label that differs is warned of', () => {
  test.each<[string, Manifest]>([
    ['PodDisruptionBudget', object('policy/v1', 'PodDisruptionBudget', selecting({ app: 'web' }))],
    ['PodMonitor', object('monitoring.coreos.com/v1', 'PodMonitor', selecting({ app: 'web' }))],
    ['Telemetry', object('telemetry.istio.io/v1', 'Telemetry', selecting({ app: 'web' }))],
    [
      'PodMonitoring of GKE, a kind that nobody lists',
      object('monitoring.googleapis.com/v1', 'PodMonitoring', selecting({ app: 'web' })),
    ],
    [
      "a kind of one's own, deep inside",
      object('example.com/v1', 'Report', { about: [{ podSelector: { matchLabels: { app: 'web' } } }] }),
    ],
    [
      'a policy of others that lets stable in',
      object('cilium.io/v2', 'CiliumNetworkPolicy', {
        endpointSelector: { matchLabels: { app: 'db' } },
        ingress: [{ fromEndpoints: [{ matchLabels: { app: 'web' } }] }],
      }),
    ],
    [
      'of Calico, too',
      object('projectcalico.org/v3', 'NetworkPolicy', {
        selector: "app == 'db'",
        ingress: [{ source: { selector: "app == 'web'" } }],
      }),
    ],
  ])('%s', (_, one) => {
    expect(told([one])).toMatchObject({ warned: [`unseen-canary: ${one.kind} one`], refused: [] });
  });

  test.each<[string, Manifest]>([
    ['a monitor on a label of both', object('monitoring.coreos.com/v1', 'PodMonitor', selecting({ tier: 'front' }))],
    ['namespaces', object('example.com/v1', 'Report', { namespaceSelector: { matchLabels: { app: 'web' } } })],
    [
      'a workload of another kind, which makes its own pods',
      object('apps.kruise.io/v1alpha1', 'CloneSet', { ...selecting({ app: 'web' }), template: {} }),
    ],
    [
      'what is no selector',
      object('example.com/v1', 'Report', { selector: 5, podSelector: [null, 'x'], matchLabels: { app: 'web' } }),
    ],
  ])('and left alone: %s', (_, one) => {
    expect(told([one])).toEqual(nothing);
  });
});

describe('a monitor of Services', () => {
  const labelled: Manifest = { ...service('web'), metadata: { name: 'web', labels: { team: 'shop' } } };
  const monitored = (selector: object, patchCanaryMetadata: RolloutSpec['patchCanaryMetadata'] = {}) =>
    toldOf({
      objects: [
        web,
        labelled,
        ingress('web', 'nginx'),
        object('monitoring.coreos.com/v1', 'ServiceMonitor', { selector }),
      ],
      lanes: [],
      rollouts: [
        {
          name: 'web',
          workloadRef: { name: 'web' },
          steps: [weighted],
          trafficRoutings: [byIngress],
          patchCanaryMetadata,
        },
      ],
    }).warned;
  test.each<[string, object, boolean]>([
    ['by a label of the Service', { matchLabels: { team: 'shop' } }, true],
    ['by an expression', { matchExpressions: [{ key: 'team', operator: 'Exists' }] }, true],
    ['of all Services', {}, false],
    ['of others', { matchLabels: { team: 'pay' } }, false],
  ])('%s', (_, selector, warns) => {
    expect(monitored(selector)).toEqual(warns ? ['unseen-service: ServiceMonitor one'] : []);
  });

  const byTeam = { matchLabels: { team: 'shop' } };
  test.each<[string, RolloutSpec['patchCanaryMetadata'], boolean]>([
    ['sees a canary Service that is given the label', { services: { labels: { team: 'shop' } } }, false],
    ['sees none with another value', { services: { labels: { team: 'pay' } } }, true],
    ['looks at no Deployment', { deployment: { labels: { team: 'shop' } } }, true],
  ])('%s', (_, patch, warns) => {
    expect(monitored(byTeam, patch)).toEqual(warns ? ['unseen-service: ServiceMonitor one'] : []);
  });
});

describe('what is attached by name to what the canary has another of', () => {
  const group = 'gateway.networking.k8s.io';
  const toService = { group: '', kind: 'Service', name: 'web' };
  const toRoute = { group, kind: 'HTTPRoute', name: 'web' };
  const envoy = 'gateway.envoyproxy.io/v1alpha1';
  type Case = [string, ref: object, Step, Manifest, string];
  test.each<Case>([
    [
      'BackendTLSPolicy of the Service',
      byIngress,
      weighted,
      object(`${group}/v1`, 'BackendTLSPolicy', { targetRefs: [toService] }),
      'spec.targetRefs[0]',
    ],
    [
      'AuthorizationPolicy of Istio, second of its targets',
      byIngress,
      weighted,
      object(istio, 'AuthorizationPolicy', {
        targetRefs: [
          { ...toService, name: 'x' },
          { ...toService, group: 'core' },
        ],
      }),
      'spec.targetRefs[1]',
    ],
    [
      'HealthCheckPolicy of GKE',
      byRoute,
      weighted,
      object('networking.gke.io/v1', 'HealthCheckPolicy', { targetRef: toService }),
      'spec.targetRef',
    ],
    [
      'a kind that nobody knows',
      byIngress,
      weighted,
      object('example.com/v1', 'Limit', { targetRef: { kind: 'Service', name: 'web' } }),
      'spec.targetRef',
    ],
    [
      'SecurityPolicy of the route',
      byRoute,
      matched,
      object(envoy, 'SecurityPolicy', { targetRefs: [toRoute] }),
      'spec.targetRefs[0]',
    ],
    [
      'BackendTrafficPolicy of a rule of the route',
      byRoute,
      matched,
      object(envoy, 'BackendTrafficPolicy', { targetRef: { ...toRoute, sectionName: 'all' } }),
      'spec.targetRef',
    ],
    [
      'AuthPolicy of Kuadrant',
      byRoute,
      matched,
      object('kuadrant.io/v1', 'AuthPolicy', { targetRef: toRoute }),
      'spec.targetRef',
    ],
    [
      'SecurityPolicy by labels of the route',
      byRoute,
      matched,
      object(envoy, 'SecurityPolicy', {
        targetSelectors: [{ group, kind: 'HTTPRoute', matchLabels: { part: 'shop' } }],
      }),
      'spec.targetSelectors[0]',
    ],
  ])('is refused: %s', (_, ref, step, policy, field) => {
    expect(told([policy], ref, step).refused).toEqual([`${policy.kind} one: ${field}`]);
  });

  const security = (targetRefs: object[], metadata: object = {}) =>
    object(envoy, 'SecurityPolicy', { targetRefs }, metadata);
  const meant = { annotations: { [MEANT.key]: MEANT.value } };
  const ours = { ...toRoute, name: 'web-canary' };
  test.each<[string, ref: object, Step, readonly Manifest[]]>([
    ['of a route whose share is written into it', byRoute, weighted, [security([toRoute])]],
    ['of a route that is not released', byIngress, weighted, [security([toRoute])]],
    ['of the Gateway', byRoute, matched, [security([{ group, kind: 'Gateway', name: 'edge', sectionName: 'https' }])]],
    [
      'of another object of that name',
      byRoute,
      matched,
      [security([{ group: 'example.com', kind: 'HTTPRoute', name: 'web' }])],
    ],
    [
      'of the Deployment, as autoscalers have it',
      byIngress,
      weighted,
      [object('autoscaling.k8s.io/v1', 'VerticalPodAutoscaler', { targetRef: { kind: 'Deployment', name: 'web' } })],
    ],
    ['where the canary is meant to be left out', byRoute, matched, [security([toRoute], meant)]],
    ['that names ours as well, as the message advises', byRoute, matched, [security([toRoute, ours])]],
    ['beside another one for ours', byRoute, matched, [security([toRoute]), security([ours], { name: 'two' })]],
  ])('is left alone: %s', (_, ref, step, objects) => {
    expect(told(objects, ref, step)).toEqual(nothing);
  });

  test('a lane is refused by what is attached to the route of its entry, for hops too', () => {
    const { objectRef: _, ...rest } = lane;
    const canaries = ['web', 'back'].map((name) => laneRollout(name, name));
    const { words } = toldOf({
      objects: [deployment('back'), service('back'), web, service('web'), httpRoute, security([toRoute])],
      lanes: [{ ...rest, objectRef: [byRoute] }],
      rollouts: canaries.reverse(),
    });
    expect(words).toMatch(/rollout back: SecurityPolicy one: spec.targetRefs\[0\]: .*HTTPRoute web-canary/);
  });
});

describe('what a mesh or a gateway reads of the Service', () => {
  const toldWith = (metadata: object, patch: RolloutSpec['patchCanaryMetadata'] = {}, step = weighted) =>
    toldOf({
      objects: [web, { ...service('web'), metadata: { name: 'web', ...metadata } }, ingress('web', 'nginx')],
      lanes: [],
      rollouts: [
        {
          name: 'web',
          workloadRef: { name: 'web' },
          steps: [step],
          trafficRoutings: [byIngress],
          patchCanaryMetadata: patch,
        },
      ],
    });

  test.each<['labels' | 'annotations', string]>([
    ['labels', 'istio.io/use-waypoint'],
    ['labels', 'istio.io/ingress-use-waypoint'],
    ['annotations', 'konghq.com/plugins'],
  ])('is refused where policies hang on it: %s %s, until the canary is told of', (on, key) => {
    const said = { [on]: { [key]: 'guard' } };
    expect(toldWith(said).refused).toEqual([`Service web: metadata.${on}["${key}"]`]);
    expect(toldWith(said).words).toContain(`patchCanaryMetadata.services.${on}`);
    expect(toldWith(said, { services: said })).toEqual(nothing);
    expect(toldWith(said, { services: { [on]: { [key]: 'none' } } })).toEqual(nothing);
    expect(toldWith({ ...said, annotations: { ...said.annotations, [MEANT.key]: MEANT.value } })).toEqual(nothing);
  });

  test.each([
    'config.linkerd.io/opaque-ports',
    'retry.linkerd.io/http',
    'timeout.linkerd.io/request',
    'projectcontour.io/upstream-protocol.h2c',
    'networking.istio.io/exportTo',
    'cloud.google.com/backend-config',
    'networking.gke.io/app-protocols',
    'konghq.com/protocol',
    'traefik.io/service.nativelb',
  ])('is warned of otherwise: %s', (key) => {
    const said = { annotations: { [key]: '80' } };
    expect(toldWith(said).warned).toEqual(['service-settings: Service web']);
    expect(toldWith(said, { services: said })).toEqual(nothing);
  });

  test.each([
    { annotations: { 'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb' } },
    {
      annotations: {
        'external-dns.alpha.kubernetes.io/hostname': 'a.example.com',
        'argocd.argoproj.io/sync-wave': '1',
      },
    },
    { labels: { 'app.kubernetes.io/managed-by': 'Helm', 'istio.io/rev': 'stable' } },
  ])('what nobody reads for requests is left alone: %j', (said) => {
    expect(toldWith(said)).toEqual(nothing);
  });
});

describe('other pods behind the Service', () => {
  const other = (kind: string, pods: object, metadata: object = {}) =>
    object('apps/v1', kind, { template: { metadata: { labels: pods } } }, { name: 'elder', ...metadata });
  test.each<[string, Manifest, boolean]>([
    ['another Deployment', other('Deployment', { app: 'web', version: 'v0' }), true],
    ['a StatefulSet', other('StatefulSet', { app: 'web' }), true],
    ['a DaemonSet', other('DaemonSet', { app: 'web' }), true],
    ['a Deployment of another Service', other('Deployment', { app: 'other' }), false],
    ['one of another namespace', other('StatefulSet', { app: 'web' }, { namespace: 'elsewhere' }), false],
    ['a canary', other('Deployment', { app: 'web' }, { labels: { 'graylane.io/rollout': 'x' } }), false],
    ['a ReplicaSet', other('ReplicaSet', { app: 'web' }), true],
    ['a CloneSet of Kruise', { ...other('CloneSet', { app: 'web' }), apiVersion: 'apps.kruise.io/v1alpha1' }, true],
    ['a Rollout of Argo', { ...other('Rollout', { app: 'web' }), apiVersion: 'argoproj.io/v1alpha1' }, true],
    ['a Job', { ...other('Job', { app: 'web' }), apiVersion: 'batch/v1' }, true],
    ['a Job of others', { ...other('Job', { app: 'migration' }), apiVersion: 'batch/v1' }, false],
    [
      'a CronJob',
      object('batch/v1', 'CronJob', { jobTemplate: { spec: { template: { metadata: { labels: { app: 'web' } } } } } }),
      true,
    ],
    ['a Pod', object('v1', 'Pod', {}, { name: 'debug', labels: { app: 'web' } }), true],
    ['a Pod of others', object('v1', 'Pod', {}, { name: 'debug', labels: { app: 'other' } }), false],
    ['a custom resource with labels', object('example.com/v1', 'Report', {}, { labels: { app: 'web' } }), false],
  ])('%s', (_, one, warns) => {
    expect(told([one])).toMatchObject({ warned: warns ? ['other-pods: Service web'] : [], refused: [] });
  });

  test('are named', () => {
    expect(told([other('Deployment', { app: 'web' })]).words).toMatch(
      /leads to Deployment elder as well: "everyone else"/,
    );
  });
});

describe('a way past a gateway that divides by subset', () => {
  const sample = (type: string | undefined, by: RolloutSpec['trafficRoutings'] | 'lane') => {
    const name = 'spring-cloud-a';
    const rollout =
      by === 'lane'
        ? laneRollout('rollout-a', name)
        : { name: 'rollout-a', workloadRef: { name }, steps: [weighted], trafficRoutings: by! };
    return toldOf({
      objects: [
        deployment(name),
        service(name),
        { ...service(name, type === undefined ? {} : { type }), metadata: { name: 'direct' } },
        ingress(name),
      ],
      lanes: by === 'lane' ? [lane] : [],
      rollouts: [rollout],
    }).warned;
  };
  const apart = [{ service: 'spring-cloud-a', ingress: { classType: 'mse', name: 'spring-cloud-a' } }];
  test.each<[string, string | undefined, RolloutSpec['trafficRoutings'] | 'lane', boolean]>([
    ['LoadBalancer', 'LoadBalancer', 'lane', true],
    ['NodePort', 'NodePort', 'lane', true],
    ['ClusterIP', 'ClusterIP', 'lane', false],
    ['no type', undefined, 'lane', false],
    ['LoadBalancer, where the canary has a Service of its own', 'LoadBalancer', apart, false],
  ])('%s', (_, type, by, warns) => {
    expect(sample(type, by)).toEqual(warns ? ['way-around-the-gateway: Service direct'] : []);
  });
});
