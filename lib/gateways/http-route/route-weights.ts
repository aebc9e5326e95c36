import { defined, type HeaderModifier, type Route, type RouteOwner, type RouteTarget } from '../core';
import { divideWeight, scaleFor, shareOf } from './shares';
import {
  addModifier,
  addedModifier,
  type BackendRef,
  leadsTo,
  type RouteObject,
  type RouteRule,
  serviceOf,
} from './http-route';

/** On a base whose backends have weights of ours: what they were before, and whose the weights are. */
const WEIGHTS = 'graylane.io/weights';

/** Weights of the base are at most this, so that a hundredth of each can be given to a canary. */
export const MOST_WEIGHT = 10_000;

interface Weights {
  /** Backends as the user wrote them, by the rule's place in the list. */
  readonly former: Readonly<Record<string, readonly BackendRef[]>>;
  readonly shares: readonly Share[];
}

interface Share {
  readonly owner: RouteOwner;
  readonly service: string;
  readonly to: RouteTarget;
  readonly shared?: boolean;
}

/**
 * The base with the routes' weights. A share has no place but the rule itself: a second HTTPRoute with the same matches
 * loses against the older one.
 */
export function writeWeights(base: RouteObject, routes: readonly Route[]): RouteObject {
  const weighted = routes.filter(({ weight }) => weight !== undefined);
  const rules = base.spec.rules ?? [];
  const divided = rules.map((rule) =>
    weighted.reduce((refs, route) => divide(refs, route, base), rule.backendRefs ?? []),
  );
  const changed = rules.flatMap(({ backendRefs = [] }, i) =>
    divided[i] === backendRefs || backendRefs.length === 0 ? [] : [i],
  );
  if (changed.length === 0) return base;
  const weights: Weights = {
    former: Object.fromEntries(changed.map((i) => [i, rules[i]!.backendRefs!])),
    shares: weighted.map(({ owner, service, to, shared }) => defined({ owner, service, to, shared })),
  };
  return {
    ...base,
    metadata: { ...base.metadata, annotations: { ...base.metadata.annotations, [WEIGHTS]: JSON.stringify(weights) } },
    spec: {
      ...base.spec,
      rules: rules.map((rule, i) => (changed.includes(i) ? { ...rule, backendRefs: divided[i]! } : rule)),
    },
  };
}

/** The base as it was before `writeWeights`. */
export function restoreWeights(base: RouteObject): RouteObject {
  const weights = weightsOf(base);
  if (weights === undefined) return base;
  const { [WEIGHTS]: _, ...annotations } = base.metadata.annotations!;
  const { annotations: __, ...metadata } = base.metadata;
  const restored = (rule: RouteRule, i: number) => ({ ...rule, backendRefs: weights.former[i] ?? rule.backendRefs });
  return {
    ...base,
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: { ...base.spec, rules: base.spec.rules?.map((rule, i) => (i in weights.former ? restored(rule, i) : rule)) },
  };
}

/** The shares that a base gives away, as routes. */
export function readWeights(base: RouteObject): Route[] {
  const { former, shares } = weightsOf(base) ?? { former: {}, shares: [] };
  return shares.map((share) => {
    const found = Object.entries(former)
      .map(([i, before]) => ({ before, after: base.spec.rules?.[Number(i)]?.backendRefs ?? [] }))
      .find(({ before }) => before.some((ref) => leadsTo(ref, share.service, base)));
    return { ...share, ...readShare(found?.before ?? [], found?.after ?? [], share, base) };
  });
}

/** Each reference to the Service becomes two; all others keep their share. */
function divide(refs: readonly BackendRef[], route: Route, base: RouteObject): readonly BackendRef[] {
  const { service, to, weight: share, requestHeaderModifier } = route;
  const divided = refs.filter((ref) => leadsTo(ref, service, base));
  if (divided.length === 0) return refs;
  const scale = scaleFor(divided.map(weightOf), share!);
  return refs.flatMap((ref) => {
    const weight = weightOf(ref) * scale;
    if (!divided.includes(ref)) return [{ ...ref, weight }];
    const { rest, part } = divideWeight(weight, share!);
    const filters = addModifier(ref.filters ?? [], requestHeaderModifier);
    const canary = { ...ref, name: serviceOf(to, service), weight: part, ...(filters.length > 0 && { filters }) };
    return [{ ...ref, weight: rest }, canary];
  });
}

function readShare(
  before: readonly BackendRef[],
  after: readonly BackendRef[],
  { service, to }: Share,
  base: RouteObject,
): { weight?: number; requestHeaderModifier?: HeaderModifier } {
  const place = after.findIndex(
    (ref, i) => leadsTo(ref, service, base) && after[i + 1]?.name === serviceOf(to, service),
  );
  const [rest, canary] = [after[place], after[place + 1]];
  if (rest === undefined || canary === undefined) return {};
  const own = before.find((ref) => leadsTo(ref, service, base));
  const requestHeaderModifier = addedModifier(canary.filters ?? [], own?.filters ?? []);
  return {
    weight: shareOf({ rest: weightOf(rest), part: weightOf(canary) }),
    ...(requestHeaderModifier && { requestHeaderModifier }),
  };
}

function weightOf({ weight = 1 }: BackendRef): number {
  return weight;
}

function weightsOf({ metadata }: RouteObject): Weights | undefined {
  const text = metadata.annotations?.[WEIGHTS];
  return text === undefined ? undefined : (JSON.parse(text) as Weights);
}
