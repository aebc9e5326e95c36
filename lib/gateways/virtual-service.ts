import type { HeaderModifier, HeaderValue, Manifest, Match, RouteTarget, StringMap, ValueMatch } from '../core';
import { AFTER_COOKIE, BEFORE_COOKIE, cookieExpression, readCondition, writeCondition } from './pattern';

/** VirtualService of Istio, v1, as far as graylane reads it. */
export interface VirtualService extends Manifest {
  readonly spec: { readonly http?: readonly HttpRoute[]; readonly [field: string]: unknown };
}

export interface HttpRoute {
  readonly name?: string;
  readonly match?: readonly HttpMatch[];
  readonly route?: readonly Destination[];
  readonly headers?: HeaderRules;
  readonly rewrite?: { readonly uri?: string };
  readonly [field: string]: unknown;
}

export interface HttpMatch {
  readonly uri?: StringMatch;
  /** For exact paths and prefixes. */
  readonly ignoreUriCase?: boolean;
  readonly headers?: StringMatches;
  readonly withoutHeaders?: StringMatches;
  readonly queryParams?: StringMatches;
  readonly [field: string]: unknown;
}

type StringMatches = Readonly<Record<string, StringMatch>>;

/** One of them; none: present. */
export interface StringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

export interface Destination {
  readonly destination: { readonly host: string; readonly subset?: string; readonly port?: unknown };
  readonly weight?: number;
  readonly headers?: HeaderRules;
}

interface HeaderRules {
  readonly request?: { readonly set?: StringMap; readonly add?: StringMap; readonly remove?: readonly string[] };
  readonly response?: unknown;
}

/** DestinationRule of Istio, v1, as far as graylane reads it. */
export interface DestinationRule extends Manifest {
  readonly spec: { readonly host: string; readonly trafficPolicy?: unknown; readonly exportTo?: unknown };
}

export function isVirtualService(object: Manifest): object is VirtualService {
  return isOfIstio(object) && object.kind === 'VirtualService';
}

export function isDestinationRule(object: Manifest): object is DestinationRule {
  return isOfIstio(object) && object.kind === 'DestinationRule';
}

function isOfIstio({ apiVersion }: Manifest): boolean {
  return apiVersion.startsWith('networking.istio.io/');
}

/** Whether the host is that Service: by its short name, or by a longer one with the namespace of the object that names it. */
export function isHostOf(host: string, service: string, { metadata }: Manifest): boolean {
  const [name, namespace, kind] = host.split('.');
  const local = namespace === undefined || namespace === metadata.namespace;
  return name === service && local && (kind === undefined || kind === 'svc');
}

/** Whether the rule leads to the Service. */
export function leadsTo({ route = [] }: HttpRoute, service: string, base: VirtualService): boolean {
  return route.some(({ destination }) => isHostOf(destination.host, service, base));
}

/** The same host with the Service that the target names. */
export function hostOf(host: string, to: RouteTarget): string {
  return typeof to === 'object' && 'service' in to ? [to.service, ...host.split('.').slice(1)].join('.') : host;
}

/** The target's destination. Subsets belong to the host that they are declared for, which the canary's is not. */
export function toTarget(from: Destination, to: RouteTarget, modifier: HeaderModifier | undefined): Destination {
  const { subset, ...destination } = from.destination;
  const host = hostOf(destination.host, to);
  const kept = host === destination.host && subset !== undefined;
  return {
    ...from,
    destination: { ...destination, host, ...(kept && { subset }) },
    ...(modifier && { headers: addModifier(from.headers, modifier) }),
  };
}

export function targetOf({ destination }: Destination, service: string): RouteTarget {
  const [name] = destination.host.split('.');
  return name === service ? 'stable' : { service: name! };
}

