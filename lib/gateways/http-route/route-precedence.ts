import { type Intersection, intersectPaths, type PathMatch, sameJson, withoutSlash } from '../../core';
import type { RouteMatch } from './http-route';

/** The path of a match: a match without one takes all paths. */
export function pathOf({ path }: RouteMatch): PathMatch {
  const { type = 'PathPrefix', value = '/' } = path ?? {};
  return { type: type as PathMatch['type'], value };
}

/** As `intersectPaths`, for paths of objects: implementations search an expression in a path, or compare all of it. */
export function intersectRoutePaths(a: PathMatch, b: PathMatch): Intersection {
  const whole = intersectPaths(a, b);
  return whole === 'none' && intersectPaths(searched(a), searched(b)) !== 'none' ? 'unknown' : whole;
}

function searched(path: PathMatch): PathMatch {
  return path.type === 'RegularExpression' ? { ...path, value: `.*(?:${path.value}).*` } : path;
}

/**
 * Which of two matches comes first: above 0 for `a`, 0 where age and order decide, undefined where the implementation
 * does (expressions). Exact path, longest prefix, method, most headers, most query parameters; of gRPC the longest service
 * and method first.
 */
export function precedence(a: RouteMatch, b: RouteMatch): number | undefined {
  const paths = comparePaths(pathOf(a), pathOf(b));
  if (paths === undefined || paths !== 0) return paths;
  const rank = ({ method, headers = [], queryParams = [] }: RouteMatch) => [
    ...methodRank(method),
    headers.length,
    queryParams.length,
  ];
  const [x, y] = [rank(a), rank(b)];
  const index = x.findIndex((value, i) => value !== y[i]);
  return index === -1 ? 0 : x[index]! - y[index]!;
}

/** GRPCMethodMatch; an HTTPRoute has the name of a method. */
interface GrpcMethod {
  readonly type?: string;
  readonly service?: string;
  readonly method?: string;
}

function methodRank(method: unknown): [service: number, method: number] {
  if (typeof method !== 'object') return [method === undefined ? 0 : 1, 0];
  const { service = '', method: name = '' } = (method ?? {}) as GrpcMethod;
  return [service.length, name.length];
}

/** Two methods that no request has both. */
function otherMethods(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a !== b;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  const [x, y] = [(a ?? {}) as GrpcMethod, (b ?? {}) as GrpcMethod];
  const differ = (one?: string, other?: string) => one !== undefined && other !== undefined && one !== other;
  return isExact(x) && isExact(y) && (differ(x.service, y.service) || differ(x.method, y.method));
}

function comparePaths(a: PathMatch, b: PathMatch): number | undefined {
  if (a.type === 'Exact' || b.type === 'Exact') return Number(a.type === 'Exact') - Number(b.type === 'Exact');
  if (a.type === b.type && a.value === b.value) return 0;
  if (a.type === 'RegularExpression' || b.type === 'RegularExpression') return undefined;
  return withoutSlash(a.value).length - withoutSlash(b.value).length;
}

/** Whether no request has both: no path, one name with two exact values, or two methods. */
export function disjoint(a: RouteMatch, b: RouteMatch): boolean {
  const differ = (kind: 'headers' | 'queryParams') =>
    (a[kind] ?? []).some((x) =>
      (b[kind] ?? []).some(
        (y) => isExact(x) && isExact(y) && fold(kind, x.name) === fold(kind, y.name) && x.value !== y.value,
      ),
    );
  const paths = intersectRoutePaths(pathOf(a), pathOf(b)) === 'none';
  return otherMethods(a.method, b.method) || paths || differ('headers') || differ('queryParams');
}

/** Whether `a` takes all that `b` takes, as far as can be seen: each of its conditions is one of `b`'s as well. */
export function covers(a: RouteMatch, b: RouteMatch): boolean {
  const path = pathOf(b);
  const among = (kind: 'headers' | 'queryParams') =>
    (a[kind] ?? []).every((x) => (b[kind] ?? []).some((y) => sameJson(x, y)));
  const method = a.method === undefined || sameJson(a.method, b.method);
  return intersectRoutePaths(path, pathOf(a)) === path && method && among('headers') && among('queryParams');
}

function isExact({ type = 'Exact' }: { readonly type?: string }): boolean {
  return type === 'Exact';
}

/** A name as it is compared. */
export function fold(kind: 'headers' | 'queryParams', name: string): string {
  return kind === 'headers' ? name.toLowerCase() : name;
}
