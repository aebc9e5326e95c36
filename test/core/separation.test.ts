/** Apart, subset, joined: which pods whose selector finds, read off the manifests. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Declarations,
  type Deployment,
  type Gateways,
  GraylaneError,
  type LabelSelector,
  type Manifest,
  resolve,
  selects,
  type Service,
  type Step,
  type StringMap,
} from '../../lib/core';
import { mse } from '../../lib/gateways/mse';
import {
  app as arbitraryApp,
  deployment,
  exposed,
  find,
  gateways,
  ingress,
  joinedRollout,
  lane,
  limited,
  laneRollout,
  ownRollout,
  renderAt,
  seed,
  service,
  TAG_LABELS,
  template,
} from './fixtures';

const STEP: Step[] = [{ replicas: 1, traffic: '20%' }];
const own = (over: Partial<ReturnType<typeof ownRollout>> = {}) => ownRollout('app', STEP, over);
const single = (objects: readonly Manifest[], rollout = own()): Declarations => ({
  objects,
  lanes: [],
  rollouts: [rollout],
});
const labelsOf = (object: Manifest | undefined) => (object as Deployment).spec.template.metadata!.labels!;
const at = (declarations: Declarations, rollout = 'rollout-app') => {
  const objects = renderAt(declarations, { [rollout]: 'step-1' });
  const name = declarations.rollouts.find((one) => one.name === rollout)!.workloadRef.name;
  return {
    objects,
    stable: find<Deployment>(objects, 'Deployment', name)!,
    canary: find<Deployment>(objects, 'Deployment', `${name}-canary`)!,
    service: find<Service>(objects, 'Service', `${name}-canary`),
  };
};

/** A Deployment whose selector and template have these labels. */
const labelled = (labels: StringMap, selector: LabelSelector = { matchLabels: labels }) =>
  deployment('app', { selector, template: { ...template('app', 'v2'), metadata: { labels } } });
const behind = (selector: StringMap, object = labelled(selector)) => [
  object,
  service('app', { selector }),
  ingress('app'),
];

