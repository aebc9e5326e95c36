import type { Manifest } from '../manifests/manifest';
import { completedPod, type CountedContainer, type Quantities } from '../manifests/pod-usage';
import { quantityOf, thousandths } from '../manifests/quantity';
import { countsPods } from '../manifests/quota-scopes';
import { checkOf, type Finding, type Known } from './check';
import { type CountingQuota, declaredUsage, type QuotaNeed, quotaNeeds } from './quota-needs';

interface QuotaSpec {
  readonly hard?: Quantities;
}

/** A release has more pods than stable has at rest: the canary's, and those that a rolling update makes before others go. */
export const shortQuota = checkOf({
  name: 'quota',
  about:
    'a quota without room for what a release has beside stable (pods with their requests and limits, a Deployment, Services, routes), or by which every container must say an amount that the new one does not',
  effect: 'pods of the canary, or of stable in promotion, are refused, and the release stops there',
  objects: [
    { apiVersion: 'v1', kind: 'ResourceQuota' },
    // They have the amounts that containers leave out.
    { apiVersion: 'v1', kind: 'LimitRange' },
    // Where the quota does not tell what is in use, their pods are.
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  ],
  // The others are for it to count.
  foundBy: { keysOf: ({ kind }) => [kind], keysFor: () => ['ResourceQuota'] },
  needs: ['stable', 'replicas'],
  findings: (release, { hard }: QuotaSpec, quota, { all }) => {
    if (hard === undefined) return [];
    const here = all.filter(({ metadata }) => metadata.namespace === quota.metadata.namespace);
    const counting = { quota, ranges: here.filter(({ kind }) => kind === 'LimitRange') };
    return [...shortages(release, hard, counting, here), ...unsaid(release, Object.keys(hard), counting)];
  },
});

/** Amounts are thousandths. */
interface Shortage {
  readonly name: string;
  /** The first stage at which there is too little. */
  readonly at: string;
  readonly allowed: bigint;
  readonly needed: bigint;
  /** At any stage. */
  readonly most: bigint;
  /** The stage cannot do with less. */
  readonly stops: boolean;
}

function shortages(
  release: Known<'stable' | 'replicas'>,
  hard: Quantities,
  counting: CountingQuota,
  all: readonly Manifest[],
): Finding[] {
  const { used = {} } = (counting.quota.status ?? {}) as { readonly used?: Quantities };
  const declared = declaredUsage(release, counting, all);
  const needs = quotaNeeds(release, counting);
  const short = Object.entries(hard).flatMap(([name, quantity]) => {
    const before = thousandths(used[name]) ?? declared.get(name) ?? 0n;
    return shortageOf(name, thousandths(quantity), before, needs) ?? [];
  });
  if (short.length === 0) return [];
  const each = short.map(
    ({ name, at, allowed, needed }) => `${written(allowed, name)} of ${written(needed, name)} ${name} at ${at}`,
  );
  const raised = short.map(({ name, most }) => `${name}: ${written(most, name)}`);
  const then = short.some(({ stops }) => stops)
    ? 'it stops there'
    : 'stable rolls with fewer new pods at a time than its strategy says';
  return [
    {
      reason: `allows less than the release needs: ${each.join(', ')}; ${then}`,
      wayOut: `let it allow ${raised.join(', ')} until the release is over`,
    },
  ];
}

/** @param before what is in use of it at rest */
function shortageOf(
  name: string,
  allowed: bigint | undefined,
  before: bigint,
  needs: readonly QuotaNeed[],
): Shortage | undefined {
  const short = needs.flatMap(({ at, usage, least }) => {
    const [more, needed] = [usage.get(name) ?? 0n, before + (usage.get(name) ?? 0n)];
    if (allowed === undefined || more <= 0n || needed <= allowed) return [];
    return [{ name, at, allowed, needed, stops: before + (least.get(name) ?? 0n) > allowed }];
  });
  const [first] = short;
  if (first === undefined) return undefined;
  const most = short.reduce((so, { needed }) => (needed > so ? needed : so), first.needed);
  return { ...first, most, stops: short.some(({ stops }) => stops) };
}

/** `validationSet` of Kubernetes 1.34, pkg/quota/v1/evaluator/core/pods.go: what every container must say. */
const SAID: Readonly<Record<string, readonly ['requests' | 'limits', string]>> = {
  cpu: ['requests', 'cpu'],
  memory: ['requests', 'memory'],
  'requests.cpu': ['requests', 'cpu'],
  'requests.memory': ['requests', 'memory'],
  'limits.cpu': ['limits', 'cpu'],
  'limits.memory': ['limits', 'memory'],
};

/** What stable's containers leave out as well, somebody else completes: stable is there. */
function unsaid(
  { stable, target }: Known<'stable'>,
  names: readonly string[],
  { quota, ranges }: CountingQuota,
): Finding[] {
  if (!countsPods(quota, target, ranges)) return [];
  const lacking = names.flatMap((name) => {
    const found = containersWithout(name, completedPod(target, ranges));
    const before = containersWithout(name, completedPod(stable, ranges));
    return found.length > 0 && before.length === 0 ? [{ name, found }] : [];
  });
  if (lacking.length === 0) return [];
  const each = lacking.map(({ name, found }) => `${SAID[name]!.join('.')} of container ${found.join(', ')}`);
  return [
    {
      reason: `counts what the new revision does not say: ${each.join('; ')}; its pods are refused`,
      wayOut: 'say it under resources of each container, as stable does, or give it a default by a LimitRange',
    },
  ];
}

function containersWithout(
  counted: string,
  { containers = [], initContainers = [], resources }: ReturnType<typeof completedPod>,
): string[] {
  const [part, name] = SAID[counted] ?? [];
  const ofPod = [resources?.requests, resources?.limits].some((all) => Object.keys(all ?? {}).length > 0);
  if (part === undefined || name === undefined || ofPod) return [];
  const says = ({ resources: own }: CountedContainer) => own?.[part]?.[name] !== undefined;
  return [...containers, ...initContainers].filter((one) => !says(one)).map((one) => one.name ?? '(without name)');
}

function written(amount: bigint, name: string): string {
  return quantityOf(amount, /memory|storage$|hugepages/.test(name) ? 'bytes' : 'number');
}
