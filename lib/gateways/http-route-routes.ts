import {
  defined,
  digest,
  isOurs,
  type Manifest,
  type Match,
  type PathMatch,
  type Route,
  type RouteTarget,
  type StringMap,
} from '../core';
import {
  addedModifier,
  isRouteObject,
  leadsTo,
  readConditionOf,
  type RouteMatch,
  type RouteObject,
  type RouteRule,
  rulesTo,
} from './http-route';
import { groupByOwner, objectsOf, ownerOf, sideName } from './owner';
import { narrowRules } from './route-paths';
import { readWeights, restoreWeights } from './route-weights';

/** On our route: the Service whose requests it takes. */
export const SERVICE = 'graylane.io/service';
/** On our route: the path of each of its matches. */
const PATHS = 'graylane.io/paths';
/** What the name of the route ends with that lets the gateway know the canary. */
export const WARM_UP = 'warm-up';

/** The routes that HTTPRoutes and GRPCRoutes express. */
export function readRoutes(objects: readonly Manifest[]): Route[] {
  const ours = objects.filter(isRouteObject).filter(isOurs);
  const bases = objects.filter(isRouteObject).filter((object) => !isOurs(object));
  const routes = bases.flatMap((base) => readBase(base, ours));
  return [...new Map(routes.map((route) => [digest(route), route])).values()];
}

function readBase(written: RouteObject, ours: readonly RouteObject[]): Route[] {
  const base = restoreWeights(written);
  const weights = readWeights(written);
  const groups = groupByOwner(ours);
  const matching = groups.flatMap((group) => readMatches(base, group));
  const owners = new Set([...weights, ...matching].map(({ owner }) => digest(owner)));
  const joined = [...owners].map((key) => {
    const parts = [...matching, ...weights].filter(({ owner }) => digest(owner) === key);
    return Object.assign({}, ...parts) as Route;
  });
  return [...groups.flatMap((group) => readWarmUp(base, group)), ...joined];
}

function readMatches(base: RouteObject, group: readonly RouteObject[]): Route[] {
  const own = objectsOf(base, group);
  if (own === undefined) return [];
  const service = serviceTaken(own.objects[0]!);
  const added = own.objects.flatMap(({ spec }) => spec.rules ?? []);
  const copied = (readPaths(own.objects[0]!) ?? pathless(added, rulesTo(base, service))).map((path) => ({
    path,
    rules: narrowRules(base, service, path),
  }));
  // The first copy tells; where the base has changed since, there may be none.
  const firsts = copied.flatMap(({ path, rules: [from] }, i) => {
    const rule = added[copied.slice(0, i).reduce((sum, { rules }) => sum + rules.length, 0)];
    return from && rule ? [{ path, from, rule }] : [];
  });
  if (firsts.length === 0) return [];
  return [
    {
      ...defined({ owner: own.owner, shared: own.shared || undefined }),
      ...readTarget(base, firsts[0]!.rule, firsts[0]!.from.rule, service),
      service,
      matches: firsts.map(({ path, from, rule }) =>
        defined({ path, ...conditionsBeyond(rule.matches![0]!, from.matches[0]!.before) }),
      ),
    },
  ];
}

/** Without paths every match has a copy of each rule. */
function pathless(added: readonly RouteRule[], rules: readonly RouteRule[]): undefined[] {
  return added.filter((_, i) => i % rules.length === 0).map(() => undefined);
}

/** What the paths of our rules cannot tell: those that the matches of the route ask for, which may be wider. */
export function writePaths(matches: Route['matches'] = []): StringMap {
  const paths = matches.map(({ path }) => path ?? null);
  return paths.some((path) => path !== null) ? { [PATHS]: JSON.stringify(paths) } : {};
}

function readPaths({ metadata }: RouteObject): (PathMatch | undefined)[] | undefined {
  const text = metadata.annotations?.[PATHS];
  return text === undefined ? undefined : (JSON.parse(text) as (PathMatch | null)[]).map((path) => path ?? undefined);
}

function conditionsBeyond(after: RouteMatch, before: RouteMatch): Match {
  const beyond = (kind: 'headers' | 'queryParams') => {
    const list = (after[kind] ?? []).slice(before[kind]?.length ?? 0).map(readConditionOf);
    return list.length > 0 ? list : undefined;
  };
  return defined({ headers: beyond('headers'), queryParams: beyond('queryParams') });
}

function readWarmUp(base: RouteObject, group: readonly RouteObject[]): Route[] {
  const owner = ownerOf(group[0]!);
  return [false, true].flatMap((shared) => {
    const found = group.find(({ metadata }) => metadata.name === sideName(base, { owner, shared }, WARM_UP));
    if (found === undefined) return [];
    const service = serviceTaken(found);
    const name = found.spec.rules![0]!.backendRefs![0]!.name;
    const to: RouteTarget = name === service ? 'stable' : { service: name };
    return [{ owner, service, to, warmUp: true, ...(shared && { shared }) }];
  });
}

/** Where the first rule leads, and what it or its backend changes of the headers. */
function readTarget(
  base: RouteObject,
  after: RouteRule,
  before: RouteRule,
  service: string,
): Pick<Route, 'to' | 'requestHeaderModifier'> {
  const place = before.backendRefs!.findIndex((ref) => leadsTo(ref, service, base));
  const [to, from] = [after.backendRefs![place]!, before.backendRefs![place]!];
  const requestHeaderModifier =
    addedModifier(after.filters ?? [], before.filters ?? []) ?? addedModifier(to.filters ?? [], from.filters ?? []);
  return {
    to: to.name === service ? 'stable' : { service: to.name },
    ...(requestHeaderModifier && { requestHeaderModifier }),
  };
}

function serviceTaken({ metadata }: RouteObject): string {
  return metadata.annotations?.[SERVICE] ?? '';
}
