/** The real API server of test/stack, as a world for the scenarios; graylane has deploy/rbac.yaml and nothing else. */
import { readFileSync } from 'node:fs';
import { type Api, realWorld } from '../../../lib/cluster';
import type { Cluster } from '../../stack/cluster';
import { clusterForSuite } from '../../stack/suite';
import { clusterRoles } from '../rbac';
import type { AdmissionRule, Worlds } from '../world';
import { admit } from './policy';

/** Call at the top of a test file. */
export function real(): Worlds & { readonly cluster: () => Cluster } {
  const cluster = clusterForSuite();
  return {
    name: 'real',
    cluster,
    make: async () => {
      const user = await apiAs(cluster(), 'admin', 'kubectl');
      for (const role of clusterRoles()) await user.apply(role, { force: true });
      const newNamespace = async () => {
        const namespace = await cluster().newNamespace();
        for (const role of clusterRoles()) await bind(user, role.metadata.name!, namespace);
        return namespace;
      };
      const kubeconfig = readFileSync(cluster().kubeconfig('graylane'), 'utf8');
      const { api, clock } = await realWorld({ kubeconfig });
      const world = { namespace: await newNamespace(), user, api, clock, newNamespace };
      return { ...world, admit: (rule: AdmissionRule) => admit(world, rule) };
    },
  };
}

export async function apiAs(cluster: Cluster, name: 'admin' | 'graylane', fieldManager?: string): Promise<Api> {
  const kubeconfig = readFileSync(cluster.kubeconfig(name), 'utf8');
  return (await realWorld({ kubeconfig, ...(fieldManager && { fieldManager }) })).api;
}

async function bind(user: Api, role: string, namespace: string): Promise<void> {
  await user.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: role, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'graylane' }],
  });
}
