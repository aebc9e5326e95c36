import type { Around, Caveat, Manifest, Route, StringMap } from '../../core';
import { DRAWN_FOR_EACH_REQUEST } from '../writing/sessions';
import { isIngress } from './ingress';
import { pathsOf } from './ingress-paths';

/** Annotations by which Higress and MSE send a client to one pod of a Service, by a hash. */
const HASHED = /\.io\/(affinity|session-cookie-(name|path)|upstream-hash-by)$/;

/** Whether one of the Ingresses that lead to the Service says so: it counts for all of them. */
export function isSaid(
  bases: readonly Manifest[],
  service: string,
  says: (annotations: StringMap) => boolean,
): boolean {
  return bases
    .filter(isIngress)
    .filter((base) => pathsOf(base).some((path) => path.service === service))
    .some(({ metadata }) => says(metadata.annotations ?? {}));
}

export function shareOfHashed(base: Manifest, { service, weight }: Route, { bases }: Around): Caveat[] {
  const isHashed = (annotations: StringMap) => Object.keys(annotations).some((key) => HASHED.test(key));
  return weight !== undefined && isSaid([base, ...bases], service, isHashed) ? [DRAWN_FOR_EACH_REQUEST] : [];
}
