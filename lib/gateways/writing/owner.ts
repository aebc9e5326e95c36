import {
  canaryName,
  digest,
  LANE_LABEL,
  type Manifest,
  ROLLOUT_LABEL,
  type Route,
  type RouteOwner,
  shorten,
} from '../core';
import type { StringMap } from '../core';

/** What decides the names of a route's objects: not which routes are open, so that none is renamed by another. */
export type Naming = Pick<Route, 'owner' | 'shared'>;

/** `<base>-canary`, `<base>-canary-2` and so on; with the owner in it where other owners may use the base as well. */
export function objectNameOf(base: Manifest, naming: Naming, index = 0): string {
  const name = canaryName(stem(base, naming));
  return index === 0 ? name : shorten(`${name}-${index + 1}`);
}

/** Another object beside those of the route itself. */
export function sideName(base: Manifest, naming: Naming, what: string): string {
  return shorten(`${stem(base, naming)}-${what}`);
}

export function ownerLabels(owner: RouteOwner): StringMap {
  return 'lane' in owner ? { [LANE_LABEL]: shorten(owner.lane) } : { [ROLLOUT_LABEL]: shorten(owner.rollout) };
}

export function ownerOf({ metadata: { labels = {} } }: Manifest): RouteOwner {
  const lane = labels[LANE_LABEL];
  return lane === undefined ? { rollout: labels[ROLLOUT_LABEL]! } : { lane };
}

/** Objects of ours with one owner, together. */
export function groupByOwner<T extends Manifest>(ours: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const object of ours) {
    const key = digest(ownerOf(object));
    groups.set(key, [...(groups.get(key) ?? []), object]);
  }
  return [...groups.values()];
}

/** The objects of one owner that belong to this base, and how they are named. */
export function objectsOf<T extends Manifest>(
  base: Manifest,
  group: readonly T[],
): (Naming & { objects: T[] }) | undefined {
  const owner = ownerOf(group[0]!);
  for (const shared of [false, true]) {
    const objects = group.flatMap((_, i) =>
      group.filter(({ metadata }) => metadata.name === objectNameOf(base, { owner, shared }, i)),
    );
    if (objects.length > 0) return { owner, shared, objects };
  }
  return undefined;
}

function stem({ metadata }: Manifest, { owner, shared }: Naming): string {
  return shared ? `${metadata.name}-${Object.values(owner)[0]}` : metadata.name!;
}
