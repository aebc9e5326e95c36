import {
  bare,
  type Declarations,
  isDeployment,
  isOurs,
  laneRefs,
  type LaneSpec,
  type Manifest,
  type Member,
  type ObjectRef,
  referredBases,
  resolve,
  type Routing,
  type RolloutSpec,
} from '../../core';
import type { Engine } from '../port/engine';
import { EngineError } from '../port/failure';
import { kinds } from '../port/kinds';
import { readLane } from './lane';
import { type Live, type Ref, refName } from '../port/port';
import type { RolloutKey } from '../records/rollout-record';

/** A rollout that was declared, with its namespace. */
export interface Declared {
  readonly key: RolloutKey;
  readonly spec: RolloutSpec;
}

/**
 * The rollout of that name (or `namespace/name`); without a name, the only one.
 * @throws EngineError rollout-unknown
 */
export function findRollout({ rollouts }: Declarations, namespace: string, name?: string): Declared {
  const all = rollouts.map((spec) => ({ key: { name: spec.name, namespace: spec.namespace ?? namespace }, spec }));
  const found = all.filter(
    ({ key }) => name === undefined || key.name === name || `${key.namespace}/${key.name}` === name,
  );
  if (found.length === 1) return found[0]!;
  const what = `${name === undefined ? 'no name given, but' : `"${name}", but`} there are: ${
    all.map(({ key }) => `${key.namespace}/${key.name}`).join(', ') || 'none'
  }`;
  throw new EngineError('rollout-unknown', 'rollout', what);
}

/**
 * The rollout with what it refers to, as it is in the cluster: Services and bases are the live ones, only the Deployment
 * is the declared one.
 * @throws GraylaneError for everything that `resolve` finds; EngineError object-missing
 */
export async function observe(engine: Engine, declarations: Declarations, { key, spec }: Declared): Promise<Member> {
  const { namespace } = key;
  const rollout = { ...spec, namespace };
  const lane = await findLane(engine, declarations, rollout);
  const deployments = declarations.objects.map((object) => placed(object, namespace)).filter(isDeployment);
  const refs = [
    ...(lane ? laneRefs(lane).flatMap((ref) => objectsOf(ref, lane.namespace!)) : []),
    ...(spec.trafficRoutings ?? []).flatMap((ref) => objectsOf(ref, namespace)),
  ];
  const bases = await Promise.all(refs.map((ref) => mustGet(engine, key, ref)));
  const services = await engine.api.list(kinds.service, { namespace });
  const objects = unique([...deployments, ...[...services, ...bases].filter((live) => !isOurs(live)).map(bare)]);
  const { members } = resolve({ objects, lanes: lane ? [lane] : [], rollouts: [rollout] }, engine.gateways);
  return members[0]!;
}

/**
 * A lane with what it refers to, as it is in the cluster.
 * @throws GraylaneError for everything that `resolve` finds; EngineError object-missing
 */
export async function observeLane(engine: Engine, lane: LaneSpec & { readonly namespace: string }): Promise<Routing> {
  const { name, namespace } = lane;
  const refs = laneRefs(lane).flatMap((ref) => objectsOf(ref, namespace));
  const live = await Promise.all(refs.map((ref) => mustGet(engine, { name, namespace }, ref)));
  const { routings } = resolve({ objects: unique(live.map(bare)), lanes: [lane], rollouts: [] }, engine.gateways);
  return routings[0]!;
}

/** The lane as declared, or, where another stack declares it, as it is registered in the cluster. */
export async function findLane(
  { api }: Engine,
  { lanes }: Declarations,
  { trafficRoutingRef: ref, namespace }: RolloutSpec,
): Promise<LaneSpec | undefined> {
  if (ref === undefined) return undefined;
  const [name, within] = ref.includes('/') ? [ref.split('/')[1]!, ref.split('/')[0]!] : [ref, namespace!];
  const placedLanes = lanes.map((lane) => ({ ...lane, namespace: lane.namespace ?? namespace! }));
  const declared = placedLanes.find((lane) => lane.name === name && lane.namespace === within);
  return declared ?? (await readLane(api, { name, namespace: within }))?.spec;
}

/** Whether another lane or rollout that is declared beside has a base of this one: names of routes must tell whose they are. */
export function sharesBase({ lanes, rollouts }: Declarations, { spec, key }: Declared): boolean {
  const inNamespace = <T extends { readonly namespace?: string }>(one: T) => one.namespace ?? key.namespace;
  const bases = (refs: readonly ObjectRef[], namespace: string) =>
    refs.flatMap((ref) => basesIn(ref, namespace)).map(refName);
  const ref = spec.trafficRoutingRef;
  const isOwn = (lane: LaneSpec) => lane.name === ref || `${inNamespace(lane)}/${lane.name}` === ref;
  const own = [
    ...lanes.filter(isOwn).flatMap((lane) => bases(laneRefs(lane), inNamespace(lane))),
    ...bases(spec.trafficRoutings ?? [], key.namespace),
  ];
  const others = [
    ...lanes.filter((lane) => !isOwn(lane)).flatMap((lane) => bases(laneRefs(lane), inNamespace(lane))),
    ...rollouts
      .filter((other) => other !== spec)
      .flatMap((other) => bases(other.trafficRoutings ?? [], inNamespace(other))),
  ];
  return own.some((name) => others.includes(name));
}

/** The Service of an ObjectRef, and after it the objects that route to it. */
export function objectsOf(ref: ObjectRef, namespace: string): Ref[] {
  return [{ ...kinds.service, name: ref.service, namespace }, ...basesIn(ref, namespace)];
}

/** The objects that route to the Service of an ObjectRef. */
export function basesIn(ref: ObjectRef, namespace: string): Ref[] {
  return referredBases(ref).map(({ apiVersion, kind, name }) => ({ apiVersion, kind, name, namespace }));
}

/** @throws EngineError object-missing */
export async function mustGet({ api }: Engine, { name }: RolloutKey, ref: Ref): Promise<Live> {
  const live = await api.get(ref);
  if (live) return live;
  throw new EngineError('object-missing', name, `${ref.kind} ${ref.namespace}/${ref.name} is not in the cluster`);
}

/** A declared object without a namespace goes where the rollout is. */
function placed(object: Manifest, namespace: string): Manifest {
  return object.metadata.namespace === undefined ? { ...object, metadata: { ...object.metadata, namespace } } : object;
}

function unique(objects: readonly Manifest[]): Manifest[] {
  const key = ({ kind, metadata }: Manifest) => [kind, metadata.namespace, metadata.name].join('/');
  return [...new Map(objects.map((object) => [key(object), object])).values()];
}
