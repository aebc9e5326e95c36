import { outlookOf, type Prospect } from '../app/prospect';
import type { Member } from '../app/topology';
import { defined, groupOf, type Manifest, type PodTemplate } from '../manifests/manifest';
import type { Facts } from '../specs/replicas';
import { declaredReplicas, sharedAverage } from './autoscalers';
import type { Check, Finding, ObjectKind, Warning } from './check';
import { sharedBudget } from './disruption-budgets';
import { graceAfterHooks, preStopHooks, readinessProbes, unreadyAddresses } from './lost-requests';
import { uncoveredCanary, unknownPeer } from './network-policies';
import { keptReferences } from './references';
import { remainingPods } from './rolling-update';
import { unroutedRequests } from './unrouted-requests';

/** All that is looked at around a release. */
export const checks: readonly Check[] = [
  keptReferences,
  declaredReplicas,
  sharedAverage,
  sharedBudget,
  uncoveredCanary,
  unknownPeer,
  readinessProbes,
  preStopHooks,
  graceAfterHooks,
  unreadyAddresses,
  remainingPods,
  unroutedRequests,
];

/** The kinds of objects that have to be known, beside what a rollout refers to. */
export const kindsAround: readonly ObjectKind[] = [
  ...new Map(checks.flatMap(({ objects }) => (objects ? [[objects.kind, objects] as const] : []))).values(),
];

/** What the checks find of a release that has these objects around it. */
export function warningsOf(prospect: Prospect, objects: readonly Manifest[]): Warning[] {
  const { name, namespace } = prospect.workload;
  const deployment = { kind: 'Deployment', name: name!, ...defined({ namespace }) };
  return checks.flatMap((check) => {
    if (check.needs.some((fact) => prospect[fact] === undefined)) return [];
    const found =
      check.objects === undefined
        ? findings(check, prospect, { apiVersion: '', kind: '', metadata: {} })
        : objectsAround(objects, namespace)
            .filter((object) => isOf(check.objects!, object))
            .flatMap((object) => {
              const { kind, metadata } = object;
              const named = { kind, name: metadata.name ?? '', ...defined({ namespace: metadata.namespace }) };
              return findings(check, prospect, object).map((finding) => ({ object: named, ...finding }));
            });
    return found.map((finding) => ({ check: check.name, object: deployment, ...finding }));
  });
}

/** What the checks find of a release of an app. */
export function warningsAround(
  member: Member,
  { stable, target }: { readonly stable: PodTemplate; readonly target: PodTemplate },
  objects: readonly Manifest[],
  facts: Facts = {},
): Warning[] {
  return warningsOf({ ...outlookOf(member, target, facts), stable, target }, objects);
}

/** Those of the objects that a check looks at, in exactly that namespace; none is that of the whole app. */
export function objectsAround(objects: readonly Manifest[], namespace: string | undefined): Manifest[] {
  return objects.filter(
    (object) => object.metadata.namespace === namespace && kindsAround.some((kind) => isOf(kind, object)),
  );
}

function isOf({ apiVersion, kind }: ObjectKind, object: Manifest): boolean {
  return object.kind === kind && groupOf(object.apiVersion) === groupOf(apiVersion);
}

/** Nobody has checked the shape of what is in a manifest: what is no list or map is for the API server to refuse. */
function findings(check: Check, prospect: Prospect, object: Manifest): readonly Finding[] {
  try {
    return check.findings(prospect, object);
  } catch (error) {
    if (error instanceof TypeError) return [];
    throw error;
  }
}
