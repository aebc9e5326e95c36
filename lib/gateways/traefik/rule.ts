import type { Match, PathMatch, ValueMatch } from '../../core';
import { anchored, cookieExpression } from '../writing/pattern';

/** A rule of Traefik (syntax v3) is an expression of Go: matchers such as Path(`/orders`), joined by &&, || and !. */
interface Matcher {
  readonly name: string;
  readonly values: readonly string[];
  readonly not: boolean;
}

/** Matchers that must all hold. */
type Conjunction = readonly Matcher[];

/** The conditions of a match as rules, all of which must hold. */
export function conditionsOf({ path, headers = [], queryParams = [], cookies = [] }: Match): string[] {
  return [
    ...(path ? [pathRule(path)] : []),
    ...headers.map((condition) => valueRule('Header', condition)),
    ...queryParams.map((condition) => valueRule('Query', condition)),
    ...cookies.map(({ name, value }) => matcher('HeaderRegexp', 'Cookie', cookieExpression(name, value))),
  ];
}

/** The rule where none of the others holds. */
export function allOf(rule: string, conditions: readonly string[], without: readonly string[]): string {
  const others = without.map((one) => `!(${one})`);
  return conditions.length + others.length === 0 ? rule : [`(${rule})`, ...conditions, ...others].join(' && ');
}

/** Whether no request can fit both rules, as far as can be seen. */
export function areApart(a: string, b: string): boolean {
  const [ofA, ofB] = [alternativesOf(a), alternativesOf(b)];
  if (ofA === undefined || ofB === undefined) return false;
  return ofA.every((x) => ofB.every((y) => x.some((one) => y.some((other) => exclude(one, other)))));
}

/** PathPrefix of Traefik is one of characters. */
function pathRule({ type, value }: PathMatch): string {
  if (type === 'Exact') return matcher('Path', value);
  if (type === 'RegularExpression') return matcher('PathRegexp', anchored(value));
  const path = value.replace(/\/$/, '');
  return path === ''
    ? matcher('PathPrefix', '/')
    : `(${matcher('Path', path)} || ${matcher('PathPrefix', `${path}/`)})`;
}

/** Expressions are searched in a value, so that ours are anchored. */
function valueRule(name: string, { type = 'Exact', name: key, value }: ValueMatch): string {
  return type === 'Exact' ? matcher(name, key, value) : matcher(`${name}Regexp`, key, anchored(value));
}

function matcher(name: string, ...values: string[]): string {
  return `${name}(${values.map(quote).join(', ')})`;
}

/** In backticks nothing is escaped, nor can a backtick be; strings of JSON are strings of Go as well. */
function quote(text: string): string {
  return text.includes('`') ? JSON.stringify(text) : `\`${text}\``;
}

/** Sorted out so that each alternative is enough; undefined for what Traefik cannot read either. */
function alternativesOf(rule: string): Conjunction[] | undefined {
  try {
    const tokens = rule.match(/`[^`]*`|"(?:[^"\\]|\\.)*"|&&|\|\||[!(),]|\w+|\S/g) ?? [];
    const alternatives = either(tokens, false);
    return tokens.length === 0 ? alternatives : undefined;
  } catch {
    return undefined;
  }
}

/** Each of these functions takes its tokens off the beginning. Where it is negated, "or" is "and". */
function either(tokens: string[], not: boolean): Conjunction[] {
  const found = every(tokens, not);
  return take(tokens, '||') ? join(found, either(tokens, not), not) : found;
}

function every(tokens: string[], not: boolean): Conjunction[] {
  const found = one(tokens, not);
  return take(tokens, '&&') ? join(found, every(tokens, not), !not) : found;
}

function one(tokens: string[], not: boolean): Conjunction[] {
  if (take(tokens, '!')) return one(tokens, !not);
  if (take(tokens, '(')) return closed(tokens, either(tokens, not));
  const name = tokens.shift()!.toLowerCase();
  if (!take(tokens, '(')) throw new SyntaxError(name);
  const values = [unquote(tokens.shift())];
  while (take(tokens, ',')) values.push(unquote(tokens.shift()));
  return closed(tokens, [[{ name, values, not }]]);
}

function take(tokens: string[], token: string): boolean {
  return tokens[0] === token && tokens.shift() !== undefined;
}

function closed<T>(tokens: string[], found: T): T {
  if (!take(tokens, ')')) throw new SyntaxError(tokens[0]);
  return found;
}

function join(a: readonly Conjunction[], b: readonly Conjunction[], and: boolean): Conjunction[] {
  return and ? a.flatMap((x) => b.map((y) => [...x, ...y])) : [...a, ...b];
}

function unquote(token = ''): string {
  return token.startsWith('`') ? token.slice(1, -1) : (JSON.parse(token) as string);
}

function exclude(a: Matcher, b: Matcher): boolean {
  const [[x, y = ''], [other, value = '']] = [a.values as [string, string?], b.values as [string, string?]];
  if (a.not || b.not) return a.not !== b.not && a.name === b.name && a.values.join('\n') === b.values.join('\n');
  if (a.name === 'pathprefix')
    return isPath(b) && !other.startsWith(x) && !(b.name === 'pathprefix' && x.startsWith(other));
  if (a.name === 'path') return b.name === 'pathprefix' ? exclude(b, a) : b.name === 'path' && x !== other;
  if (a.name !== b.name) return false;
  if (a.name === 'host') return !takesHost(x, other) && !takesHost(other, x);
  if (a.name === 'method') return x.toUpperCase() !== other.toUpperCase();
  if (a.name === 'header') return x.toLowerCase() === other.toLowerCase() && y !== value;
  return a.name === 'query' && x === other && y !== value;
}

function isPath({ name }: Matcher): boolean {
  return name === 'path' || name === 'pathprefix';
}

/** A wildcard stands for the first label; a dot at the end makes no difference. */
function takesHost(expression: string, host: string): boolean {
  const [pattern, name] = [expression, host].map((text) => text.toLowerCase().replace(/\.$/, '')) as [string, string];
  return pattern === '*' || pattern === name || (pattern.startsWith('*') && pattern === name.replace(/^[^.]*/, '*'));
}
