import { ApiError, damageOf, type Engine, EngineError, kinds, recordName, type RolloutRecord } from '../../cluster';
import { GraylaneError } from '../../core';
import { messageOf } from '../lifecycle/error-messages';
import type { RolloutInputs, RolloutState } from '../state';
import { requestOf } from './rollout-request';

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

type Workload = RolloutState['workload'];

/** The workload with replicas and images that somebody else has set, as a refresh shows them. */
export function asFound(workload: Workload, live: unknown): Workload {
  const { spec } = workload;
  const found = (live as Workload).spec;
  const replicas = spec.replicas === undefined ? undefined : found.replicas;
  const images = new Map(podSpec(found).containers?.map(({ name, image }) => [name, image]));
  const { containers, ...pods } = podSpec(spec);
  const seen = containers?.map((one) => ({ ...one, image: images.get(one.name) ?? one.image }));
  const template = { ...spec.template, spec: { ...pods, ...(seen && { containers: seen }) } };
  return { ...workload, spec: { ...spec, ...(replicas !== undefined && { replicas }), template } };
}

interface PodSpec {
  readonly containers?: readonly { readonly name: string; readonly image?: string }[];
}

function podSpec({ template }: Workload['spec']): PodSpec {
  return template.spec as PodSpec;
}
