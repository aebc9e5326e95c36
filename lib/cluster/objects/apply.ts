import { LANE_LABEL, type Manifest, ROLLOUT_LABEL } from '../../core';
import type { Verb } from '../port/engine';
import { EngineError } from '../port/failure';
import { giveUpReplicas } from './ownership';
import { type Live, refName, refOf } from '../port/port';
import { type LiveDeployment, type Run, tellChange } from '../run/run';

/** What was made of an object. */
export interface Applied<T extends Live = Live> {
  readonly verb: Verb;
  readonly live: T;
}

/**
 * Server-side applies an object of ours.
 * @throws EngineError object-foreign where somebody else's object has that name (R10)
 */
export async function applyOwn(run: Run, object: Manifest): Promise<Applied> {
  run.signal.throwIfAborted();
  const ref = refOf(object);
  const before = await run.engine.api.get(ref);
  if (before && !hasSameOwner(before, object)) throw foreign(run, refName(ref));
  if (before?.metadata.deletionTimestamp !== undefined) {
    throw new EngineError('conflict', run.key.name, `${refName(ref)} is being deleted`);
  }
  return finish(run, before, await run.engine.api.apply(object, { force: true }));
}

/** Server-side applies stable; `replicas` that are not declared are given up first. */
export async function applyStable(run: Run, object: Manifest): Promise<Applied<LiveDeployment>> {
  run.signal.throwIfAborted();
  const { api } = run.engine;
  const before = await api.get(refOf(object));
  const declaresReplicas = (object.spec as { replicas?: number }).replicas !== undefined;
  if (before && !declaresReplicas) await giveUpReplicas(api, before);
  return finish(run, before, await api.apply(object, { force: true })) as Applied<LiveDeployment>;
}

/** Deletes an object of ours, and only that very one. */
export async function deleteOwn(run: Run, live: Live): Promise<void> {
  run.signal.throwIfAborted();
  await run.engine.api.delete(refOf(live), live.metadata.uid);
  tellChange(run, 'deleted', refOf(live));
}

function finish(run: Run, before: Live | undefined, live: Live): Applied {
  const verb: Verb = before === undefined ? 'created' : isUnchanged(before, live) ? 'unchanged' : 'updated';
  tellChange(run, verb, refOf(live));
  return { verb, live };
}

function isUnchanged(before: Live, live: Live): boolean {
  return before.metadata.resourceVersion === live.metadata.resourceVersion || sameContent(before, live);
}

/** Its status may have moved between the two reads. */
function sameContent(before: Live, live: Live): boolean {
  return JSON.stringify(content(before)) === JSON.stringify(content(live));
}

function content({ metadata: { labels, annotations }, status: _, ...rest }: Live): object {
  return { ...rest, metadata: { labels, annotations } };
}

/** Ours, and of the same rollout or lane. */
function hasSameOwner(a: Manifest, b: Manifest): boolean {
  return [ROLLOUT_LABEL, LANE_LABEL].every((label) => a.metadata.labels?.[label] === b.metadata.labels?.[label]);
}

function foreign({ key }: Run, name: string): EngineError {
  return new EngineError('object-foreign', key.name, `${name} exists and is not of this rollout`);
}
