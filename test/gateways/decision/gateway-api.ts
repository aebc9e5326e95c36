/**
 * Gateway API v1 (HTTPRoute, spec.rules[].matches in the CRD's own text):
 * - The most specific host first, then: exact path, longest prefix, method, most headers, most query parameters; then the
 *   oldest route, then its name; within a route the first rule. Names of headers have no case.
 * - A rule without matches, and a match without a path, is the prefix `/`, by path elements.
 * - Backends by weight, 1 unless set; filters of the rule, then of the backend.
 */
import type { HeaderModifier, Manifest, ValueMatch } from '../../../lib/core';
import { hostFits, specific } from './ingresses';
import { headersOf, type Model, modify, type Outcome, type Request } from './traffic';

interface Filter {
  readonly type: string;
  readonly requestHeaderModifier?: HeaderModifier;
}
interface Rule {
  readonly matches?: readonly MatchOf[];
  readonly filters?: readonly Filter[];
  readonly backendRefs: readonly {
    readonly name: string;
    readonly weight?: number;
    readonly filters?: readonly Filter[];
  }[];
  readonly timeouts?: unknown;
}
interface MatchOf {
  readonly path?: { readonly type?: string; readonly value?: string };
  readonly method?: string;
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
}

/** What the specification leaves to implementations. */
export interface Implementation {
  /** Where expressions of paths come: before all prefixes, behind them, or among them by length. */
  readonly expressions: 'before' | 'behind' | 'among';
  /** Whether an expression is searched in a path, or compared with all of it. */
  readonly paths: 'searched' | 'whole';
}

export const gatewayApi: Model = implementation({ expressions: 'before', paths: 'whole' });

/** Objects are listed from the oldest. */
export function implementation(by: Implementation): Model {
  return (objects, request) => decide(objects, request, by);
}

function decide(objects: readonly Manifest[], request: Request, by: Implementation): Outcome[] {
  const candidates = objects
    .filter(({ kind }) => kind === 'HTTPRoute')
    .flatMap((route) => candidatesOf(route, request, by))
    .sort((a, b) => compare(b.rank, a.rank));
  const [first] = candidates;
  if (first === undefined) return [];
  const { filters = [], backendRefs, timeouts } = first.rule;
  const total = backendRefs.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const others = (list: readonly Filter[]) => list.filter(({ type }) => type !== 'RequestHeaderModifier');
  const treatment = { timeouts, filters: others(filters) };
  return backendRefs.map(({ name, weight = 1, filters: own = [] }) => ({
    to: name,
    share: weight / total,
    headers: modify(modify(headersOf(request), modifierIn(filters)), modifierIn(own)),
    treatment: { ...treatment, own: others(own) },
  }));
}

function candidatesOf({ spec }: Manifest, request: Request, by: Implementation) {
  const { hostnames = ['*'], rules = [] } = spec as { hostnames?: string[]; rules?: Rule[] };
  const hosts = hostnames.filter((host) => hostFits(host, request.host)).map(specific);
  if (hosts.length === 0) return [];
  return rules.flatMap((rule) =>
    (rule.matches ?? [{}])
      .filter((match) => takes(match, request, by))
      .map((match) => ({ rule, rank: [Math.max(...hosts), ...rankOf(match, by)] })),
  );
}

function rankOf({ path, method, headers = [], queryParams = [] }: MatchOf, by: Implementation): number[] {
  const exact = path?.type === 'Exact';
  return [
    Number(exact),
    exact ? 0 : lengthOf(path, by),
    Number(method !== undefined),
    headers.length,
    queryParams.length,
  ];
}

function lengthOf({ type, value = '/' }: NonNullable<MatchOf['path']> = {}, { expressions }: Implementation): number {
  if (type !== 'RegularExpression' || expressions === 'among') return value.length;
  return expressions === 'before' ? 1000 + value.length : value.length - 1000;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, i) => value !== b[i]);
  return place === -1 ? 0 : a[place]! - b[place]!;
}

function takes(
  { path, method, headers = [], queryParams = [] }: MatchOf,
  request: Request,
  by: Implementation,
): boolean {
  return (
    pathFits(path ?? {}, request.path, by) &&
    (method === undefined || method === request.method) &&
    headers.every((header) => holds(header, headersOf(request)[header.name.toLowerCase()])) &&
    queryParams.every((query) => holds(query, request.query[query.name]))
  );
}

function pathFits(
  { type, value = '/' }: NonNullable<MatchOf['path']>,
  given: string,
  { paths }: Implementation,
): boolean {
  if (type === 'Exact') return given === value;
  if (type === 'RegularExpression') return new RegExp(paths === 'whole' ? `^(?:${value})$` : value).test(given);
  return given === value || given.startsWith(value.endsWith('/') ? value : `${value}/`);
}

/** Whether an expression is searched or compared is the implementation's: ours must not depend on it, so it is searched. */
function holds({ type = 'Exact', value }: ValueMatch, given: string | undefined): boolean {
  if (given === undefined) return false;
  return type === 'Exact' ? given === value : new RegExp(value).test(given);
}

function modifierIn(filters: readonly Filter[]): HeaderModifier | undefined {
  return filters.find(({ type }) => type === 'RequestHeaderModifier')?.requestHeaderModifier;
}
