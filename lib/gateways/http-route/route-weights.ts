import * as v from 'valibot';
import {
  defined,
  noteRoutes,
  readJson,
  type Route,
  type RouteOwner,
  type RouteTarget,
  routeShape,
  routesIn,
  sameJson,
  sameOwner,
  type Shape,
  withoutNote,
} from '../../core';
import { divide, undivide } from '../writing/shares';
import { addModifier, type BackendRef, leadsTo, type HttpRouteObject, type RouteRule, serviceOf } from './http-route';

/** On a base whose backends have weights of ours: what they were before, and whose the weights are. */
const WEIGHTS = 'graylane.io/weights';

/** Weights of the base are at most this, so that a hundredth of each can be given to a canary. */
export const MOST_WEIGHT = 10_000;

interface Weights {
  /** Backends as the user wrote them, by the rule's place in the list. */
  readonly former: Readonly<Record<string, readonly BackendRef[]>>;
  /** Read by the version before, which has no other note of a base's routes. */
  readonly shares: readonly Share[];
}

interface Share {
  readonly owner: RouteOwner;
  readonly service: string;
  readonly to: RouteTarget;
  readonly shared?: boolean;
}

const weightsShape = v.looseObject({
  former: v.record(v.string(), v.array(v.looseObject({ name: v.string() }))),
  shares: v.array(routeShape as v.GenericSchema),
}) as unknown as Shape<Weights>;

/**
 * The base with the routes' weights. A share has no place but the rule itself: a second HTTPRoute with the same matches
 * loses against the older one.
 */
export function writeWeights(base: HttpRouteObject, routes: readonly Route[]): HttpRouteObject {
  const weighted = routes.filter(({ weight }) => weight !== undefined);
  const rules = base.spec.rules ?? [];
  const divided = rules.map((rule) => weighted.reduce((refs, route) => share(refs, route, base), backendsOf(rule)));
  const changed = rules.flatMap((rule, i) => (divided[i] === rule.backendRefs || divided[i]!.length === 0 ? [] : [i]));
  if (changed.length === 0) return base;
  const { former, shares } = weightsOf(base);
  const weights: Weights = {
    former: { ...Object.fromEntries(changed.map((i) => [i, backendsOf(rules[i]!)])), ...former },
    shares: [...shares, ...weighted.map(({ owner, service, to, shared }) => defined({ owner, service, to, shared }))],
  };
  const spec = {
    ...base.spec,
    rules: rules.map((rule, i) => (changed.includes(i) ? { ...rule, backendRefs: [...divided[i]!] } : rule)),
  };
  return noteRoutes(annotated({ ...base, spec }, weights), weighted);
}

/**
 * The base as it was before `writeWeights`. Where somebody else has changed a rule meanwhile, his change stays, and only
 * our backends are taken out.
 * @param writer shares of others without a note, as the version before leaves them, stay
 */
export function restoreWeights(base: HttpRouteObject, writer?: RouteOwner): HttpRouteObject {
  const { former, shares } = weightsOf(base);
  if (shares.length === 0) return withoutNote(base);
  const noted = routesIn(base);
  const isNoted = (one: Share) =>
    noted.some(({ owner, service }) => sameOwner(owner, one.owner) && service === one.service);
  const staying = shares.filter((one) => writer && !sameOwner(one.owner, writer) && !isNoted(one));
  const going = shares.filter((one) => !staying.includes(one));
  const rules = base.spec.rules?.map((rule, i) => {
    const written = backendsOf(rule);
    const own = going.reduce((refs, one) => unshare(refs, one, base), written);
    if (own === written) return rule;
    const before = former[i] ?? [];
    return { ...rule, backendRefs: [...(staying.length === 0 && sameBackends(own, before) ? before : own)] };
  });
  const restored = withoutNote(withoutNote({ ...base, spec: { ...base.spec, ...(rules && { rules }) } }), WEIGHTS);
  return staying.length === 0 ? restored : annotated(restored, { former, shares: staying });
}

function annotated(base: HttpRouteObject, weights: Weights): HttpRouteObject {
  const annotations = { ...base.metadata.annotations, [WEIGHTS]: JSON.stringify(weights) };
  return { ...base, metadata: { ...base.metadata, annotations } };
}

/** Each reference to the Service becomes two. */
function share(refs: readonly BackendRef[], route: Route, base: HttpRouteObject): readonly BackendRef[] {
  const { service, to, weight, requestHeaderModifier } = route;
  return divide(refs, weight!, {
    ...targets(service, base),
    toCanary: (ref) => {
      const filters = addModifier(ref.filters ?? [], requestHeaderModifier);
      return { ...ref, name: serviceOf(to, service), ...(filters.length > 0 && { filters: [...filters] }) };
    },
  });
}

function unshare(refs: readonly BackendRef[], { service, to }: Share, base: HttpRouteObject): readonly BackendRef[] {
  return undivide(refs, targets(service, base), (ref) => leadsTo(ref, serviceOf(to, service), base));
}

function targets(service: string, base: HttpRouteObject) {
  return {
    leads: (ref: BackendRef) => leadsTo(ref, service, base),
    weightOf: ({ weight = 1 }: BackendRef) => weight,
  };
}

/** Weights are ours to give back; all else of the backends is not. */
function sameBackends(a: readonly BackendRef[], b: readonly BackendRef[]): boolean {
  const unweighted = (refs: readonly BackendRef[]) => refs.map(({ weight: _, ...ref }) => ref);
  return sameJson(unweighted(a), unweighted(b));
}

const NONE: readonly BackendRef[] = [];

function backendsOf({ backendRefs }: RouteRule): readonly BackendRef[] {
  return backendRefs ?? NONE;
}

/** Without a note that can be read, our backends are known by the routes that are noted. */
function weightsOf(base: HttpRouteObject): Weights {
  return readJson(weightsShape, base.metadata.annotations?.[WEIGHTS]) ?? { former: {}, shares: routesIn(base) };
}
