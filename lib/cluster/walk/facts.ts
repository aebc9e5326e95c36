import {
  canaryName,
  currentStage,
  type Plan,
  type RolloutPlan,
  defined,
  type Deployment,
  holdsRoute,
  objectName,
  type ReleaseFacts,
  type ReleaseRequest,
  revisionOf,
} from '../../core';
import { EngineError } from '../port/failure';
import { kinds } from '../port/kinds';
import { type Api, refOf } from '../port/port';
import type { RolloutKey, RolloutRecord } from '../records/rollout-record';
import type { LiveDeployment } from '../run/run';

/** What is asked about: a rollout as it is stored, and its Deployment as it is declared. */
export interface LiveRollout {
  readonly api: Api;
  readonly key: RolloutKey;
  readonly record: RolloutRecord;
  readonly deployment: Deployment;
  readonly plan: RolloutPlan;
  /** Whether stable runs what is declared although the ledger says otherwise. @default - not looked at */
  readonly drifted?: (live: LiveDeployment) => Promise<boolean>;
}

/**
 * What a request needs to know of the cluster; live runs and previews ask alike, and ask nothing that cannot matter.
 * @throws EngineError stable-paused
 */
export async function factsFor(request: ReleaseRequest, asked: LiveRollout): Promise<ReleaseFacts> {
  const { ledger, facts } = asked.record;
  const replicas = await declarableFacts(asked);
  if (request.hold || request.direct) return replicas;
  if (ledger.release)
    return request.abort ? replicas : { ...replicas, canaryLost: await canaryLost(asked, asked.plan) };
  const settled = facts.settled === ledger.stable;
  if (request.abort || (asked.drifted === undefined && isSteady(request, asked))) return { ...replicas, settled };
  return { ...replicas, settled, stable: await stableNow(asked) };
}

/** What a release that begins has to know. */
export async function declarableFacts(asked: LiveRollout): Promise<ReleaseFacts> {
  return { ...(await stableReplicas(asked)), ...defined({ seed: asked.record.uid }) };
}

/** Stable's current replicas: the declared ones, or, where the user leaves them to somebody else, the live ones. */
export async function stableReplicas({
  api,
  deployment,
}: Pick<LiveRollout, 'api' | 'deployment'>): Promise<ReleaseFacts> {
  const { replicas } = deployment.spec;
  const live = replicas === undefined ? await api.get(refOf(deployment)) : undefined;
  return defined({ stableReplicas: replicas ?? (live as LiveDeployment | undefined)?.spec.replicas });
}

function isSteady({ template }: ReleaseRequest, { record: { ledger } }: LiveRollout): boolean {
  return revisionOf(template) === ledger.stable;
}

async function stableNow({ api, key, deployment, drifted }: LiveRollout): Promise<ReleaseFacts['stable']> {
  const live = (await api.get(refOf(deployment))) as LiveDeployment | undefined;
  if (live === undefined) return 'nothing';
  if (live.spec.paused) {
    throw new EngineError('stable-paused', key.name, `${objectName(live)} is paused, and not by a release`);
  }
  return (await drifted?.(live)) ? 'as-declared' : 'as-the-ledger-says';
}

/** Whether the canary that an open route leads to has lost all its pods (R5). */
export async function canaryLost(
  { api, key, record: { ledger, facts } }: Pick<LiveRollout, 'api' | 'key' | 'record'>,
  plan: Plan = facts.plan,
): Promise<boolean> {
  if (!holdsRoute(currentStage(ledger, plan).route)) return false;
  const canary = { ...kinds.deployment, name: canaryName(facts.workload), namespace: key.namespace };
  const live = (await api.get(canary)) as LiveDeployment | undefined;
  return (live?.status?.availableReplicas ?? 0) === 0;
}
