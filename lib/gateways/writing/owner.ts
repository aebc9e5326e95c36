import {
  canaryName,
  defined,
  LANE_LABEL,
  type Manifest,
  type ObjectMeta,
  ROLLOUT_LABEL,
  type Route,
  type RouteOwner,
  routeNote,
  shorten,
  type StringMap,
} from '../../core';

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

/** The metadata of an object of ours: whose it is, and which route of which base it expresses. */
export function ourMetadata(base: Manifest, route: Route, name: string, annotations: StringMap = {}): ObjectMeta {
  const { namespace } = base.metadata;
  const labels = ownerLabels(route.owner);
  return defined({ name, namespace, labels, annotations: { ...annotations, ...routeNote(base, route) } });
}

function ownerLabels(owner: RouteOwner): StringMap {
  return 'lane' in owner ? { [LANE_LABEL]: shorten(owner.lane) } : { [ROLLOUT_LABEL]: shorten(owner.rollout) };
}

function stem({ metadata }: Manifest, { owner, shared }: Naming): string {
  return shared ? `${metadata.name}-${Object.values(owner)[0]}` : metadata.name!;
}
