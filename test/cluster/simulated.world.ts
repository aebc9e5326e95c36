import { type Call, SimulatedCluster } from '../../lib/simulated';
import type { Worlds } from './world';

/** Everything that graylane has called in all worlds. */
export const calls: Call[] = [];

export const simulated: Worlds = {
  name: 'simulated',
  make: async () => {
    const cluster = new SimulatedCluster();
    let namespaces = 0;
    const newNamespace = async () => `test-${++namespaces}`;
    return {
      namespace: await newNamespace(),
      user: cluster.client('kubectl'),
      api: cluster.client('graylane', (call) => calls.push(call)),
      clock: cluster.clock,
      newNamespace,
    };
  },
};
