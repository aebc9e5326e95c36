import { pluralOf } from './kinds';
import type { Manifest, PodTemplate } from './manifest';
import { thousandths } from './quantity';

/** Amounts in thousandths, by the names that a ResourceQuota has for them. */
export type Usage = ReadonlyMap<string, bigint>;

export type Quantities = Readonly<Record<string, unknown>>;

export interface Resources {
  readonly requests?: Quantities;
  readonly limits?: Quantities;
}

/** What decides what a pod takes of a quota. */
export interface CountedPod {
  readonly containers?: readonly CountedContainer[];
  readonly initContainers?: readonly CountedContainer[];
  readonly resources?: Resources;
  readonly overhead?: Quantities;
  readonly volumes?: ReadonlyArray<{
    readonly ephemeral?: { readonly volumeClaimTemplate?: { readonly spec?: Claim } };
  }>;
}

export interface CountedContainer {
  readonly name?: string;
  readonly resources?: Resources;
  readonly restartPolicy?: string;
}

interface Claim {
  readonly storageClassName?: string;
  readonly resources?: Resources;
}

interface RangeSpec {
  readonly limits?: ReadonlyArray<
    { readonly type?: string } & Readonly<Partial<Record<'max' | 'min' | 'default' | 'defaultRequest', Quantities>>>
  >;
}

const ONE = 1000n;
/** Resources that a quota counts by requests and by limits. */
const NATIVE = ['cpu', 'memory', 'ephemeral-storage'];
const OF_PODS = /^(cpu|memory|hugepages-.*)$/;

/**
 * What a pod of a template takes of a quota, and the claims of its own that it brings along.
 * Source: `PodUsageFunc` of Kubernetes 1.34, pkg/quota/v1/evaluator/core/pods.go, with `PodRequests` and `PodLimits` of
 * k8s.io/component-helpers/resource; compared with what an API server counts.
 * @param ranges LimitRanges of its namespace
 */
export function podUsage(template: PodTemplate, ranges: readonly Manifest[] = []): Usage {
  const pod = completedPod(template, ranges);
  const requests = [...amountsOf(pod, 'requests')].flatMap(([name, amount]) =>
    requestNames(name).map((counted) => [counted, amount] as const),
  );
  const limits = [...amountsOf(pod, 'limits')].filter(([name]) => NATIVE.includes(name));
  const own = new Map([['pods', ONE], ['count/pods', ONE], ...requests]);
  return sum([own, new Map(limits.map(([name, amount]) => [`limits.${name}`, amount])), ...claimsOf(pod)]);
}

/** As a quota counts objects of any kind: `count/deployments.apps`; Services have a name of their own beside it. */
export function objectUsage({ group, kind }: { readonly group: string; readonly kind: string }, count = 1): Usage {
  const plural = pluralOf(kind.toLowerCase());
  const amount = BigInt(count) * 1000n;
  const counted = [`count/${plural}${group === '' ? '' : `.${group}`}`, ...(group === '' ? [plural] : [])];
  return new Map(counted.map((one) => [one, amount]));
}

/** The pod as the API server stores it: requests that are left out are the limits, and LimitRanges have defaults. */
export function completedPod({ spec }: PodTemplate, ranges: readonly Manifest[]): CountedPod {
  const pod = (spec ?? {}) as CountedPod;
  const complete = (by: (resources: Resources) => Resources) => (container: CountedContainer) => ({
    ...container,
    resources: by(container.resources ?? {}),
  });
  const [containers, initContainers] = [pod.containers ?? [], pod.initContainers ?? []].map((all) =>
    all.map(complete(({ requests, limits = {} }) => ({ limits, requests: { ...limits, ...requests } }))),
  );
  const ofRanges = ranges.map(defaultsOf).reduceRight(
    (all, one) => ({
      requests: { ...all.requests, ...one.requests },
      limits: { ...all.limits, ...one.limits },
    }),
    {},
  );
  const inRange = complete(({ requests, limits }) => ({
    requests: { ...ofRanges.requests, ...requests },
    limits: { ...ofRanges.limits, ...limits },
  }));
  return {
    ...pod,
    resources: completedResources({ ...pod, containers: containers!, initContainers: initContainers! }),
    containers: containers!.map(inRange),
    initContainers: initContainers!.map(inRange),
  };
}

