import { isDeepStrictEqual } from 'node:util';
import { objectKey, type Standing, workloadObjects } from '../../core';
import { applyOwn, applyStable, deleteOwn } from '../objects/apply';
import { kinds } from '../port/kinds';
import { type Live, refOf } from '../port/port';
import { applyRoutes, findRoutes } from '../routes/routes';
import { type LiveDeployment, rolloutLabel, type Run } from '../run/run';
import { type Placed, ready, settle } from './settle';

/** Puts the stage into the cluster and waits until it has settled. */
export async function reach(run: Run, standing: Standing, { again }: { again: boolean }): Promise<void> {
  await settle(run, await place(run, standing, again));
}

/**
 * Applies what a stage says, in the order that keeps R1 and R3 whatever stood before: the canary is ready before a route
 * opens, stable is ready before one closes, and the canary goes last.
 * @param again the stage had settled before: its grace period is over unless the route changes now
 */
async function place(run: Run, standing: Standing, again: boolean): Promise<Placed> {
  const { stage } = standing;
  const objects = workloadObjects(run.member, standing);
  const stable = await placeStable(run, objects.stable);
  const own = [...(objects.canary ? [objects.canary] : []), ...objects.services.values()];
  for (const object of own) await applyOwn(run, object);
  if (stage.id.startsWith('step-') && stage.route !== 'none') await ready(run, 'canary', objects.canary!, 1);
  if (stage.stable === 'target' && stage.id !== 'promote/stable') await ready(run, 'stable', objects.stable, 0);
  const { objects: routes, changed } = await applyRoutes(run, standing, stable.metadata.uid);
  await removeOthers(run, own.map(objectKey));
  return { stage, objects, routes, graceOver: again && !changed };
}

/**
 * A paused Deployment makes no ReplicaSet: stable that is new, or runs pods of another template because somebody changed
 * it or made it anew, has to roll out before it is paused.
 */
async function placeStable(run: Run, stable: Placed['objects']['stable']): Promise<LiveDeployment> {
  const { paused, ...spec } = stable.spec;
  if (!paused) return (await applyStable(run, stable)).live;
  const before = (await run.engine.api.get(refOf(stable))) as LiveDeployment | undefined;
  if (before && !runsOthers(before)) {
    const { live } = await applyStable(run, stable);
    if (isDeepStrictEqual(live.spec.template, before.spec.template)) return live;
  }
  const rolling = { ...stable, spec };
  await applyStable(run, rolling);
  await ready(run, 'stable', rolling, 0);
  return (await applyStable(run, stable)).live;
}

function runsOthers({ status = {}, metadata }: LiveDeployment): boolean {
  const seen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return !seen || (status.updatedReplicas ?? 0) < (status.replicas ?? 0);
}

/** What is left of a rollout that is in no release: routes first, then, after the grace period, the rest. */
export async function sweep(run: Run, uid: string): Promise<void> {
  const { changed } = await applyRoutes(run, undefined, uid);
  const routes = await findRoutes(run, rolloutLabel(run.key));
  for (const route of routes) await deleteOwn(run, route);
  const left = await findWorkloads(run);
  if ((routes.length > 0 || changed) && left.length > 0) {
    await run.engine.clock.sleep((run.member.routing?.gracePeriodSeconds ?? 0) * 1000, run.signal);
  }
  await removeOthers(run, []);
}

/** Deletes our objects of the workload that the stage has no use for; Services before the pods behind them. */
async function removeOthers(run: Run, wanted: readonly string[]): Promise<void> {
  for (const live of await findWorkloads(run)) {
    if (!wanted.includes(objectKey(live))) await deleteOwn(run, live);
  }
}

async function findWorkloads(run: Run): Promise<Live[]> {
  const selection = { namespace: run.key.namespace, labels: rolloutLabel(run.key) };
  const found = await Promise.all(
    [kinds.service, kinds.deployment].map((kind) => run.engine.api.list(kind, selection)),
  );
  return found.flat();
}
