import {
  canaryName,
  changedFields,
  type Deployment,
  holdsRoute,
  type Manifest,
  type Member,
  type Standing,
  standingOf,
  workloadObjects,
} from '../../core';
import { tryToApply } from '../objects/apply';
import type { Engine } from '../port/engine';
import { kinds } from '../port/kinds';
import { contentOf, type Live, refOf } from '../port/port';
import type { RolloutRecord } from '../records/rollout-record';
import { findRollout, observe, sharesBase } from '../routes/observe';
import { expectedRoutes } from '../routes/routes';
import type { UpRequest } from '../run/request';
import type { LiveDeployment, Run } from '../run/run';

/**
 * What of a rollout's own objects is gone, dead or changed although it stands where they should serve, in words; the next
 * `up` puts it right. It only looks. Where a stage has not settled there is no damage: the next `up` applies it anyway. At
 * rest only what is gone is damage: what stable is to be is the declaration's, and who declares it compares.
 * @throws GraylaneError and EngineError for what the rollout refers to and is not there
 */
export async function damageOf(engine: Engine, request: UpRequest, record: RolloutRecord): Promise<string[]> {
  const { declarations, namespace, rollout } = request;
  const { ledger, facts } = record;
  const found = findRollout(declarations, namespace, rollout);
  if (ledger.release === undefined) {
    const stable = { ...kinds.deployment, name: facts.workload, namespace: found.key.namespace };
    return (await engine.api.get(stable)) ? [] : [goneWords(stable.kind, stable.name)];
  }
  if (ledger.release.settledAt === undefined) return [];
  const member = await observe(engine, declarations, found);
  const live = await deploymentOf(engine, member.deployment);
  const replicas = live?.spec.replicas;
  const standing = standingOf(ledger, member, replicas === undefined ? {} : { stableReplicas: replicas })!;
  const shared = sharesBase(declarations, found, engine.gateways);
  const run = { ...found, engine, member, record, shared, applied: new Map(), ...neverWaits };
  const { stable, canary, services, policies } = workloadObjects(member, standing);
  const routes = await expectedRoutes(run, standing, live?.metadata.uid ?? '');
  const own = [...(canary ? [canary] : []), ...services.values(), ...[...policies.values()].flat(), ...routes.own];
  const damage = await Promise.all([
    damageTo(engine, stable, ({ spec }) => ({ spec })),
    ...own.map((object) => damageTo(engine, object, contentOf)),
    deadCanary(engine, member, standing),
  ]);
  const bases = routes.bases.map((base) => changed(base, ['spec']));
  const { lane } = routes;
  const forgotten = lane ? [`lane ${lane.namespace}/${lane.name} has forgotten ${found.key.name}`] : [];
  return [...damage.flat(), ...bases, ...forgotten, ...routes.lost];
}

const neverWaits: Pick<Run, 'signal' | 'direct' | 'deadlineSeconds' | 'longestPause' | 'declared'> = {
  signal: new AbortController().signal,
  direct: false,
  deadlineSeconds: 0,
  longestPause: 0,
  declared: '',
};

/** @param seen what of the object is compared */
async function damageTo({ api }: Engine, wanted: Manifest, seen: (live: Live) => object): Promise<string[]> {
  const live = await api.get(refOf(wanted));
  if (live === undefined) return [gone(wanted)];
  const applied = await tryToApply(api, wanted);
  const fields = applied ? changedFields(seen(live), seen(applied)) : [];
  return fields.length > 0 ? [changed(wanted, fields)] : [];
}

/** An open route to it answers nobody (R5). */
async function deadCanary(engine: Engine, { deployment }: Member, { stage }: Standing): Promise<string[]> {
  if (!holdsRoute(stage.route)) return [];
  const name = canaryName(deployment.metadata.name!);
  const live = await deploymentOf(engine, { ...deployment, metadata: { ...deployment.metadata, name } });
  const dead = live !== undefined && (live.status?.availableReplicas ?? 0) === 0;
  return dead ? [`Deployment ${name} has no pod that is available`] : [];
}

async function deploymentOf({ api }: Engine, deployment: Deployment): Promise<LiveDeployment | undefined> {
  return (await api.get(refOf(deployment))) as LiveDeployment | undefined;
}

function gone({ kind, metadata }: Manifest): string {
  return goneWords(kind, metadata.name!);
}

export function goneWords(kind: string, name: string): string {
  return `${kind} ${name} is gone`;
}

function changed({ kind, metadata }: Manifest, fields: readonly string[]): string {
  return `${kind} ${metadata.name} was changed: ${fields.join(', ')}`;
}
