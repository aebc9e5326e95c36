import { isAnchored, type ObjectRef, searchOf, wholeOf } from '../core';
import type { KruiseMatch } from './schema';

/**
 * How the object that a routing is about compares expressions, to which Kruise hands them as they are: Ingress controllers
 * search for them, all others take whole values; `both` where a routing has objects of either kind.
 */
export type Comparison = 'search' | 'whole' | 'both';

export function comparisonOf(refs: readonly Pick<ObjectRef, 'ingress'>[] = []): Comparison {
  if (refs.every(({ ingress }) => ingress === undefined)) return 'whole';
  return refs.every(({ ingress }) => ingress !== undefined) ? 'search' : 'both';
}

/** A condition as we mean it: of whole values. */
export function asWhole<T extends Condition>(condition: T, comparison: Comparison): T {
  return comparison === 'whole' || !isExpression(condition)
    ? condition
    : { ...condition, value: wholeOf(condition.value) };
}

/** A condition of ours as the objects of the routing compare it. */
export function asCompared<T extends Condition>(condition: T, comparison: Comparison): T {
  if (comparison === 'whole' || !isExpression(condition)) return condition;
  const { value } = condition;
  const alike = isAnchored(value) || wholeOf(value) === value;
  return { ...condition, value: comparison === 'search' ? searchOf(value) : alike ? value : `^(?:${value})$` };
}

/** An expression that says less than it does, since it is searched for. */
export interface Searched {
  readonly path: string;
  readonly given: string;
  /** The same, for whole values. */
  readonly whole: string;
}

export function searchedIn({ headers = [], queryParams = [] }: KruiseMatch, path: string): Searched[] {
  return Object.entries({ headers, queryParams }).flatMap(([kind, conditions]) =>
    conditions.flatMap((condition, i) => {
      const { value: given } = condition;
      const whole = wholeOf(given);
      if (!isExpression(condition) || isAnchored(given) || whole === given) return [];
      return [{ path: `${path}.${kind}[${i}].value`, given, whole }];
    }),
  );
}

function isExpression({ type }: Condition): boolean {
  return type === 'RegularExpression';
}

interface Condition {
  readonly type?: string;
  readonly value: string;
}
