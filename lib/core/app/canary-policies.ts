import * as v from 'valibot';
import { type Problem, problem } from '../errors';
import {
  defined,
  type Deployment,
  groupOf,
  type LabelSelector,
  type Manifest,
  objectName,
  type PodTemplate,
  type StringMap,
} from '../manifests/manifest';
import { withoutNulls } from '../manifests/json';
import { ROLLOUT_LABEL, shorten } from '../manifests/names';
import { matchesSelector } from '../manifests/selector';

/** One of the peers of a rule. */
interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: unknown;
}

interface PolicySpec {
  readonly podSelector?: LabelSelector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: ReadonlyArray<{ readonly from?: readonly Peer[] }>;
  readonly egress?: ReadonlyArray<{ readonly to?: readonly Peer[] }>;
}

/** A network policy of the user's, as it was given, and with its spec read. */
export interface Policy {
  readonly object: Manifest;
  readonly spec: PolicySpec;
}

/** A rule of either direction. */
interface Rule {
  readonly [field: string]: unknown;
}

/** Labels of the released pods: as they are declared, and on the canary. */
export interface PodLabels {
  readonly declared: StringMap;
  readonly canary: StringMap;
}

const selector = v.looseObject({
  matchLabels: v.optional(v.record(v.string(), v.string())),
  matchExpressions: v.optional(
    v.array(v.looseObject({ key: v.string(), operator: v.string(), values: v.optional(v.array(v.string())) })),
  ),
});
const peers = v.optional(
  v.array(v.looseObject({ podSelector: v.optional(selector), namespaceSelector: v.optional(selector) })),
);
const policy = v.looseObject({
  podSelector: v.optional(selector),
  policyTypes: v.optional(v.array(v.string())),
  ingress: v.optional(v.array(v.looseObject({ from: peers }))),
  egress: v.optional(v.array(v.looseObject({ to: peers }))),
});

const DIRECTIONS = [
  { type: 'Ingress', rules: 'ingress', peers: 'from' },
  { type: 'Egress', rules: 'egress', peers: 'to' },
] as const;

/** The network policies among these objects; what is none in its shape is for the API server to refuse. */
export function networkPoliciesOf(objects: readonly Manifest[]): Policy[] {
  return objects.flatMap((object) => {
    if (object.kind !== 'NetworkPolicy' || groupOf(object.apiVersion) !== 'networking.k8s.io') return [];
    const spec = withoutNulls(object.spec);
    return v.is(policy, spec) ? [{ object, spec }] : [];
  });
}

/**
 * Whether a selector finds the pods as they are declared, and not the canary, only because a label has another value there.
 * Who selects by a label that only the canary has, or names the canary's own value, means the canary.
 */
export function loses(selector: LabelSelector | undefined, { declared, canary }: PodLabels): boolean {
  return (
    matchesSelector(selector, declared) &&
    !matchesSelector(selector, canary) &&
    matchesSelector(selector, { ...canary, ...declared }) &&
    !namesCanary(selector!, { declared, canary })
  );
}

/** The same the other way round: it finds the canary only because it leaves out what is declared. */
function catches(selector: LabelSelector | undefined, { declared, canary }: PodLabels): boolean {
  return (
    matchesSelector(selector, canary) &&
    !matchesSelector(selector, declared) &&
    !matchesSelector(selector, { ...canary, ...declared }) &&
    !namesCanary(selector!, { declared, canary })
  );
}

function namesCanary(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  { declared, canary }: PodLabels,
): boolean {
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, values: [value] })),
    ...matchExpressions.map(({ key, values = [] }) => ({ key, values })),
  ];
  return terms.some(({ key, values }) => canary[key] !== declared[key] && values.includes(canary[key] ?? ''));
}

/**
 * Policies of ours that give the canary what the user's give the declared pods: one that covers the canary for each that
 * covers those, and one that names the canary as a peer for each that names those. Policies only add to each other, so the
 * user's stay as they are. Those of other canaries count as the user's: canaries of one lane call each other.
 * @param canary its Deployment, by whose selector the policies find exactly its pods
 */
export function canaryPolicies(
  policies: readonly Policy[],
  target: PodTemplate,
  canary: Deployment,
): ReadonlyMap<Policy, readonly Manifest[]> {
  const labels = podLabels(target, canary);
  return new Map(
    notOf(canary, policies).map((policy) => [
      policy,
      [...covering(policy, canary, labels), ...admitting(policy, canary, labels)],
    ]),
  );
}

/**
 * What adding policies cannot put right: one that finds the canary because it leaves out the declared pods.
 * @param others labels by which the canary could differ instead
 */
export function checkPolicies(
  policies: readonly Policy[],
  target: PodTemplate,
  canary: Deployment,
  others: readonly string[],
): Problem[] {
  const labels = podLabels(target, canary);
  const named = others.map((label) => `, or set canaryLabel to ${label}`).join('');
  return notOf(canary, policies)
    .filter((policy) => selectorsIn(policy, canary).some((selector) => catches(selector, labels)))
    .map((policy) =>
      problem('canary-policy', 'canaryLabel', objectName(policy.object), {
        fix: `let the policy leave out ${relabelled(labels)} as well${named}`,
      }),
    );
}

