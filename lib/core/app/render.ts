import { naming } from '../errors';
import type { Route } from '../routes/gateway';
import type { Ledger } from '../release/ledger';
import { type Templates, templatesOf } from '../release/ledger';
import { defined, type Deployment, type Manifest, objectKey, type Service } from '../manifests/manifest';
import { canaryReplicas, type Facts } from '../specs/replicas';
import { type Holder, hopRoute, laneRoute, stepRoute, warmUpRoute } from '../routes/route';
import { basesOf, needsWarmUp, routedServices, type Routing, routesOn } from '../routes/routing';
import { ownBase, setUp, sharedBases, writeBase } from '../routes/written-base';
import { canaryPolicies, networkPoliciesOf, type Policy } from './canary-policies';
import { canarySelectorTerms } from './separation';
import type { Step } from '../specs/spec';
import { holdsRoute, namedStage, type Stage, stepOfRoute } from '../release/stages';
import type { Member, Topology } from './topology';
import { currentStage } from '../release/transition';
import { canaryDeployment, canaryService, stableDeployment } from './workload';

/** Where one rollout stands. */
export interface Standing {
  readonly stage: Stage;
  readonly templates: Templates;
  /** The steps of the release. @default - those of the rollout */
  readonly steps?: readonly Step[];
  /** The step whose route is kept, at a stage with the route `kept`. */
  readonly kept?: Step;
  readonly facts?: Facts;
}

/** Standings by rollout; a rollout without one is steady, and its objects stay as they were declared. */
export type Standings = ReadonlyMap<Member, Standing>;

/**
 * A rollout at the stage of that name (`step-1/route`, or `step-1` for the last of a step).
 * @throws GraylaneError stage-unknown
 */
export function standingAt({ plan, spec }: Member, stage: string, templates: Standing['templates']): Standing {
  return { stage: naming(`rollout ${spec.name}`, () => namedStage(plan, stage)), templates };
}

/** Where a ledger says that a rollout stands; undefined while no release is under way. */
export function standingOf(ledger: Ledger, member: Member, facts: Facts = {}): Standing | undefined {
  const { release } = ledger;
  if (release === undefined) return undefined;
  return defined({
    stage: currentStage(ledger, member.plan),
    templates: templatesOf(ledger),
    steps: release.steps,
    kept: release.detour?.kept,
    // What is seen may be fewer, after somebody else scaled the canary down.
    facts: { ...facts, canaryReplicas: Math.max(release.canaryReplicas ?? 0, facts.canaryReplicas ?? 0) },
  });
}

/**
 * All objects of an app with its rollouts where they stand: the user's own, changed where a stage says so, in their
 * order, each followed by ours that derive from it.
 */
export function render(topology: Topology, standings: Standings): Manifest[] {
  const written = new Map<string, Manifest[]>();
  const policies: WrittenPolicy[] = [];
  for (const [member, standing] of standings) policies.push(...writeMember(member, standing, written, policies));
  writeRoutes(topology, standings, written);
  return topology.objects.flatMap((object) => written.get(objectKey(object)) ?? [object]);
}

/** What stands of one rollout's workload: stable, and while there is a canary its Deployment, Services and policies. */
export interface WorkloadObjects {
  readonly stable: Deployment;
  readonly canary?: Deployment;
  /** By the base Service of each. */
  readonly services: ReadonlyMap<Service, Service>;
  /** By the user's network policy that they follow. */
  readonly policies: ReadonlyMap<Policy, readonly Manifest[]>;
}

/**
 * The objects of a rollout where it stands, without its routes.
 * @param others network policies of other canaries, beside those that the member knows
 */
export function workloadObjects(member: Member, standing: Standing, others: readonly Manifest[] = []): WorkloadObjects {
  const { spec, deployment, separation, served } = member;
  const { stage, templates } = standing;
  const stable = stableDeployment(deployment, stage, templates);
  if (stage.canary === 0) return { stable, services: new Map(), policies: new Map() };
  const replicas = naming(`rollout ${spec.name}`, () => replicasAt(member, standing));
  const canary = canaryDeployment(deployment, templates.target, replicas, spec, separation);
  return {
    stable,
    canary,
    policies: canaryPolicies([...member.policies, ...networkPoliciesOf(others)], templates.target, canary),
    services: new Map(served.map((service) => [service, servedBy(member, service)])),
  };
}

/** On the way back the canary stays as it was, even where percentages of stable's replicas say nothing any more. */
function replicasAt({ spec, deployment }: Member, { stage, steps = spec.steps, facts }: Standing): number {
  const known: Facts = { ...defined({ stableReplicas: deployment.spec.replicas }), ...facts };
  const noted = stage.at.phase === 'abort' && known.canaryReplicas ? { stableReplicas: 0, ...known } : known;
  return canaryReplicas(steps, stage.canary, noted);
}