/** The base's match with conditions of ours beside it; paths are in it already. Names of headers are lower case in a VirtualService. */
export function both(one: HttpMatch, { headers = [], queryParams = [], cookies = [] }: Match): HttpMatch {
  const ofHeaders = headers.map((condition) => [condition.name.toLowerCase(), writeString(condition)] as const);
  const ofCookies = cookies.map(({ name, value }) => [COOKIE, { regex: cookieExpression(name, value) }] as const);
  const ofQuery = queryParams.map((condition) => [condition.name, writeString(condition)] as const);
  return {
    ...one,
    ...(ofHeaders.length + ofCookies.length > 0 && {
      headers: { ...one.headers, ...entries([...ofHeaders, ...ofCookies]) },
    }),
    ...(ofQuery.length > 0 && { queryParams: { ...one.queryParams, ...entries(ofQuery) } }),
  };
}

/** What a match of ours has beside the base's. */
export function beyond(after: HttpMatch, before: HttpMatch): Match {
  const added = (kind: 'headers' | 'queryParams') =>
    Object.entries(after[kind] ?? {}).filter(([name]) => !(name in (before[kind] ?? {})));
  const headers = added('headers').filter(([name, { regex }]) => name !== COOKIE || readCookie(regex) === undefined);
  const cookie = readCookie(added('headers').find(([name]) => name === COOKIE)?.[1].regex);
  const queryParams = added('queryParams');
  return {
    ...(headers.length > 0 && { headers: headers.map(readString) }),
    ...(queryParams.length > 0 && { queryParams: queryParams.map(readString) }),
    ...(cookie && { cookies: [cookie] }),
  };
}

/** What a destination of ours changes of the request's headers beside the base's. */
export function modifierBeyond(after: Destination, before: Destination): HeaderModifier | undefined {
  const [now, then] = [after.headers?.request ?? {}, before.headers?.request ?? {}];
  const values = (kind: 'set' | 'add'): HeaderValue[] =>
    Object.entries(now[kind] ?? {})
      .filter(([name]) => !(name in (then[kind] ?? {})))
      .map(([name, value]) => ({ name, value }));
  const [set, add, remove] = [values('set'), values('add'), (now.remove ?? []).slice(then.remove?.length ?? 0)];
  const modifier = {
    ...(set.length > 0 && { set }),
    ...(add.length > 0 && { add }),
    ...(remove.length > 0 && { remove }),
  };
  return Object.keys(modifier).length > 0 ? modifier : undefined;
}

/** Names of the request's headers that are changed there, in lower case. */
export function changedHeaders({ headers }: Pick<HttpRoute | Destination, 'headers'>): string[] {
  const { set = {}, add = {}, remove = [] } = headers?.request ?? {};
  return [...Object.keys(set), ...Object.keys(add), ...remove].map((name) => name.toLowerCase());
}

/** All cookies of a request are one header. */
export const COOKIE = 'cookie';

function addModifier(headers: HeaderRules | undefined, { set, add, remove }: HeaderModifier): HeaderRules {
  const before = headers?.request ?? {};
  const values = (list: readonly HeaderValue[]) => Object.fromEntries(list.map(({ name, value }) => [name, value]));
  return {
    ...headers,
    request: {
      ...before,
      ...(set && { set: { ...before.set, ...values(set) } }),
      ...(add && { add: { ...before.add, ...values(add) } }),
      ...(remove && { remove: [...(before.remove ?? []), ...remove] }),
    },
  };
}

function entries(list: readonly (readonly [string, StringMatch])[]): StringMatches {
  return Object.fromEntries(list);
}

function writeString({ type = 'Exact', value }: ValueMatch): StringMatch {
  const written = writeCondition(type, value, 'string');
  return 'value' in written ? { exact: written.value } : { regex: written.pattern };
}

function readString([name, { exact, regex }]: [string, StringMatch]): ValueMatch {
  return { name, ...(exact === undefined ? readCondition({ pattern: regex! }) : { type: 'Exact', value: exact }) };
}

function readCookie(regex: string | undefined): ValueMatch | undefined {
  if (!regex?.startsWith(BEFORE_COOKIE) || !regex.endsWith(AFTER_COOKIE)) return undefined;
  const { value: pair } = readCondition({ pattern: `^${regex.slice(BEFORE_COOKIE.length, -AFTER_COOKIE.length)}$` });
  const equals = pair.indexOf('=');
  return { type: 'Exact', name: pair.slice(0, equals), value: pair.slice(equals + 1) };
}
