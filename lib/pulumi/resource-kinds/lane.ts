import { type LaneRecord, readLane, registerLane, removeLane } from '../../cluster';
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

type LaneInCluster = DeclaredLane & InCluster & { readonly name: string };

/** A lane that is declared by itself. */
export const laneKind: ResourceKind<DeclaredLane, LaneInputs, LaneState> = {
  noun: 'lane',
  title: (name) => `lane ${name}`,
  declared: ['objectRef', 'hops', 'matches', 'weight', 'requestHeaderModifier', 'kubeconfig', 'context'],
  foreseen: ['namespace', 'cluster', 'reference'],
  validate: (news) => refuse(checkLane(specOf({ ...news, namespace: news.namespace ?? 'default' }))),
  namespaceOf: ({ namespace }) => namespace,
  foresee: async ({ engine }, lane, olds) => {
    const record = await readLane(engine.api, lane);
    const plannedAt = record?.resourceVersion ?? missingSince(olds);
    return { ...lane, reference: referenceOf(lane), plan: planOf(record, lane), plannedAt };
  },
  possible: async (_, { name }) => [`lane ${name}: not known before the update`],
  apply: async ({ engine }, id, { plan: _, ...lane }) => {
    await registerLane(engine, specOf(lane), id);
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

function planOf(record: LaneRecord | undefined, lane: LaneInCluster): string[] {
  const title = `lane ${referenceOf(lane)}`;
  if (record === undefined) return [`${title}: is registered`];
  if (sameJson(record.spec, specOf(lane))) return [];
  const held = record.holders.map(({ namespace, rollout }) => `${namespace}/${rollout}`).join(', ');
  return [`${title}: is changed${held && `; not while it is held by ${held}`}`];
}

function referenceOf({ name, namespace }: Pick<LaneInCluster, 'name' | 'namespace'>): string {
  return `${namespace}/${name}`;
}

function specOf(lane: LaneSpec & { readonly namespace: string }) {
  const { name, namespace, objectRef, hops, matches, weight, requestHeaderModifier } = lane;
  return defined({ name, namespace, objectRef, hops, matches, weight, requestHeaderModifier });
}
