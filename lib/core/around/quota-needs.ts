import { groupOf, isDeployment, type Manifest, type PodTemplate } from '../manifests/manifest';
import { isOurs } from '../manifests/names';
import { mostOf, objectUsage, podUsage, sum, times, type Usage } from '../manifests/pod-usage';
import { countsPods, hasScopes } from '../manifests/quota-scopes';
import type { Known } from './check';
import { rollingBounds } from './rolling-update';

type Release = Known<'stable' | 'replicas'>;

/** A quota, with what decides how it counts. */
export interface CountingQuota {
  readonly quota: Manifest;
  /** LimitRanges of its namespace. */
  readonly ranges: readonly Manifest[];
}

/** What a release takes of a quota at a stage, beside what stable and the user's objects take at rest. */
export interface QuotaNeed {
  /** The stage's id. */
  readonly at: string;
  readonly usage: Usage;
  /** With what it gets along, if it has to. */
  readonly least: Usage;
}

/** What a release needs from stage to stage. The way back from promotion needs no more than promotion. */
export function quotaNeeds(release: Release, counting: CountingQuota): QuotaNeed[] {
  const { workload, doubles, replicas } = release;
  const { stable, target } = pods(release, counting);
  const services = doubles.filter(({ kind }) => kind === 'Service');
  const routes = doubles.filter((double) => !services.includes(double));
  const beside = (some: typeof doubles) =>
    some.filter(({ namespace }) => namespace === workload.namespace).map((one) => objectUsage(one, one.ours.length));
  const canary = [objectUsage(DEPLOYMENT), objectUsage(REPLICA_SET), ...beside(services)];
  const ours = (own: readonly Usage[], step: number) =>
    sum([...(hasScopes(counting.quota) ? [] : own), times(target, step)]);
  const steps = replicas.steps.map((step, i) => need(`step-${i + 1}/canary`, ours(canary, step)));
  const all = [...canary, ...beside(routes)];
  const promotion = (surge: number) =>
    sum([
      ours([...all, objectUsage(REPLICA_SET)], replicas.canary),
      less(
        mostOf([
          sum([times(stable, replicas.stable), times(target, surge)]),
          sum([times(target, replicas.stable), times(stable, surge)]),
        ]),
        times(stable, replicas.stable),
      ),
    ]);
  const { surge, unavailable } = rollingBounds(workload.strategy, replicas.stable);
  return [
    ...steps.slice(0, 1),
    need('step-1/route', ours(all, replicas.steps[0] ?? 0)),
    ...steps.slice(1),
    { at: 'promote/stable', usage: promotion(surge), least: promotion(unavailable > 0 ? 0 : 1) },
  ];
}

/** What is there before the release, as far as manifests tell: stable, and other workloads of the namespace. */
export function declaredUsage(release: Release, counting: CountingQuota, all: readonly Manifest[]): Usage {
  const { workload, replicas, services, doubles } = release;
  const others = all.filter(
    (one) =>
      groupOf(one.apiVersion) === 'apps' &&
      one.metadata.namespace === workload.namespace &&
      !isOurs(one) &&
      !(isDeployment(one) && one.metadata.name === workload.name),
  );
  const routes = doubles.filter(({ kind, namespace }) => kind !== 'Service' && namespace === workload.namespace);
  const own = [
    objectUsage(DEPLOYMENT),
    objectUsage(REPLICA_SET),
    objectUsage({ group: '', kind: 'Service' }, services.length),
    ...routes.map((one) => objectUsage(one)),
    ...others.filter(isDeployment).map(() => objectUsage(DEPLOYMENT)),
  ];
  return sum([
    ...(hasScopes(counting.quota) ? [] : own),
    times(pods(release, counting).stable, replicas.stable),
    ...others.map((one) => podsOf(one, counting)),
  ]);
}

const DEPLOYMENT = { group: 'apps', kind: 'Deployment' };
const REPLICA_SET = { group: 'apps', kind: 'ReplicaSet' };

function need(at: string, usage: Usage): QuotaNeed {
  return { at, usage, least: usage };
}

/** What one pod of either revision takes. */
function pods({ stable, target }: Release, counting: CountingQuota): Record<'stable' | 'target', Usage> {
  return { stable: podOf(stable, counting), target: podOf(target, counting) };
}

function podOf(template: PodTemplate, { quota, ranges }: CountingQuota): Usage {
  return countsPods(quota, template, ranges) ? podUsage(template, ranges) : new Map();
}

/** Of a workload with a number of replicas. */
function podsOf({ kind, spec }: Manifest, counting: CountingQuota): Usage {
  const { replicas = 1, template } = spec as { readonly replicas?: number; readonly template?: PodTemplate };
  if (template === undefined || !['Deployment', 'StatefulSet'].includes(kind)) return new Map();
  return times(podOf(template, counting), replicas);
}

function less(usage: Usage, other: Usage): Usage {
  return new Map([...usage].map(([name, amount]) => [name, amount - (other.get(name) ?? 0n)]));
}
