import * as v from 'valibot';
import { type Manifest, type StringMap } from '../manifests/manifest';
import type { Route } from './gateway';

/** On every object of ours: the route that it expresses, and the base whose requests it takes. */
export const ROUTE = 'graylane.io/route';
/** On a base that routes are written into: those routes. */
export const ROUTES = 'graylane.io/routes';

/** The annotation of an object of ours. */
export function routeNote(base: Manifest, route: Route): StringMap {
  return { [ROUTE]: JSON.stringify([base.kind, base.metadata.name, route]) };
}
