import { BAGGAGE, entryExpression } from './baggage';
import type { HeaderModifier, LaneSpec, ObjectRef, RouteSpec, ValueMatch } from './spec';

/** The condition by which hops tell requests of the lane; undefined where it has no tag. */
export function tagCondition({ tag, requestHeaderModifier }: LaneSpec): ValueMatch | undefined {
  if (tag) return { type: 'RegularExpression', name: BAGGAGE, value: entryExpression(tag.baggage) };
  const [first] = requestHeaderModifier?.set ?? [];
  return first && { type: 'Exact', name: first.name, value: first.value };
}

/** The tag in words; undefined where the lane has none. */
export function tagWords(lane: LaneSpec): string | undefined {
  if (lane.tag) return `the entry ${lane.tag.baggage} of the header ${BAGGAGE}`;
  const condition = tagCondition(lane);
  return condition && `the header ${condition.name}`;
}

/** What the route of the entry does with requests: its tag is one of the changes to their headers. */
export function laneRouteSpec({ matches, weight, requestHeaderModifier, tag }: LaneSpec): RouteSpec {
  const changes = tag ? withEntry(requestHeaderModifier, tag.baggage) : requestHeaderModifier;
  return {
    ...(matches && { matches }),
    ...(weight !== undefined && { weight }),
    ...(changes && { requestHeaderModifier: changes }),
  };
}

/** Added: what the client has in its baggage stays. */
function withEntry(changes: HeaderModifier = {}, entry: string): HeaderModifier {
  return { ...changes, add: [...(changes.add ?? []), { name: BAGGAGE, value: entry }] };
}

/** Bases of the entry, and of the hops. */
export function laneRefs({ objectRef, hops = [] }: LaneSpec): ObjectRef[] {
  return [...objectRef, ...hops];
}
