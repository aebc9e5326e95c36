import {
  bare,
  type Declarations,
  defined,
  GraylaneError,
  type LaneSpec,
  type ObjectRef,
  objectName,
  type Problem,
  resolve,
  rewording,
  type RolloutSpec,
  type Topology,
} from '../../core';
import { problem } from '../errors';
import { gateways } from '../../gateways';
import { isKruise, isKruiseRollout, isTrafficRouting, parseRollout, parseTrafficRouting } from '../../kruise';
import type { Source } from './documents';
import { depth, lineOf } from './source-positions';
import { checked } from './object-shapes';

/** What the input declares, each part with where it was written. */
export interface InputDeclarations {
  readonly objects: readonly Source[];
  readonly lanes: ReadonlyMap<LaneSpec, Source>;
  readonly rollouts: ReadonlyMap<RolloutSpec, Source>;
}

/** Where fields of our specs stand in Kruise's objects. */
const FIELDS = ['', 'spec.', 'spec.strategy.', 'spec.strategy.canary.', 'spec.objectRef.'];

/**
 * Kruise's objects as lanes and rollouts, the others as the app's own objects.
 * @param gateway the gateway that reads every Ingress, instead of its `classType`
 */
export function declare(sources: readonly Source[], gateway?: string): InputDeclarations {
  const lanes = new Map<LaneSpec, Source>();
  const rollouts = new Map<RolloutSpec, Source>();
  const objects: Source[] = [];
  for (const source of sources) {
    const { object } = source;
    locating(source, () => {
      if (isTrafficRouting(object)) lanes.set(laneOn(parseTrafficRouting(object), gateway), source);
      else if (isKruiseRollout(object)) rollouts.set(rolloutOn(parseRollout(object), gateway), source);
      else if (isKruise(object)) throw new GraylaneError(problem('kruise-kind', 'kind', object.kind));
      else objects.push({ ...source, object: checked(object) });
    });
  }
  return { objects, lanes, rollouts };
}

/** What was declared, wherever it was written; nothing can be done with objects that have no name. */
export function declarationsOf({ objects, lanes, rollouts }: InputDeclarations): Declarations {
  return {
    objects: objects.map(({ object }) => object).filter(({ metadata }) => metadata.name !== undefined),
    lanes: [...lanes.keys()],
    rollouts: [...rollouts.keys()],
  };
}

/** The same for a cluster: of a dump, `uid` and `resourceVersion` would be conditions of every write. */
export function toApply(declared: InputDeclarations): Declarations {
  const declarations = declarationsOf(declared);
  return { ...declarations, objects: declarations.objects.map(bare) };
}

/**
 * The app with all references found.
 * @throws GraylaneError with file and line of what is wrong
 */
export function topologyOf(declared: InputDeclarations): Topology {
  const { lanes, rollouts } = declared;
  const names = new Map<string, Source>([
    ...[...lanes].map(([{ name }, source]) => [`lane ${name}`, source] as const),
    ...[...rollouts].map(([{ name }, source]) => [`rollout ${name}`, source] as const),
  ]);
  return rewording(
    (problem) => located(problem, names),
    () => resolve(declarationsOf(declared), gateways),
  );
}

/** Errors of work on one object say where it was written. */
export function locating<T>(source: Source, work: () => T): T {
  const name = objectName(source.object);
  return rewording(
    (problem) => ({ ...problem, subject: [lineOfField(source, problem.path), name, ...problem.subject] }),
    work,
  );
}

/** A field of another object than the lane or rollout that it is about is nowhere in the source of that. */
function located(problem: Problem, names: ReadonlyMap<string, Source>): Problem {
  const [name = '', other] = problem.subject;
  const source = names.get(name);
  if (source === undefined) return problem;
  return { ...problem, subject: [lineOfField(source, other === undefined ? problem.path : ''), ...problem.subject] };
}

/** Paths of our specs are looked up where Kruise has their fields: under the prefix below which most of them are found. */
function lineOfField(source: Source, path: string): string {
  const [best] = FIELDS.map((prefix) => ({
    field: `${prefix}${path}`,
    found: depth(source, `${prefix}${path}`) - depth(source, prefix),
  })).sort((a, b) => b.found - a.found);
  return lineOf(source, best!.found > 0 ? best!.field : '');
}

function rolloutOn(spec: RolloutSpec, gateway: string | undefined): RolloutSpec {
  const { trafficRoutings } = spec;
  return defined({ ...spec, trafficRoutings: trafficRoutings?.map((ref) => refOn(ref, gateway)) });
}

function laneOn(lane: LaneSpec, gateway: string | undefined): LaneSpec {
  const on = (refs: readonly ObjectRef[]) => refs.map((ref) => refOn(ref, gateway));
  return defined({ ...lane, objectRef: on(lane.objectRef), hops: lane.hops && on(lane.hops) });
}

function refOn(ref: ObjectRef, gateway: string | undefined): ObjectRef {
  return ref.ingress === undefined || gateway === undefined
    ? ref
    : { ...ref, ingress: { ...ref.ingress, classType: gateway } };
}
