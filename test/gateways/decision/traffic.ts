/** Requests, where they end up, and what routes do to them: what every model and every gateway has to agree on. */
import type { HeaderModifier, Manifest, Match, PathMatch, Route, ValueMatch } from '../../../lib/core';

export interface Request {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly cookies: Readonly<Record<string, string>>;
}

/** Which share of such requests ends up where, with which headers, and what else was done to it. */
export interface Outcome {
  /** Service, with the subset of its pods where a gateway chooses one. */
  readonly to: string;
  /** 0 to 1. */
  readonly share: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Rewrites, timeouts and all else that a rule does. */
  readonly treatment: unknown;
}

/** How a system decides, from the objects that it reads. No outcome: it answers 404. */
export type Model = (objects: readonly Manifest[], request: Request) => Outcome[];

/** All headers as they arrive: cookies are one of them. */
export function headersOf({ headers, cookies }: Request): Record<string, string> {
  const pairs = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  return { ...headers, ...(pairs.length > 0 && { cookie: pairs.join('; ') }) };
}

export function modify(
  headers: Readonly<Record<string, string>>,
  { set, add, remove }: HeaderModifier = {},
): Record<string, string> {
  const after = { ...headers };
  for (const { name, value } of set ?? []) after[name.toLowerCase()] = value;
  for (const { name, value } of add ?? []) {
    const key = name.toLowerCase();
    after[key] = after[key] === undefined ? value : `${after[key]},${value}`;
  }
  for (const name of remove ?? []) delete after[name.toLowerCase()];
  return after;
}

/** What the routes ask for: of the requests that a base sends to the Service those that match, or a share of the rest. */
export function routed(outcomes: readonly Outcome[], routes: readonly Route[], request: Request): Outcome[] {
  return outcomes.flatMap((outcome) => {
    const own = routes.filter(({ service, warmUp }) => !warmUp && service === outcome.to.replace(/\[.*\]$/, ''));
    const matched = own.find(({ matches = [] }) => matches.some((match) => fits(match, request)));
    if (matched) return [taken(outcome, matched)];
    const weighted = own.find(({ weight }) => weight !== undefined);
    if (!weighted) return [outcome];
    const share = weighted.weight! / 100;
    return [
      { ...outcome, share: outcome.share * (1 - share) },
      { ...taken(outcome, weighted), share: outcome.share * share },
    ];
  });
}

/** Equal for outcomes that are the same to a client. */
export function told(outcomes: readonly Outcome[]): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const { to, share, headers, treatment } of outcomes) {
    const sorted = Object.fromEntries(Object.entries(headers).sort());
    const key = JSON.stringify([to, sorted, treatment]);
    shares[key] = (shares[key] ?? 0) + share;
  }
  const rounded = Object.entries(shares).map(([key, share]) => [key, Math.round(share * 1e6) / 1e6] as const);
  return Object.fromEntries(rounded.filter(([, share]) => share > 0));
}

export function fits(match: Match, request: Request): boolean {
  const all = (
    conditions: readonly ValueMatch[] | undefined,
    values: Readonly<Record<string, string>>,
    fold = (name: string) => name,
  ) =>
    (conditions ?? []).every(({ type, name, value }) => {
      const given = values[fold(name)];
      if (given === undefined) return false;
      return type === 'RegularExpression' ? new RegExp(`^(?:${value})$`).test(given) : given === value;
    });
  return (
    (match.path === undefined || pathFits(match.path, request.path)) &&
    all(match.headers, request.headers, (name) => name.toLowerCase()) &&
    all(match.queryParams, request.query) &&
    all(match.cookies, request.cookies)
  );
}

/** Prefixes are of path elements, with or without a slash at their end; an expression takes the whole path. */
function pathFits({ type, value }: PathMatch, given: string): boolean {
  if (type === 'Exact') return given === value;
  if (type === 'RegularExpression') return new RegExp(`^(?:${value})$`).test(given);
  const elements = value.split('/').filter(Boolean);
  return elements.every((element, i) => given.split('/')[i + 1] === element);
}

function taken(outcome: Outcome, { to, service, requestHeaderModifier }: Route): Outcome {
  const headers = modify(outcome.headers, requestHeaderModifier);
  if (to === 'stable') return { ...outcome, headers };
  return { ...outcome, headers, to: 'service' in to ? to.service : `${service}[${to.subset}]` };
}
