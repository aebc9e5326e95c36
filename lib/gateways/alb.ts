import * as v from 'valibot';
import {
  type Around,
  type Gateway,
  type Manifest,
  type Problem,
  problem,
  readJson,
  type Route,
  type StringMap,
  supportsOf,
} from '../core';
import { CANARY_KEY, canaryKeys, writeSlice } from './ingress/canary-annotations';
import { checkCanaryBase } from './ingress/canary-base';
import { type IngressDialect, type Slice, writeIngresses } from './ingress/canary-ingress';
import { ingressesIn, ingressKind, isIngress } from './ingress/ingress';
import { intersect, pathsOf, precedes } from './ingress/ingress-paths';

const ALB = 'alb.ingress.kubernetes.io/';
const KEYS = canaryKeys(ALB, 'string');
const ORDER = `${ALB}order`;
/** Actions and conditions are named after the Service whose rules they are for. */
const NAMED = /^(alb\.ingress\.kubernetes\.io\/(?:actions|conditions)\.)(.+)$/;
/** A JSON map by Services. */
const PROTOCOLS = `${ALB}backend-svcs-protocols`;
/** An action that names where requests go: a copy of it would not lead to the canary. */
const FORWARDS = /ForwardGroup|ServerGroup|ServiceName/i;

/** Rules are tried from the smallest order: matches, then the weight for the rest, then the base. */
const BEFORE = { match: 2, weight: 1 };
const DEFAULT_ORDER = 10;

const dialect: IngressDialect = {
  slices: 'apart',
  carries: (key) => key.startsWith(ALB) && key !== ORDER && !CANARY_KEY.test(key) && !NAMED.test(key),
  annotate: (slice, route, base) => ({ ...writeSlice(KEYS, slice), ...order(slice, base), ...byName(route, base) }),
};

/** Alibaba Cloud's Application Load Balancer: canary Ingresses by header, cookie or weight, one of them on each. */
export const alb: Gateway = {
  name: 'alb',
  kinds: [ingressKind],
  supports: supportsOf({
    match: {
      headers: { types: ['Exact'], most: 1 },
      cookies: { types: ['Exact'], most: 1, values: ['always'] },
    },
    route: { matches: 1 },
    base: { routings: 1 },
    canary: { service: 'NodePort' },
    text: {
      exact: '\\x20-\\x29\\x2b-\\x3e\\x40-\\x7e',
      because: 'it reads * and ? as wildcards, and takes ASCII only',
    },
  }),
  write: writeIngresses(dialect),
  checks: (...of) => [...checkCanaryBase({ gateway: 'alb', keys: KEYS })(...of), ...checkOrder(...of)],
};

/** What the base says of the Service by its name, for the canary's. */
function byName({ service, to }: Route, base: StringMap): StringMap {
  const backend = typeof to === 'object' && 'service' in to ? to.service : service;
  const named = Object.entries(base).flatMap(([key, value]) => {
    const [, prefix, name] = NAMED.exec(key) ?? [];
    return name === service ? [[`${prefix}${backend}`, value]] : [];
  });
  const protocol = protocolsOf(base)?.[service];
  return {
    ...(Object.fromEntries(named) as StringMap),
    ...(protocol !== undefined && { [PROTOCOLS]: JSON.stringify({ [backend]: protocol }) }),
  };
}

function protocolsOf(base: StringMap): Readonly<Record<string, unknown>> | undefined {
  return readJson(v.record(v.string(), v.unknown()), base[PROTOCOLS]);
}

/** R12: an action of the Service that names where its requests go. */
function checkActions({ metadata }: Manifest, service: string): Problem[] {
  const key = `${ALB}actions.${service}`;
  const action = metadata.annotations?.[key];
  if (action === undefined || !FORWARDS.test(action)) return [];
  const allowed = 'actions of the Service that leave its requests to the rule, such as a rewrite or a header';
  const fix = 'let rules lead to the Service itself, without an action that forwards';
  return [problem('base-unsuitable', `metadata.annotations["${key}"]`, action, { allowed, fix })];
}

function order({ matches }: Slice, base: StringMap): StringMap {
  return { [ORDER]: String(orderOf(base) - (matches.length === 0 ? BEFORE.weight : BEFORE.match)) };
}

function orderOf(annotations: StringMap = {}): number {
  return Number(annotations[ORDER] ?? DEFAULT_ORDER);
}

function checkOrder(base: Manifest, { service }: Route, { bases, others }: Around): Problem[] {
  if (!isIngress(base)) return [];
  const own = orderOf(base.metadata.annotations);
  if (own <= BEFORE.match) {
    const allowed = `an order above ${BEFORE.match}: canary rules must be tried before those of the base`;
    const fix = `raise ${ORDER} of the base Ingress`;
    return [problem('base-unsuitable', `metadata.annotations["${ORDER}"]`, own, { allowed, fix })];
  }
  const paths = pathsOf(base);
  const routed = paths.filter((path) => path.service === service);
  const captured = [
    ...paths.filter(
      (other) => other.service !== service && routed.some((path) => intersect(path, other) && !precedes(path, other)),
    ),
    ...ingressesIn([...bases, ...others])
      .filter(({ metadata }) => isBetween(orderOf(metadata.annotations), own))
      .flatMap(pathsOf)
      .filter((other) => other.service !== service && routed.some((path) => intersect(path, other))),
  ];
  if (captured.length === 0) return checkActions(base, service);
  const allowed = `other backends below the Service's paths only in Ingresses of an order below ${own - BEFORE.match}: canary rules are tried before all others of the base, whatever their paths`;
  const places = captured.map(({ host = '*', path }) => host + path).join(', ');
  const fix = `move ${places} to an Ingress of its own with ${orderBelow(own)}`;
  return [problem('base-unsuitable', 'spec.rules', captured, { allowed, fix })];
}

/** One that is tried before the canary's rules of a base; the smallest is 1. */
function orderBelow(base: number): string {
  const most = base - BEFORE.match - 1;
  return most < 1
    ? `${ORDER} 1, and raise that of the base to ${BEFORE.match + 2} or more`
    : `${ORDER} ${most} or less`;
}

/** Tried where the canary's rules are, or in an order that nobody set. */
function isBetween(order: number, base: number): boolean {
  return order >= base - BEFORE.match && order <= base;
}
