import { defined } from '../manifests/manifest';
import { leastOfStable } from '../specs/replicas';
import { holds } from '../answer';
import type { About, AwaitedWorkload, Condition, Look, Seen } from './condition';
import { counted, type ReportedDeployment } from './deployment-ready';

/**
 * R3: stable can take the requests that come back to it. A canary without a ready pod answers none: they go at once.
 */
export const stableCapacity: Condition = {
  // Declared replicas are those with which stable gets ready.
  words: ({ stable, mostOfStable }) =>
    mostOfStable === undefined ? `Deployment ${stable.name} with half of the pods that it had` : undefined,
  looksAt: ({ stable, canary }) => [deploymentOf(stable), deploymentOf(canary)],
  answer: (about, seen) => {
    const { stable, canary, mostOfStable = 1, shareOfStable } = about;
    const least = leastOfStable(mostOfStable, shareOfStable);
    const ready = remainingPods(stable, seen);
    if (ready >= least) return holds(`${counted(ready, 'ready pod')} of Deployment ${stable.name}`);
    if (readyPods(canary, seen) === 0) return holds(`no ready pod of Deployment ${canary.name}, which answers nobody`);
    const needed = `${ready} of the ${counted(least, 'ready pod')} that it needs for the requests that come back`;
    const way = 'scale it, by minReplicas where an autoscaler does';
    return { is: 'not-yet', awaited: `stable ${stable.name}: ${needed}${reason(about)}: ${way}` };
  },
};

function reason({ mostOfStable, shareOfStable }: About): string {
  if (mostOfStable === undefined || mostOfStable < 2) return '';
  const share = shareOfStable < 100 ? `${shareOfStable}% of ` : '';
  return `, half of ${share}the ${mostOfStable} that it had in this release`;
}

function deploymentOf({ name, namespace }: AwaitedWorkload): Look {
  return { apiVersion: 'apps/v1', kind: 'Deployment', name, ...defined({ namespace }) };
}

/** Whoever has scaled it down a moment ago takes ready pods away. */
function remainingPods(workload: AwaitedWorkload, seen: Seen): number {
  const [live] = seen.found(deploymentOf(workload)) as readonly ReportedDeployment[];
  return Math.min(readyPods(workload, seen), live?.spec.replicas ?? 1);
}

function readyPods(workload: AwaitedWorkload, seen: Seen): number {
  const [live] = seen.found(deploymentOf(workload)) as readonly ReportedDeployment[];
  return live?.status?.availableReplicas ?? 0;
}
