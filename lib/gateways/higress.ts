import { type Gateway, supportsOf } from '../core';
import { shareOfHashed } from './ingress/affinity';
import { CANARY_KEY, canaryKeys, writeSlice } from './ingress/canary-annotations';
import { checkCanaryBase } from './ingress/canary-base';
import { type IngressDialect, writeIngresses } from './ingress/canary-ingress';
import { writeHeaderControl } from './ingress/header-control';
import { ingressKind } from './ingress/ingress';
import { ENVOY_COMMANDS, NO_PERCENT } from './writing/envoy';

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
};

/** Higress, the open source sibling of MSE: canary Ingresses by nginx's keys, without query and subsets. */
export const higress: Gateway = {
  name: 'higress',
  kinds: [ingressKind],
  supports: supportsOf({
    match: {
      headers: { types: ['Exact', 'RegularExpression'], most: 1 },
      cookies: { types: ['Exact'], most: 1, values: ['always'] },
    },
    route: { requestHeaders: ['set', 'add', 'remove'] },
    text: { headerValue: NO_PERCENT, because: ENVOY_COMMANDS },
  }),
  write: writeIngresses(dialect),
  checks: checkCanaryBase({ gateway: 'higress', keys: KEYS }),
  caveats: shareOfHashed,
};
