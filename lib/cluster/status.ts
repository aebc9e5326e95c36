import {
  type About,
  type Answer,
  askedChecks,
  canaryName,
  type ConditionName,
  currentStage,
  defined,
  formatApproval,
  gateConditions,
  gateOf,
  notReady,
  type PodState,
  podStates,
  type StageId,
  type StringMap,
  shareOfStable,
} from '../core';
import { type JobStatus, jobOwner, readJobs } from './detached';
import { kinds } from './port/kinds';
import { lookingAhead } from './port/looking-ahead';
import { type LaneKey, laneName, type LaneRecord, readLane } from './routes/lane';
import { isHeld } from './records/lease';
import type { Engine } from './port/engine';
import type { Api } from './port/port';
import {
  type DamagedRecord,
  isUnreadable,
  listRecords,
  recordName,
  type RolloutKey,
  type RolloutRecord,
} from './records/rollout-record';
import type { LiveDeployment } from './run/run';
import { type Outcome, outcomeOf } from './run/outcome';
import { ask, type Asker } from './walk/ask';
import { goneWords } from './walk/damage';

/** What stands in the cluster, lane by lane and rollout by rollout. */
export interface Status {
  readonly lanes: readonly LaneStatus[];
  readonly rollouts: readonly RolloutStatus[];
  /** What of it cannot be read any more: it is left out above. */
  readonly damaged: readonly DamagedRecord[];
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
  /** When a timed gate passes, or a promoted revision is not watched any more, ISO 8601. */
  readonly until?: string;
  /** What a check took back: it is released again only where that is asked for. */
  readonly takenBack?: Outcome['takenBack'];
  /** What the stage waits for, with the answers of now; none while no release is under way. */
  readonly conditions: readonly ConditionStatus[];
  /** A run has it in hand. */
  readonly running: boolean;
  /** The Job that walks its release, or has failed to. */
  readonly job?: JobStatus;
  readonly stable?: WorkloadStatus;
  readonly canary?: WorkloadStatus;
  /** Deployments that should be there and are not, in words: the next run makes them anew. */
  readonly gone: readonly string[];
}

export type ConditionStatus = { readonly condition: ConditionName } & Answer;

export interface WorkloadStatus {
  readonly name: string;
  readonly paused: boolean;
  readonly wanted: number;
  readonly ready: number;
  /** What keeps it from being ready. */
  readonly missing?: string;
  /** Labels by which its pods are found. */
  readonly selector?: StringMap;
  readonly pods: readonly PodState[];
}

type Looking = Pick<Engine, 'api' | 'clock' | 'outside'>;

/** @param namespace undefined: all of them, as far as the user may look */
export async function readStatus({ api: server, clock, outside }: Looking, namespace?: string): Promise<Status> {
  const { api } = lookingAhead(server, clock);
  const looking = { api, clock, ...defined({ outside }) };
  const { records, damaged } = await listRecords(api, namespace);
  const jobs = records.length > 0 ? await readJobs(api, namespace) : new Map<string, JobStatus>();
  const rollouts = await Promise.all(
    records.map((record) =>
      orDamaged(recordName(record.name), record, () => rolloutStatus(looking, record, jobs.get(jobOwner(record)))),
    ),
  );
  const lanes = await Promise.all(lanesOf(records).map((lane) => laneStatus(api, lane)));
  return {
    lanes: lanes.flatMap((lane) => (lane && !isDamaged(lane) ? [lane] : [])),
    rollouts: rollouts.flatMap((rollout) => (isDamaged(rollout) ? [] : [rollout])),
    damaged: [...damaged, ...[...rollouts, ...lanes].flatMap((one) => (one && isDamaged(one) ? [one] : []))],
  };
}

async function rolloutStatus(
  engine: Looking,
  record: RolloutRecord & RolloutKey,
  job: JobStatus | undefined,
): Promise<RolloutStatus> {
  const { api, clock } = engine;
  const { name, namespace, ledger, facts } = record;
  const { stage, release, aborting, gate, bakesUntil, takenBack } = outcomeOf(record, ledger, facts.plan);
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
    until: gate?.until ?? bakesUntil,
    takenBack,
    running,
    job,
    conditions: await conditionsOf(engine, record, { stable, canary }),
    stable,
    canary,
    gone: goneOf(record, { stable, canary }),
  });
}

