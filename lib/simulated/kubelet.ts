import type { Live } from '../cluster';
import { unmetGatesOf } from './load-balancer';
import type { Store } from './store';
import { type DeploymentCondition, kubelet, type LivePod } from './workloads';

/** How far a pod gets. */
export type Fate = 'ready' | 'broken' | 'unready';

/** How far a pod gets; by default its images say so, in the words of the real test stack: `:broken` and `:unready`. */
export type FateOf = (pod: Live) => Fate;

export const fateByImage: FateOf = (pod) => {
  const images = containersOf(pod).map(({ image = '' }) => image);
  if (images.some((image) => image.includes(':broken'))) return 'broken';
  return images.some((image) => image.includes(':unready')) ? 'unready' : 'ready';
};

/** Another word of the real test stack: an annotation that says when a pod gets ready. */
const READY_AFTER = 'graylane.test/ready-after';

/** Milliseconds until a pod is ready, if its annotation does not say otherwise. */
const START = 2000;

const GATES_NOT_READY = 'ReadinessGatesNotReady';

/** Takes a new pod as far as it gets. */
export function startPod(store: Store, pod: Live, fateOf: FateOf): void {
  const late = pod.metadata.annotations?.[READY_AFTER];
  store.clock.after(late === undefined ? START : milliseconds(late), () => {
    const live = store.find(pod);
    if (live?.metadata.uid === pod.metadata.uid) report(store, live as LivePod, fateOf(live));
  });
}

/** Looks again at a pod that waits for its readiness gates only. */
export function askGates(store: Store, pod: LivePod): void {
  if (pod.status?.conditions?.some(({ reason }) => reason === GATES_NOT_READY)) report(store, pod, 'ready');
}

function report(store: Store, pod: LivePod, fate: Fate): void {
  store.put({ ...pod, status: statusOf(pod, fate, unmetGatesOf(store, pod)) }, kubelet);
}

function statusOf(pod: Live, fate: Fate, gates: readonly string[]): object {
  const containers = containersOf(pod).map(({ name, image = '' }) => ({
    name,
    image,
    ready: fate === 'ready',
    state:
      fate === 'broken'
        ? { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } }
        : { running: {} },
  }));
  return {
    phase: fate === 'broken' ? 'Pending' : 'Running',
    conditions: [readyCondition(fate, gates)],
    containerStatuses: containers,
  };
}

/** In the words of the kubelet. */
function readyCondition(fate: Fate, gates: readonly string[]): DeploymentCondition {
  if (fate !== 'ready') return { type: 'Ready', status: 'False', reason: 'ContainersNotReady' };
  if (gates.length === 0) return { type: 'Ready', status: 'True' };
  const message = gates.map((gate) => `corresponding condition of pod readiness gate "${gate}" does not exist.`);
  return { type: 'Ready', status: 'False', reason: GATES_NOT_READY, message: message.join(', ') };
}

function containersOf({ spec }: Live): readonly { readonly name?: string; readonly image?: string }[] {
  return (spec as { containers?: { name?: string; image?: string }[] }).containers ?? [];
}

function milliseconds(text: string): number {
  return Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000);
}
