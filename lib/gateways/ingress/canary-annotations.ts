import type { Match, StringMap, ValueMatch } from '../../core';
import type { Slice } from './canary-ingress';
import { type ExactStyle, writeCondition } from '../writing/pattern';

/** The keys by which one family of controllers is told what a canary Ingress takes, and how it reads their values. */
export interface CanaryKeys {
  readonly canary: string;
  readonly header: string;
  readonly query?: string;
  readonly cookie: string;
  readonly cookieValue?: string;
  readonly weight: string;
  readonly exact: ExactStyle;
}

/** The keys that nginx and its relatives share. */
export function canaryKeys(prefix: string, exact: ExactStyle): CanaryKeys {
  const canary = `${prefix}canary`;
  const [header, cookie, weight] = [`${canary}-by-header`, `${canary}-by-cookie`, `${canary}-weight`];
  return { canary, header, cookie, weight, exact };
}

/** Keys that say what a canary Ingress takes: they never come from the base. */
export const CANARY_KEY = /\/canary(-|$)/;

/** Without a value of its own a cookie takes the canary when it has this one. */
const ALWAYS = 'always';

export function writeSlice(keys: CanaryKeys, { match, weight }: Slice): StringMap {
  return {
    [keys.canary]: 'true',
    ...(match && writeMatch(keys, match)),
    ...(weight !== undefined && { [keys.weight]: String(weight) }),
  };
}

function writeMatch(keys: CanaryKeys, match: Match): StringMap {
  const [header, query, cookie] = [match.headers?.[0], match.queryParams?.[0], match.cookies?.[0]];
  return {
    ...(header && annotateCondition(keys.header, header, keys.exact)),
    ...(query && keys.query && annotateCondition(keys.query, query, keys.exact)),
    ...(cookie && {
      [keys.cookie]: cookie.name,
      ...(cookie.value !== ALWAYS && keys.cookieValue && { [keys.cookieValue]: cookie.value }),
    }),
  };
}

function annotateCondition(key: string, { type = 'Exact', name, value }: ValueMatch, exact: ExactStyle): StringMap {
  const written = writeCondition(type, value, exact);
  return {
    [key]: name,
    ...('value' in written ? { [`${key}-value`]: written.value } : { [`${key}-pattern`]: written.pattern }),
  };
}
