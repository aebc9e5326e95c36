import { LANE_LABEL, type Manifest, ROLLOUT_LABEL, sameJson } from '../../core';
import type { Verb } from '../port/engine';
import { EngineError } from '../port/failure';
import { giveUpReplicas } from './ownership';
import { type Api, ApiError, isConflict, type Live, refName, refOf } from '../port/port';
import { type LiveDeployment, type Run, tellChange } from '../run/run';

/** Of a write over an object whose status moves. */
const TRIES = 20;

/** What was made of an object. */
export interface Applied<T extends Live = Live> {
  readonly verb: Verb;
  readonly live: T;
}

/**
 * Server-side applies an object of ours.
 * @throws EngineError object-foreign where somebody else's object has that name (R10)
 */
export function applyOwn(run: Run, object: Manifest): Promise<Applied> {
  const ref = refOf(object);
  return applyTo(run, object, (before) => {
    if (before && !hasSameOwner(before, object)) throw foreign(run, refName(ref));
    if (before?.metadata.deletionTimestamp !== undefined) {
      throw new EngineError('conflict', run.key.name, `${refName(ref)} is being deleted`);
    }
    return before;
  });
}

/** Server-side applies stable; `replicas` that are not declared are given up first. */
export async function applyStable(run: Run, object: Manifest): Promise<Applied<LiveDeployment>> {
  const { api } = run.engine;
  const declaresReplicas = (object.spec as { replicas?: number }).replicas !== undefined;
  const applied = await applyTo(run, object, async (before) => {
    return before && !declaresReplicas ? giveUpReplicas(api, before) : before;
  });
  return applied as Applied<LiveDeployment>;
}

/**
 * Applies over what was read just now, and over nothing else: a call of a process that slept meanwhile fails. Statuses move
 * all the time: then it is read again.
 */
async function applyTo(
  run: Run,
  object: Manifest,
  prepare: (before: Live | undefined) => Live | undefined | Promise<Live | undefined>,
): Promise<Applied> {
  const { api } = run.engine;
  for (let tries = 1; ; tries++) {
    run.signal.throwIfAborted();
    const before = await api.get(refOf(object));
    const { uid, resourceVersion } = (await prepare(before))?.metadata ?? {};
    const metadata = { ...object.metadata, ...(uid !== undefined && { uid, resourceVersion }) };
    try {
      return finish(run, before, await api.apply({ ...object, metadata }, { force: true }));
    } catch (error) {
      if (!isConflict(error) || tries === TRIES) throw error;
    }
  }
}

/** What applying an object would make of it; undefined where we may not try, or the server does not let us. */
export async function tryToApply(api: Api, object: Manifest): Promise<Live | undefined> {
  try {
    return await api.apply(object, { force: true, dryRun: true });
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return undefined;
    throw error;
  }
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
  return sameJson(contentOf(before), contentOf(live));
}

/** What somebody has written of an object, and not its controllers. */
export function contentOf({ metadata: { labels, annotations }, status: _, ...rest }: Live): object {
  return { ...rest, metadata: { labels, annotations } };
}

/** Ours, and of the same rollout or lane. */
function hasSameOwner(a: Manifest, b: Manifest): boolean {
  return [ROLLOUT_LABEL, LANE_LABEL].every((label) => a.metadata.labels?.[label] === b.metadata.labels?.[label]);
}

function foreign({ key }: Run, name: string): EngineError {
  return new EngineError('object-foreign', key.name, `${name} exists and is not of this rollout`);
}
