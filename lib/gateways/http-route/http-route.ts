import type { HeaderModifier, HeaderValue, Manifest, Match, MatchType, RouteTarget, ValueMatch } from '../core';
import { readCondition, writeCondition } from './pattern';

/** HTTPRoute and GRPCRoute of the Gateway API, v1, as far as graylane reads them. */
export interface RouteObject extends Manifest {
  readonly spec: {
    readonly parentRefs?: unknown;
    readonly hostnames?: unknown;
    readonly rules?: readonly RouteRule[];
    readonly [field: string]: unknown;
  };
}

export interface RouteRule {
  readonly matches?: readonly RouteMatch[];
  readonly filters?: readonly RouteFilter[];
  readonly backendRefs?: readonly BackendRef[];
  readonly [field: string]: unknown;
}

export interface RouteMatch {
  /** In an HTTPRoute. @default - the prefix `/` */
  readonly path?: { readonly type?: string; readonly value?: string };
  readonly method?: unknown;
  readonly headers?: readonly Condition[];
  readonly queryParams?: readonly Condition[];
}

export interface Condition {
  readonly type?: MatchType;
  readonly name: string;
  readonly value: string;
}

export interface RouteFilter {
  readonly type: string;
  readonly requestHeaderModifier?: HeaderModifier;
  readonly urlRewrite?: PathChange;
  readonly requestRedirect?: PathChange;
  readonly [field: string]: unknown;
}

interface PathChange {
  readonly path?: { readonly type: string };
}

export interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly weight?: number;
  readonly filters?: readonly RouteFilter[];
  readonly [field: string]: unknown;
}

export function isRouteObject(object: Manifest): object is RouteObject {
  return object.apiVersion.startsWith('gateway.networking.k8s.io/') && ['HTTPRoute', 'GRPCRoute'].includes(object.kind);
}

/** Whether the backend is the Service of that name in the route's own namespace. */
export function leadsTo(
  { group = '', kind = 'Service', name, namespace }: BackendRef,
  service: string,
  { metadata }: Manifest,
): boolean {
  const local = namespace === undefined || namespace === metadata.namespace;
  return group === '' && kind === 'Service' && name === service && local;
}

/** The Service that a route of this target leads to. */
export function serviceOf(to: RouteTarget, service: string): string {
  return typeof to === 'object' && 'service' in to ? to.service : service;
}

/** The base's rules that lead to the Service. */
export function rulesTo(base: RouteObject, service: string): RouteRule[] {
  return (base.spec.rules ?? []).filter(({ backendRefs = [] }) =>
    backendRefs.some((ref) => leadsTo(ref, service, base)),
  );
}

/** A rule without matches takes every request. */
export function matchesOf({ matches = [] }: RouteRule): readonly RouteMatch[] {
  return matches.length > 0 ? matches : EVERY_REQUEST;
}

const EVERY_REQUEST: readonly RouteMatch[] = [{}];

/** Implementations may search an expression in a value or compare all of it, so ours are anchored. */
export function writeConditionOf({ type = 'Exact', name, value }: ValueMatch): Condition {
  const written = writeCondition(type, value, 'string');
  return { type, name, value: 'value' in written ? written.value : written.pattern };
}

/** The match with more conditions on headers and query parameters; paths are in the match already. */
export function withConditions(one: RouteMatch, { headers = [], queryParams = [] }: Match): RouteMatch {
  return {
    ...one,
    ...((one.headers ?? headers.length > 0) && { headers: [...(one.headers ?? []), ...headers.map(writeConditionOf)] }),
    ...((one.queryParams ?? queryParams.length > 0) && {
      queryParams: [...(one.queryParams ?? []), ...queryParams.map(writeConditionOf)],
    }),
  };
}

export function readConditionOf({ type = 'Exact', name, value }: Condition): ValueMatch {
  return { ...(type === 'Exact' ? { type, value } : readCondition({ pattern: value })), name };
}

/** The filters with our changes to the headers, which follow the base's in one filter: it may not occur twice. */
export function addModifier(
  filters: readonly RouteFilter[],
  modifier: HeaderModifier | undefined,
): readonly RouteFilter[] {
  if (modifier === undefined) return filters;
  const before = filters.find(isModifier);
  const both = {
    ...before,
    type: MODIFIER,
    requestHeaderModifier: join(before?.requestHeaderModifier ?? {}, modifier),
  };
  return before ? filters.map((filter) => (filter === before ? both : filter)) : [...filters, both];
}

/** What the filters change beyond those of the base. */
export function addedModifier(
  filters: readonly RouteFilter[],
  base: readonly RouteFilter[],
): HeaderModifier | undefined {
  const after = filters.find(isModifier)?.requestHeaderModifier ?? {};
  const before = base.find(isModifier)?.requestHeaderModifier ?? {};
  const added: HeaderModifier = {
    ...rest('set', after.set, before.set),
    ...rest('add', after.add, before.add),
    ...rest('remove', after.remove, before.remove),
  };
  return Object.keys(added).length > 0 ? added : undefined;
}

/** Names of the headers that these filters change, in lower case. */
export function changedHeaders(filters: readonly RouteFilter[]): string[] {
  const { set = [], add = [], remove = [] } = filters.find(isModifier)?.requestHeaderModifier ?? {};
  return [...set.map(nameOf), ...add.map(nameOf), ...remove].map((name) => name.toLowerCase());
}

const MODIFIER = 'RequestHeaderModifier';

function isModifier({ type }: RouteFilter): boolean {
  return type === MODIFIER;
}

function join(before: HeaderModifier, after: HeaderModifier): HeaderModifier {
  return {
    ...((before.set ?? after.set) && { set: [...(before.set ?? []), ...(after.set ?? [])] }),
    ...((before.add ?? after.add) && { add: [...(before.add ?? []), ...(after.add ?? [])] }),
    ...((before.remove ?? after.remove) && { remove: [...(before.remove ?? []), ...(after.remove ?? [])] }),
  };
}

function rest<T>(kind: string, after: readonly T[] = [], before: readonly T[] = []): Record<string, readonly T[]> {
  return after.length > before.length ? { [kind]: after.slice(before.length) } : {};
}

function nameOf({ name }: HeaderValue): string {
  return name;
}
