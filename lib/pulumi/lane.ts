import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { dynamic } from '@pulumi/pulumi';
import { type LaneRecord, readLane, registerLane, removeLane, sameLane } from '../cluster';
import { checkLane, defined, type LaneSpec, refuse } from '../core';
import { failuresOf, isSilence } from './failures';
import {
  type DeclaredLane,
  isKnown,
  isPending,
  isUnknown,
  missingSince,
  type LaneInputs,
  type LaneState,
  SCHEMA_VERSION,
  UNKNOWN,
  upgrade,
} from './state';
import { engineFor, type Surroundings } from './surroundings';
import { messageOf } from './wording';

/** Another value in one of these is another lane. */
const IDENTITY = ['cluster', 'namespace', 'name'] as const;
const DECLARED = ['objectRef', 'hops', 'matches', 'weight', 'requestHeaderModifier', 'kubeconfig', 'context'] as const;

type Named = DeclaredLane & { readonly name: string };

/** What the next update does with the lane; see `checkRolloutInputs`. */
export async function checkLaneInputs(
  around: Surroundings,
  olds: Partial<LaneInputs>,
  declared: DeclaredLane,
): Promise<dynamic.CheckResult> {
  const news = { ...declared, name: declared.name ?? olds.name ?? declared.resource };
  if (isUnknown({ ...news, reportAs: undefined })) return { inputs: unknown(news, 'not known before the update') };
  try {
    return { inputs: await foreseen(around, olds, news) };
  } catch (error) {
    // In an update nothing may be unknown any more: what was known of it has to do.
    const { namespace, cluster, reference } = olds;
    const plan = [`lane ${news.name}: what it does is not known: ${messageOf(error)}`];
    if (isSilence(error)) return { inputs: { ...news, namespace, cluster, reference, plan } };
    return { inputs: news, failures: failuresOf(error, `lane ${news.name}: `) };
  }
}

/** Whether the lane is declared otherwise, or not what the cluster has. */
export function diffLane(state: object, news: LaneInputs): dynamic.DiffResult {
  const olds = upgrade<LaneState>(state);
  const replaces = IDENTITY.filter((field) => isKnown(news[field]) && olds[field] !== news[field]);
  const declared = DECLARED.some((field) => !isDeepStrictEqual(olds[field], news[field]));
  return { changes: replaces.length > 0 || declared || isPending(olds, news), replaces };
}

export async function createLane(around: Surroundings, inputs: LaneInputs): Promise<dynamic.CreateResult> {
  const id = `${inputs.name}-${randomBytes(6).toString('hex')}`;
  return { id, outs: await register(around, id, inputs) };
}

export async function updateLane(around: Surroundings, id: string, inputs: LaneInputs): Promise<dynamic.UpdateResult> {
  return { outs: await register(around, id, inputs) };
}

export async function readLaneState(around: Surroundings, id: string, state: object): Promise<dynamic.ReadResult> {
  const olds = upgrade<LaneState>(state);
  const { api } = await engineFor(around, olds);
  const lane = await readLane(api, olds);
  if (lane === undefined) return { id: '', props: {} };
  return { id, props: olds };
}

/**
 * Removes the lane, if it is still this resource's.
 * @throws EngineError lane-held, with the holders
 */
export async function deleteLane(around: Surroundings, id: string, state: object): Promise<void> {
  const olds = upgrade<LaneState>(state);
  const engine = await engineFor(around, olds);
  const lane = await readLane(engine.api, olds);
  if (lane?.owner === id) return removeLane(engine, { name: olds.name, namespace: olds.namespace });
  const text = `lane ${olds.reference} stays, for ${lane?.owner ?? 'nobody'} holds it`;
  if (lane) around.log({ text, ...(olds.reportAs !== undefined && { urn: olds.reportAs }) });
}

async function foreseen(around: Surroundings, olds: Partial<LaneInputs>, news: Named): Promise<LaneInputs> {
  refuse(checkLane(specOf({ ...news, namespace: news.namespace ?? 'default' })));
  const { api, namespace: usual } = await engineFor(around, news);
  const namespace = news.namespace ?? usual;
  const placed = { ...news, namespace, reference: `${namespace}/${news.name}`, cluster: api.server };
  const record = await readLane(api, placed);
  return { ...placed, plan: planOf(record, placed), plannedAt: record?.resourceVersion ?? missingSince(olds) };
}

function planOf(
  record: LaneRecord | undefined,
  lane: Named & { readonly namespace: string; reference: string },
): string[] {
  if (record === undefined) return [`lane ${lane.reference}: is registered`];
  const { holders, spec } = record;
  if (sameLane(spec, specOf(lane))) return [];
  const held = holders.map(({ namespace, rollout }) => `${namespace}/${rollout}`).join(', ');
  return [`lane ${lane.reference}: is changed${held && `; not while it is held by ${held}`}`];
}

function unknown(news: Named, text: string): object {
  const { name, namespace = UNKNOWN } = news;
  return { ...news, namespace, cluster: UNKNOWN, reference: UNKNOWN, plan: [`lane ${name}: ${text}`] };
}

async function register(around: Surroundings, id: string, inputs: LaneInputs): Promise<LaneState> {
  const engine = await engineFor(around, inputs);
  const { plan: _, ...declared } = inputs;
  const namespace = declared.namespace ?? engine.namespace;
  const state = { ...declared, namespace, reference: `${namespace}/${declared.name}`, cluster: engine.api.server };
  await registerLane(engine, specOf(state), id);
  return { ...state, schemaVersion: SCHEMA_VERSION };
}

function specOf(lane: Omit<LaneSpec, 'namespace'> & { readonly namespace: string }) {
  const { name, namespace, objectRef, hops, matches, weight, requestHeaderModifier } = lane;
  return defined({ name, namespace, objectRef, hops, matches, weight, requestHeaderModifier });
}
