import { defined, GraylaneError, type Manifest } from '../../core';
import {
  declaredDigest,
  declaredWorkload,
  detach,
  type Engine,
  findRollout,
  type FoundRollout,
  isLaneOf,
  type Outcome,
  up,
  type UpRequest,
} from '../../cluster';
import { problem } from '../errors';
import { declarationsOf, type InputDeclarations } from '../input/declarations';

export interface DetachOptions {
  readonly image?: string;
  /** @default graylane */
  readonly serviceAccount?: string;
  readonly secret?: string;
  readonly gateway?: string;
  readonly timeout?: number;
}

/** Bytes; an API server takes ConfigMaps of up to 1 MiB, names and labels included. */
const MOST_BYTES = 1_000_000;

/** What a Job needs of a rollout, checked before anything is done. */
export interface DetachedRelease {
  readonly request: UpRequest;
  readonly manifests: string;
  readonly image: string;
}

/** @throws GraylaneError image-missing, detached-size */
export function detachedRelease(
  request: UpRequest,
  declared: InputDeclarations,
  image: string | undefined,
): DetachedRelease {
  const found = findRollout(request.declarations, request.namespace, request.rollout);
  if (!image) throw new GraylaneError(problem('image-missing', '--image', image));
  const manifests = manifestsFor(found, declared);
  const bytes = Buffer.byteLength(manifests);
  if (bytes > MOST_BYTES) {
    const subject = [`rollout ${found.key.name}`];
    throw new GraylaneError(problem('detached-size', '--detach', `${bytes} bytes`, { subject }));
  }
  return { request, manifests, image };
}

/**
 * Stores what is asked for, and makes a Job that walks the release; without a release under way there is nothing to walk.
 * @returns where it stands, and the Job
 */
export async function detachRelease(
  engine: Engine,
  { request, manifests, image }: DetachedRelease,
  { serviceAccount = 'graylane', secret, gateway, timeout }: DetachOptions,
): Promise<{ readonly outcome: Outcome; readonly job?: string }> {
  const outcome = await up(engine, { ...request, leave: true });
  if (outcome.release === undefined) return { outcome };
  const { key } = findRollout(request.declarations, request.namespace, request.rollout);
  const args = [
    ...['--rollout', key.name, '--namespace', key.namespace, '--follow', 'end', '--declared', declaredDigest(request)],
    ...(gateway === undefined ? [] : ['--gateway', gateway]),
    ...(timeout === undefined ? [] : ['--timeout', String(timeout)]),
  ];
  return {
    outcome,
    job: await detach(engine, key, { image, serviceAccount, manifests, args, ...defined({ secret }) }),
  };
}

/** The rollout, its lane and its Deployment, as they were written: all else is in the cluster. */
function manifestsFor({ key, spec }: FoundRollout, declared: InputDeclarations): string {
  const lane = [...declared.lanes].find(([one]) => isLaneOf(one, { ...spec, namespace: key.namespace }));
  const workload = declaredWorkload(declarationsOf(declared), { key, spec });
  const parts: (Manifest | undefined)[] = [declared.rollouts.get(spec)?.object, lane?.[1].object, workload];
  return parts.flatMap((part) => (part ? `${JSON.stringify(part)}\n` : [])).join('---\n');
}
