/** Entries of the header `baggage` (W3C Baggage), by which services that are instrumented with OpenTelemetry pass values on. */

export const BAGGAGE = 'baggage';

/** What every library writes as it is given: other characters are percent-encoded by some and not by others. */
const ENTRY = /^([A-Za-z0-9._-]{1,63})=([A-Za-z0-9._-]{1,63})$/;

/** Around an entry: other entries, spaces, and the entry's own properties. Spaces only, for a tab has no name in all dialects. */
const BEFORE = '(.*,)? *';
const EQUALS = ' *= *';
const AFTER = ' *(;[^,]*)?(,.*)?';

export function isBaggageEntry(text: unknown): text is string {
  return typeof text === 'string' && ENTRY.test(text);
}

/** The expression of header values that have the entry, in what POSIX ERE and RE2 have in common; it takes whole values. */
export function entryExpression(entry: string): string {
  const [key, value] = entry.replaceAll('.', '[.]').split('=');
  return `${BEFORE}${key}${EQUALS}${value}${AFTER}`;
}

/** The entry that an expression of ours is for; undefined for any other expression. */
export function entryOf(expression: string): string | undefined {
  if (!expression.startsWith(BEFORE) || !expression.endsWith(AFTER)) return undefined;
  const entry = expression.slice(BEFORE.length, -AFTER.length).replace(EQUALS, '=').replaceAll('[.]', '.');
  return isBaggageEntry(entry) && entryExpression(entry) === expression ? entry : undefined;
}

/** Whether two entries are of one key with different values: libraries keep the last value of a key only. */
export function excludeEachOther(a: string, b: string): boolean {
  return a !== b && a.split('=')[0] === b.split('=')[0];
}
