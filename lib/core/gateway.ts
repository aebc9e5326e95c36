import { problem, type Problem } from './errors';
import { defined, type Manifest, type StringMap } from './manifest';
import type { HeaderModifier, Match, MatchType, PathMatch, RouteSpec, ValueMatch } from './spec';

/** Whose route it is: it is written on the objects that express the route. */
export type RouteOwner = { readonly lane: string } | { readonly rollout: string };

/** Where a route leads: stable's own pods, a canary Service, or a subset of the base's Service. */
export type RouteTarget = 'stable' | { readonly service: string } | { readonly subset: string };

/** Requests of one Service that go elsewhere. */
export interface Route extends RouteSpec {
  readonly owner: RouteOwner;
  /** Service of the base, whose requests the route takes. */
  readonly service: string;
  readonly to: RouteTarget;
  /** A route that sends nobody: the gateway only gets to know the target. */
  readonly warmUp?: boolean;
  /** Other owners may have routes on this base as well: names of our objects must tell whose they are. */
  readonly shared?: boolean;
}

/** What a traffic system can express. Data, so that one check and one table of the documentation serve all gateways. */
export interface Supports {
  /** Kinds of header conditions, and how many of them one match may have. */
  readonly headers: readonly MatchType[];
  readonly headersPerMatch: number;
  readonly queryParams: readonly MatchType[];
  readonly queryParamsPerMatch: number;
  readonly cookies: readonly MatchType[];
  readonly cookiesPerMatch: number;
  /** Cookie values that can be matched. @default - any */
  readonly cookieValues?: readonly string[];
  readonly paths: readonly PathMatch['type'][];
  /** One match may have conditions of several kinds, all of which must hold. */
  readonly mixedConditions: boolean;
  /** How many matches one route may have, any of which is enough. */
  readonly matches: number;
  readonly weight: boolean;
  /** Matches and a weight in one route: the weight is for requests that match none. */
  readonly weightWithMatches: boolean;
  readonly requestHeaders: readonly ('set' | 'add' | 'remove')[];
  /** Syntax of regular expressions: RE2 has no lookaround and no backreferences. */
  readonly expressions: 'RE2' | 'PCRE';
  /** Characters that the system lets through, as the inside of a character class. @default - any printable ones */
  readonly characters?: {
    /** In names and exact values. @default - any printable ones */
    readonly exact?: string;
    /** In regular expressions. @default - as in exact values */
    readonly expression?: string;
    /** In values that a request header is set to. @default - any printable ones */
    readonly headerValue?: string;
    /** Who refuses others, and why, for the message. */
    readonly because: string;
  };
  /** The gateway tells canary pods from stable ones behind one Service. */
  readonly subset?: {
    /** Header whose value, set by the lane, names the subset. */
    readonly tagHeader: string;
    /** Pod label that puts a pod into the subset; `{tag}` stands for the subset's name. */
    readonly podLabel: string;
    /** Annotations that a base needs so that requests without a tag stay out of every subset. */
    readonly baseAnnotations: StringMap;
  };
  /** A route may lead to the base's own Service. */
  readonly routesToStable: boolean;
  /** The gateway must know the canary before the first request is sent to it, or requests are lost. */
  readonly warmUp: boolean;
  /** Routes of several owners beside each other on one base. */
  readonly routesPerBase: number;
  /** Type of the canary Service that the gateway can reach. */
  readonly backendService: 'ClusterIP' | 'NodePort';
  /** A tag header that a client sends itself is taken off. */
  readonly stripsClientTag: boolean;
}

