import { defined, TRACK_LABEL } from '../../core';
import { kinds } from '../port/kinds';
import type { Api, Live } from '../port/port';
import type { LiveDeployment } from '../run/run';

/** Most pods that a message names. */
const NAMED = 3;

type Pod = Live & {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly state?: { readonly waiting?: { readonly reason?: string }; readonly terminated?: { reason?: string } };
    }[];
  };
};

/**
 * Whether a Deployment is ready: the controller has seen its last change, and as many pods as it wants are of its
 * template and available, and no others. Never by the Available condition: that is true for 0 replicas, and for the
 * pods of an old revision.
 * @returns what is missing, such as `0/1 ready`; undefined when it is ready
 */
export function notReady(live: LiveDeployment | undefined, atLeast: number): string | undefined {
  if (live === undefined) return 'not there';
  const { spec, status = {}, metadata } = live;
  const wanted = spec.replicas ?? 1;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const ready = Math.min(updatedReplicas, availableReplicas);
  if (wanted < atLeast) return `scaled to ${wanted}`;
  if (observedGeneration < (metadata.generation ?? 0)) return 'not seen by its controller yet';
  if (ready < wanted) return `${ready}/${wanted} ready`;
  return replicas > wanted ? `${counted(replicas - wanted, 'old pod')} left` : undefined;
}

/** `1 pod`, `2 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Why pods of a Deployment are not ready: what refuses them, or their own states; Pending is none. */
export async function reasons(api: Api, live: LiveDeployment): Promise<string[]> {
  const refused = live.status?.conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  const lame = (await podsOf(api, live)).flatMap(({ name, reason }) =>
    reason === undefined || reason === 'Pending' ? [] : [`pod ${name} ${reason}`],
  );
  const more = lame.length > NAMED ? [`${lame.length - NAMED} more`] : [];
  return [...(refused?.message ? [refused.message] : []), ...lame.slice(0, NAMED), ...more];
}

/** A pod that is not on its way out. */
export interface PodState {
  readonly name: string;
  /** Why it is not ready; undefined when it is. */
  readonly reason?: string;
}

/** The pods of a Deployment. */
export async function podsOf(api: Api, live: LiveDeployment): Promise<PodState[]> {
  const { namespace } = live.metadata;
  const labels = live.spec.selector.matchLabels ?? {};
  const pods = (await api.list(kinds.pod, { ...(namespace && { namespace }), labels })) as Pod[];
  return pods
    .filter(isPodOf(live))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((pod) => defined({ name: pod.metadata.name, reason: podReason(pod) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Stable's selector may select the pods of a canary as well. */
function isPodOf({ spec }: LiveDeployment): (pod: Pod) => boolean {
  const track = spec.template.metadata?.labels?.[TRACK_LABEL];
  return ({ metadata }) => metadata.labels?.[TRACK_LABEL] === track;
}

function podReason({ status = {} }: Pod): string | undefined {
  const condition = (type: string) => status.conditions?.find((one) => one.type === type);
  if (condition('Ready')?.status === 'True') return undefined;
  const state = status.containerStatuses?.find(({ ready }) => !ready)?.state;
  const scheduled = condition('PodScheduled');
  if (scheduled?.status === 'False') return `${scheduled.reason ?? 'Unschedulable'}: ${scheduled.message ?? ''}`.trim();
  return state?.waiting?.reason ?? state?.terminated?.reason ?? condition('Ready')?.reason ?? status.phase ?? 'Pending';
}
