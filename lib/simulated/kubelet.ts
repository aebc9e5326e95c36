import type { Live } from '../cluster';
import type { Store } from './store';
import { type DeploymentCondition, kubelet } from './workloads';

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

/** Takes a new pod as far as it gets. */
export function startPod(store: Store, pod: Live, fateOf: FateOf): void {
  const late = pod.metadata.annotations?.[READY_AFTER];
  store.clock.after(late === undefined ? START : milliseconds(late), () => {
    const live = store.find(pod);
    if (live?.metadata.uid === pod.metadata.uid) store.put({ ...live, status: statusOf(live, fateOf(live)) }, kubelet);
  });
}

function statusOf(pod: Live, fate: Fate): object {
  const containers = containersOf(pod).map(({ name, image = '' }) => ({
    name,
    image,
    ready: fate === 'ready',
    state:
      fate === 'broken'
        ? { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } }
        : { running: {} },
  }));
  const condition: DeploymentCondition =
    fate === 'ready'
      ? { type: 'Ready', status: 'True' }
      : { type: 'Ready', status: 'False', reason: 'ContainersNotReady' };
  return { phase: fate === 'broken' ? 'Pending' : 'Running', conditions: [condition], containerStatuses: containers };
}

function containersOf({ spec }: Live): readonly { readonly name?: string; readonly image?: string }[] {
  return (spec as { containers?: { name?: string; image?: string }[] }).containers ?? [];
}

function milliseconds(text: string): number {
  return Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000);
}
