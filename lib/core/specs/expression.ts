/** A regular expression's text, as far as its ends are concerned; RE2 and PCRE agree on all of this. */

/** Whether it takes whole values by itself. */
export function isAnchored(expression: string): boolean {
  return expression.startsWith('^') && endsInAnchor(expression) && !hasAlternatives(expression);
}

/** The expression that takes whole values and is the same as a search for this one anywhere in them. */
export function wholeOf(searched: string): string {
  const grouped = /^\^\(\?:(.*)\)\$$/s.exec(searched)?.[1];
  if (grouped !== undefined && isBalanced(grouped)) return grouped;
  if (hasAlternatives(searched)) return `.*(?:${searched}).*`;
  const [start, end] = [searched.startsWith('^'), endsInAnchor(searched)];
  const inner = searched.slice(start ? 1 : 0, end ? -1 : undefined);
  return `${start || inner.startsWith('.*') ? '' : '.*'}${inner}${end || endsInAny(inner) ? '' : '.*'}`;
}

/** The shortest expression whose search is the same as taking whole values by this one. */
export function searchOf(whole: string): string {
  if (isAnchored(whole)) return whole;
  const inner = whole.replace(/^\.\*/, '');
  const bare = endsInAny(inner) ? inner.slice(0, -2) : inner;
  const shorter = [bare, `^${bare}`, `${bare}$`].find((one) => bare !== '' && wholeOf(one) === whole);
  return shorter ?? `^(?:${whole})$`;
}

/** An anchor or anything else at the end that is not escaped. */
function endsInAnchor(expression: string): boolean {
  return /(?<!\\)(\\\\)*\$$/.test(expression);
}

function endsInAny(expression: string): boolean {
  return /(?<!\\)(\\\\)*\.\*$/.test(expression);
}

/** Whether alternatives stand outside of all groups. */
function hasAlternatives(expression: string): boolean {
  return depths(expression).some(({ sign, depth }) => sign === '|' && depth === 0);
}

/** Whether every group that ends in it begins in it. */
function isBalanced(expression: string): boolean {
  return depths(expression).every(({ depth }) => depth >= 0);
}

/** Its signs of structure, each with the groups that are open after it: none of what is escaped, or in a class. */
function depths(expression: string): { readonly sign: string; readonly depth: number }[] {
  const signs = expression.replace(/\\.|\[\^?\]?(\\.|[^\]\\])*\]/gs, '').match(/[()|]/g) ?? [];
  let depth = 0;
  return signs.map((sign) => {
    depth += sign === '(' ? 1 : sign === ')' ? -1 : 0;
    return { sign, depth };
  });
}
