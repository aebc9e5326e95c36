import { eachOnce, type Problem, problem } from '../errors';
import { type Deployment, type Manifest, objectKey, objectName, type Service } from './manifest';
import { canaryName } from './names';
import type { Objects } from './objects';

/** An object of ours that a release will make: who makes it, from which of the user's objects. */
export interface Claim {
  /** `rollout rollout-a`, `lane mse-traffic`. */
  readonly owner: string;
  readonly from: Manifest;
  readonly object: Manifest;
}

/** What a rollout makes beside its routes. */
export function claimsOf(owner: string, deployment: Deployment, served: readonly Service[]): Claim[] {
  return [deployment, ...served].map((from) => ({
    owner,
    from,
    object: { ...from, metadata: { ...from.metadata, name: canaryName(from.metadata.name!) } },
  }));
}

/** R10: an object with our name but without our label is somebody else's; and two of ours cannot share a name either. */
export function checkTaken(claims: readonly Claim[], objects: Objects): Problem[] {
  const first = new Map<string, Claim>();
  const problems = claims.flatMap((claim) => {
    const { owner, from, object } = claim;
    const key = objectKey(object);
    const other = first.get(key) ?? claim;
    first.set(key, other);
    const wanted = other.owner !== owner || other.from !== from ? `, wanted by ${other.owner} and ${owner}` : '';
    if (!objects.isTaken(key) && wanted === '') return [];
    return [problem('object-taken', 'metadata.name', `${objectName(object)}${wanted}`, { subject: [owner] })];
  });
  return eachOnce(problems);
}
