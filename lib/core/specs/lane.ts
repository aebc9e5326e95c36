import type { HeaderValue, LaneSpec, ObjectRef } from './spec';

/** The header by which hops tell requests of the lane. */
export function laneTag({ requestHeaderModifier }: LaneSpec): HeaderValue | undefined {
  return requestHeaderModifier?.set?.[0];
}

/** Bases of the entry, and of the hops. */
export function laneRefs({ objectRef, hops = [] }: LaneSpec): ObjectRef[] {
  return [...objectRef, ...hops];
}