/** How routes are written for one traffic system. A pure value; CONTRIBUTING.md says how to add one. */
export interface Gateway {
  readonly name: string;
  /** Kinds of the objects that can be its base. */
  readonly bases: readonly string[];
  readonly supports: Supports;
  /**
   * The objects that make these routes: the bases, changed only where the system leaves no other way, and separate
   * objects of ours. Ours from before are replaced, so that `write(write(base, routes), [])` is `base`.
   */
  write(objects: readonly Manifest[], routes: readonly Route[]): Manifest[];
  /** Which routes these objects express. */
  read(objects: readonly Manifest[]): Route[];
  /** R12: what this base and what is around it leave no room for, though `supports` has it. @default - nothing */
  checkBase?(base: Manifest, route: Route, around: Surroundings): Problem[];
}

/** What a base shares its hosts and Services with. */
export interface Surroundings {
  /** The other bases of the same routing. */
  readonly bases: readonly Manifest[];
  /** All other objects of the app. */
  readonly others: readonly Manifest[];
}

/** All gateways by name; core does not know them. */
export type Gateways = Readonly<Record<string, Gateway>>;

/**
 * The same for any two lists of routes that say the same: order and defaults are no difference, nor is the case of a
 * header's name in a condition, nor how objects are named.
 */
export function normaliseRoutes(routes: readonly Route[]): Route[] {
  return sorted(
    routes.map(({ owner, service, to, matches, weight, requestHeaderModifier, warmUp }) =>
      defined({
        owner,
        service,
        to,
        matches: matches?.length ? sorted(matches.map(normaliseMatch)) : undefined,
        weight,
        requestHeaderModifier: requestHeaderModifier && normaliseModifier(requestHeaderModifier),
        warmUp: warmUp || undefined,
      }),
    ),
  );
}

function normaliseMatch({ path, headers, queryParams, cookies }: Match): Match {
  const conditions = (list: readonly ValueMatch[] | undefined, fold = (name: string) => name) =>
    list?.length
      ? sorted(list.map(({ type = 'Exact', name, value }) => ({ name: fold(name), type, value })))
      : undefined;
  return defined({
    path,
    headers: conditions(headers, (name) => name.toLowerCase()),
    queryParams: conditions(queryParams),
    cookies: conditions(cookies),
  });
}

function normaliseModifier({ set, add, remove }: HeaderModifier): HeaderModifier {
  return defined({
    set: set?.length ? sorted(set) : undefined,
    add: add?.length ? sorted(add) : undefined,
    remove: remove?.length ? sorted(remove) : undefined,
  });
}

