import { isHostOf, isOurs, type Manifest, type Problem, problem, type Route, sameJson, selects } from '../../core';
import { type Destination, type DestinationRule, isDestinationRule, type VirtualService } from './virtual-service';

/** What is said of connections to a Service: by its name, else by the longest pattern that finds it. */
export function destinationRulesOf(service: string, base: Manifest, objects: readonly Manifest[]): DestinationRule[] {
  const all = objects
    .filter(isDestinationRule)
    .filter((one) => !isOurs(one) && one.metadata.namespace === base.metadata.namespace);
  // A cluster's may be there as it was found, and as it is now.
  const near = [...new Map(all.map((one) => [one.metadata.name, one])).values()];
  const named = near.filter((one) => isHostOf(one.spec.host, service, one));
  if (named.length > 0) return named;
  const { namespace = 'default' } = base.metadata;
  const host = `${service}.${namespace}.svc.cluster.local`;
  const finding = near.filter(({ spec }) => isPattern(spec.host) && host.endsWith(spec.host.slice(1)));
  return finding.sort((a, b) => b.spec.host.length - a.spec.host.length).slice(0, 1);
}

export function isPattern(host: string): boolean {
  return host.startsWith('*');
}

/**
 * The route with the names of those subsets that are its pods, where the base leads to others as well: a host may have
 * several Deployments behind it, and subsets tell them apart. What is not known is taken for its pods.
 */
export function ofItsPods(route: Route, base: VirtualService, rules: readonly DestinationRule[]): Route {
  const { pods, service } = route;
  if (pods === undefined || route.subsets !== undefined) return route;
  const used = subsetsUsed(service, base);
  const foreign = used.filter((name) => {
    const known = subsetsNamed(name, rules);
    return known.length > 0 && !known.some(({ labels = {} }) => sameOrEmpty(labels, pods));
  });
  return foreign.length === 0 ? route : { ...route, subsets: used.filter((name) => !foreign.includes(name)) };
}

/** Subsets of which no rule says whose pods they are. */
export function unknownSubsets({ service }: Route, base: VirtualService, rules: readonly DestinationRule[]): string[] {
  return subsetsUsed(service, base).filter((name) => subsetsNamed(name, rules).length === 0);
}

/** R12: where all of what leads to the Service is other pods', and for a lane, which does not know whose its pods are, some. */
export function checkSubsets(route: Route, base: VirtualService): Problem[] {
  const { subsets, pods, service, owner } = route;
  if (subsets === undefined) return [];
  const leads = destinationsOf(base).some((one) => leadsToPods(one, route, base));
  if (leads && 'rollout' in owner) return [];
  const foreign = subsetsUsed(service, base).filter((name) => !subsets.includes(name));
  const allowed = `subsets that pods with these labels are in: ${JSON.stringify(pods)}`;
  const fix = leads
    ? 'give the rollout a routing of its own instead of the lane, or the other pods a Service of their own'
    : 'name a VirtualService that leads to the subset of this Deployment; a subset by a label that the release changes is empty after it';
  return [problem('base-unsuitable', 'spec.http.route.destination.subset', foreign, { allowed, fix })];
}

/** What is said of connections to the route's pods: the host's own policy with the fields that their subset has another of. */
export function trafficPolicyFor(route: Route, rule: DestinationRule, bases: readonly VirtualService[]): unknown {
  return policies(route, rule, bases)[0];
}

/** R12: the canary has one host, and so one policy. */
export function checkPolicies(route: Route, rules: readonly DestinationRule[], base: VirtualService): Problem[] {
  return rules
    .filter((rule) => policies(route, rule, [base]).length > 1)
    .map((rule) => {
      const given = `${rule.metadata.name}, subsets ${subsetsUsed(route.service, base).join(', ')}`;
      const allowed = 'subsets with one trafficPolicy where the base leads to the same pods by several';
      const fix = 'say the same of these subsets, or lead to one of them';
      return problem('base-unsuitable', 'spec.http.route.destination.subset', given, { allowed, fix });
    });
}

/** Whether requests of the destination are the route's. */
export function leadsToPods(
  { destination }: Destination,
  { service, subsets }: Pick<Route, 'service' | 'subsets'>,
  base: VirtualService,
): boolean {
  const { host, subset } = destination;
  return isHostOf(host, service, base) && (subset === undefined || subsets === undefined || subsets.includes(subset));
}

function policies(route: Route, rule: DestinationRule, bases: readonly VirtualService[]): unknown[] {
  const used = bases.flatMap((base) =>
    destinationsOf(base)
      .filter((one) => leadsToPods(one, route, base))
      .map(({ destination }) => destination.subset),
  );
  const { trafficPolicy, subsets = [] } = rule.spec;
  const all = [...new Set(used)].map((name) => {
    const own = subsets.find((subset) => name !== undefined && subset.name === name)?.trafficPolicy;
    return own === undefined ? trafficPolicy : { ...(trafficPolicy as object), ...own };
  });
  if (all.length === 0) return [trafficPolicy];
  return all.filter((one, i) => all.findIndex((other) => sameJson(one, other)) === i);
}

function destinationsOf({ spec: { http = [] } }: VirtualService): Destination[] {
  return http.flatMap(({ route = [] }) => route);
}

function subsetsUsed(service: string, base: VirtualService): string[] {
  const led = destinationsOf(base).filter(({ destination }) => isHostOf(destination.host, service, base));
  return [...new Set(led.flatMap(({ destination }) => destination.subset ?? []))];
}

function subsetsNamed(name: string, rules: readonly DestinationRule[]) {
  return rules.flatMap(({ spec: { subsets = [] } }) => subsets.filter((one) => one.name === name));
}

/** A subset without labels is all pods of the host. */
function sameOrEmpty(labels: Readonly<Record<string, string>>, pods: Readonly<Record<string, string>>): boolean {
  return Object.keys(labels).length === 0 || selects(labels, pods);
}
