import {
  ApiError,
  damageOf,
  type Engine,
  EngineError,
  kinds,
  type Live,
  recordName,
  type RolloutRecord,
  tryToApply,
} from '../../cluster';
import { defined, GraylaneError, isJsonObject, sameJson } from '../../core';
import { messageOf } from '../lifecycle/error-messages';
import type { RolloutInputs, RolloutState } from '../state';
import { deploymentOf, requestOf } from './rollout-request';

/** What somebody else has done to the objects of a rollout, in words; the next update puts it right, or says why not. */
export async function damageTo(
  engine: Engine,
  inputs: Parameters<typeof requestOf>[0],
  record: RolloutRecord,
): Promise<string[]> {
  try {
    return await damageOf(engine, requestOf(inputs), record);
  } catch (error) {
    // A preview may be made by somebody who may read less than the update does.
    if (error instanceof ApiError && error.status === 403) return [];
    if (error instanceof GraylaneError || error instanceof EngineError) return [messageOf(error)];
    throw error;
  }
}

/**
 * Stands for the version of a ledger whose rollout is damaged. A repair changes no ledger, but each update takes the
 * Lease: by that, damage which comes again is not taken for the one that was put right.
 */
export async function damagedSince(
  { api }: Engine,
  { name, namespace }: Pick<RolloutInputs, 'name' | 'namespace'>,
  version: string,
): Promise<string> {
  const lease = await api.get({ ...kinds.lease, name: recordName(name), namespace });
  return `${version} damaged since ${lease?.metadata.resourceVersion ?? 'ever'}`;
}

/**
 * The workload as a refresh shows it: with what somebody else has made of what is declared. The server says what applying
 * it would change; what others have put beside it is none of it, and where we may not ask it stays as it is.
 */
export async function asFound({ api }: Engine, state: RolloutState, live: Live): Promise<RolloutState['workload']> {
  const applied = await tryToApply(api, deploymentOf(state));
  return applied ? (foundIn(state.workload, live, applied) as RolloutState['workload']) : state.workload;
}

function foundIn(declared: unknown, live: unknown, applied: unknown): unknown {
  if (sameJson(live, applied)) return declared;
  if (Array.isArray(declared) && Array.isArray(live) && Array.isArray(applied)) {
    const found = declared.map((item, i) => foundIn(item, counterpart(live, item, i), counterpart(applied, item, i)));
    return found.filter((item) => item !== undefined);
  }
  if (!isJsonObject(declared) || !isJsonObject(live) || !isJsonObject(applied)) return live;
  const fields = Object.keys(declared).map((key) => [key, foundIn(declared[key], live[key], applied[key])] as const);
  return defined(Object.fromEntries(fields));
}

/** Of an item in another list: by its name, if it has one. */
function counterpart(list: readonly unknown[], item: unknown, i: number): unknown {
  if (!isJsonObject(item) || item.name === undefined) return list[i];
  return list.find((other) => isJsonObject(other) && other.name === item.name);
}
