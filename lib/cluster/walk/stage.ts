import {
  type About,
  aboutStage,
  canaryName,
  type ConditionName,
  DEFAULT_GRACE_PERIOD_SECONDS,
  defined,
  type Deployment,
  holdsRoute,
  objectKey,
  type RevisionNames,
  revisionOf,
  sameJson,
  type Stage,
  type Standing,
  workloadObjects,
} from '../../core';
import { applyOwn, applyStable, deleteOwn } from '../objects/apply';
import { listNetworkPolicies } from '../objects/network-policies';
import { kinds } from '../port/kinds';
import { type Live, refOf } from '../port/port';
import { type AppliedRoutes, applyRoutes, findRoutes, findRoutesOfAny } from '../routes/routes';
import { type LiveDeployment, rolloutLabel, type Run } from '../run/run';
import { ask, askerOf, type Meanwhile, waitFor } from './ask';

/** What is known of a stage that is about to be applied. */
export interface Arrival {
  /** It had settled before: its grace period is over unless the route changes now. */
  readonly again: boolean;
  /** It is the first of this run: who has walked the stages before it, and how far, nobody knows. */
  readonly first: boolean;
  /** What else is asked while its conditions are waited for. @default - nothing */
  readonly meanwhile?: Meanwhile;
}

/**
 * Puts the stage into the cluster and waits until its conditions hold.
 * @returns by what evidence they do
 * @throws BrokenMeanwhile
 */
export async function reach(run: Run, standing: Standing, arrival: Arrival): Promise<string[]> {
  const { again, meanwhile } = arrival;
  const { objects: routes, changed } = await applyObjects(run, standing, arrival);
  const routeChangedAt = run.engine.clock.now();
  const about = { routes, ...((changed || !again) && { routeChangedAt }) };
  const evidence: string[] = [];
  for (const name of standing.stage.settled) {
    const asked = aboutStage(run.member, standing.stage, namesOf(standing), about);
    evidence.push(await waitFor(run, name, asked, meanwhile));
  }
  return evidence;
}

/**
 * Applies what a stage says, in the order that keeps R1 and R3 whatever stood before: the canary is ready before a route
 * opens, stable is ready before one closes, and the canary goes last. A route that is to be closed is closed first where
 * stable is ready for its requests anyway: nothing that is refused of a canary may keep it open.
 */
async function applyObjects(run: Run, standing: Standing, arrival: Arrival): Promise<AppliedRoutes> {
  const { stage } = standing;
  const needs = run.direct ? [] : stage.needs;
  const objects = workloadObjects(run.member, standing);
  const policies = [...objects.policies.values()].flat();
  const own = [...policies, ...(objects.canary ? [objects.canary] : []), ...objects.services.values()];
  const early = closesFirst(stage) && (await holdNow(run, needs, standing));
  const closing = early ? await applyRoutes(run, standing, await uidOfStable(run)) : undefined;
  const stable = await rollOutStable(run, objects.stable);
  // On the way back the canary stays as it is, whether or not it could be written.
  if (stage.at.phase !== 'abort') for (const object of own) await applyOwn(run, object);
  if (opensTo(stage)) await ready(run, 'canary-ready', standing);
  if (stage.stable === 'target' && stage.id !== 'promote/stable') await ready(run, 'stable-ready', standing);
  if (!early) for (const name of needs) await ready(run, name, standing);
  const routes = closing ?? (await applyRoutes(run, standing, stable.metadata.uid));
  const others = await findOthers(run, own.map(objectKey));
  // The stage before has closed the route, unless it did not see it. A run that has died may have closed it just now.
  const justClosed = routes.closed || (arrival.first && run.member.routing !== undefined);
  if (stage.canary === 0 && others.length > 0 && justClosed) await letRequestsEnd(run);
  await remove(run, others);
  return routes;
}

/**
 * Until promotion, and on the way back once stable has been seen to, stable serves all requests at any time (R2). Where the
 * way back begins without a route, stable was ready for its requests when it was to close: it is no more while it rolls.
 */
function closesFirst({ at, route }: Stage): boolean {
  if (holdsRoute(route)) return false;
  return at.phase === 'start' || at.phase === 'abort' || (at.phase === 'step' && at.part === 'unroute');
}

/** The gateway learns of a canary, or sends requests to it. */
function opensTo({ at, route }: Stage): boolean {
  return at.phase === 'step' && at.part !== 'unroute' && route !== 'none';
}

async function uidOfStable({ engine, member }: Run): Promise<string> {
  return (await engine.api.get(refOf(member.deployment)))?.metadata.uid ?? '';
}

