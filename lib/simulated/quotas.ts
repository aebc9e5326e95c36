import { ApiError, kinds, type Live } from '../cluster';
import {
  countsPods,
  groupOf,
  hasScopes,
  type Manifest,
  objectUsage,
  pluralOf,
  type PodTemplate,
  podUsage,
  type Quantities,
  quantityOf,
  sum,
  thousandths,
  type Usage,
} from '../core';
import type { Store } from './store';

type Quota = Live & { readonly spec?: { readonly hard?: Quantities } };

/**
 * Refuses an object that is new where a quota of its namespace has no room for it. What a pod takes is counted as a real API
 * server counts it (`podUsage`); of other objects their number.
 * Source: `CheckRequest` of Kubernetes 1.34, staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go.
 * @throws ApiError 403, in the words of the API server
 */
export function refuseWithoutRoom(store: Store, object: Manifest): void {
  const { name, namespace } = object.metadata;
  if (namespace === undefined) return;
  const short = (store.list({ apiVersion: 'v1', kind: 'ResourceQuota' }, { namespace }) as Quota[]).flatMap((quota) => {
    const ranges = store.list({ apiVersion: 'v1', kind: 'LimitRange' }, { namespace });
    return exceeded(quota, object, ranges, () => store.all().filter((live) => live.metadata.namespace === namespace));
  });
  if (short.length === 0) return;
  throw new ApiError(
    403,
    'Forbidden',
    `${pluralOf(object.kind.toLowerCase())} "${name}" is forbidden: ${short.join(', ')}`,
  );
}

function exceeded(quota: Quota, object: Manifest, ranges: readonly Live[], inUse: () => readonly Live[]): string[] {
  const wanted = usageOf(quota, object, ranges);
  const { hard = {} } = quota.spec ?? {};
  const counted = Object.keys(hard).filter((name) => (wanted.get(name) ?? 0n) > 0n);
  if (counted.length === 0) return [];
  const used = sum(inUse().map((live) => usageOf(quota, live, ranges)));
  const over = counted.filter((name) => {
    const limit = thousandths(hard[name]);
    return limit !== undefined && (used.get(name) ?? 0n) + wanted.get(name)! > limit;
  });
  if (over.length === 0) return [];
  const amounts = (usage: Usage) => over.map((name) => `${name}=${written(name, usage.get(name) ?? 0n)}`).join(',');
  const limited = over.map((name) => `${name}=${String(hard[name])}`).join(',');
  return [
    `exceeded quota: ${quota.metadata.name}, requested: ${amounts(wanted)}, used: ${amounts(used)}, limited: ${limited}`,
  ];
}

/** Pods that are on their way out count as long as they are there. */
function usageOf(quota: Quota, object: Manifest, ranges: readonly Live[]): Usage {
  const { apiVersion, kind, metadata, spec } = object;
  if (kind === kinds.pod.kind) {
    const template = { metadata, spec } as PodTemplate;
    return countsPods(quota, template, ranges) ? podUsage(template, ranges) : new Map();
  }
  return hasScopes(quota) ? new Map() : objectUsage({ group: groupOf(apiVersion), kind });
}

function written(name: string, amount: bigint): string {
  return quantityOf(amount, /memory|storage$|hugepages/.test(name) ? 'bytes' : 'number');
}
