import { isJsonObject, type JsonObject } from '../manifests/json';
import type { LabelSelector, PodTemplate, StringMap } from '../manifests/manifest';
import { matchesSelector } from '../manifests/selector';

/**
 * The template of a canary with its own terms of affinity and spread: one that finds the declared pods, and would lose
 * the canary's by its own value of a label, finds both. So a canary keeps away from (or near to) stable and canary pods
 * alike, and counts itself where pods are spread.
 * @param declared labels of the pods as they are declared
 */
export function withCanaryTerms(canary: PodTemplate, declared: StringMap = {}): PodTemplate {
  const labels = canary.metadata?.labels ?? {};
  const renamed = Object.keys(declared).filter((key) => labels[key] !== undefined && labels[key] !== declared[key]);
  const spec = canary.spec as JsonObject | undefined;
  const { affinity, topologySpreadConstraints } = spec ?? {};
  if (renamed.length === 0 || (affinity === undefined && topologySpreadConstraints === undefined)) return canary;
  const both = (selector: LabelSelector) => findBoth(selector, renamed, { declared, canary: labels });
  return {
    ...canary,
    spec: {
      ...spec,
      ...(affinity !== undefined && { affinity: mapSelectors(affinity, both) }),
      ...(topologySpreadConstraints !== undefined && {
        topologySpreadConstraints: mapSelectors(topologySpreadConstraints, both),
      }),
    },
  };
}

/** What is no selector stays the very value, as does whatever is no pod's for the API server to refuse. */
function mapSelectors(value: unknown, change: (selector: LabelSelector) => LabelSelector): unknown {
  if (Array.isArray(value)) return value.map((entry) => mapSelectors(entry, change));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'labelSelector' && isSelector(inner) ? change(inner) : mapSelectors(inner, change),
    ]),
  );
}

function isSelector(value: unknown): value is LabelSelector {
  if (!isJsonObject(value)) return false;
  const { matchLabels = {}, matchExpressions = [] } = value;
  return isJsonObject(matchLabels) && Array.isArray(matchExpressions) && matchExpressions.every(isJsonObject);
}

/** The same selector where it does not tell declared pods from the canary's by their values of these labels. */
function findBoth(
  selector: LabelSelector,
  keys: readonly string[],
  { declared, canary }: { readonly declared: StringMap; readonly canary: StringMap },
): LabelSelector {
  if (matchesSelector(selector, declared) === matchesSelector(selector, canary)) return selector;
  const { matchLabels = {}, matchExpressions = [], ...rest } = selector as LabelSelector & JsonObject;
  const meant = (key: string, values: readonly string[]) => keys.includes(key) && values.includes(declared[key]!);
  const named = Object.entries(matchLabels).filter(([key, value]) => meant(key, [value]));
  const kept = Object.entries(matchLabels).filter(([key, value]) => !meant(key, [value]));
  const widened = matchExpressions.map((one) => {
    const { key, operator, values = [] } = one;
    const both = (operator === 'In' || operator === 'NotIn') && meant(key, values) && !values.includes(canary[key]!);
    return both ? { ...one, values: [...values, canary[key]!] } : one;
  });
  return {
    ...rest,
    ...(kept.length > 0 && { matchLabels: Object.fromEntries(kept) }),
    matchExpressions: [
      ...named.map(([key, value]) => ({ key, operator: 'In' as const, values: [value, canary[key]!] })),
      ...widened,
    ],
  };
}
