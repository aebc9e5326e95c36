import {
  bare,
  checkShape,
  type Declarations,
  type Deployment,
  digest,
  type Gateways,
  isDeployment,
  isOurs,
  isService,
  kindOf,
  laneRefs,
  type LaneSpec,
  type Ledger,
  type Manifest,
  type Member,
  objectName,
  type ObjectRef,
  referredBases,
  refuse,
  resolve,
  revisionOf,
  type Routing,
  type RolloutSpec,
  selects,
  within,
} from '../../core';
import { listNetworkPolicies } from '../objects/network-policies';
import { isApplied } from '../objects/ownership';
import type { Engine } from '../port/engine';
import { EngineError } from '../port/failure';
import { kinds } from '../port/kinds';
import { type LaneKey, readLane } from './lane';
import { type Live, type Ref, refName } from '../port/port';
import { standIn } from './stand-in';
import type { RolloutKey } from '../records/rollout-record';
import type { UpRequest } from '../run/request';

/** A rollout that was declared, with its namespace. */
export interface FoundRollout {
  readonly key: RolloutKey;
  readonly spec: RolloutSpec;
}

/**
 * The rollout of that name (or `namespace/name`); without a name, the only one.
 * @throws EngineError rollout-unknown
 */
export function findRollout({ rollouts }: Declarations, namespace: string, name?: string): FoundRollout {
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

/** The Deployment of a rollout as it is declared, with its namespace; another namespace may have one of the same name. */
export function declaredWorkload(declarations: Declarations, { key, spec }: FoundRollout): Deployment | undefined {
  const { name } = spec.workloadRef;
  return deploymentsIn(declarations, key.namespace).find(
    ({ metadata }) => metadata.name === name && metadata.namespace === key.namespace,
  );
}

/** Digest of a rollout and its Deployment as they are declared: whoever declares something else has another. */
export function declaredDigest({ declarations, namespace, rollout }: UpRequest): string {
  const found = findRollout(declarations, namespace, rollout);
  const spec = { ...found.spec, namespace: found.key.namespace };
  return digest({ spec, deployment: declaredWorkload(declarations, found) });
}

function deploymentsIn({ objects }: Declarations, namespace: string): Deployment[] {
  return objects.map((object) => inNamespace(object, namespace)).filter(isDeployment);
}

/** What a run is about to do with a rollout, as far as it decides what it needs to find. */
export interface Course {
  readonly ledger?: Ledger;
  /** The way back was asked for. */
  readonly abort?: boolean;
}

/**
 * The rollout with what it refers to, as it is in the cluster: Services, bases and network policies are the live ones, only
 * the Deployment is the declared one. The way back needs none of them: what is gone has a stand-in, and nothing is refused.
 * @throws GraylaneError for everything that `resolve` finds; EngineError object-missing
 */
export async function observe(
  engine: Engine,
  declarations: Declarations,
  declared: FoundRollout,
  course: Course = {},
): Promise<Member> {
  const { key, spec } = declared;
  const { namespace } = key;
  const { api, gateways } = engine;
  const rollout = { ...spec, namespace };
  const lane = await findLane(engine, declarations, rollout);
  const deployments = deploymentsIn(declarations, namespace);
  const workload = declaredWorkload(declarations, declared);
  const back = goesBack(course, workload);
  const refs = [
    ...(lane ? laneRefs(lane).flatMap((ref) => objectsOf(ref, lane.namespace!, gateways)) : []),
    ...(spec.trafficRoutings ?? []).flatMap((ref) => objectsOf(ref, namespace, gateways)),
  ];
  const found = await Promise.all(
    refs.map(async (ref) => {
      if (!back || !workload) return bare(await mustGet(engine, key, ref));
      const live = await api.get(ref);
      const own = lane === undefined;
      return live && !(own && leadsAway(live, workload)) ? bare(live) : standIn(api, ref, { workload, key, own });
    }),
  );
  const services = await api.list(kinds.service, { namespace });
  const policies = await listNetworkPolicies(engine, { namespace });
  // A Service that we have applied is ours without its label, too.
  const others = services.filter((live) => !isApplied(live)).map(bare);
  const users = [...deployments, ...others, ...found].filter((object) => !isOurs(object));
  // Canaries of other rollouts call this one's.
  const objects = unique([...users, ...policies.map(bare)]);
  if (!back) refuseShapes(objects, gateways);
  const { members } = resolve({ objects, lanes: lane ? [lane] : [], rollouts: [rollout] }, gateways, { back });
  return members[0]!;
}

/** A Service that somebody has given other pods. */
function leadsAway(live: Live, { spec: { template } }: Deployment): boolean {
  return isService(live) && !selects(live.spec.selector, template.metadata?.labels);
}

/** Whether the run can only end where stable is what it was. */
function goesBack({ ledger, abort = false }: Course, workload: Deployment | undefined): boolean {
  const declaresStable = workload && revisionOf(workload.spec.template) === ledger?.stable;
  return abort || (ledger?.release !== undefined && declaresStable === true);
}

/** @throws GraylaneError for a live base that is not as its gateway reads it, with the object and the field */
function refuseShapes(objects: readonly Manifest[], gateways: Gateways): void {
  const readers = Object.values(gateways);
  const problems = objects.flatMap((object) => {
    const reader = readers.find((gateway) => kindOf(gateway, object));
    return reader ? within(objectName(object), checkShape(reader, object)) : [];
  });
  refuse(problems);
}

/**
 * A lane with what it refers to, as it is in the cluster.
 * @throws GraylaneError for everything that `resolve` finds; EngineError object-missing
 */
export async function observeLane(engine: Engine, lane: LaneSpec & { readonly namespace: string }): Promise<Routing> {
  const { name, namespace } = lane;
  const refs = laneRefs(lane).flatMap((ref) => objectsOf(ref, namespace, engine.gateways));
  const live = await Promise.all(refs.map((ref) => mustGet(engine, { name, namespace }, ref)));
  const { routings } = resolve({ objects: unique(live.map(bare)), lanes: [lane], rollouts: [] }, engine.gateways);
  return routings[0]!;
}

/** The lane as declared, or, where another stack declares it, as it is registered in the cluster. */
export async function findLane(
  { api }: Engine,
  { lanes }: Declarations,
  rollout: RolloutSpec,
): Promise<LaneSpec | undefined> {
  const key = laneKeyOf(rollout);
  if (key === undefined) return undefined;
  const declared = lanes.find((lane) => isLaneOf(lane, rollout));
  if (declared) return { ...declared, namespace: key.namespace };
  return (await readLane(api, key))?.spec;
}

/** Whether a rollout refers to this lane. @param rollout with its namespace: what is declared without one is there, too */
export function isLaneOf({ name, namespace }: LaneSpec, rollout: RolloutSpec): boolean {
  const key = laneKeyOf(rollout);
  return key?.name === name && key.namespace === (namespace ?? rollout.namespace);
}

function laneKeyOf({ trafficRoutingRef: ref, namespace }: RolloutSpec): LaneKey | undefined {
  if (ref === undefined) return undefined;
  const [name, within = namespace!] = ref.split('/').reverse() as [string, string?];
  return { name, namespace: within };
}

/** Whether another lane or rollout that is declared beside has a base of this one: names of routes must tell whose they are. */
export function sharesBase(
  { lanes, rollouts }: Declarations,
  { spec, key }: FoundRollout,
  gateways: Gateways,
): boolean {
  const namespaceOf = <T extends { readonly namespace?: string }>(one: T) => one.namespace ?? key.namespace;
  const bases = (refs: readonly ObjectRef[], namespace: string) =>
    refs.flatMap((ref) => basesIn(ref, namespace, gateways)).map(refName);
  const ref = spec.trafficRoutingRef;
  const isOwn = (lane: LaneSpec) => lane.name === ref || `${namespaceOf(lane)}/${lane.name}` === ref;
  const own = [
    ...lanes.filter(isOwn).flatMap((lane) => bases(laneRefs(lane), namespaceOf(lane))),
    ...bases(spec.trafficRoutings ?? [], key.namespace),
  ];
  const others = [
    ...lanes.filter((lane) => !isOwn(lane)).flatMap((lane) => bases(laneRefs(lane), namespaceOf(lane))),
    ...rollouts
      .filter((other) => other !== spec)
      .flatMap((other) => bases(other.trafficRoutings ?? [], namespaceOf(other))),
  ];
  return own.some((name) => others.includes(name));
}

/** The Service of an ObjectRef, and after it the objects that route to it. */
export function objectsOf(ref: ObjectRef, namespace: string, gateways: Gateways): Ref[] {
  return [{ ...kinds.service, name: ref.service, namespace }, ...basesIn(ref, namespace, gateways)];
}

/** The objects that route to the Service of an ObjectRef. */
export function basesIn(ref: ObjectRef, namespace: string, gateways: Gateways): Ref[] {
  return referredBases(ref, gateways).map(({ apiVersion, kind, name }) => ({ apiVersion, kind, name, namespace }));
}

/** @throws EngineError object-missing */
export async function mustGet({ api }: Engine, key: RolloutKey, ref: Ref): Promise<Live> {
  const live = await api.get(ref);
  if (live) return live;
  throw missing(key, ref);
}

export function missing({ name }: RolloutKey, ref: Ref): EngineError {
  return new EngineError('object-missing', name, `${refName(ref)} is not in the cluster`);
}

/** A declared object without a namespace goes where the rollout is. */
function inNamespace(object: Manifest, namespace: string): Manifest {
  return object.metadata.namespace === undefined ? { ...object, metadata: { ...object.metadata, namespace } } : object;
}

function unique(objects: readonly Manifest[]): Manifest[] {
  const key = ({ kind, metadata }: Manifest) => [kind, metadata.namespace, metadata.name].join('/');
  return [...new Map(objects.map((object) => [key(object), object])).values()];
}