function sorted<T>(list: readonly T[]): T[] {
  const key = (entry: T) => JSON.stringify(entry);
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** R12: everything in a routing that the gateway cannot express. */
export function checkRoute(route: RouteSpec, { name, supports }: Gateway, path: string): Problem[] {
  const problems: Problem[] = [];
  const unsupported = (field: string, given: unknown, can: string) =>
    problems.push(problem('gateway-unsupported', `${path}${field}`, given, { allowed: `${name} can route by ${can}` }));

  const matches = route.matches ?? [];
  if (matches.length > supports.matches)
    unsupported('.matches', `${matches.length} matches`, `${supports.matches} at most`);
  if (route.weight !== undefined) {
    if (!supports.weight) unsupported('.weight', route.weight, 'matches only');
    else if (matches.length > 0 && !supports.weightWithMatches) {
      unsupported('.weight', 'a weight beside matches', 'either of them');
    }
  }
  matches.forEach((match, i) => checkMatch(match, supports, `.matches[${i}]`, unsupported));
  checkModifier(route.requestHeaderModifier ?? {}, supports, '.requestHeaderModifier', unsupported);
  return problems;
}

type Unsupported = (field: string, given: unknown, can: string) => void;

function checkMatch(match: Match, supports: Supports, path: string, unsupported: Unsupported): void {
  const kinds = conditionKinds(match);
  if (kinds.length > 1 && !supports.mixedConditions) {
    unsupported(path, kinds.join(' and '), 'one kind of condition in a match');
  }
  if (match.path !== undefined && !supports.paths.includes(match.path.type)) {
    unsupported(`${path}.path`, match.path.type, supports.paths.join(' or ') || "the base's paths only");
  }
  checkConditions(match.headers, supports.headers, supports.headersPerMatch, `${path}.headers`, unsupported);
  checkConditions(
    match.queryParams,
    supports.queryParams,
    supports.queryParamsPerMatch,
    `${path}.queryParams`,
    unsupported,
  );
  checkConditions(match.cookies, supports.cookies, supports.cookiesPerMatch, `${path}.cookies`, unsupported);
  for (const kind of ['headers', 'queryParams', 'cookies'] as const) {
    match[kind]?.forEach((condition, i) => checkText(condition, supports, `${path}.${kind}[${i}]`, unsupported));
  }
  const values = supports.cookieValues;
  match.cookies?.forEach(({ value }, i) => {
    if (values && !values.includes(value)) {
      unsupported(`${path}.cookies[${i}].value`, value, `cookies with the value ${values.join(' or ')}`);
    }
  });
}

function checkConditions(
  conditions: readonly ValueMatch[] | undefined,
  types: readonly MatchType[],
  most: number,
  path: string,
  unsupported: Unsupported,
): void {
  if (!conditions?.length) return;
  const kind = path.slice(path.lastIndexOf('.') + 1);
  if (types.length === 0) return unsupported(path, kind, `everything but ${kind}`);
  if (conditions.length > most) unsupported(path, `${conditions.length} ${kind}`, `${most} of ${kind} in a match`);
  conditions.forEach(({ type = 'Exact' }, i) => {
    if (!types.includes(type)) unsupported(`${path}[${i}].type`, type, `${types.join(' or ')} ${kind}`);
  });
}

function checkModifier(modifier: HeaderModifier, supports: Supports, path: string, unsupported: Unsupported): void {
  for (const kind of ['set', 'add', 'remove'] as const) {
    const entries = modifier[kind] ?? [];
    if (entries.length > 0 && !supports.requestHeaders.includes(kind)) {
      unsupported(`${path}.${kind}`, entries, supports.requestHeaders.join(', ') || 'unchanged requests only');
    }
  }
  for (const kind of ['set', 'add'] as const) {
    modifier[kind]?.forEach(({ value }, i) => {
      checkCharacters(value, 'headerValue', supports, `${path}.${kind}[${i}].value`, unsupported);
    });
  }
}

/** Lookaround and backreferences, which an expression of JavaScript may have. */
const BEYOND_RE2 = /\(\?<?[=!]|(?<!\\)(\\\\)*\\([1-9]|k<)/;

function checkText(
  { type = 'Exact', name, value }: ValueMatch,
  supports: Supports,
  path: string,
  unsupported: Unsupported,
): void {
  if (type === 'RegularExpression' && supports.expressions === 'RE2' && BEYOND_RE2.test(value)) {
    unsupported(`${path}.value`, value, 'RE2 expressions: no lookaround, no backreferences');
  }
  checkCharacters(name, 'exact', supports, `${path}.name`, unsupported);
  checkCharacters(value, type === 'Exact' ? 'exact' : 'expression', supports, `${path}.value`, unsupported);
}

function checkCharacters(
  text: string,
  kind: 'exact' | 'expression' | 'headerValue',
  { characters = { because: '' } }: Supports,
  path: string,
  unsupported: Unsupported,
): void {
  const allowed = characters[kind] ?? (kind === 'expression' ? characters.exact : undefined);
  if (allowed === undefined || new RegExp(`^[${allowed}]*$`, 'u').test(text)) return;
  unsupported(path, text, `the characters ${allowed}: ${characters.because}`);
}

/** The kinds of conditions that a match has. */
export function conditionKinds(match: Match): string[] {
  const kinds: string[] = match.path === undefined ? [] : ['path'];
  for (const kind of ['headers', 'queryParams', 'cookies'] as const) if (match[kind]?.length) kinds.push(kind);
  return kinds;
}
