import {
  LANE_LABEL,
  type Manifest,
  type Member,
  objectKey,
  ROLLOUT_LABEL,
  shorten,
  type Standing,
  type StringMap,
} from '../core';

const WAVE = 'argocd.argoproj.io/sync-wave';
const OPTIONS = 'argocd.argoproj.io/sync-options';

/**
 * Argo CD applies a commit in waves, each of which begins when the one before is healthy: stable, then the canary, then
 * the routes. So a commit may go from gate to gate, and R1 and R3 hold within it.
 */
interface Waves {
  readonly canary: number;
  readonly routes: number;
}

/** The objects of an app, those of certain rollouts in their waves. */
export function inWaves(objects: readonly Manifest[], members: readonly Member[]): readonly Manifest[] {
  if (members.length === 0) return objects;
  const waves = wavesAfter(members);
  const owners = members.flatMap(({ spec, routing }) => [spec.name, ...(routing?.lane ? [routing.lane.name] : [])]);
  const names = new Set(owners.map(shorten));
  const bases = new Set(members.flatMap(({ routing }) => routing?.bases ?? []).map(({ object }) => objectKey(object)));
  const isOurs = ({ metadata: { labels = {} } }: Manifest) =>
    [labels[ROLLOUT_LABEL], labels[LANE_LABEL]].some((owner) => owner !== undefined && names.has(owner));
  return objects.map((object) => {
    if (isOurs(object)) return ownInWave(object, waves);
    return bases.has(objectKey(object)) ? baseInWave(object, waves) : object;
  });
}

/** Argo CD calls a paused Deployment suspended, and no later wave would begin. Its template keeps stable what it is. */
export function unpaused(standing: Standing): Standing {
  const { stage } = standing;
  return stage.stable === 'paused' ? { ...standing, stage: { ...stage, stable: 'stable' } } : standing;
}

/** After those of the released Deployments, which the user may have put into any. */
function wavesAfter(members: readonly Member[]): Waves {
  const last = Math.max(...members.map(({ deployment: { metadata } }) => Number(metadata.annotations?.[WAVE] ?? 0)));
  return { canary: last + 1, routes: last + 2 };
}

const WITH_CANARY = ['Deployment', 'Service', 'NetworkPolicy'];

/** Pruned when everything else is healthy: a route goes when stable is ready at the new revision. */
function ownInWave(object: Manifest, { canary, routes }: Waves): Manifest {
  const wave = WITH_CANARY.includes(object.kind) ? canary : routes;
  return annotated(object, { [WAVE]: String(wave), [OPTIONS]: 'PruneLast=true' });
}

/** At every stage alike: the one that takes a route off its base must come after stable as well. The user's own stays. */
function baseInWave(object: Manifest, { routes }: Waves): Manifest {
  return object.metadata.annotations?.[WAVE] === undefined ? annotated(object, { [WAVE]: String(routes) }) : object;
}

function annotated(object: Manifest, annotations: StringMap): Manifest {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}
