import type { MatchType } from '../core';

/** Value and kind of a condition on an annotation: compared as a whole string, or searched for as an expression. */
export type Written = { readonly value: string } | { readonly pattern: string };

const SPECIAL = /[.*+?^${}()|[\]\\]/;
const ESCAPED = /\\([.*+?^${}()|[\]\\])/g;

/**
 * A condition in the grammar of nginx and its relatives. Their patterns match anywhere in the value, so ours are
 * anchored. Some of them read an exact value as an expression: one with special characters is written as a pattern.
 */
export function writeCondition(type: MatchType, value: string): Written {
  if (type === 'RegularExpression') return { pattern: `^(?:${value})$` };
  return SPECIAL.test(value) ? { pattern: `^${value.replace(new RegExp(SPECIAL, 'g'), '\\$&')}$` } : { value };
}

/** The condition that was written. */
export function readCondition(written: Written): { type: MatchType; value: string } {
  if ('value' in written) return { type: 'Exact', value: written.value };
  const expression = /^\^\(\?:(.*)\)\$$/s.exec(written.pattern)?.[1];
  if (expression !== undefined) return { type: 'RegularExpression', value: expression };
  return { type: 'Exact', value: written.pattern.slice(1, -1).replace(ESCAPED, '$1') };
}
