/** The real API server of test/stack, as a world for the scenarios; graylane has deploy/rbac.yaml and nothing else. */
import { readFileSync } from 'node:fs';
import { type Api, realWorld, type Ref } from '../../../lib/cluster';
import { pluralOf } from '../../../lib/core';
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
      const roles = clusterRoles();
      for (const role of roles) await user.apply(role, { force: true });
      const [everywhere, ofNamespaces] = [true, false].map((one) => roles.filter((role) => isOfClasses(role) === one));
      for (const { metadata } of everywhere!) await bind(user, metadata.name!);
      const newNamespace = async () => {
        const namespace = await cluster().newNamespace();
        for (const { metadata } of ofNamespaces!) await bind(user, metadata.name!, namespace);
        return namespace;
      };
      const kubeconfig = readFileSync(cluster().kubeconfig('graylane'), 'utf8');
      const { api, clock } = await realWorld({ kubeconfig });
      const setStatus = async ({ apiVersion, kind, name, namespace }: Ref, status: object) => {
        const place = namespace === undefined ? '' : `namespaces/${namespace}/`;
        const resource = pluralOf(kind.toLowerCase());
        await cluster().api.patch(`/apis/${apiVersion}/${place}${resource}/${name}/status`, { status });
      };
      const world = { namespace: await newNamespace(), user, api, clock, newNamespace, setStatus };
      return { ...world, admit: (rule: AdmissionRule) => admit(world, rule) };
    },
  };
}

export async function apiAs(cluster: Cluster, name: 'admin' | 'graylane', fieldManager?: string): Promise<Api> {
  const kubeconfig = readFileSync(cluster.kubeconfig(name), 'utf8');
  return (await realWorld({ kubeconfig, ...(fieldManager && { fieldManager }) })).api;
}

/** Classes of Gateways belong to no namespace. */
function isOfClasses({ rules }: ReturnType<typeof clusterRoles>[number]): boolean {
  return rules.every(({ resources }) => resources.join() === 'gatewayclasses');
}

/** @param namespace where. @default - everywhere */
async function bind(user: Api, role: string, namespace?: string): Promise<void> {
  await user.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name: role, ...(namespace !== undefined && { namespace }) },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'graylane' }],
  });
}
