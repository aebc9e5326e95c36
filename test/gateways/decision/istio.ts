/**
 * Istio's VirtualService ("HTTPRoute: the first rule that matches an incoming request is used"; HTTPMatchRequest: all
 * conditions of one, any of the list; StringMatch: exact, prefix, or RE2 over the whole value; HTTPRouteDestination:
 * weight over the sum of weights; Headers: remove, set, add).
 */
import type { Manifest } from '../../../lib/core';
import { headersOf, type Model, modify, type Request } from './traffic';

type StringMatch = { readonly exact?: string; readonly prefix?: string; readonly regex?: string };
interface Headers {
  readonly request?: { set?: Record<string, string>; add?: Record<string, string>; remove?: string[] };
  readonly response?: unknown;
}
interface MatchOf {
  readonly uri?: StringMatch;
  readonly method?: StringMatch;
  readonly headers?: Record<string, StringMatch>;
  readonly withoutHeaders?: Record<string, StringMatch>;
  readonly queryParams?: Record<string, StringMatch>;
}
interface Rule {
  readonly match?: readonly MatchOf[];
  readonly route?: readonly { destination: { host: string; subset?: string }; weight?: number; headers?: Headers }[];
  readonly headers?: Headers;
  readonly [field: string]: unknown;
}

export const istio: Model = (objects, request) => {
  const services = objects.filter(({ kind }) => kind === 'VirtualService');
  const rule = services
    .flatMap(rulesOf)
    .find(({ match = [] }) => match.length === 0 || match.some((one) => takes(one, request)));
  if (rule === undefined) return [];
  const { route = [], headers, match: _, name: __, ...rest } = rule;
  const weights = route.map(({ weight }) => weight ?? (route.length === 1 ? 1 : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return route.map(({ destination, headers: own }, i) => ({
    to: destination.host.split('.')[0]! + (destination.subset ? `[${destination.subset}]` : ''),
    share: weights[i]! / total,
    headers: change(change(headersOf(request), headers), own),
    treatment: { ...rest, response: headers?.response },
  }));
};

function rulesOf({ spec }: Manifest): Rule[] {
  return (spec as { http: Rule[] }).http;
}

function takes(
  { uri, method, headers = {}, withoutHeaders = {}, queryParams = {} }: MatchOf,
  request: Request,
): boolean {
  const given = headersOf(request);
  return (
    holds(uri ?? {}, request.path) &&
    holds(method ?? {}, request.method) &&
    Object.entries(headers).every(([name, match]) => holds(match, given[name])) &&
    !Object.entries(withoutHeaders).some(([name, match]) => holds(match, given[name])) &&
    Object.entries(queryParams).every(([name, match]) => holds(match, request.query[name]))
  );
}

function holds({ exact, prefix, regex }: StringMatch, given: string | undefined): boolean {
  if (given === undefined) return false;
  if (exact !== undefined) return given === exact;
  if (prefix !== undefined) return given.startsWith(prefix);
  return regex === undefined || new RegExp(`^(?:${regex})$`).test(given);
}

function change(headers: Record<string, string>, { request = {} }: Headers = {}): Record<string, string> {
  const list = (values: Record<string, string> = {}) =>
    Object.entries(values).map(([name, value]) => ({ name, value }));
  return modify(headers, { set: list(request.set), add: list(request.add), remove: request.remove ?? [] });
}