/** Of the pod itself: `defaultPodRequests` in pkg/apis/core/v1/defaults.go. */
function completedResources(pod: CountedPod): Resources {
  const { requests = {}, limits = {} } = pod.resources ?? {};
  if (Object.keys(limits).length === 0) return { requests };
  const summed = [...amountsOf({ ...pod, resources: {}, overhead: {} }, 'requests')]
    .filter(([name]) => name === 'cpu' || name === 'memory')
    .map(([name, amount]) => [name, `${amount}m`] as const);
  return { limits, requests: { ...limits, ...Object.fromEntries<unknown>(summed), ...requests } };
}

/** `SetDefaults_LimitRangeItem`, and `defaultContainerResourceRequirements` of the admission plugin. */
function defaultsOf({ spec }: Manifest): Resources {
  const items = ((spec ?? {}) as RangeSpec).limits?.filter(({ type }) => type === 'Container') ?? [];
  return items.reduce<Resources>((all, { max, min, default: limits, defaultRequest }) => {
    const limit = { ...max, ...limits };
    return {
      limits: { ...all.limits, ...limit },
      requests: { ...all.requests, ...min, ...limit, ...defaultRequest },
    };
  }, {});
}

/** Of all containers that run, or of an init container beside those that keep running: what is more. */
function amountsOf(
  { containers = [], initContainers = [], resources, overhead }: CountedPod,
  of: keyof Resources,
): Usage {
  const own = (container: CountedContainer) => amounts(container.resources?.[of]);
  const running = sum([...containers, ...initContainers.filter(keepsRunning)].map(own));
  const starting = initContainers.map((container, i) =>
    sum([container, ...initContainers.slice(0, i).filter(keepsRunning)].map(own)),
  );
  const ofPod = new Map([...amounts(resources?.[of])].filter(([name]) => OF_PODS.test(name)));
  const all = new Map([...mostOf([running, ...starting]), ...ofPod]);
  const beside = [...amounts(overhead)].filter(([name]) => of === 'requests' || (all.get(name) ?? 0n) > 0n);
  return sum([all, new Map(beside)]);
}

function keepsRunning({ restartPolicy }: CountedContainer): boolean {
  return restartPolicy === 'Always';
}

/** What a quota calls a request. */
function requestNames(resource: string): string[] {
  if (NATIVE.includes(resource) || resource.startsWith('hugepages-')) return [resource, `requests.${resource}`];
  return [`requests.${resource}`];
}

/** Of volumes that are made and go with the pod: `pvcEvaluator` in pkg/quota/v1/evaluator/core. */
function claimsOf({ volumes = [] }: CountedPod): Usage[] {
  return volumes.flatMap(({ ephemeral }) => {
    if (ephemeral === undefined) return [];
    const { storageClassName, resources } = ephemeral.volumeClaimTemplate?.spec ?? {};
    const counted = [
      ['persistentvolumeclaims', ONE] as const,
      ['requests.storage', amounts(resources?.requests).get('storage') ?? 0n] as const,
    ];
    const ofClass = counted.map(
      ([name, amount]) => [`${storageClassName}.storageclass.storage.k8s.io/${name}`, amount] as const,
    );
    return [new Map([...counted, ['count/persistentvolumeclaims', ONE], ...(storageClassName ? ofClass : [])])];
  });
}

function amounts(quantities: Quantities = {}): Usage {
  return new Map(Object.entries(quantities).map(([name, quantity]) => [name, thousandths(quantity) ?? 0n]));
}

export function sum(usages: readonly Usage[]): Usage {
  return merged(usages, (a, b) => a + b);
}

export function times(usage: Usage, pods: number): Usage {
  return new Map([...usage].map(([name, amount]) => [name, amount * BigInt(pods)]));
}

export function mostOf(usages: readonly Usage[]): Usage {
  return merged(usages, (a, b) => (a > b ? a : b));
}

function merged(usages: readonly Usage[], merge: (a: bigint, b: bigint) => bigint): Usage {
  const all = new Map<string, bigint>();
  for (const [name, amount] of usages.flatMap((usage) => [...usage])) all.set(name, merge(all.get(name) ?? 0n, amount));
  return all;
}