/** Before it has settled for the first time, neither may have been made. */
function goneOf({ ledger, facts }: RolloutRecord, { stable, canary }: Workloads): string[] {
  const needsCanary = ledger.release?.settledAt !== undefined && currentStage(ledger, facts.plan).canary > 0;
  return [
    ...(stable || facts.settled === undefined ? [] : [goneWords(kinds.deployment.kind, facts.workload)]),
    ...(needsCanary && !canary ? [goneWords(kinds.deployment.kind, canaryName(facts.workload))] : []),
  ];
}

interface Workloads {
  readonly stable: WorkloadStatus | undefined;
  readonly canary: WorkloadStatus | undefined;
}

/** What a record and the workloads tell; of routes only whoever knows the declarations can ask. */
async function conditionsOf(
  asker: Asker,
  { name, namespace, ledger, facts }: RolloutRecord & RolloutKey,
  workloads: Workloads,
): Promise<ConditionStatus[]> {
  const { release } = ledger;
  if (release === undefined) return [];
  const { needs, settled, gate, stable, route } = currentStage(ledger, facts.plan);
  const approval = gate?.step === undefined ? undefined : formatApproval(name, release, gate.step);
  const checks = facts.checked && askedChecks(ledger, facts.plan, facts.checked);
  const workload = (of: keyof typeof workloads, workloadName: string, revision: string) => ({
    name: workloadName,
    namespace,
    pods: workloads[of]?.selector ?? {},
    revision,
    atLeast: of === 'canary' ? 1 : 0,
  });
  const about: About = {
    stable: workload('stable', facts.workload, stable === 'target' ? release.target : ledger.stable),
    canary: workload('canary', canaryName(facts.workload), release.target),
    ...defined({ mostOfStable: facts.mostOfStable }),
    shareOfStable: shareOfStable(route, { ...facts.plan, steps: release.steps }, release.detour?.kept),
    gateways: [],
    routes: [],
    gracePeriodSeconds: 0,
    ...(gate && { gate: { ...gateOf(gate, release), ...defined({ approval }) } }),
    ...defined({ checks }),
  };
  const told = settled.filter((one) => one === 'stable-ready' || one === 'canary-ready');
  const asked: ConditionName[] = [
    ...(release.settledAt === undefined ? needs : []),
    ...told,
    ...(gate && release.settledAt !== undefined ? gateConditions(gate) : []),
    ...(checks ? (['checks-hold'] as const) : []),
  ];
  return Promise.all(asked.map(async (condition) => ({ condition, ...(await ask(asker, condition, about)) })));
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
    selector: live.spec.selector.matchLabels,
    pods: podStates(live, await api.list(kinds.pod, defined({ namespace, labels: live.spec.selector.matchLabels }))),
  });
}

function laneStatus(api: Api, key: LaneKey): Promise<LaneStatus | DamagedRecord | undefined> {
  return orDamaged(laneName(key), key, async () => {
    const record = await readLane(api, key);
    return record && { name: key.name, namespace: key.namespace, holders: holdersOf(record) };
  });
}

/** What cannot be read of one is told beside the others. */
async function orDamaged<T>(
  name: string,
  { namespace }: { readonly namespace: string },
  read: () => Promise<T>,
): Promise<T | DamagedRecord> {
  try {
    return await read();
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { name, namespace, what: error.message };
  }
}

function isDamaged(status: object): status is DamagedRecord {
  return 'what' in status;
}

function holdersOf({ holders }: LaneRecord): string[] {
  return holders.filter(({ holds }) => holds).map((holder) => `${holder.namespace}/${holder.rollout}`);
}

function lanesOf(records: readonly RolloutRecord[]) {
  const lanes = records.flatMap(({ facts }) => facts.lane ?? []);
  return [...new Map(lanes.map((lane) => [`${lane.namespace}/${lane.name}`, lane])).values()];
}
