import { defined, digest, isOurs, type Manifest, type Match, type Route, type RouteTarget } from '../core';
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
import { readWeights, restoreWeights } from './route-weights';

/** On our route: the Service whose requests it takes. */
export const SERVICE = 'graylane.io/service';
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
  const rules = rulesTo(base, service);
  const added = own.objects.flatMap(({ spec }) => spec.rules ?? []);
  const firsts = added.filter((_, i) => i % rules.length === 0);
  return [
    {
      ...defined({ owner: own.owner, shared: own.shared || undefined }),
      ...readTarget(base, added[0]!, rules[0]!, service),
      service,
      matches: firsts.map((rule) => conditionsBeyond(rule.matches![0]!, rules[0]!.matches?.[0] ?? {})),
    },
  ];
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
