import {
  type Base,
  canaryName,
  checkOverlap,
  checkRoom,
  type Manifest,
  objectKey,
  type PossibleRoute,
  possibleRoutes,
  refuse,
} from '../../core';
import { refuseTaken } from '../objects/apply';
import { askedFor } from './asked';
import { type Live, refOf } from '../port/port';
import { rolloutLabel, type Run } from '../run/run';
import { findAround, neighboursOf, othersOn, writtenOn } from './routes';

/**
 * What is not declared beside a rollout is in the cluster: objects with the names that its release needs, routes of other
 * stacks, and neighbours of its bases.
 * @throws EngineError object-foreign (R10); GraylaneError routes-overlap, for a request that could be in both, and base-unsuitable
 * (R12)
 */
export async function refuseRivals(run: Run): Promise<void> {
  for (const object of canariesOf(run)) refuseTaken(run, await run.engine.api.get(refOf(object)), object);
  const { routing } = run.member;
  if (routing === undefined) return;
  const around = await findAround(run);
  const bases = routing.bases.map(({ object }) => object);
  const objects = [...neighboursOf(run, bases, around), ...(await askedFor(run, routing.bases))];
  const possible = possibleRoutes([routing], [run.member], objects);
  refuse(checkRoom(possible, objects));
  for (const base of routing.bases) refuseOnBase(run, base, possible, around);
}

function refuseOnBase(run: Run, base: Base, possible: readonly PossibleRoute[], around: readonly Live[]): void {
  const live = new Map(around.map((one) => [objectKey(one), one]));
  const found = live.get(objectKey(base.object));
  for (const { routing, route, ...one } of possible.filter((one) => one.base === base)) {
    const others = othersOn(found ?? base.object, routing, around);
    refuse(others.flatMap((other) => checkOverlap({ ...one, routing, route }, other)).slice(0, 1));
    const { own } = found ? writtenOn(run, routing, base, found, [route], around) : { own: [] };
    for (const object of own) refuseTaken(run, live.get(objectKey(object)), object);
  }
}

/** The Deployment and the Services of the canary, as far as their names go. */
function canariesOf({ key, member: { deployment, served } }: Run): Manifest[] {
  return [deployment, ...served].map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name: canaryName(name!), ...(namespace !== undefined && { namespace }), labels: rolloutLabel(key) },
  }));
}
