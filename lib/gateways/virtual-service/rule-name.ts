import { type PathMatch, type Route, type RouteOwner, routesIn, withoutNote } from '../../core';
import { undivide } from '../writing/shares';
import { leadsToPods } from './subsets';
import { type Destination, type HttpRoute, type VirtualService, weightIn } from './virtual-service';

/**
 * `graylane/lane/beta/a/1`: the owner, the Service whose requests it takes, and which of the route's rules it is; behind
 * that the path of its match, for the version before, which reads its routes from there.
 */
const OURS = 'graylane/';
/** Between the names of shares in one rule. */
export const AND = '+';
/** The part of a route that its share is. */
export const SHARE = 'weight';

export function nameOf(route: Route, part: string, path?: PathMatch): string {
  return prefixOf(route) + [route.service, part, ...(path ? writePath(path) : [])].join('/');
}

/** Whether a share stands there, behind which no rule gets a request. */
export function isShare({ name = '' }: HttpRoute): boolean {
  return name.startsWith(OURS) && name.split('/')[4]!.startsWith(SHARE);
}

/** Whether it is a rule of ours; of that route, where one is given. */
export function isNamedByUs({ name = '' }: HttpRoute, route?: Route): boolean {
  const begin = route ? `${prefixOf(route)}${route.service}/` : OURS;
  return name.split(AND).some((one) => one.startsWith(begin));
}

/**
 * The base without rules of ours.
 * @param writer rules of others without a note, as the version before leaves them, stay
 */
export function restoreRules(base: VirtualService, writer?: RouteOwner): VirtualService {
  const known = [...(writer ? [writer] : []), ...routesIn(base).map(({ owner }) => owner)];
  const stays = (name: string) => writer !== undefined && !known.some((owner) => name.startsWith(prefixOf({ owner })));
  const { http = [] } = base.spec;
  const kept = http.flatMap((rule) => (isNamedByUs(rule) ? remaining(rule, stays, base) : [rule]));
  const same = kept.length === http.length && kept.every((rule, i) => rule === http[i]);
  return withoutNote(same ? base : { ...base, spec: { ...base.spec, http: kept } });
}

/** Shares of several owners stand in one rule. */
function remaining(rule: HttpRoute, stays: (name: string) => boolean, base: VirtualService): HttpRoute[] {
  const names = rule.name!.split(AND);
  const left = names.filter(stays);
  if (left.length === 0) return [];
  if (left.length === names.length) return [rule];
  const gone = names.filter((name) => !stays(name)).map((name) => sharedBy(name, base));
  const route = gone.reduce<readonly Destination[]>(
    (list, share) =>
      undivide(list, { leads: (one) => leadsToPods(one, share, base), weightOf: weightIn(list) }, () => true),
    rule.route!,
  );
  return [{ ...rule, name: left.join(AND), route: [...route] }];
}

/** Whose requests the share of that name has divided. */
function sharedBy(name: string, base: VirtualService): Pick<Route, 'service' | 'subsets'> {
  return routesIn(base).find((route) => nameOf(route, SHARE) === name) ?? { service: name.split('/')[3]! };
}

function prefixOf({ owner }: Pick<Route, 'owner'>): string {
  return `${OURS}${'lane' in owner ? `lane/${owner.lane}` : `rollout/${owner.rollout}`}/`;
}

/** An expression need not begin with the slash that joins it to the name. */
function writePath({ type, value }: PathMatch): string[] {
  const written = encodeURI(value).replaceAll(AND, encodeURIComponent(AND));
  return [type, type === 'RegularExpression' ? written : written.slice(1)];
}
