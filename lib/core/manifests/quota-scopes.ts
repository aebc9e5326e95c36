import { isJsonObject } from './json';
import type { Manifest, PodTemplate, StringMap } from './manifest';
import { completedPod, type CountedContainer, type CountedPod, type Resources } from './pod-usage';
import { thousandths } from './quantity';
import { matchesSelector } from './selector';

interface QuotaSpec {
  readonly scopes?: readonly string[];
  readonly scopeSelector?: { readonly matchExpressions?: readonly Scope[] };
}

interface Scope {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

type ScopedPod = CountedPod & {
  readonly activeDeadlineSeconds?: number;
  readonly priorityClassName?: string;
  readonly affinity?: unknown;
};

/** Whether a ResourceQuota is about some pods only. */
export function hasScopes(quota: Manifest): boolean {
  return scopesOf(quota).length > 0;
}

/**
 * Whether a ResourceQuota counts the pods of a template.
 * Source: `podMatchesScopeFunc` of Kubernetes 1.34, pkg/quota/v1/evaluator/core/pods.go.
 */
export function countsPods(quota: Manifest, template: PodTemplate, ranges: readonly Manifest[] = []): boolean {
  const pod: ScopedPod = completedPod(template, ranges);
  return scopesOf(quota).every((scope) => isInScope(scope, pod));
}

function scopesOf({ spec }: Manifest): Scope[] {
  const { scopes = [], scopeSelector }: QuotaSpec = spec ?? {};
  const named = scopes.map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...named, ...(scopeSelector?.matchExpressions ?? [])];
}

function isInScope({ scopeName, operator, values = [] }: Scope, pod: ScopedPod): boolean {
  switch (scopeName) {
    case 'Terminating':
      return pod.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass': {
      const labels: StringMap = pod.priorityClassName ? { [scopeName]: pod.priorityClassName } : {};
      return matchesSelector({ matchExpressions: [{ key: scopeName, operator, values }] }, labels);
    }
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(pod.affinity);
    default:
      return false;
  }
}

/** Without any request or limit of compute. */
function isBestEffort({ containers = [], initContainers = [], resources }: CountedPod): boolean {
  const given = isGiven(resources) ? [resources!] : [...containers, ...initContainers].map(resourcesOf);
  return !given.some(isGiven);
}

function resourcesOf({ resources = {} }: CountedContainer): Resources {
  return resources;
}

function isGiven({ requests = {}, limits = {} }: Resources = {}): boolean {
  return [requests, limits].some((all) => ['cpu', 'memory'].some((name) => (thousandths(all[name]) ?? 0n) > 0n));
}

/** Terms of affinity between pods only: they alone have either field. */
function crossesNamespaces(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(crossesNamespaces);
  if (!isJsonObject(value)) return false;
  const { namespaces, namespaceSelector, ...rest } = value;
  return (
    (Array.isArray(namespaces) && namespaces.length > 0) ||
    isJsonObject(namespaceSelector) ||
    Object.values(rest).some(crossesNamespaces)
  );
}
