import { SimulatedCluster } from '../../lib/simulated';
import type { Worlds } from './world';

export const simulated: Worlds = {
  name: 'simulated',
  make: async () => {
    const cluster = new SimulatedCluster();
    let namespaces = 0;
    const newNamespace = async () => `test-${++namespaces}`;
    return {
      namespace: await newNamespace(),
      user: cluster.client('kubectl'),
      api: cluster.client(),
      clock: cluster.clock,
      newNamespace,
    };
  },
};
