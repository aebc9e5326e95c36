import * as v from 'valibot';
import {
  type GatewayKind,
  type HeaderModifier,
  type Manifest,
  type Match,
  type RouteTarget,
  type ValueMatch,
} from '../../core';
import { namedShape } from '../writing/metadata-shape';
import { anchored } from '../writing/pattern';

const condition = v.object({ type: v.optional(v.string()), name: v.string(), value: v.string() });
const headerValues = v.array(v.object({ name: v.string(), value: v.string() }));
const pathChange = v.object({ path: v.optional(v.object({ type: v.string() })) });

const filter = v.object({
  type: v.string(),
  requestHeaderModifier: v.optional(
    v.object({
      set: v.optional(headerValues),
      add: v.optional(headerValues),
      remove: v.optional(v.array(v.string())),
    }),
  ),
  urlRewrite: v.optional(pathChange),
  requestRedirect: v.optional(pathChange),
});

const backendRef = v.object({
  group: v.optional(v.string()),
  kind: v.optional(v.string()),
  name: v.string(),
  namespace: v.optional(v.string()),
  port: v.optional(v.number()),
  weight: v.optional(v.number()),
  filters: v.optional(v.array(filter)),
});

const match = v.object({
  // In an HTTPRoute; without one the prefix `/`.
  path: v.optional(v.object({ type: v.optional(v.string()), value: v.optional(v.string()) })),
  headers: v.optional(v.array(condition)),
  queryParams: v.optional(v.array(condition)),
  method: v.optional(v.unknown()),
});

const rule = v.object({
  name: v.optional(v.string()),
  matches: v.optional(v.array(match)),
  filters: v.optional(v.array(filter)),
  backendRefs: v.optional(v.array(backendRef)),
});

const parentRef = v.object({
  group: v.optional(v.string()),
  kind: v.optional(v.string()),
  namespace: v.optional(v.string()),
  name: v.string(),
  sectionName: v.optional(v.string()),
  port: v.optional(v.number()),
});

/** HTTPRoute and GRPCRoute of the Gateway API, v1, as far as graylane reads them. */
const shape = v.object({
  ...namedShape,
  spec: v.object({
    parentRefs: v.optional(v.array(parentRef)),
    hostnames: v.optional(v.array(v.string())),
    rules: v.optional(v.array(rule)),
  }),
});

export type HttpRouteObject = Manifest & Pick<v.InferOutput<typeof shape>, 'spec'>;
export type RouteRule = v.InferOutput<typeof rule>;
export type RouteMatch = v.InferOutput<typeof match>;
export type RouteFilter = v.InferOutput<typeof filter>;
export type BackendRef = v.InferOutput<typeof backendRef>;
export type ParentRef = v.InferOutput<typeof parentRef>;
type MatchedValue = v.InferOutput<typeof condition>;

const GROUP = 'gateway.networking.k8s.io';
const common = { group: GROUP, version: 'v1', as: 'both', changed: true, shape } as const;

export const httpRouteKind: GatewayKind = {
  ...common,
  kind: 'HTTPRoute',
  plural: 'httproutes',
  namedBy: 'gateway.httpRouteName',
  order: 30,
};

export const grpcRouteKind: GatewayKind = {
  ...common,
  kind: 'GRPCRoute',
  plural: 'grpcroutes',
  namedBy: 'gateway.grpcRouteName',
  order: 40,
};

export function isRouteObject(object: Manifest): object is HttpRouteObject {
  return object.apiVersion.startsWith(`${GROUP}/`) && ['HTTPRoute', 'GRPCRoute'].includes(object.kind);
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
export function rulesTo(base: HttpRouteObject, service: string): RouteRule[] {
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
function writeConditionOf({ type = 'Exact', name, value }: ValueMatch): MatchedValue {
  return { type, name, value: type === 'RegularExpression' ? anchored(value) : value };
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
    requestHeaderModifier: join(before?.requestHeaderModifier, modifier),
  };
  return before ? filters.map((filter) => (filter === before ? both : filter)) : [...filters, both];
}

/** Names of the headers that these filters change, in lower case. */
export function changedHeaders(filters: readonly RouteFilter[]): string[] {
  const { set = [], add = [], remove = [] } = filters.find(isModifier)?.requestHeaderModifier ?? {};
  return [...[...set, ...add].map(({ name }) => name), ...remove].map((name) => name.toLowerCase());
}

const MODIFIER = 'RequestHeaderModifier';

function isModifier({ type }: RouteFilter): boolean {
  return type === MODIFIER;
}

function join(before: RouteFilter['requestHeaderModifier'] = {}, after: HeaderModifier) {
  return {
    ...((before.set ?? after.set) && { set: [...(before.set ?? []), ...(after.set ?? [])] }),
    ...((before.add ?? after.add) && { add: [...(before.add ?? []), ...(after.add ?? [])] }),
    ...((before.remove ?? after.remove) && { remove: [...(before.remove ?? []), ...(after.remove ?? [])] }),
  };
}