describe('apart: a rollout with routing of its own', () => {
  const { objects, stable, canary, service: canaryService } = at(single(exposed('app')));

  test('canary pods have another value for the label that the Services select on', () => {
    expect(labelsOf(canary)).toEqual({ app: 'app-canary', 'graylane.io/track': 'canary' });
    expect(canary.spec.selector).toEqual({ matchLabels: { app: 'app-canary' } });
  });

  test('no base Service selects the canary, and its own does', () => {
    expect(selects(find<Service>(objects, 'Service', 'app')!.spec.selector, labelsOf(canary))).toBe(false);
    expect(selects(canaryService!.spec.selector, labelsOf(canary))).toBe(true);
    expect(selects(canaryService!.spec.selector, labelsOf(stable))).toBe(false);
  });

  test('the selectors of stable and canary do not overlap', () => {
    expect(selects(stable.spec.selector.matchLabels, labelsOf(canary))).toBe(false);
    expect(selects(canary.spec.selector.matchLabels, labelsOf(stable))).toBe(false);
  });

  test('the base Service stays as it was declared', () => {
    expect(find(objects, 'Service', 'app')).toEqual(service('app'));
  });

  const both = { app: 'app', tier: 'web' };
  const preferred: [string, StringMap, StringMap, string | undefined, string][] = [
    ['app before others', { tier: 'web', app: 'x' }, { tier: 'web', app: 'x' }, undefined, 'app'],
    [
      'app.kubernetes.io/name before others',
      { 'a-first': 'x', 'app.kubernetes.io/name': 'x' },
      { 'a-first': 'x', 'app.kubernetes.io/name': 'x' },
      undefined,
      'app.kubernetes.io/name',
    ],
    [
      "cdk8s's address label before others",
      { 'a-first': 'x', 'cdk8s.io/metadata.addr': 'c8' },
      { 'a-first': 'x', 'cdk8s.io/metadata.addr': 'c8' },
      undefined,
      'cdk8s.io/metadata.addr',
    ],
    ['the others by name', { zone: 'x', block: 'x' }, { zone: 'x', block: 'x' }, undefined, 'block'],
    ['not a label that a Service leaves out', both, { tier: 'web' }, undefined, 'tier'],
    ['the one that the user names', both, both, 'tier', 'tier'],
    ['not one whose value is empty', { app: '', tier: 'web' }, { app: '', tier: 'web' }, undefined, 'tier'],
  ];

  test.each(preferred)('the label is %s', (_, labels, selector, canaryLabel, label) => {
    const found = at(single(behind(selector, labelled(labels)), own(canaryLabel === undefined ? {} : { canaryLabel })));
    expect(labelsOf(found.canary)).toEqual({
      ...labels,
      'graylane.io/track': 'canary',
      [label]: `${labels[label]}-canary`,
    });
    expect(found.service!.spec.selector).toEqual({ ...selector, [label]: `${labels[label]}-canary` });
  });

  test('a label of matchExpressions is not used, and the expressions stay in the selector', () => {
    const expressions = [{ key: 'app', operator: 'In', values: ['app'] }];
    const declared = labelled(both, { matchLabels: both, matchExpressions: expressions });
    const found = at(single(behind(both, declared)));
    expect(found.canary.spec.selector).toEqual({
      matchLabels: { app: 'app', tier: 'web-canary' },
      matchExpressions: expressions,
    });
  });

  test('labels that only pods have are kept, and are no canary label', () => {
    const declared = labelled({ app: 'app', version: 'v2' }, { matchLabels: { app: 'app' } });
    expect(labelsOf(at(single([declared, service('app'), ingress('app')])).canary)).toMatchObject({
      app: 'app-canary',
      version: 'v2',
    });
  });

  const refused: Record<string, [Declarations, RegExp]> = {
    'no label that all Services select on': [
      single([
        labelled(both),
        service('app', { selector: { app: 'app' } }),
        service('other', { selector: { tier: 'web' } }),
        ingress('app'),
      ]),
      /Service app, Service other/,
    ],
    'a canaryLabel that a Service leaves out': [
      single([labelled(both), service('app'), ingress('app')], own({ canaryLabel: 'tier' })),
      /canaryLabel: "tier".*Service app/,
    ],
    'a canaryLabel that stable does not select on': [
      single(exposed('app'), own({ canaryLabel: 'version' })),
      /"version"/,
    ],
    'a value that another Service selects': [
      single([...exposed('app'), service('hand-made', { selector: { app: 'app-canary' } })]),
      /Service hand-made/,
    ],
    'a value that another Deployment selects': [
      single([...exposed('app'), deployment('hand-made', { selector: { matchLabels: { app: 'app-canary' } } })]),
      /Deployment hand-made/,
    ],
  };

  test.each(Object.entries(refused))('%s is an error that says so', (_, [declarations, message]) => {
    const resolving = () => resolve(declarations, gateways);
    expect(resolving).toThrow(GraylaneError);
    expect(resolving).toThrow(message);
    expect(resolving).toThrow(/rollout rollout-app: canaryLabel/);
  });

  test('what another namespace selects does not matter', () => {
    const elsewhere = service('hand-made', { selector: { app: 'app-canary' } }, 'elsewhere');
    expect(() => resolve(single([...exposed('app'), elsewhere]), gateways)).not.toThrow();
  });

  test('a long value is cut, stays unique, and ends at 63 characters', () => {
    const value = 'a'.repeat(63);
    const found = at(single(behind({ app: value })));
    expect(labelsOf(found.canary).app).toMatch(/^a+-[0-9a-f]{8}$/);
    expect(labelsOf(found.canary).app).toHaveLength(63);
    expect(found.service!.spec.selector).toEqual(found.canary.spec.selector.matchLabels);
  });
});

