import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../core';

/** Of the status of a route of Gateway API, what says whether its parents have taken it up. */
interface RouteStatus {
  readonly parents?: readonly {
    readonly parentRef?: object;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly observedGeneration?: number;
    }[];
  }[];
}

/** Every parent of the route has to accept it as it is now: the first that answers does not speak for the others. */
export function missingAcceptance({ metadata, spec, status }: Manifest): string | undefined {
  const { parents = [] } = (status ?? {}) as RouteStatus;
  const { parentRefs = [] } = (spec ?? {}) as { parentRefs?: readonly object[] };
  const silent = parentRefs.filter((ref) => !parents.some(({ parentRef }) => isDeepStrictEqual(parentRef, ref)));
  if (parents.length === 0) return 'no gateway has answered yet';
  const generation = (metadata.generation as number | undefined) ?? 0;
  const bad = parents
    .flatMap(({ conditions = [] }) => conditions)
    .find((one) => one.status !== 'True' || (one.observedGeneration ?? generation) < generation);
  if (bad) return `${bad.type} ${bad.status}: ${bad.reason ?? ''}`;
  return silent.length === 0 ? undefined : `${silent.map(nameOf).join(' and ')} has not answered yet`;
}

function nameOf(ref: { readonly kind?: string; readonly name?: string; readonly sectionName?: string }): string {
  const { kind = 'Gateway', name, sectionName } = ref;
  return `parent ${kind} ${name}${sectionName === undefined ? '' : `, ${sectionName}`}`;
}
