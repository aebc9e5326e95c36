import type { Store } from './store';
import { type Condition, kubelet, type LivePod } from './workloads';

/** How pods start, by the words of the real test stack: images with `:broken` and `:unready`, and an annotation. */
const READY_AFTER = 'graylane.test/ready-after';

/** Milliseconds until a pod of a healthy image is ready, if its annotation does not say otherwise. */
const START = 2000;

/** Takes a new pod as far as it gets. */
export function startPod(store: Store, pod: LivePod): void {
  const late = pod.metadata.annotations?.[READY_AFTER];
  store.clock.after(late === undefined ? START : milliseconds(late), () => {
    const live = store.find(pod) as LivePod | undefined;
    if (live?.metadata.uid === pod.metadata.uid) store.put({ ...live, status: statusOf(live) }, kubelet);
  });
}

function statusOf({ spec }: LivePod): object {
  const containers = (spec.containers ?? []).map(({ name, image = '' }) => ({
    name,
    image,
    ready: !/:(broken|unready)/.test(image),
    state: image.includes(':broken')
      ? { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } }
      : { running: {} },
  }));
  const ready = containers.every((container) => container.ready);
  const pulled = containers.every(({ state }) => 'running' in state);
  const condition: Condition = ready
    ? { type: 'Ready', status: 'True' }
    : { type: 'Ready', status: 'False', reason: 'ContainersNotReady' };
  return { phase: pulled ? 'Running' : 'Pending', conditions: [condition], containerStatuses: containers };
}

function milliseconds(text: string): number {
  return Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000);
}