describe("the canary's Service", () => {
  const canaryOf = (spec: Partial<Service['spec']>, over: Gateways = gateways) => {
    const declared = {
      ...service('app', spec),
      metadata: { name: 'app', annotations: { owner: 'x' }, labels: { a: 'b' } },
    };
    const objects = renderAt(single([deployment('app'), declared, ingress('app')]), { 'rollout-app': 'step-1' }, over);
    return find<Service>(objects, 'Service', 'app-canary')!;
  };
  const ports = [
    { name: 'http', protocol: 'TCP', port: 80, targetPort: 'http', appProtocol: 'kubernetes.io/h2c', nodePort: 30080 },
  ];

  test('has ports with appProtocol, and nothing else of the base', () => {
    const declared = {
      type: 'LoadBalancer',
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      externalIPs: ['1.2.3.4'],
      loadBalancerIP: '1.2.3.4',
      healthCheckNodePort: 30000,
      sessionAffinity: 'ClientIP',
      publishNotReadyAddresses: true,
      externalTrafficPolicy: 'Local',
      ipFamilies: ['IPv6'],
      ports,
    };
    expect(canaryOf(declared)).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'app-canary', labels: { 'graylane.io/rollout': 'rollout-app' } },
      spec: {
        ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'http', appProtocol: 'kubernetes.io/h2c' }],
        selector: { app: 'app-canary' },
        publishNotReadyAddresses: false,
      },
    });
  });

  test('of a headless base is headless', () => {
    expect(canaryOf({ clusterIP: 'None' }).spec.clusterIP).toBe('None');
  });

  const nodePorts: Gateways = limited({ canary: { service: 'NodePort' } });

  test('is a NodePort where the gateway needs it, and never a headless one', () => {
    expect(canaryOf({}, nodePorts).spec.type).toBe('NodePort');
    expect(canaryOf({ clusterIP: 'None' }, nodePorts).spec).not.toHaveProperty('type');
    expect(canaryOf({ type: 'NodePort' }).spec).not.toHaveProperty('type');
  });

  test('of a hop is called from inside the cluster: no NodePort', () => {
    const { requestHeaderModifier: _, ...untagged } = lane();
    const objects = renderAt(
      { ...seed, lanes: [untagged] },
      { 'rollout-a': 'step-1', 'rollout-b': 'step-1' },
      nodePorts,
    );
    expect(find<Service>(objects, 'Service', 'spring-cloud-a-canary')!.spec.type).toBe('NodePort');
    expect(find<Service>(objects, 'Service', 'spring-cloud-b-canary')!.spec).not.toHaveProperty('type');
  });

  test('belongs to the namespace of the base', () => {
    const objects = [deployment('app', {}, 'shop'), service('app', {}, 'shop'), ingress('app', 'app', 'shop')];
    const found = at(single(objects, own({ namespace: 'shop' })));
    for (const one of [found.service!, found.canary]) expect(one.metadata.namespace).toBe('shop');
  });
});

describe('subset: a lane whose gateway tells pods apart behind one Service', () => {
  const { objects, stable, canary } = at(seed, 'rollout-a');

  test('canary pods keep all labels, and add the track label and those of the patch', () => {
    expect(labelsOf(canary)).toEqual({ app: 'spring-cloud-a', 'graylane.io/track': 'canary', ...TAG_LABELS });
  });

  test("the canary's own selector cannot match stable pods", () => {
    expect(canary.spec.selector).toEqual({ matchLabels: { app: 'spring-cloud-a', 'graylane.io/track': 'canary' } });
    expect(selects(canary.spec.selector.matchLabels, labelsOf(canary))).toBe(true);
    expect(selects(canary.spec.selector.matchLabels, labelsOf(stable))).toBe(false);
  });

  test('there is no canary Service, for entry or hop', () => {
    const all = renderAt(seed, { 'rollout-a': 'step-1', 'rollout-b': 'step-1' });
    expect(
      objects.concat(all).filter(({ kind, metadata }) => kind === 'Service' && /canary/.test(metadata.name!)),
    ).toEqual([]);
  });

  test('the tag is found whatever the case of its header', () => {
    const set = [{ name: 'X-Mse-Tag', value: 'gray' }];
    const found = at({ ...seed, lanes: [lane({ requestHeaderModifier: { set } })] }, 'rollout-a');
    expect(found.service).toBeUndefined();
  });

  test('a patch without the label that the gateway selects by is an error', () => {
    const patches: StringMap[] = [{}, { 'opensergo.io/canary-gray': 'blue' }, { 'opensergo.io/canary-blue': 'gray' }];
    for (const labels of patches) {
      const rollouts = [laneRollout('rollout-a', 'spring-cloud-a', { patchPodTemplateMetadata: { labels } })];
      expect(() => resolve({ ...seed, rollouts }, gateways)).toThrow(/opensergo\.io\/canary-gray: gray/);
    }
  });

  const { requestHeaderModifier: _, ...untagged } = lane();

  test('without a tag the members of a lane are apart, each with a canary Service', () => {
    for (const name of ['a', 'b']) {
      const found = at({ ...seed, lanes: [untagged] }, `rollout-${name}`);
      expect(labelsOf(found.canary).app).toBe(`spring-cloud-${name}-canary`);
      expect(found.service!.spec.selector).toEqual({ app: `spring-cloud-${name}-canary` });
    }
  });

  test('where one of the gateways of a lane has no subsets its members are apart', () => {
    const { subset: __, ...canary } = mse.supports.canary;
    const plain = { ...mse, name: 'plain', supports: { ...mse.supports, canary } };
    const objectRef = [
      ...lane().objectRef,
      { service: 'spring-cloud-a', ingress: { classType: 'plain', name: 'second' } },
    ];
    const declarations = {
      ...seed,
      objects: [...seed.objects, ingress('second', 'spring-cloud-a')],
      lanes: [lane({ objectRef })],
    };
    const rendered = renderAt(declarations, { 'rollout-a': 'step-1' }, { mse, plain });
    expect(find(rendered, 'Service', 'spring-cloud-a-canary')).toBeDefined();
  });

  test('own routing on the same gateway is apart', () => {
    expect(at(single(exposed('app'))).service).toBeDefined();
  });
});