/** A network policy of ours, and the user's policy that it follows. */
interface WrittenPolicy {
  readonly policy: Manifest;
  readonly root: Manifest;
}

/** @returns the network policies that it wrote */
function writeMember(
  member: Member,
  standing: Standing,
  written: Map<string, Manifest[]>,
  before: readonly WrittenPolicy[],
): WrittenPolicy[] {
  const others = before.map(({ policy }) => policy);
  const { stable, canary, services, policies } = workloadObjects(member, standing, others);
  written.set(objectKey(member.deployment), canary ? [stable, canary] : [stable]);
  for (const [base, service] of services) written.set(objectKey(base), [base, service]);
  const made = [...policies].flatMap(([{ object }, ours]) => {
    const root = before.find(({ policy }) => policy === object)?.root ?? object;
    return ours.map((policy) => ({ policy, root }));
  });
  for (const { policy, root } of made) {
    written.set(objectKey(root), [...(written.get(objectKey(root)) ?? [root]), policy]);
  }
  return made;
}

/** Only routed Services are a gateway's; others are called from inside the cluster. */
function servedBy({ spec, separation, routing }: Member, service: Service): Service {
  const bases = routing ? basesOf(routing, [service]) : [];
  const needsNodePort = bases.some(({ gateway }) => gateway.supports.canary.service === 'NodePort');
  return canaryService(service, spec, canarySelectorTerms(separation), needsNodePort ? 'NodePort' : 'ClusterIP');
}

function writeRoutes(
  { objects, routings, members }: Topology,
  standings: Standings,
  written: Map<string, Manifest[]>,
): void {
  const released = new Map<Routing | undefined, Member[]>(routings.map((routing) => [routing, []]));
  for (const member of members) if (standings.has(member)) released.get(member.routing)?.push(member);
  for (const base of sharedBases(routings)) {
    const { users } = base;
    const key = objectKey(base.object);
    if (users.every((routing) => released.get(routing)!.length === 0)) {
      written.set(key, [setUp(base, users)]);
      continue;
    }
    const routes = users.flatMap((routing) =>
      routesOn(ownBase(base, routing), openRoutes(routing, released.get(routing)!, standings)),
    );
    written.set(key, writeBase(base, routes, objects));
  }
}

/** The routes of a routing that are open now, warm-up included. @param users its members */
function openRoutes(routing: Routing, users: readonly Member[], standings: Standings): Route[] {
  const open = users.flatMap((member) => {
    const standing = standings.get(member);
    return standing && standing.stage.route !== 'none' ? [{ member, standing }] : [];
  });
  const holders = open.map(({ member, standing }) => holderOf(member, holdsRoute(standing.stage.route)));
  if (routing.lane) return laneRoutes(routing, holders);
  const holding = open.filter((_, i) => holders[i]!.holds);
  return [...warmUps(routing, holders), ...holding.map(({ member, standing }) => ownRoute(member, standing))];
}

/** A rollout as one that takes part in its lane. */
export function holderOf({ routed }: Member, holds: boolean): Holder {
  return { services: routed.map(({ metadata }) => metadata.name!), holds };
}

/** The routes of a lane, by who takes part in it. */
export function laneRoutes(routing: Routing, holders: readonly Holder[]): Route[] {
  const { lane, division, service } = routing;
  const route = laneRoute(lane!, holders, division);
  const held = new Set(holders.flatMap(({ holds, services }) => (holds ? services : [])));
  const hops = routedServices(routing).filter((one) => one !== service && held.has(one.metadata.name!));
  return [
    ...warmUps(routing, holders),
    ...(route ? [route] : []),
    ...hops.map(({ metadata }) => hopRoute(lane!, metadata.name!, division)),
  ];
}

/** The routes of a rollout with routing of its own. */
export function ownRoutes(member: Member, standing: Standing): Route[] {
  return openRoutes(member.routing!, [member], new Map([[member, standing]]));
}

function warmUps(routing: Routing, holders: readonly Holder[]): Route[] {
  const known = new Set(holders.flatMap(({ services }) => services));
  return routedServices(routing)
    .filter((service) => known.has(service.metadata.name!) && needsWarmUp(routing, [service]))
    .map(({ metadata }) => warmUpRoute(routing.owner, metadata.name!, routing.division));
}

function ownRoute({ spec, routing, deployment }: Member, { stage, steps = spec.steps, kept }: Standing): Route {
  const step = stepOfRoute(stage.route, steps, kept);
  const pods = deployment.spec.template.metadata?.labels;
  return { ...stepRoute(step!, spec.name, routing!.service.metadata.name!), ...defined({ pods }) };
}
