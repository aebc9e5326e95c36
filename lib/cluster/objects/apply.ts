import { containsJson, defined, LANE_LABEL, type Manifest, objectKey, ROLLOUT_LABEL, sameJson } from '../../core';
import type { Verb } from '../port/engine';
import { EngineError } from '../port/failure';
import { hasFields } from '../port/field-set';
import { giveUpReplicas, ourFields } from './ownership';
import { type Api, ApiError, contentOf, isConflict, isDenied, type Live, refName, refOf } from '../port/port';
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
  return applyTo(run, object, (before) => {
    refuseTaken(run, before, object);
    if (before?.metadata.deletionTimestamp !== undefined) {
      throw new EngineError('conflict', run.key.name, `${refName(refOf(object))} is being deleted`);
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
 * all the time: then it is read again. What the same run has applied before, and nobody has touched since, is not written.
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
    const prepared = await prepare(before);
    if (before && prepared === before && isUntouched(run, before, object)) return { verb: 'unchanged', live: before };
    const { uid, resourceVersion } = prepared?.metadata ?? {};
    const metadata = { ...object.metadata, ...(uid !== undefined && { uid, resourceVersion }) };
    try {
      const live = await api.apply({ ...object, metadata }, { force: true });
      run.applied.set(objectKey(live), { object, live });
      return finish(run, before, live);
    } catch (error) {
      // What stands already needs no policy's leave.
      if (before && isRefused(error) && stands(before, object)) return { verb: 'unchanged', live: before };
      if (!isConflict(error) || tries === TRIES) throw error;
    }
  }
}

/** Controllers write annotations of their own, and statuses. */
function isUntouched({ applied }: Run, live: Live, object: Manifest): boolean {
  const last = applied.get(objectKey(live));
  if (last?.live.metadata.uid !== live.metadata.uid || !sameJson(last.object, object)) return false;
  const { labels, annotations } = object.metadata;
  const isMarked = containsJson(live, { metadata: defined({ labels, annotations }) });
  return isMarked && sameJson([ourFields(last.live), bodyOf(last.live)], [ourFields(live), bodyOf(live)]);
}

function bodyOf({ metadata: _, status: __, ...body }: Live): object {
  return body;
}

function stands(live: Live, object: Manifest): boolean {
  const ours = ourFields(live);
  return ours !== undefined && hasFields(object, ours) && containsJson(live, object);
}

function isRefused(error: unknown): boolean {
  return error instanceof ApiError && isDenied(error);
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

/**
 * R10: what has the name of an object of ours is ours, and of the same rollout or lane.
 * @throws EngineError object-foreign
 */
export function refuseTaken({ key }: Run, live: Live | undefined, object: Manifest): void {
  const labels = live?.metadata.labels ?? {};
  const isSame = [ROLLOUT_LABEL, LANE_LABEL].every((label) => labels[label] === object.metadata.labels?.[label]);
  if (live === undefined || isSame) return;
  const [owner] = OWNERS.flatMap(([label, what]) => (labels[label] === undefined ? [] : [`${what} ${labels[label]}`]));
  const what = `${refName(refOf(live))} exists and is ${owner === undefined ? 'not of this rollout' : `of ${owner}`}`;
  throw new EngineError('object-foreign', key.name, what, owner && OF_ANOTHER);
}

const OWNERS = [
  [ROLLOUT_LABEL, 'rollout'],
  [LANE_LABEL, 'lane'],
] as const;

const OF_ANOTHER = 'let the release that made it end first, or give each of the two a Service and a base of its own';
