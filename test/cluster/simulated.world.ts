import { type Call, type Fault, SimulatedCluster } from '../../lib/simulated';
import type { World, Worlds } from './world';

/** Everything that graylane has called in all worlds. */
export const calls: Call[] = [];

export const simulated: Worlds = {
  name: 'simulated',
  make: async () => worldOf(new SimulatedCluster(), (call) => calls.push(call)),
};

/** A simulated cluster as a world of its own. */
export function worldOf(cluster: SimulatedCluster, seen?: Fault): World {
  let namespaces = 1;
  return {
    namespace: 'test-1',
    user: cluster.client('kubectl'),
    api: cluster.client('graylane', seen),
    clock: cluster.clock,
    newNamespace: async () => `test-${++namespaces}`,
  };
}
