/** The real API server of test/stack, as a world for the scenarios. */
import { readFileSync } from 'node:fs';
import { realWorld } from '../../../lib/cluster';
import { clusterForSuite } from '../../stack/suite';
import type { Worlds } from '../world';

/** Call at the top of a test file. */
export function real(): Worlds {
  const cluster = clusterForSuite();
  return {
    name: 'real',
    make: async () => {
      const kubeconfig = readFileSync(cluster().kubeconfig('admin'), 'utf8');
      const { api, clock } = await realWorld({ kubeconfig });
      const { api: user } = await realWorld({ kubeconfig, fieldManager: 'kubectl' });
      return {
        namespace: await cluster().newNamespace(),
        user,
        api,
        clock,
        newNamespace: () => cluster().newNamespace(),
      };
    },
  };
}
