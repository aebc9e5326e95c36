import * as v from 'valibot';
import type { GatewayKind, HeaderModifier, HeaderValue, Manifest, Match, RouteTarget, ValueMatch } from '../../core';
import { namedShape, stringMap } from '../writing/metadata-shape';
import { anchored, cookieExpression } from '../writing/pattern';

/** One of them; none: present. */
const stringMatch = v.object({
  exact: v.optional(v.string()),
  prefix: v.optional(v.string()),
  regex: v.optional(v.string()),
});
const stringMatches = v.record(v.string(), stringMatch);

const headerRules = v.object({
  request: v.optional(
    v.object({ set: v.optional(stringMap), add: v.optional(stringMap), remove: v.optional(v.array(v.string())) }),
  ),
});

const httpMatch = v.object({
  uri: v.optional(stringMatch),
  // For exact paths and prefixes.
  ignoreUriCase: v.optional(v.boolean()),
  headers: v.optional(stringMatches),
  withoutHeaders: v.optional(stringMatches),
  queryParams: v.optional(stringMatches),
});

const destination = v.object({
  destination: v.object({ host: v.string(), subset: v.optional(v.string()) }),
  weight: v.optional(v.number()),
  headers: v.optional(headerRules),
});

const httpRoute = v.object({
  name: v.optional(v.string()),
  match: v.optional(v.array(httpMatch)),
  route: v.optional(v.array(destination)),
  headers: v.optional(headerRules),
  rewrite: v.optional(v.object({ uri: v.optional(v.string()) })),
});

const connectionRoute = v.object({ route: v.optional(v.array(destination)) });

/** VirtualService of Istio, v1, as far as graylane reads it. */
const virtualService = v.object({
  ...namedShape,
  spec: v.object({
    hosts: v.optional(v.array(v.string())),
    http: v.optional(v.array(httpRoute)),
    tls: v.optional(v.array(connectionRoute)),
    tcp: v.optional(v.array(connectionRoute)),
  }),
});

/** DestinationRule of Istio, v1, as far as graylane reads it. */
const destinationRule = v.object({
  ...namedShape,
  spec: v.object({
    host: v.string(),
    trafficPolicy: v.optional(v.unknown()),
    subsets: v.optional(
      v.array(
        v.object({
          name: v.string(),
          labels: v.optional(stringMap),
          trafficPolicy: v.optional(v.looseObject({})),
        }),
      ),
    ),
    exportTo: v.optional(v.unknown()),
    workloadSelector: v.optional(v.unknown()),
  }),
});

export type StringMatch = v.InferOutput<typeof stringMatch>;
export type HttpMatch = v.InferOutput<typeof httpMatch>;
export type Destination = v.InferOutput<typeof destination>;
export type HttpRoute = v.InferOutput<typeof httpRoute>;
export type VirtualService = Manifest & Pick<v.InferOutput<typeof virtualService>, 'spec'>;
export type DestinationRule = Manifest & Pick<v.InferOutput<typeof destinationRule>, 'spec'>;
type HeaderRules = v.InferOutput<typeof headerRules>;

const GROUP = 'networking.istio.io';
const common = { group: GROUP, version: 'v1', namedBy: 'customNetworkRefs' } as const;

export const virtualServiceKind: GatewayKind = {
  ...common,
  kind: 'VirtualService',
  plural: 'virtualservices',
  as: 'base',
  changed: true,
  order: 20,
  shape: virtualService,
};

export const destinationRuleKind: GatewayKind = {
  ...common,
  kind: 'DestinationRule',
  plural: 'destinationrules',
  as: 'both',
  leads: false,
  order: 10,
  shape: destinationRule,
};

export function isVirtualService(object: Manifest): object is VirtualService {
  return isOfIstio(object) && object.kind === 'VirtualService';
}

export function isDestinationRule(object: Manifest): object is DestinationRule {
  return isOfIstio(object) && object.kind === 'DestinationRule';
}

function isOfIstio({ apiVersion }: Manifest): boolean {
  return apiVersion.startsWith(`${GROUP}/`);
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

/** A single destination of a list gets all requests; of several those without a weight get nothing. */
export function weightIn(list: readonly Destination[]): (destination: Destination) => number {
  return ({ weight }) => weight ?? (list.length === 1 ? 100 : 0);
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

function entries(list: readonly (readonly [string, StringMatch])[]): Record<string, StringMatch> {
  return Object.fromEntries(list);
}

function writeString({ type = 'Exact', value }: ValueMatch): StringMatch {
  return type === 'Exact' ? { exact: value } : { regex: anchored(value) };
}
