import type { Manifest, Match, StringMap, ValueMatch } from '../../core';
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

export function writeSlice(keys: CanaryKeys, { matches, weight }: Slice): StringMap {
  return {
    [keys.canary]: 'true',
    ...(Object.assign({}, ...matches.map((match) => writeMatch(keys, match))) as StringMap),
    ...(weight !== undefined && { [keys.weight]: String(weight) }),
  };
}

/** What Go's ParseBool takes for true. */
const TRUE = ['1', 't', 'T', 'true', 'True', 'TRUE'];

export function isCanary(keys: CanaryKeys, { metadata }: Manifest): boolean {
  return TRUE.includes(metadata.annotations?.[keys.canary] ?? '');
}

/** What somebody's canary Ingress takes. */
export function readSlice(keys: CanaryKeys, { metadata }: Manifest): { matches?: Match[]; weight?: number } {
  const { annotations = {} } = metadata;
  const headers = readCondition(keys.header, annotations);
  const queryParams = keys.query === undefined ? [] : readCondition(keys.query, annotations);
  const cookie = annotations[keys.cookie];
  const value = (keys.cookieValue === undefined ? undefined : annotations[keys.cookieValue]) ?? ALWAYS;
  const matches: Match[] = [
    ...(headers.length > 0 ? [{ headers }] : []),
    ...(queryParams.length > 0 ? [{ queryParams }] : []),
    ...(cookie === undefined ? [] : [{ cookies: [{ name: cookie, value }] }]),
  ];
  const weight = annotations[keys.weight];
  return { ...(matches.length > 0 && { matches }), ...(weight !== undefined && { weight: Number(weight) }) };
}

function readCondition(key: string, annotations: StringMap): ValueMatch[] {
  const [name, value, pattern] = [annotations[key], annotations[`${key}-value`], annotations[`${key}-pattern`]];
  if (name === undefined) return [];
  return pattern === undefined || value !== undefined
    ? [{ name, value: value ?? ALWAYS }]
    : [{ type: 'RegularExpression', name, value: `.*(?:${pattern}).*` }];
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
