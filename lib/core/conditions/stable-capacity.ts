import { defined } from '../manifests/manifest';
import { type AwaitedWorkload, type Condition, holds, type Look, type Seen } from './condition';
import { counted, type ReportedDeployment } from './deployment-ready';

/**
 * R3: stable can take the requests that come back to it. A canary without a ready pod answers none: they go at once.
 */
export const stableCapacity: Condition = {
  words: ({ stable, leastOfStable }) => `${counted(leastOfStable, 'ready pod')} of Deployment ${stable.name}`,
  looksAt: ({ stable, canary }) => [deploymentOf(stable), deploymentOf(canary)],
  answer: ({ stable, canary, leastOfStable: least }, seen) => {
    const ready = readyPods(stable, seen);
    if (ready >= least) return holds(`${counted(ready, 'ready pod')} of Deployment ${stable.name}`);
    if (readyPods(canary, seen) === 0) return holds(`no ready pod of Deployment ${canary.name}, which answers nobody`);
    const needed = `${ready} of the ${counted(least, 'ready pod')} that it needs for the requests that come back`;
    const way = 'scale it, by minReplicas where an autoscaler does';
    return { is: 'not-yet', awaited: `stable ${stable.name}: ${needed}, half of the most in this release: ${way}` };
  },
};

/** The least ready pods of stable, of the most that it had in a release. */
export function leastOfStable(most: number): number {
  return Math.ceil(most / 2);
}

function deploymentOf({ name, namespace }: AwaitedWorkload): Look {
  return { apiVersion: 'apps/v1', kind: 'Deployment', name, ...defined({ namespace }) };
}

function readyPods(workload: AwaitedWorkload, seen: Seen): number {
  const [live] = seen.found(deploymentOf(workload)) as readonly ReportedDeployment[];
  return live?.status?.availableReplicas ?? 0;
}
