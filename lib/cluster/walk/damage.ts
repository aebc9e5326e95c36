import {
  canaryName,
  type Deployment,
  holdsRoute,
  type Manifest,
  type Member,
  type Standing,
  standingOf,
  workloadObjects,
} from '../../core';
import type { Engine } from '../port/engine';
import { kinds } from '../port/kinds';
import { refOf } from '../port/port';
import type { RolloutRecord } from '../records/rollout-record';
import { findRollout, observe, sharesBase } from '../routes/observe';
import { missingRoutes } from '../routes/routes';
import type { UpRequest } from '../run/request';
import type { LiveDeployment, Run } from '../run/run';

/**
 * What of a rollout's own objects is gone or dead although it stands where they should serve, in words. It only looks;
 * the next `up` puts it right. Where a stage has not settled there is no damage: the next `up` applies it anyway.
 * @throws GraylaneError and EngineError for what the rollout refers to and is not there
 */
export async function damageOf(engine: Engine, request: UpRequest, record: RolloutRecord): Promise<string[]> {
  const { declarations, namespace, rollout } = request;
  const { ledger, facts } = record;
  const found = findRollout(declarations, namespace, rollout);
  if (ledger.release === undefined) {
    const stable = { ...kinds.deployment, name: facts.workload, namespace: found.key.namespace };
    return (await engine.api.get(stable)) ? [] : [gone({ kind: 'Deployment', metadata: stable })];
  }
  if (ledger.release.settledAt === undefined) return [];
  const member = await observe(engine, declarations, found);
  const live = await deploymentOf(engine, member.deployment);
  const replicas = live?.spec.replicas;
  const standing = standingOf(ledger, member, replicas === undefined ? {} : { stableReplicas: replicas })!;
  const run = {
    ...found,
    engine,
    member,
    record,
    shared: sharesBase(declarations, found, engine.gateways),
    ...neverWaits,
  };
  return [
    ...(await missingObjects(engine, member, standing)).map(gone),
    ...(await deadCanary(engine, member, standing)),
    ...(await missingRoutes(run, standing, live?.metadata.uid ?? '')).map(gone),
  ];
}

const neverWaits: Pick<Run, 'signal' | 'deadlineSeconds' | 'longestPause'> = {
  signal: new AbortController().signal,
  deadlineSeconds: 0,
  longestPause: 0,
};

async function missingObjects({ api }: Engine, member: Member, standing: Standing): Promise<Manifest[]> {
  const { stable, canary, services, policies } = workloadObjects(member, standing);
  const wanted = [stable, ...(canary ? [canary] : []), ...services.values(), ...[...policies.values()].flat()];
  const live = await Promise.all(wanted.map((object) => api.get(refOf(object))));
  return wanted.filter((_, i) => live[i] === undefined);
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

function gone({ kind, metadata }: Pick<Manifest, 'kind'> & { readonly metadata: { readonly name?: string } }): string {
  return `${kind} ${metadata.name} is gone`;
}