/** Waits for a workload before the stage goes on. */
async function ready(run: Run, name: ConditionName, standing: Standing): Promise<void> {
  await waitFor(run, name, aboutWorkloads(run, standing));
}

async function holdNow(run: Run, names: readonly ConditionName[], standing: Standing): Promise<boolean> {
  const about = aboutWorkloads(run, standing);
  const answers = await Promise.all(names.map((name) => ask(askerOf(run), name, about)));
  return answers.every(({ is }) => is === 'holds');
}

function aboutWorkloads({ member, record }: Run, standing: Standing): About {
  const { mostOfStable } = record.facts;
  const { stage, steps, kept } = standing;
  return aboutStage(member, { ...stage, ...defined({ steps, kept }) }, namesOf(standing), defined({ mostOfStable }));
}

/** Waits until stable, as it is declared, is rolled out: outside of a release, or in an order of its own. */
export async function waitForStable(run: Run, { spec }: Deployment): Promise<void> {
  const stage = {
    id: 'start',
    at: { phase: 'start' },
    needs: [],
    settled: [],
    stable: 'stable',
    canary: 0,
    route: 'none',
  } as const;
  const revision = revisionOf(spec.template);
  await waitFor(run, 'stable-ready', aboutStage(run.member, stage, { stable: revision, target: revision }));
}

function namesOf({ templates }: Standing): RevisionNames {
  return { stable: revisionOf(templates.stable), target: revisionOf(templates.target) };
}

/**
 * A paused Deployment makes no ReplicaSet: stable that is new, or runs pods of another template because somebody changed
 * it or made it anew, has to roll out before it is paused.
 */
async function rollOutStable(run: Run, stable: Deployment): Promise<LiveDeployment> {
  const { paused, ...spec } = stable.spec;
  if (!paused) return (await applyStable(run, stable)).live;
  const before = (await run.engine.api.get(refOf(stable))) as LiveDeployment | undefined;
  if (before && !runsOthers(before)) {
    const { live } = await applyStable(run, stable);
    if (sameJson(live.spec.template, before.spec.template)) return live;
  }
  const rolling = { ...stable, spec };
  await applyStable(run, rolling);
  await waitForStable(run, rolling);
  return (await applyStable(run, stable)).live;
}

function runsOthers({ status = {}, metadata }: LiveDeployment): boolean {
  const seen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return !seen || (status.updatedReplicas ?? 0) < (status.replicas ?? 0);
}

/** The canary of a rollout, if there is one. */
export async function findCanary({ engine, member, key }: Run): Promise<LiveDeployment | undefined> {
  const name = canaryName(member.deployment.metadata.name!);
  const ref = { ...refOf(member.deployment), name, namespace: key.namespace };
  return (await engine.api.get(ref)) as LiveDeployment | undefined;
}

/** What is left of a rollout that is in no release: routes first, then, after the grace period, the rest. */
export async function sweep(run: Run, uid: string): Promise<void> {
  await applyRoutes(run, undefined, uid);
  const { routing } = run.member;
  const left = await findWorkloads(run);
  // The routes of a routing of its own were looked for already; in another life it may have had any other. And before what
  // they lead to goes, they are looked for again: that none was found may have been a read of yesterday.
  const lookForLane = () => (routing?.lane ? findRoutes(run, rolloutLabel(run.key)) : []);
  const routes = await (left.length > 0 ? findRoutesOfAny(run) : lookForLane());
  for (const route of routes) await deleteOwn(run, route);
  if (left.length === 0) return;
  // A run that ended between may have closed them just now.
  await letRequestsEnd(run);
  await remove(run, await findWorkloads(run));
}

/** Requests under way to a canary whose route was closed. */
async function letRequestsEnd({ engine, member, signal }: Run): Promise<void> {
  const { gracePeriodSeconds = DEFAULT_GRACE_PERIOD_SECONDS } = member.routing ?? {};
  await engine.clock.sleep(gracePeriodSeconds * 1000, signal);
}

/** Our objects of the workload that the stage has no use for; Services before the pods behind them, policies last. */
async function findOthers(run: Run, wanted: readonly string[]): Promise<Live[]> {
  return (await findWorkloads(run)).filter((live) => !wanted.includes(objectKey(live)));
}

async function remove(run: Run, objects: readonly Live[]): Promise<void> {
  for (const live of objects) await deleteOwn(run, live);
}

async function findWorkloads(run: Run): Promise<Live[]> {
  const selection = { namespace: run.key.namespace, labels: rolloutLabel(run.key) };
  const found = await Promise.all(
    [kinds.service, kinds.deployment].map((kind) => run.engine.api.list(kind, selection)),
  );
  return [...found.flat(), ...(await listNetworkPolicies(run.engine, selection))];
}
