import { type Member, storyboard, type StoryboardRow, warningsAround, warningsUnderWay } from '../../core';
import type { AppReleases } from '../input/input';
import type { ReleaseWarning } from '../terminal/progress';

/** The release of one rollout, as `-o json` prints it. */
export interface PlannedRelease {
  /** The folder of its ledger. @default - the input has none */
  readonly folder?: string;
  readonly rollout: string;
  readonly namespace?: string;
  readonly workload: string;
  readonly lane?: string;
  readonly gateways: readonly string[];
  readonly stages: readonly StoryboardRow[];
}

/** The releases of the chosen rollouts, each while the others are steady. */
export function planReleases({ topology, releases }: AppReleases): PlannedRelease[] {
  return [...releases].map(([member, templates]) => ({
    ...heading(member),
    stages: storyboard(topology, member, { templates }),
  }));
}

/** What is wrong around the releases of the chosen rollouts, as far as the input tells. */
export function releaseWarnings({ topology, releases }: AppReleases): ReleaseWarning[] {
  return [...releases].flatMap(([member, templates]) =>
    warningsAround(member, templates, topology.objects).map((warning) => ({ rollout: member.spec.name, ...warning })),
  );
}

/**
 * Before and after a release there is nothing to warn of: what would be refused in its midst is refused there too.
 * @throws GraylaneError stable-left-out
 */
export function refuseReleases({ topology, releases }: AppReleases): void {
  for (const [member, templates] of releases) warningsUnderWay(member, templates, topology.objects);
}

/** `rollout-a: Deployment spring-cloud-a, lane mse-traffic, by mse`; with the folder of its ledger before it. */
export function title({ folder, rollout, workload, lane, gateways }: PlannedRelease): string {
  const by = gateways.length > 0 ? `, by ${gateways.join(', ')}` : '';
  return `${folder === undefined ? '' : `${folder}: `}${rollout}: Deployment ${workload}${lane === undefined ? '' : `, lane ${lane}`}${by}`;
}

function heading({ spec, deployment, routing }: Member): Omit<PlannedRelease, 'stages'> {
  return {
    rollout: spec.name,
    ...(spec.namespace !== undefined && { namespace: spec.namespace }),
    workload: deployment.metadata.name!,
    ...(routing?.lane && { lane: routing.lane.name }),
    gateways: [...new Set(routing?.bases.map(({ gateway }) => gateway.name))],
  };
}
