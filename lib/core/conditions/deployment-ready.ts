import { defined, type Deployment, type Manifest } from '../manifests/manifest';
import { TRACK_LABEL } from '../manifests/names';
import { type Answer, holds } from '../answer';
import type { Condition, Look, Seen, AwaitedWorkload } from './condition';
import { eventsOf, lastTrouble } from './events';

/** A Deployment with what its controller says of it. */
export type ReportedDeployment = Deployment & { readonly status?: DeploymentStatus };

export interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly StatusCondition[];
}

interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** A pod that is not on its way out. */
export interface PodState {
  readonly name: string;
  /** Why it is not ready; undefined when it is. */
  readonly reason?: string;
}

type Pod = Manifest & {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly StatusCondition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
};

/** Of an init container, `ready` is true once it is done; of one that keeps running beside the others, once it is ready. */
interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: {
    readonly waiting?: { readonly reason?: string };
    readonly terminated?: { readonly reason?: string };
  };
}

/** States without a reason: volumes and networks of pods that start are told in Events only. */
const SILENT = /(^|: )(Pending|ContainerCreating|PodInitializing)$/;

/** Most pods that a message names. */
const NAMED = 3;

/**
 * R1, R8: the canary has all its replicas, and at least one; or stable is rolled out, and no pod of another template is
 * left.
 */
export function workloadReady(role: 'stable' | 'canary'): Condition {
  return {
    words: ({ [role]: { name, revision } }) => `Deployment ${name} ready at ${revision}`,
    looksAt: ({ [role]: workload }) => looksAtWorkload(workload),
    looksCloser: ({ [role]: workload }, seen) => silentPods(workload, seen).map(eventsOf),
    answer: ({ [role]: workload }, seen) => readyAnswer(role, workload, seen),
  };
}

/** The Deployment, and its pods for the reasons. */
function looksAtWorkload(workload: AwaitedWorkload): Look[] {
  const { name, namespace } = workload;
  return [{ apiVersion: 'apps/v1', kind: 'Deployment', name, ...defined({ namespace }) }, podsOf(workload)];
}

export function podsOf({ namespace, pods }: AwaitedWorkload): Look {
  return { apiVersion: 'v1', kind: 'Pod', labels: pods, ...defined({ namespace }) };
}

/** The pods that a message names and that do not say themselves why they wait. */
function silentPods(workload: AwaitedWorkload, seen: Seen): Pod[] {
  const [at, pods] = looksAtWorkload(workload) as [Look, Look];
  const [live] = seen.found(at) as readonly ReportedDeployment[];
  if (live === undefined || notReady(live, workload.atLeast) === undefined) return [];
  const silent = podStates(live, seen.found(pods)).filter(({ reason }) => reason !== undefined && SILENT.test(reason));
  return silent.slice(0, NAMED).flatMap(({ name }) => seen.found(pods).filter((pod) => pod.metadata.name === name));
}

function readyAnswer(role: string, workload: AwaitedWorkload, seen: Seen): Answer {
  const [at, pods] = looksAtWorkload(workload) as [Look, Look];
  const [live] = seen.found(at) as readonly ReportedDeployment[];
  // It was applied before anybody waits for it: whoever deleted it will not make it again.
  if (live === undefined) return { is: 'broken', why: `${role} ${workload.name} is not there any more` };
  const what = notReady(live, workload.atLeast);
  if (what === undefined) return holds(`Deployment ${workload.name} ready at ${workload.revision}`);
  const because = reasons(live, seen.found(pods), seen);
  const awaited = `${role} ${workload.name}: ${what}${because.length > 0 ? `: ${because.join('; ')}` : ''}`;
  return { is: 'not-yet', awaited };
}

/**
 * Whether a Deployment is ready: the controller has seen its last change, and as many pods as it wants are of its
 * template and available, and no others. Never by the Available condition: that is true for 0 replicas, and for the
 * pods of an old revision.
 * @returns what is missing, such as `0/1 ready`; undefined when it is ready
 */
export function notReady(live: ReportedDeployment | undefined, atLeast: number): string | undefined {
  if (live === undefined) return 'not there';
  const { spec, status = {}, metadata } = live;
  const wanted = spec.replicas ?? 1;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const ready = Math.min(updatedReplicas, availableReplicas);
  if (wanted < atLeast) return `scaled to ${wanted}`;
  if (observedGeneration < ((metadata.generation as number | undefined) ?? 0)) return 'not seen by its controller yet';
  if (ready < wanted) return `${ready}/${wanted} ready`;
  return replicas > wanted ? `${counted(replicas - wanted, 'old pod')} left` : undefined;
}

/** `1 pod`, `2 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The pods of a Deployment, among those that its selector finds: it may find those of a canary as well. */
export function podStates({ spec }: ReportedDeployment, pods: readonly Manifest[]): PodState[] {
  const track = spec.template.metadata?.labels?.[TRACK_LABEL];
  return (pods as readonly Pod[])
    .filter(({ metadata }) => metadata.labels?.[TRACK_LABEL] === track && metadata.deletionTimestamp === undefined)
    .map((pod) => defined({ name: pod.metadata.name!, reason: podReason(pod) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Why pods of a Deployment are not ready: what refuses them, their own states, or their Events; Pending is none. */
function reasons(live: ReportedDeployment, pods: readonly Manifest[], seen: Seen): string[] {
  const refused = live.status?.conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  const lame = podStates(live, pods).flatMap(({ name, reason }) => {
    if (reason === undefined) return [];
    const pod = pods.find(({ metadata }) => metadata.name === name)!;
    const told = [...(reason === 'Pending' ? [] : [reason]), ...lastTrouble(seen.found(eventsOf(pod)))];
    return told.length === 0 ? [] : [`pod ${name} ${told.join(': ')}`];
  });
  const more = lame.length > NAMED ? [`${lame.length - NAMED} more`] : [];
  return [...(refused?.message ? [refused.message] : []), ...lame.slice(0, NAMED), ...more];
}

function podReason({ status = {} }: Pod): string | undefined {
  const condition = (type: string) => status.conditions?.find((one) => one.type === type);
  if (condition('Ready')?.status === 'True') return undefined;
  const scheduled = condition('PodScheduled');
  if (scheduled?.status === 'False') return `${scheduled.reason ?? 'Unschedulable'}: ${scheduled.message ?? ''}`.trim();
  const init = status.initContainerStatuses?.find(({ ready }) => !ready);
  if (init !== undefined) return `init container ${init.name}: ${stateReason(init) ?? 'not ready'}`;
  const container = status.containerStatuses?.find(({ ready }) => !ready);
  const { reason, message } = condition('Ready') ?? {};
  const said = reason !== undefined && message ? `${reason}: ${message}` : reason;
  return (container && stateReason(container)) ?? said ?? status.phase ?? 'Pending';
}

function stateReason({ state }: ContainerStatus): string | undefined {
  return state?.waiting?.reason ?? state?.terminated?.reason;
}
