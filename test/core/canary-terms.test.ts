/** Terms of affinity and spread of canary pods, in the template of the canary as it is rendered. */
import { describe, expect, test } from 'vitest';
import type { LabelSelector, Manifest } from 'graylane';
import { matchesSelector, render, resolve, standingAt } from '../../lib/core';
import { deployment, exposed, gateways, ownRollout } from './fixtures';

const own = { matchLabels: { app: 'app' } };

/** The specs of stable's and the canary's pods, where these have a label of another value. */
function podsOf(spec: object, steps = [{ replicas: 1, traffic: '20%' as const }]) {
  const declared = deployment('app', {
    template: {
      metadata: { labels: { app: 'app', tier: 'front' } },
      spec: { containers: [{ name: 'main' }], ...spec },
    },
  });
  const objects = [...exposed('app').filter(({ kind }) => kind !== 'Deployment'), declared];
  const topology = resolve({ objects, lanes: [], rollouts: [ownRollout('app', steps)] }, gateways);
  const [member] = topology.members;
  const { template } = declared.spec;
  const standing = standingAt(member!, 'step-1', { stable: template, target: template });
  const all: readonly Manifest[] = render(topology, new Map([[member!, standing]]));
  const [stable, canary] = ['app', 'app-canary'].map(
    (name) => all.find((one) => one.kind === 'Deployment' && one.metadata.name === name) as unknown as Pods,
  );
  return { stable: stable!.spec.template, canary: canary!.spec.template };
}

interface Pods {
  readonly spec: {
    readonly template: { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: Spec };
  };
}

interface Spec {
  readonly affinity?: unknown;
  readonly topologySpreadConstraints?: unknown;
}

function selectorsIn(value: unknown): LabelSelector[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'labelSelector' ? [inner as LabelSelector] : selectorsIn(inner),
  );
}

const term = (labelSelector: object) => ({ topologyKey: 'kubernetes.io/hostname', labelSelector });
const places: readonly [string, (selector: object) => object][] = [
  ['podAntiAffinity, required', (one) => anti('podAntiAffinity', [term(one)])],
  ['podAffinity, required', (one) => anti('podAffinity', [term(one)])],
  [
    'podAntiAffinity, preferred',
    (one) => ({
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term(one) }],
        },
      },
    }),
  ],
  [
    'topologySpreadConstraints',
    (one) => ({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: one },
      ],
    }),
  ],
];

function anti(kind: string, terms: object[]): object {
  return { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: terms } } };
}

const finding: readonly [string, object][] = [
  ['by matchLabels', own],
  ['by the label and another one', { matchLabels: { app: 'app', tier: 'front' } }],
  ['by a value of several', { matchExpressions: [{ key: 'app', operator: 'In', values: ['app', 'cache'] }] }],
];
const losing: readonly [string, object][] = [
  ['by all other values', { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['app'] }] }],
];
const indifferent: readonly [string, object][] = [
  ['of others', { matchLabels: { app: 'cache' } }],
  ['by another label', { matchLabels: { tier: 'front' } }],
  ['of all', {}],
  ['of pods that have the label', { matchExpressions: [{ key: 'app', operator: 'Exists' }] }],
];

describe.each(places)('%s', (_, at) => {
  test.each(finding)('a term of its own pods finds stable and canary pods: %s', (_, selector) => {
    const { stable, canary } = podsOf(at(selector));
    const [written] = selectorsIn(canary.spec);
    for (const { metadata } of [stable, canary]) expect(matchesSelector(written, metadata.labels)).toBe(true);
    expect(matchesSelector(written, { app: 'other', tier: 'front' })).toBe(false);
  });

  test.each(losing)('a term of all other pods finds neither: %s', (_, selector) => {
    const { stable, canary } = podsOf(at(selector));
    const [written] = selectorsIn(canary.spec);
    for (const { metadata } of [stable, canary]) expect(matchesSelector(written, metadata.labels)).toBe(false);
    expect(matchesSelector(written, { app: 'other' })).toBe(true);
  });

  test.each(indifferent)('other terms stay as they are: %s', (_, selector) => {
    expect(selectorsIn(podsOf(at(selector)).canary.spec)).toEqual([selector]);
  });

  test("R2: stable's own terms stay as they are", () => {
    expect(selectorsIn(podsOf(at(own)).stable.spec)).toEqual([own]);
  });
});

test.each<[string, object]>([
  ['a text', { affinity: 'near' }],
  ['numbers', { affinity: { podAffinity: 1 }, topologySpreadConstraints: 2 }],
  [
    'selectors that are none',
    { topologySpreadConstraints: [{ labelSelector: 'app' }, { labelSelector: { matchLabels: 1 } }] },
  ],
])('what is no term is for the API server to refuse: %s', (_, spec) => {
  expect(podsOf(spec).canary.spec).toMatchObject(spec);
});
