import type { PathMatch } from './spec';

/** The paths that two conditions both take: a condition, `none`, or `unknown` where one condition cannot say it. */
export type Intersection = PathMatch | 'none' | 'unknown';

/** What both take; the very condition that takes no more than the other one, of equals the first. */
export function intersectPaths(a: PathMatch, b: PathMatch): Intersection {
  if (a.type === 'Exact') return among(a, b);
  if (b.type === 'Exact') return among(b, a);
  if (isEveryPath(b) || (a.type === b.type && a.value === b.value)) return a;
  if (isEveryPath(a)) return b;
  if (a.type === 'RegularExpression' || b.type === 'RegularExpression') return 'unknown';
  if (isBelow(a.value, b.value)) return a;
  return isBelow(b.value, a.value) ? b : 'none';
}

/** Whether the whole text fits; undefined for an expression that cannot be read here, though RE2 might. */
export function matchesWhole(expression: string, text: string): boolean | undefined {
  try {
    return new RegExp(`^(?:${expression})$`).test(text);
  } catch {
    return undefined;
  }
}

/** A prefix without its slash at the end, which makes no difference: empty for `/`. */
export function withoutSlash(prefix: string): string {
  return prefix.replace(/\/$/, '');
}

function among(exact: PathMatch, other: PathMatch): Intersection {
  const takes = takesPath(other, exact.value);
  if (takes === undefined) return 'unknown';
  return takes ? exact : 'none';
}

function takesPath({ type, value }: PathMatch, path: string): boolean | undefined {
  if (type === 'RegularExpression') return matchesWhole(value, path);
  return type === 'Exact' ? path === value : isBelow(path, value);
}

/** Prefixes are of whole path elements: `/orders` has `/orders/1`, not `/orders-old`. */
function isBelow(path: string, prefix: string): boolean {
  const base = withoutSlash(prefix);
  return path === prefix || path === base || path.startsWith(`${base}/`);
}

function isEveryPath({ type, value }: PathMatch): boolean {
  return type === 'PathPrefix' && value === '/';
}
