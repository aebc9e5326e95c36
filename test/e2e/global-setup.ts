/** Starts one cluster for all test files, builds `pulumi`, and installs the packed tarball in a project of a user. */
import type { TestProject } from 'vitest/node' with { 'resolution-mode': 'import' };
import { buildTools } from '../stack/build';
import { startCluster } from '../stack/cluster';
import { installProject } from './project';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the project. */
    readonly pulumiProject: string;
    /** Of the cluster; its user may do everything. */
    readonly kubeconfig: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildTools(['pulumi']);
  const { folder, remove } = installProject();
  project.provide('pulumiProject', folder);
  const cluster = await startCluster();
  project.provide('kubeconfig', cluster.kubeconfig());
  return async () => {
    await cluster.stop({ keepLogs: project.vitest.state.getCountOfFailedTests() > 0 });
    remove();
  };
}
