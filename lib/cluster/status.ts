import { canaryName, defined, type StageId } from '../core';
import { kinds } from './port/kinds';
import { type LaneRecord, readLane } from './routes/lane';
import { isHeld } from './records/lease';
import type { Api, Clock } from './port/port';
import { notReady, podsOf, type PodState } from './objects/readiness';
import { listRecords, recordName, type RolloutKey, type RolloutRecord } from './records/rollout-record';
import type { LiveDeployment } from './run/run';
import { outcomeOf } from './walk/walk';

/** What stands in the cluster, lane by lane and rollout by rollout. */
export interface Status {
  readonly lanes: readonly LaneStatus[];
  readonly rollouts: readonly RolloutStatus[];
}

export interface LaneStatus {
  readonly name: string;
  readonly namespace: string;
  /** `namespace/rollout` of those that hold it; open while there are any. */
  readonly holders: readonly string[];
}

export interface RolloutStatus {
  readonly rollout: string;
  readonly namespace: string;
  /** `stable` while no release is under way. */
  readonly stage: StageId;
  readonly lane?: string;
  readonly release?: number;
  readonly aborting?: boolean;
  /** The approval that passes the gate at which it waits. */
  readonly gate?: string;
  /** When a timed gate passes, ISO 8601. */
  readonly until?: string;
  /** A run has it in hand. */
  readonly running: boolean;
  readonly stable?: WorkloadStatus;
  readonly canary?: WorkloadStatus;
}

export interface WorkloadStatus {
  readonly name: string;
  readonly paused: boolean;
  readonly wanted: number;
  readonly ready: number;
  /** What keeps it from being ready. */
  readonly missing?: string;
  readonly pods: readonly PodState[];
}

/** @param namespace undefined: all of them, as far as the user may look */
export async function readStatus({ api, clock }: { api: Api; clock: Clock }, namespace?: string): Promise<Status> {
  const records = await listRecords(api, namespace);
  const rollouts = await Promise.all(records.map((record) => rolloutStatus(api, clock, record)));
  const lanes = await Promise.all(lanesOf(records).map(({ name, namespace }) => laneStatus(api, name, namespace)));
  return { lanes: lanes.filter((lane) => lane !== undefined), rollouts };
}

async function rolloutStatus(api: Api, clock: Clock, record: RolloutRecord & RolloutKey): Promise<RolloutStatus> {
  const { name, namespace, ledger, facts } = record;
  const { stage, release, aborting, gate } = outcomeOf(record, ledger, facts.plan);
  const [stable, canary, running] = await Promise.all([
    workloadStatus(api, namespace, facts.workload),
    workloadStatus(api, namespace, canaryName(facts.workload)),
    isHeld({ api, clock }, { name: recordName(name), namespace }),
  ]);
  return defined({
    rollout: name,
    namespace,
    stage,
    lane: facts.lane?.name,
    release,
    aborting,
    gate: gate?.approval,
    until: gate?.until,
    running,
    stable,
    canary,
  });
}

async function workloadStatus(api: Api, namespace: string, name: string): Promise<WorkloadStatus | undefined> {
  const live = (await api.get({ ...kinds.deployment, name, namespace })) as LiveDeployment | undefined;
  if (live === undefined) return undefined;
  const { spec, status = {} } = live;
  return defined({
    name,
    paused: spec.paused === true,
    wanted: spec.replicas ?? 1,
    ready: Math.min(status.updatedReplicas ?? 0, status.availableReplicas ?? 0),
    missing: notReady(live, 0),
    pods: await podsOf(api, live),
  });
}

async function laneStatus(api: Api, name: string, namespace: string): Promise<LaneStatus | undefined> {
  const record = await readLane(api, { name, namespace });
  return record && { name, namespace, holders: holdersOf(record) };
}

function holdersOf({ holders }: LaneRecord): string[] {
  return holders.filter(({ holds }) => holds).map((holder) => `${holder.namespace}/${holder.rollout}`);
}

function lanesOf(records: readonly RolloutRecord[]) {
  const lanes = records.flatMap(({ facts }) => facts.lane ?? []);
  return [...new Map(lanes.map((lane) => [`${lane.namespace}/${lane.name}`, lane])).values()];
}
