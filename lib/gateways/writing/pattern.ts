import { isAnchored, type MatchType } from '../../core';

/** Value and kind of a condition on an annotation: compared as a whole string, or searched for as an expression. */
export type Written = { readonly value: string } | { readonly pattern: string };

/**
 * How a system reads the value of an exact condition: as a string; as a string unless it looks like an expression; or
 * as an expression that takes other values as well, so that we write one ourselves.
 */
export type ExactStyle = 'string' | 'string-if-plain' | 'expression';

const SPECIAL = /[.*+?^${}()|[\]\\]/;

/** A condition in the grammar of nginx and its relatives. Their patterns match anywhere in the value, so ours are anchored. */
export function writeCondition(type: MatchType, value: string, exact: ExactStyle): Written {
  if (type === 'RegularExpression') return { pattern: anchored(value) };
  const plain = exact === 'string' || (exact === 'string-if-plain' && !SPECIAL.test(value));
  return plain ? { value } : { pattern: `^${escaped(value)}$` };
}

/** The expression for the whole of a text, wherever it is searched for. */
export function anchored(expression: string): string {
  return isAnchored(expression) ? expression : `^(?:${expression})$`;
}

/** The text as an expression that takes it alone. */
export function escaped(text: string): string {
  return text.replace(new RegExp(SPECIAL, 'g'), '\\$&');
}

/** An expression for the header of all cookies that takes those with this one. */
export function cookieExpression(name: string, value: string): string {
  return `^(?:.*; ?)?${escaped(`${name}=${value}`)}(?:;.*)?$`;
}
