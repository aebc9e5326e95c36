import type { Double } from '../app/doubles';
import { isJsonObject } from '../manifests/json';
import type { LabelSelector, Manifest } from '../manifests/manifest';
import { matchesSelector } from '../manifests/selector';
import { checkOf, type Finding, type Neighbours, type ObjectKind } from './check';

/** Kinds that may be listed in a cluster. All others of this shape are found in manifests only. */
const objects: readonly ObjectKind[] = [
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'BackendTLSPolicy' },
  { apiVersion: 'gateway.networking.k8s.io/v1alpha3', kind: 'BackendTLSPolicy' },
  { apiVersion: 'gateway.envoyproxy.io/v1alpha1', kind: 'SecurityPolicy' },
  { apiVersion: 'gateway.envoyproxy.io/v1alpha1', kind: 'BackendTrafficPolicy' },
  { apiVersion: 'gateway.envoyproxy.io/v1alpha1', kind: 'EnvoyExtensionPolicy' },
  { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy' },
  { apiVersion: 'security.istio.io/v1', kind: 'RequestAuthentication' },
  { apiVersion: 'extensions.istio.io/v1alpha1', kind: 'WasmPlugin' },
  { apiVersion: 'policy.linkerd.io/v1alpha1', kind: 'AuthorizationPolicy' },
  { apiVersion: 'kuadrant.io/v1', kind: 'AuthPolicy' },
  { apiVersion: 'kuadrant.io/v1', kind: 'RateLimitPolicy' },
  { apiVersion: 'gateway.nginx.org/v1alpha1', kind: 'ClientSettingsPolicy' },
  { apiVersion: 'networking.gke.io/v1', kind: 'GCPBackendPolicy' },
  { apiVersion: 'networking.gke.io/v1', kind: 'HealthCheckPolicy' },
  { apiVersion: 'application-networking.k8s.aws/v1alpha1', kind: 'IAMAuthPolicy' },
  { apiVersion: 'application-networking.k8s.aws/v1alpha1', kind: 'TargetGroupPolicy' },
];

/** How policies name what they are attached to (GEP-713). */
interface TargetRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

interface PolicySpec {
  readonly targetRef?: TargetRef;
  readonly targetRefs?: readonly TargetRef[];
  readonly targetSelectors?: readonly (Omit<TargetRef, 'name' | 'namespace'> & LabelSelector)[];
}

/** A reference, and the field that it is in. */
interface Attachment {
  readonly field: string;
  readonly refersTo: (double: Double) => boolean;
}

/** What is attached to an object by its name is not attached to the one of ours that takes its place. */
export const attachments = checkOf({
  name: 'attached-by-name',
  about:
    'a policy that is attached to a Service or route by `targetRef`, of any kind, and not to the one of the canary',
  effect: 'refused: requests of the canary would go without it',
  objects,
  where: 'routes',
  alsoLooksAt: ({ spec }) =>
    isJsonObject(spec) && ['targetRef', 'targetRefs', 'targetSelectors'].some((key) => key in spec),
  needs: [],
  findings: ({ doubles }, spec: PolicySpec, policy, neighbours) =>
    doubles
      .filter(({ namespace }) => namespace === policy.metadata.namespace)
      .flatMap((double) => {
        const [attached] = attachmentsOf(spec).filter(({ refersTo }) => refersTo(double));
        const missing = double.ours.filter((name) => !isCovered({ ...double, name, labels: {} }, policy, neighbours));
        return attached && missing.length > 0 ? [finding(double, missing, attached, policy)] : [];
      }),
});

function finding({ kind, name }: Double, ours: readonly string[], { field }: Attachment, policy: Manifest): Finding {
  const canary = ours.map((one) => `${kind} ${one}`).join(' and ');
  const other = `add another ${policy.kind} of the same content`;
  return {
    refused: { code: 'canary-left-out', field },
    reason: `is attached to ${kind} ${name}, and not to ${canary}, which requests of the canary take`,
    wayOut:
      field === 'spec.targetRef'
        ? `${other} whose targetRef is ${canary}`
        : `name ${canary} among its targetRefs as well, or ${other} for it`,
  };
}

/** Whether one of its kind is attached to that object. */
function isCovered(double: Double, policy: Manifest, neighbours: Neighbours): boolean {
  return neighbours
    .alike(policy)
    .filter((one) => one.metadata.namespace === policy.metadata.namespace)
    .some(({ spec }) => attachmentsOf(spec ?? {}).some(({ refersTo }) => refersTo(double)));
}

function attachmentsOf({ targetRef, targetRefs = [], targetSelectors = [] }: PolicySpec): Attachment[] {
  const toName =
    (ref: TargetRef) =>
    ({ name, namespace, ...double }: Double) =>
      isOfKind(ref, double) && ref.name === name && (ref.namespace ?? namespace) === namespace;
  return [
    ...(targetRef ? [{ field: 'spec.targetRef', refersTo: toName(targetRef) }] : []),
    ...targetRefs.map((ref, i) => ({ field: `spec.targetRefs[${i}]`, refersTo: toName(ref) })),
    ...targetSelectors.map((selector, i) => ({
      field: `spec.targetSelectors[${i}]`,
      refersTo: (double: Double) => isOfKind(selector, double) && matchesSelector(selector, double.labels),
    })),
  ];
}

/** Groups are left out by some, and the core group has a name for others. */
function isOfKind(ref: TargetRef, { group, kind }: Pick<Double, 'group' | 'kind'>): boolean {
  return ref.kind === kind && [undefined, group, ...(group === '' ? ['core'] : [])].includes(ref.group);
}
