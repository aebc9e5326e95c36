import type { Manifest } from './manifest';
import { digest } from './revision';

/** On every object of ours that belongs to a rollout: the rollout's name. */
export const ROLLOUT_LABEL = 'graylane.io/rollout';
/** On every object of ours that belongs to a lane: the lane's name. */
export const LANE_LABEL = 'graylane.io/lane';
/** On canary pods: tells them from stable's. */
export const TRACK_LABEL = 'graylane.io/track';
export const CANARY_TRACK = 'canary';

/** Label values and Service names end here. */
const LIMIT = 63;

/** Whether an object carries a label of ours. */
export function isOurs({ metadata }: Manifest): boolean {
  return metadata.labels?.[ROLLOUT_LABEL] !== undefined || metadata.labels?.[LANE_LABEL] !== undefined;
}

/** `<name>-canary`; a long name is cut and made unique by a hash. */
export function canaryName(name: string): string {
  return shorten(`${name}-canary`);
}

/** The value itself, or a cut one with a hash where Kubernetes would refuse its length. */
export function shorten(value: string): string {
  if (value.length <= LIMIT) return value;
  const hash = digest(value).slice(0, 8);
  // A name may not end in "-" or "." before the hash is added to it.
  return `${value.slice(0, LIMIT - hash.length - 1).replace(/[^A-Za-z0-9]+$/, '')}-${hash}`;
}