/** Without those that were made for this very canary. */
function notOf({ metadata: { labels = {} } }: Deployment, policies: readonly Policy[]): Policy[] {
  return policies.filter(({ object }) => object.metadata.labels?.[ROLLOUT_LABEL] !== labels[ROLLOUT_LABEL]);
}

function relabelled({ declared, canary }: PodLabels): string {
  const keys = Object.keys(declared).filter((key) => declared[key] !== canary[key]);
  return keys.map((key) => `${key}: ${canary[key]}`).join(', ');
}

function podLabels(target: PodTemplate, { spec }: Deployment): PodLabels {
  return { declared: target.metadata?.labels ?? {}, canary: spec.template.metadata?.labels ?? {} };
}

/** Those that may mean pods of the Deployment's namespace. */
function selectorsIn(policy: Policy, canary: Deployment): (LabelSelector | undefined)[] {
  const peers = DIRECTIONS.flatMap(({ rules, peers }) =>
    rulesOf(policy, rules).flatMap((rule) =>
      ((rule[peers] ?? []) as Peer[]).filter((peer) => isNear(peer, policy, canary)),
    ),
  );
  return [
    ...(isBeside(policy, canary) ? [policy.spec.podSelector] : []),
    ...peers.map(({ podSelector }) => podSelector),
  ];
}

function covering(policy: Policy, canary: Deployment, labels: PodLabels): Manifest[] {
  const { podSelector } = policy.spec;
  if (!isBeside(policy, canary) || !loses(podSelector, labels)) return [];
  const rules = DIRECTIONS.flatMap(({ rules, peers }) => {
    const all = rulesOf(policy, rules).map((rule) => {
      const added = canaryPeers(rule[peers] as Peer[] | undefined, policy, canary, labels);
      return added.length === 0 ? rule : { ...rule, [peers]: [...(rule[peers] as Peer[]), ...added] };
    });
    return all.length === 0 ? [] : [[rules, all]];
  });
  const spec = {
    podSelector: canary.spec.selector,
    policyTypes: typesOf(policy),
    ...(Object.fromEntries(rules) as object),
  };
  return [made(policy, '', canary, spec)];
}

/** Of the directions that the user's policy closes, or the new one would close another. */
function admitting(policy: Policy, canary: Deployment, labels: PodLabels): Manifest[] {
  const types = typesOf(policy);
  const directions = DIRECTIONS.filter(({ type }) => types.includes(type)).flatMap(({ type, rules, peers }) => {
    const added = rulesOf(policy, rules).flatMap((rule) => {
      const canaries = canaryPeers(rule[peers] as Peer[] | undefined, policy, canary, labels);
      return canaries.length === 0 ? [] : [{ ...rule, [peers]: canaries }];
    });
    return added.length === 0 ? [] : [{ type, rules, added }];
  });
  if (directions.length === 0) return [];
  const spec = {
    podSelector: policy.spec.podSelector ?? {},
    policyTypes: directions.map(({ type }) => type),
    ...(Object.fromEntries(directions.map(({ rules, added }) => [rules, added])) as object),
  };
  return [made(policy, '-peers', canary, spec)];
}

/** The canary, in the place of each peer that means the declared pods only. */
function canaryPeers(peers: readonly Peer[] = [], policy: Policy, canary: Deployment, labels: PodLabels): Peer[] {
  const near = peers.filter((peer) => isNear(peer, policy, canary));
  return near
    .filter(({ podSelector }) => loses(podSelector, labels))
    .map((peer) => ({ ...peer, podSelector: canary.spec.selector }));
}

function rulesOf({ spec }: Policy, direction: 'ingress' | 'egress'): readonly Rule[] {
  return spec[direction] ?? [];
}

/** What a policy closes, by default as the API server has it. */
function typesOf({ spec: { policyTypes, egress = [] } }: Policy): readonly string[] {
  return policyTypes ?? ['Ingress', ...(egress.length > 0 ? ['Egress'] : [])];
}

/** A policy may mean the pods of several rollouts: the name tells whose canary it is for. */
function made({ object }: Policy, suffix: string, canary: Deployment, spec: object): Manifest {
  const { apiVersion, kind, metadata } = object;
  const name = `${metadata.name}${suffix}-${canary.metadata.name}`;
  const { namespace } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { name: shorten(name), ...defined({ namespace }), labels: canary.metadata.labels! },
    spec,
  };
}

function isBeside({ object }: Policy, canary: Deployment): boolean {
  return object.metadata.namespace === canary.metadata.namespace;
}

/** Labels of namespaces are not known: a peer with a selector of them may be in any. */
function isNear({ namespaceSelector }: Peer, policy: Policy, canary: Deployment): boolean {
  return namespaceSelector !== undefined || isBeside(policy, canary);
}
