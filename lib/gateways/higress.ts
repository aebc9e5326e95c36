import type { Gateway } from '../core';
import { CANARY_KEY, canaryKeys, readSlice, writeSlice } from './canary-annotations';
import { readHeaderControl, writeHeaderControl } from './header-control';
import { ENVOY_COMMANDS, NO_PERCENT } from './envoy';
import { type IngressDialect, readIngresses, writeIngresses } from './ingress';

const NGINX = 'nginx.ingress.kubernetes.io/';
const HIGRESS = 'higress.io/';
const ROUTING = /^(nginx\.ingress\.kubernetes\.io|higress\.io)\//;
/** Replaces the backends of every rule, so that a canary Ingress with it would lead back to the base's. */
const DESTINATION = `${HIGRESS}destination`;

/** It reads an exact value as the expression `always|<value>`: written as one of ours, `always` stays with stable. */
const KEYS = canaryKeys(NGINX, 'expression');

const dialect: IngressDialect = {
  slices: 'apart',
  carries: (key) => ROUTING.test(key) && key !== DESTINATION && !CANARY_KEY.test(key),
  annotate: (slice, { requestHeaderModifier }, base) => ({
    ...writeSlice(KEYS, slice),
    ...writeHeaderControl(HIGRESS, requestHeaderModifier, base),
  }),
  parse: (annotations, base) => {
    const requestHeaderModifier = readHeaderControl(HIGRESS, annotations, base);
    return { ...readSlice(KEYS, annotations), ...(requestHeaderModifier && { requestHeaderModifier }) };
  },
};

/** Higress, the open source sibling of MSE: canary Ingresses by nginx's keys, without query and subsets. */
export const higress: Gateway = {
  name: 'higress',
  bases: ['Ingress'],
  supports: {
    headers: ['Exact', 'RegularExpression'],
    headersPerMatch: 1,
    queryParams: [],
    queryParamsPerMatch: 0,
    cookies: ['Exact'],
    cookiesPerMatch: 1,
    cookieValues: ['always'],
    paths: [],
    mixedConditions: false,
    matches: 16,
    weight: true,
    weightWithMatches: true,
    requestHeaders: ['set', 'add', 'remove'],
    expressions: 'RE2',
    characters: { headerValue: NO_PERCENT, because: ENVOY_COMMANDS },
    routesToStable: true,
    warmUp: false,
    routesPerBase: 16,
    backendService: 'ClusterIP',
  },
  write: (objects, routes) => writeIngresses(objects, routes, dialect),
  read: (objects) => readIngresses(objects, dialect),
};
