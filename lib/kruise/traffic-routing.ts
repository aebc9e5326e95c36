import {
  checkLane,
  defined,
  GraylaneError,
  laneRouteSpec,
  type LaneSpec,
  type Manifest,
  type ObjectRef,
  type Problem,
  refuse,
} from '../core';
import { lostIf, problem, refusedIf } from './errors';
import { comparisonOf } from './expression';
import { checkParsedMatch, lostOfMatch, parseMatch, printMatch } from './match';
import { GROUP, isKruise, type KruiseObjectRef, read, trafficRoutingV1alpha1 } from './schema';

const STRATEGY = 'spec.strategy';

/** Gateways that Kruise calls otherwise: ours by Kruise's `classType`. */
const CLASS_TYPES: Readonly<Record<string, string>> = { 'aliyun-alb': 'alb' };
const KRUISE_CLASS_TYPES = Object.fromEntries(Object.entries(CLASS_TYPES).map(([kruise, ours]) => [ours, kruise]));

export function isTrafficRouting(object: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return object.kind === 'TrafficRouting' && isKruise(object);
}

/**
 * A lane, from Kruise's TrafficRouting.
 * @throws GraylaneError for what is no TrafficRouting, and for what Kruise can and we cannot
 */
export function parseTrafficRouting(object: Manifest): LaneSpec {
  if (object.apiVersion !== `${GROUP}/v1alpha1`) {
    const allowed = `${GROUP}/v1alpha1`;
    throw new GraylaneError(problem('kruise-version', 'apiVersion', object.apiVersion, { allowed }));
  }
  const { metadata, spec } = read(trafficRoutingV1alpha1, object);
  const { matches, weight, requestHeaderModifier } = spec.strategy;
  const comparison = comparisonOf(spec.objectRef);
  refuse([
    ...spec.objectRef.flatMap((ref, i) => checkParsedRef(ref, `spec.objectRef[${i}]`)),
    ...(spec.hops ?? []).flatMap((ref, i) => checkParsedRef(ref, `spec.hops[${i}]`)),
    ...(matches ?? []).flatMap((match, i) => checkParsedMatch(match, `${STRATEGY}.matches[${i}]`, comparison)),
  ]);
  const lane: LaneSpec = defined({
    name: metadata.name,
    namespace: metadata.namespace,
    objectRef: spec.objectRef.map(parseObjectRef),
    hops: spec.hops?.map(parseObjectRef),
    tag: spec.tag,
    matches: matches?.map((match) => parseMatch(match, comparison)),
    weight,
    requestHeaderModifier,
  });
  refuse(checkLane(lane));
  return lane;
}

/**
 * Kruise's TrafficRouting, from a lane.
 * @throws GraylaneError kruise-lost for what it cannot say
 */
export function printTrafficRouting(lane: LaneSpec): Manifest {
  const { name, namespace, objectRef, hops, matches, weight } = lane;
  refuse([
    ...objectRef.flatMap((ref, i) => lostOfRef(ref, `objectRef[${i}]`)),
    ...lostIf(hops?.length, 'hops', hops, { allowed: 'the routes of one Service' }),
    ...(matches ?? []).flatMap((match, i) => lostOfMatch(match, `matches[${i}]`, 'TrafficRouting')),
    ...lostIf(weight !== undefined && matches?.length, 'weight', weight, {
      allowed: 'either: beside matches Kruise ignores the weight',
    }),
  ]);
  return {
    apiVersion: `${GROUP}/v1alpha1`,
    kind: 'TrafficRouting',
    metadata: defined({ name, namespace }),
    spec: {
      objectRef: objectRef.map(printObjectRef),
      strategy: defined({
        matches: matches?.map((match) => printMatch(match, comparisonOf(objectRef))),
        weight,
        // To Kruise a tag is a header like others.
        requestHeaderModifier: laneRouteSpec(lane).requestHeaderModifier,
      }),
    },
  };
}

/** The routing of a Service; the fields have the same names. */
export function parseObjectRef({ additionalParams: _, ...ref }: KruiseObjectRef): ObjectRef {
  // How many bases it names is told by the check of the whole.
  return withClassType(ref as ObjectRef, CLASS_TYPES);
}

/** The routing of a Service, as Kruise's controller reads it. */
export function printObjectRef(ref: ObjectRef): ObjectRef {
  return withClassType(ref, KRUISE_CLASS_TYPES);
}

function withClassType(ref: ObjectRef, names: Readonly<Record<string, string>>): ObjectRef {
  if (ref.ingress === undefined) return ref;
  const { classType } = ref.ingress;
  if (classType === undefined || !Object.hasOwn(names, classType)) return ref;
  return { ...ref, ingress: { ...ref.ingress, classType: names[classType]! } };
}

export function checkParsedRef({ additionalParams }: KruiseObjectRef, path: string): Problem[] {
  const fix = 'remove additionalParams: subsets and canary Services are named by graylane';
  return refusedIf(additionalParams, `${path}.additionalParams`, Object.keys(additionalParams ?? {}), { fix });
}

/** What of a Service's routing Kruise cannot say. */
export function lostOfRef({ gateway }: ObjectRef, path: string): Problem[] {
  const name = gateway?.grpcRouteName;
  return lostIf(name, `${path}.gateway.grpcRouteName`, name, {
    allowed: 'httpRouteName: Kruise knows no GRPCRoute',
    fix: 'name an HTTPRoute as httpRouteName, or leave this object out of what is printed',
  });
}
