import { EngineError, type LaneRecord, readLane, registerLane, removeLane } from '../../cluster';
import { checkLane, defined, type LaneSpec, refuse, sameJson } from '../../core';
import type { ResourceKind } from '../lifecycle/resource-kind';
import {
  type DeclaredLane,
  type LaneInputs,
  type LaneState,
  missingSince,
  type InCluster,
  SCHEMA_VERSION,
} from '../state';
import { stackOf } from './rollout-request';

type LaneInCluster = DeclaredLane & InCluster & { readonly name: string };

/** A lane that is declared by itself. */
export const laneKind: ResourceKind<DeclaredLane, LaneInputs, LaneState> = {
  noun: 'lane',
  title: (name) => `lane ${name}`,
  declared: [
    'objectRef',
    'hops',
    'tag',
    'matches',
    'weight',
    'requestHeaderModifier',
    'adopt',
    'kubeconfig',
    'context',
  ],
  foreseen: ['namespace', 'cluster', 'reference'],
  validate: (news) => refuse(checkLane(specOf({ ...news, namespace: news.namespace ?? 'default' }))),
  namespaceOf: ({ namespace }) => namespace,
  foresee: async ({ engine }, lane, olds) => {
    const record = await readLane(engine.api, lane);
    if (olds.name === undefined) refuseOthers(record, lane);
    const plannedAt = record?.resourceVersion ?? missingSince(olds);
    return { ...lane, reference: referenceOf(lane), plan: planOf(record, lane, olds.name === undefined), plannedAt };
  },
  refuseTakeover: async ({ engine }, lane, id) => refuseOthers(await readLane(engine.api, lane), lane, id),
  possible: async (_, { name }) => [`lane ${name}: not known before the update`],
  apply: async ({ engine }, id, { plan: _, ...lane }, olds) => {
    refuseOthers(await readLane(engine.api, lane), lane, olds && id);
    await registerLane(engine, specOf(lane), defined({ owner: id, ownedIn: stackOf(lane) }));
    return { ...lane, reference: referenceOf(lane), schemaVersion: SCHEMA_VERSION };
  },
  observe: async ({ engine }, state) => {
    const record = await readLane(engine.api, state);
    if (record === undefined) return undefined;
    return { props: sameJson(record.spec, specOf(state)) ? state : { ...state, ...record.spec } };
  },
  /** @throws EngineError lane-held, with the holders */
  remove: async ({ engine, host }, id, { name, namespace, reference, reportAs: urn }) => {
    const lane = await readLane(engine.api, { name, namespace });
    if (lane?.owner === id) return removeLane(engine, { name, namespace });
    const text = `lane ${reference} stays, for ${lane?.owner ?? 'nobody'} holds it`;
    if (lane) host.log({ text, urn });
  },
};

/**
 * A lane of another stack is not to be had without a word: each would change it back.
 * @param id of the resource that has had it before. @default - it is being made
 * @throws EngineError adoption-needed
 */
function refuseOthers(record: LaneRecord | undefined, lane: LaneInCluster, id?: string): void {
  const other = holderElsewhere(record, lane, id);
  if (other === undefined || (id === undefined && lane.adopt)) return;
  const reference = referenceOf(lane);
  const fix =
    id === undefined
      ? `give the rollouts of this program its reference, '${reference}', and do not declare it; or set adopt: true ` +
        'here, and take it out of the other stack (pulumi state delete URN)'
      : 'take it out of this stack (pulumi state delete URN), and give its rollouts the reference of the lane';
  throw new EngineError('adoption-needed', `lane ${reference}`, `lane ${reference} is declared by ${other}`, fix);
}

/** Who has the lane, in words, where that is no resource of this stack. */
function holderElsewhere(record: LaneRecord | undefined, lane: LaneInCluster, id?: string): string | undefined {
  const { owner, ownedIn } = record ?? {};
  const own = stackOf(lane);
  if (owner === undefined || owner === id || own === undefined || ownedIn === own) return undefined;
  // Earlier versions have not noted the stack.
  if (ownedIn === undefined && id !== undefined) return undefined;
  return `another resource of Pulumi, ${owner}${ownedIn === undefined ? '' : ` of the stack ${ownedIn}`}`;
}

function planOf(record: LaneRecord | undefined, lane: LaneInCluster, isNew: boolean): string[] {
  const title = `lane ${referenceOf(lane)}`;
  if (record === undefined) return [`${title}: is registered`];
  const other = isNew ? holderElsewhere(record, lane) : undefined;
  if (other !== undefined) return [`${title}: is taken over from ${other}`];
  if (sameJson(record.spec, specOf(lane))) return [];
  const held = record.holders.map(({ namespace, rollout }) => `${namespace}/${rollout}`).join(', ');
  return [`${title}: is changed${held && `; not while it is held by ${held}`}`];
}

function referenceOf({ name, namespace }: Pick<LaneInCluster, 'name' | 'namespace'>): string {
  return `${namespace}/${name}`;
}

function specOf(lane: LaneSpec & { readonly namespace: string }) {
  const { name, namespace, objectRef, hops, tag, matches, weight, requestHeaderModifier } = lane;
  return defined({ name, namespace, objectRef, hops, tag, matches, weight, requestHeaderModifier });
}