describe('joined: nothing routes', () => {
  const declarations = single(exposed('app'), joinedRollout('app', [{ replicas: 1 }]));
  const { objects, canary } = at(declarations);

  test('canary pods keep all labels and add the track label: the base Services spread over all pods', () => {
    expect(labelsOf(canary)).toEqual({ app: 'app', 'graylane.io/track': 'canary' });
    expect(selects(find<Service>(objects, 'Service', 'app')!.spec.selector, labelsOf(canary))).toBe(true);
    expect(canary.spec.selector.matchLabels).toEqual({ app: 'app', 'graylane.io/track': 'canary' });
  });

  test('the canary Deployment is all that is made', () => {
    expect(objects).toHaveLength(declarations.objects.length + 1);
  });
});

describe('patchPodTemplateMetadata', () => {
  const patched = (labels: StringMap, annotations?: StringMap) =>
    single(exposed('app'), own({ patchPodTemplateMetadata: { labels, ...(annotations && { annotations }) } }));

  test('reaches canary pods only, and no selector', () => {
    const found = at(patched({ tier: 'gray' }, { note: 'canary' }));
    expect(labelsOf(found.canary)).toMatchObject({ tier: 'gray' });
    expect(found.canary.spec.template.metadata!.annotations).toEqual({ note: 'canary' });
    expect(found.canary.spec.selector.matchLabels).not.toHaveProperty('tier');
    expect(labelsOf(found.stable)).not.toHaveProperty('tier');
    expect(found.canary.metadata).toEqual({ name: 'app-canary', labels: { 'graylane.io/rollout': 'rollout-app' } });
  });

  test('adds to the annotations of the template', () => {
    const { metadata, ...rest } = template('app', 'v2');
    const declared = deployment('app', {
      template: { ...rest, metadata: { ...metadata, annotations: { a: '1', b: '1' } } },
    });
    const rollout = own({ patchPodTemplateMetadata: { annotations: { b: '2' } } });
    const found = at(single([declared, service('app'), ingress('app')], rollout));
    expect(found.canary.spec.template.metadata!.annotations).toEqual({ a: '1', b: '2' });
  });

  test.each(['app', 'graylane.io/track', 'graylane.io/anything'])('may not touch %s', (label) => {
    expect(() => resolve(patched({ [label]: 'x' }), gateways)).toThrow(/patch-selector/);
  });

  test('may not touch a label of matchExpressions, nor one that a Service selects on', () => {
    const selector = { matchLabels: { app: 'app' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] };
    const declared = labelled({ app: 'app', tier: 'web', zone: 'a' }, selector);
    const objects = [declared, service('app', { selector: { app: 'app', zone: 'a' } }), ingress('app')];
    for (const label of ['tier', 'zone']) {
      const rollout = own({ patchPodTemplateMetadata: { labels: { [label]: 'x' } } });
      expect(() => resolve(single(objects, rollout), gateways)).toThrow(/patch-selector/);
    }
  });
});

describe('in arbitrary apps', () => {
  test('selectors of canary Deployments match their own pods and no stable ones', () => {
    fc.assert(
      fc.property(arbitraryApp, ({ declarations, gateways: over }) => {
        const stages = Object.fromEntries(declarations.rollouts.map(({ name }) => [name, 'step-1']));
        const deployments = renderAt(declarations, stages, over).filter(
          ({ kind }) => kind === 'Deployment',
        ) as Deployment[];
        const canaries = deployments.filter(({ metadata }) => metadata.labels?.['graylane.io/rollout'] !== undefined);
        expect(canaries).toHaveLength(declarations.rollouts.length);
        for (const one of canaries) {
          const matched = deployments.filter((other) => selects(one.spec.selector.matchLabels, labelsOf(other)));
          expect(matched).toEqual([one]);
        }
      }),
    );
  });
});
