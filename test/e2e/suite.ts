/** One cluster and one project for a test file, and a stack for each test. */
import { afterAll, beforeAll } from 'vitest';
import { sampleBase } from '../cluster/app';
import { real } from '../cluster/real/world';
import { userApplies, type World } from '../cluster/world';
import { Project } from './project';
import { ReleaseStack } from './release';

export interface Scene {
  readonly world: World;
  readonly namespace: string;
  readonly stack: ReleaseStack;
  /** Another stack on the same cluster. */
  readonly another: () => Promise<ReleaseStack>;
  /** A user's kubeconfig; that of graylane may do what deploy/rbac.yaml says. */
  readonly kubeconfig: string;
}

/** Call at the top of a test file. */
export function scenes(): () => Promise<Scene> {
  const worlds = real();
  let project: Project;
  let stacks = 0;
  beforeAll(() => {
    project = new Project();
  });
  afterAll(() => project.remove());
  return async () => {
    const world = await worlds.make();
    await userApplies(world, sampleBase);
    const kubeconfig = worlds.cluster().kubeconfig('graylane');
    const another = () => ReleaseStack.create(project, `test-${++stacks}`, { KUBECONFIG: kubeconfig });
    return { world, namespace: world.namespace, stack: await another(), another, kubeconfig };
  };
}
