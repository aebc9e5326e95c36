import type { Manifest } from '../../core';
import { isRouteObject, type ParentRef } from './http-route';

interface ParentStatus {
  readonly parentRef: ParentRef;
  readonly conditions?: readonly ParentCondition[];
}

interface ParentCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly observedGeneration?: number;
}

/** What is missing until every parent has accepted the route as it is now. */
export function notAccepted(live: Manifest): string | undefined {
  if (!isRouteObject(live)) return undefined;
  const { parents = [] } = (live.status ?? {}) as { parents?: readonly ParentStatus[] };
  const generation = (live.metadata.generation ?? 0) as number;
  for (const ref of live.spec.parentRefs ?? []) {
    const answers = parents.filter(({ parentRef }) => isSame(parentRef, ref, live.metadata.namespace));
    if (answers.length === 0) return `${ref.kind ?? 'Gateway'} ${ref.name} has not answered yet`;
    const bad = answers
      .flatMap(({ conditions = [] }) => conditions)
      .find(({ status, observedGeneration = generation }) => status !== 'True' || observedGeneration < generation);
    if (bad) return `${bad.type} ${bad.status}: ${bad.reason ?? ''} (${ref.kind ?? 'Gateway'} ${ref.name})`;
  }
  return undefined;
}

/** Whether an answer is about this parent; what is left out has a default. */
function isSame(a: ParentRef, b: ParentRef, own: string | undefined): boolean {
  const fields = ({ group, kind, namespace, name, sectionName, port }: ParentRef) =>
    [group ?? 'gateway.networking.k8s.io', kind ?? 'Gateway', namespace ?? own, name, sectionName, port].join('/');
  return fields(a) === fields(b);
}
