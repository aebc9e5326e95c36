/** The cluster of all test files, and stacks in a namespace of its own for each test. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, inject } from 'vitest';
import { kinds } from '../../lib/cluster';
import { sampleBase } from '../cluster/app';
import { real } from '../cluster/real/world';
import { ours, userApplies, type World } from '../cluster/world';
import type { Cluster } from '../stack/cluster';
import { Project } from './project';
import { ReleaseStack } from './release';
import type { Terminal } from './terminal';

export interface Scene {
  readonly world: World;
  readonly namespace: string;
  readonly cluster: Cluster;
  /** Of the user that may do what deploy/rbac.yaml says. */
  readonly kubeconfig: string;
  readonly stack: ReleaseStack;
  /** Another stack on the same cluster. */
  readonly another: (environment?: Record<string, string>) => Promise<ReleaseStack>;
  /** A folder in which commands are typed, by somebody who may do everything; `~/.kube/config` names this namespace. */
  readonly terminal: () => Terminal;
}

/** Call at the top of a test file. The Services and the Ingress of the sample are there. */
export function scenes(): () => Promise<Scene> {
  // To a test file it is a cluster that was there before.
  process.env.GRAYLANE_TEST_KUBECONFIG = inject('kubeconfig');
  const worlds = real();
  let project: Project;
  beforeAll(() => {
    project = new Project(inject('pulumiProject'));
  });
  return async () => {
    const world = await worlds.make();
    await userApplies(world, sampleBase);
    const cluster = worlds.cluster();
    const kubeconfig = cluster.kubeconfig('graylane');
    const newName = () => `test-${randomBytes(4).toString('hex')}`;
    const another = (environment = {}) =>
      ReleaseStack.create(project, newName(), { KUBECONFIG: kubeconfig, ...environment });
    const terminal = () => {
      const text = readFileSync(cluster.kubeconfig('admin'), 'utf8');
      return project.terminal(newName(), text.replace(/^( +)cluster: test$/m, `$&\n$1namespace: ${world.namespace}`));
    };
    return { world, namespace: world.namespace, cluster, kubeconfig, stack: await another(), another, terminal };
  };
}

/** Everything that a release may leave. */
export async function leftovers(world: World): Promise<string[]> {
  const all = await Promise.all(
    [kinds.deployment, kinds.lease, kinds.configMap].map((kind) =>
      world.user.list(kind, { namespace: world.namespace }),
    ),
  );
  const names = all.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return [...names.filter((name) => !name.endsWith('kube-root-ca.crt')), ...(await ours(world))];
}
