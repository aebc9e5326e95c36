import { type Gateway, type Manifest, type Problem, problem, type StringMap } from '../core';
import { CANARY_KEY, canaryKeys, readSlice, writeSlice } from './canary-annotations';
import { type IngressDialect, readIngresses, type Slice, writeIngresses } from './ingress';

const ALB = 'alb.ingress.kubernetes.io/';
const KEYS = canaryKeys(ALB, 'string');
const ORDER = `${ALB}order`;
/** Actions and conditions are named after the Service that they replace. */
const NAMED = /\/(actions|conditions)\./;

/** Rules are tried from the smallest order: matches, then the weight for the rest, then a base without an order. */
const MATCH_ORDER = 1;
const WEIGHT_ORDER = 2;
const BASE_ORDER = 10;

const dialect: IngressDialect = {
  slices: 'apart',
  carries: (key) => key.startsWith(ALB) && key !== ORDER && !CANARY_KEY.test(key) && !NAMED.test(key),
  annotate: (slice) => ({ ...writeSlice(KEYS, slice), ...order(slice) }),
  parse: (annotations) => readSlice(KEYS, annotations),
};

/** Alibaba Cloud's Application Load Balancer: canary Ingresses by header, cookie or weight, one of them on each. */
export const alb: Gateway = {
  name: 'alb',
  bases: ['Ingress'],
  supports: {
    headers: ['Exact'],
    headersPerMatch: 1,
    queryParams: [],
    queryParamsPerMatch: 0,
    cookies: ['Exact'],
    cookiesPerMatch: 1,
    cookieValues: ['always'],
    paths: [],
    mixedConditions: false,
    matches: 1,
    weight: true,
    weightWithMatches: true,
    requestHeaders: [],
    expressions: 'RE2',
    characters: {
      exact: '\\x20-\\x29\\x2b-\\x3e\\x40-\\x7e',
      because: 'it reads * and ? as wildcards, and takes ASCII only',
    },
    routesToStable: true,
    warmUp: false,
    routesPerBase: 1,
    backendService: 'NodePort',
    stripsClientTag: false,
  },
  write: (objects, routes) => writeIngresses(objects, routes, dialect),
  read: (objects) => readIngresses(objects, dialect),
  checkBase,
};

function order({ match }: Slice): StringMap {
  return { [ORDER]: String(match === undefined ? WEIGHT_ORDER : MATCH_ORDER) };
}

function checkBase({ metadata }: Manifest): Problem[] {
  const given = metadata.annotations?.[ORDER];
  if (Number(given ?? BASE_ORDER) > WEIGHT_ORDER) return [];
  const details = {
    allowed: `an order above ${WEIGHT_ORDER}: canary rules must be tried before those of the base`,
    fix: `raise ${ORDER} of the base Ingress`,
  };
  return [problem('base-unsuitable', `metadata.annotations["${ORDER}"]`, given, details)];
}
