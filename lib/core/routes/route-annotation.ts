import * as v from 'valibot';
import type { Manifest, StringMap } from '../manifests/manifest';
import { isOurs } from '../manifests/names';
import { sameJson } from '../manifests/json';
import { canonical } from '../manifests/revision';
import { readJson, type Shape } from '../manifests/shape';
import type { Route, RouteOwner } from './gateway';

/** On every object of ours that a route takes: the route, and the base whose requests it takes. */
export const ROUTE = 'graylane.io/route';
/** On a base that routes are written into: those routes. */
export const ROUTES = 'graylane.io/routes';

/** A route, and the base that it is on. */
export interface NotedRoute {
  readonly base: string;
  readonly route: Route;
}

/** The annotation of an object of ours. The same route has the same text, whatever the order of its fields. */
export function routeNote(base: Manifest, route: Route): StringMap {
  return { [ROUTE]: canonical({ base: baseName(base), ...withoutNaming(route) }) };
}

/** The base with a note of the routes that it holds. */
export function noteRoutes<T extends Manifest>(base: T, routes: readonly Route[]): T {
  if (routes.length === 0) return base;
  const annotations = { ...base.metadata.annotations, [ROUTES]: canonical(routes.map(withoutNaming)) };
  return { ...base, metadata: { ...base.metadata, annotations } };
}

/** The object without one of our annotations; the very object where it has none. */
export function withoutNote<T extends Manifest>(object: T, key: string = ROUTES): T {
  const { [key]: note, ...others } = object.metadata.annotations ?? {};
  if (note === undefined) return object;
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(Object.keys(others).length > 0 && { annotations: others }) } };
}

/** The routes that a base holds, as noted there. */
export function routesIn(base: Manifest): Route[] {
  return readJson(v.array(routeSchema), base.metadata.annotations?.[ROUTES]) ?? [];
}

/** The route that an object of ours expresses; undefined for one of the version before, which says nothing of it. */
export function notedRoute(object: Manifest): NotedRoute | undefined {
  const noted = isOurs(object) ? readJson(notedShape, object.metadata.annotations?.[ROUTE]) : undefined;
  if (noted === undefined) return undefined;
  const { base, ...route } = noted;
  return { base, route };
}

/** Whose route an object says to express, even if somebody has taken our label off. */
export function notedOwner({ metadata }: Manifest): RouteOwner | undefined {
  return readJson(notedShape, metadata.annotations?.[ROUTE])?.owner;
}

/** All routes that these objects express, of all owners: each once for every base that it is on. */
export function routesOf(objects: readonly Manifest[]): NotedRoute[] {
  const noted = objects.flatMap((object): NotedRoute[] => {
    const own = notedRoute(object);
    return own ? [own] : routesIn(object).map((route) => ({ base: baseName(object), route }));
  });
  return [...new Map(noted.map((one) => [canonical(one), one])).values()];
}

/** `HTTPRoute/web`: a base by its name in notes; it is in the namespace of the objects that name it. */
export function baseName({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

export function sameOwner(a: RouteOwner, b: RouteOwner): boolean {
  return sameJson(a, b);
}

/** How objects are named, and which pods are released, is no part of what a route says. */
function withoutNaming({ shared: _, pods: __, ...route }: Route): Route {
  return route;
}

const condition = v.looseObject({ name: v.string(), value: v.string() });
const change = v.array(condition);
/** What every route says; a share of a base's weights is one, too. */
const routeSchema = v.looseObject({
  owner: v.union([v.strictObject({ lane: v.string() }), v.strictObject({ rollout: v.string() })]),
  service: v.string(),
  to: v.union([v.literal('stable'), v.strictObject({ service: v.string() }), v.strictObject({ subset: v.string() })]),
  matches: v.optional(
    v.array(
      v.looseObject({
        path: v.optional(v.looseObject({ type: v.string(), value: v.string() })),
        headers: v.optional(v.array(condition)),
        queryParams: v.optional(v.array(condition)),
        cookies: v.optional(v.array(condition)),
      }),
    ),
  ),
  weight: v.optional(v.number()),
  subsets: v.optional(v.array(v.string())),
  requestHeaderModifier: v.optional(
    v.looseObject({ set: v.optional(change), add: v.optional(change), remove: v.optional(v.array(v.string())) }),
  ),
  warmUp: v.optional(v.boolean()),
}) as unknown as v.GenericSchema<unknown, Route>;
export const routeShape: Shape<Route> = routeSchema;
const notedShape = v.intersect([v.looseObject({ base: v.string() }), routeSchema]) as unknown as v.GenericSchema<
  unknown,
  Route & { readonly base: string }
>;
