import type { Live } from '../cluster';
import type { Store } from './store';
import type { Writer } from './field-managers';

const gateway: Writer = { manager: 'gateway-controller', operation: 'Update', subresource: 'status' };

/** A gateway that accepts every route, and says so as Gateway API demands. */
export function acceptRoute(store: Store, route: Live): void {
  const { parentRefs = [] } = (route.spec ?? {}) as { parentRefs?: readonly object[] };
  const { generation } = route.metadata;
  const parents = parentRefs.map((parentRef) => ({
    parentRef,
    controllerName: 'example.com/simulated',
    conditions: ['Accepted', 'ResolvedRefs'].map((type) => ({
      type,
      status: 'True',
      reason: type,
      observedGeneration: generation,
    })),
  }));
  store.put({ ...route, status: { parents } }, gateway);
}
