import {
  checkedOf,
  defined,
  type Deployment,
  newLedger,
  objectName,
  type Plan,
  changedFields,
  shorten,
} from '../../core';
import { applyStable } from './apply';
import { EngineError } from '../port/failure';
import { isPausedByUs, migrateOwners, ownersOf } from './ownership';
import { type Api, refOf } from '../port/port';
import { refuseForeign } from './foreign';
import { takenOver } from './renamed';
import type { RolloutFacts } from '../records/rollout-record';
import type { UpRequest } from '../run/request';
import { type LiveDeployment, type Run, save, tell } from '../run/run';

/**
 * The first time that a rollout is seen: its Deployment is made, or adopted. Adoption demands that applying the declared
 * one changes no template: no pod restarts, and the declared template then is stable's.
 * @throws EngineError adoption-needed, adoption-differs, stable-paused; GraylaneError workload-renamed, unless it is made
 * directly
 */
export async function beginRecord(
  run: Run,
  { declarations, adopt = false, direct = false }: Pick<UpRequest, 'declarations' | 'adopt' | 'direct'>,
): Promise<void> {
  const { deployment } = run.member;
  const live = (await run.engine.api.get(refOf(deployment))) as LiveDeployment | undefined;
  const { ledger } = run.record;
  const facts = { ...run.record.facts, created: live === undefined };
  if (live === undefined) {
    const { api } = run.engine;
    const left = direct ? [] : await takenOver({ api, declarations, key: run.key, deployment });
    for (const what of left) tell(run, { is: 'warning', what });
    return save(run, ledger, facts);
  }
  if (!adopt) throw new EngineError('adoption-needed', run.key.name, `${objectName(live)} exists already`);
  // What a release of ours has paused, whose record somebody has deleted, is resumed by that.
  const { paused, ...spec } = live.spec;
  if (paused && !isPausedByUs(live)) {
    throw new EngineError('stable-paused', run.key.name, `${objectName(live)} is paused`);
  }
  await refuseForeign(run);
  const changes = changedFields(spec, (await dryRun(run.engine.api, deployment)).spec, 'spec');
  if (changes.length > 0) {
    const what = `the declared ${objectName(live)} would change the running one: ${changes.join(', ')}`;
    throw new EngineError('adoption-differs', run.key.name, what);
  }
  // The ledger comes last: a run that dies before it leaves an adoption that is begun again.
  await takeOwnership(run, deployment);
  await save(run, ledger, facts);
}

/** Facts and ledger of a rollout that has none yet. */
export function newRecord({ member, key, declared }: Pick<Run, 'member' | 'key' | 'declared'>): Run['record'] {
  const { deployment, plan, routing } = member;
  const { steps, trafficRoutingRef, trafficRoutings, supports, checks, onBroken, bakeSeconds } = plan;
  const lane = routing?.lane && { name: routing.lane.name, namespace: routing.lane.namespace! };
  const facts: RolloutFacts = {
    rollout: key.name,
    workload: deployment.metadata.name!,
    ...(lane && { lane }),
    plan: defined({ steps, trafficRoutingRef, trafficRoutings, supports, checks, onBroken, bakeSeconds }),
    ...(asks(plan) && { checked: checkedOf(member, key.namespace) }),
    declared,
    created: false,
  };
  return { ledger: newLedger(deployment.spec.template), facts };
}

function asks({ checks = [], steps }: Plan): boolean {
  return checks.length > 0 || steps.some((step) => step.checks?.length);
}

/**
 * Fields of the pod template that applying the declared Deployment would change: names only, for values may be secret.
 */
export async function templateDifferences(api: Api, declared: Deployment, live: LiveDeployment): Promise<string[]> {
  const tried = await dryRun(api, declared);
  return changedFields(live.spec.template, tried.spec.template, 'spec', 'template');
}

async function dryRun(api: Api, declared: Deployment): Promise<LiveDeployment> {
  return (await api.apply(declared, { force: true, dryRun: true })) as LiveDeployment;
}

async function takeOwnership(run: Run, deployment: Deployment): Promise<void> {
  const { live } = await applyStable(run, deployment);
  const left = await migrateOwners(run.engine.api, live);
  const undeclared = await undeclaredFields(run, deployment, live);
  if (undeclared.length > 0) {
    const owners = ownersOf(left, ['f:spec', 'f:template']).join(', ') || 'somebody';
    const what = `${objectName(live)} has what is not declared, set by ${owners}: ${undeclared.join(', ')}; the canary will not have it`;
    tell(run, { is: 'warning', what });
  }
}

/** Where the live template is not what the server would make of the declared one by itself. */
async function undeclaredFields(run: Run, deployment: Deployment, live: LiveDeployment): Promise<string[]> {
  const { metadata } = deployment;
  // No name of a canary: one may be left of a release whose record is gone.
  const name = shorten(`${metadata.name}-as-declared`);
  const fresh = await dryRun(run.engine.api, { ...deployment, metadata: { ...metadata, name } });
  return changedFields(fresh.spec.template, live.spec.template, 'spec', 'template');
}
