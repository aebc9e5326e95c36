import type { Manifest } from '../core';
import { comparisonOf, type Searched, searchedIn } from './expression';
import type { KruiseMatch, KruiseObjectRef } from './schema';
import { isTrafficRouting } from './traffic-routing';

/** What both versions of a Rollout have in one place. */
interface RolloutSpec {
  readonly strategy: {
    readonly canary: {
      readonly trafficRoutings?: readonly KruiseObjectRef[];
      readonly steps?: readonly { readonly matches?: readonly KruiseMatch[] }[];
    };
  };
}

interface TrafficRoutingSpec {
  readonly objectRef: readonly KruiseObjectRef[];
  readonly strategy: { readonly matches?: readonly KruiseMatch[] };
}

/** Expressions of a Rollout or TrafficRouting, which has been parsed, that its gateway searches for in the value. */
export function searchedExpressions(object: Manifest): Searched[] {
  if (isTrafficRouting(object)) {
    const { objectRef, strategy } = object.spec as TrafficRoutingSpec;
    return inMatches(strategy.matches, 'spec.strategy', objectRef);
  }
  const { trafficRoutings = [], steps = [] } = (object.spec as RolloutSpec).strategy.canary;
  return steps.flatMap(({ matches }, i) => inMatches(matches, `spec.strategy.canary.steps[${i}]`, trafficRoutings));
}

function inMatches(matches: readonly KruiseMatch[] = [], at: string, refs: readonly KruiseObjectRef[]): Searched[] {
  if (comparisonOf(refs) !== 'search') return [];
  return matches.flatMap((match, i) => searchedIn(match, `${at}.matches[${i}]`));
}
