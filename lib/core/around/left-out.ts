import { loses, type PodLabels } from '../app/canary-policies';
import { isDoubled, type Prospect } from '../app/prospect';
import { groupOf, labelsOf, type LabelSelector, type Manifest, type StringMap } from '../manifests/manifest';
import { isCustom, isSameKind } from '../manifests/kinds';
import { matchesSelector } from '../manifests/selector';
import { checkOf, type Finding, labelsInWords, type Neighbours, type ObjectKind } from './check';
import { type FoundSelector, isElsewhere, podSelectors, withNamespace } from './pod-selectors';

/** What they say of a pod decides who may talk to it, or what it may do. */
export const protecting: readonly ObjectKind[] = [
  { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy' },
  { apiVersion: 'security.istio.io/v1', kind: 'RequestAuthentication' },
  { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication' },
  { apiVersion: 'networking.istio.io/v1', kind: 'Sidecar' },
  { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter' },
  { apiVersion: 'extensions.istio.io/v1alpha1', kind: 'WasmPlugin' },
  { apiVersion: 'policy.linkerd.io/v1beta3', kind: 'Server' },
  { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy' },
  { apiVersion: 'crd.projectcalico.org/v1', kind: 'NetworkPolicy' },
  { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' },
  { apiVersion: 'crd.antrea.io/v1beta1', kind: 'NetworkPolicy' },
  { apiVersion: 'vpcresources.k8s.aws/v1beta1', kind: 'SecurityGroupPolicy' },
];

/** The same for all namespaces: in a cluster they are not listed. */
export const protectingAll: readonly ObjectKind[] = [
  { apiVersion: 'cilium.io/v2', kind: 'CiliumClusterwideNetworkPolicy' },
  { apiVersion: 'crd.projectcalico.org/v1', kind: 'GlobalNetworkPolicy' },
  { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy' },
  { apiVersion: 'crd.antrea.io/v1beta1', kind: 'ClusterNetworkPolicy' },
  { apiVersion: 'policy.networking.k8s.io/v1alpha1', kind: 'AdminNetworkPolicy' },
  { apiVersion: 'policy.networking.k8s.io/v1alpha1', kind: 'BaselineAdminNetworkPolicy' },
  { apiVersion: 'policy.networking.k8s.io/v1alpha2', kind: 'ClusterNetworkPolicy' },
];

/** Where Istio has the policies for the pods of all namespaces, unless it is told otherwise. */
const ISTIO_ROOT = 'istio-system';

/** Their selectors are of objects of their own. */
const OF_NO_PODS = /^cert-manager\.io$/;

/** What they say of a pod changes nothing for whoever talks to it. */
const observing: readonly ObjectKind[] = [
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor' },
  { apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry' },
];

/** They find pods by the labels of their Services. */
const serviceMonitors: readonly ObjectKind[] = [{ apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor' }];

/** A canary apart has another value of one label: what protects pods by it leaves the canary open. */
export const unprotectedCanary = checkOf({
  name: 'unprotected-canary',
  about: 'a policy that selects stable pods by the label that canary pods have another value of',
  effect: 'refused: the canary would do, or be open to, what stable is kept from',
  objects: protecting,
  given: protectingAll,
  reaches,
  needs: [],
  findings: (prospect, _: object, object, neighbours) =>
    lost(prospect, object, neighbours)
      .filter(({ subject }) => subject)
      .map((found) => ({
        ...withoutNamespace(object),
        refused: { code: 'canary-left-out', field: found.field },
        reason: `protects stable pods and not those of the canary: ${howLost(found, prospect)}`,
        wayOut: `add another ${object.kind} of the same content for ${labelsInWords(canaryTerms(prospect))}, or select by a label that both have`,
      })),
});

/** As much as a warning is worth: whoever talks to the canary notices nothing, or somebody else decides. */
export const unseenCanary = checkOf({
  name: 'unseen-canary',
  about:
    'anything else that selects stable pods by that label, of any kind: budgets, monitors, and whom policies of others let in',
  effect: 'it does not count, watch or let in the canary',
  objects: [...observing, ...protecting],
  alsoLooksAt: (object) =>
    isCustom(object.apiVersion) && !OF_NO_PODS.test(groupOf(object.apiVersion)) && !isMonitorOfServices(object),
  reaches,
  needs: [],
  findings: (prospect, spec: { readonly template?: unknown }, object, neighbours) =>
    // What has a template makes the pods that it selects.
    spec.template === undefined &&
    lost(prospect, object, neighbours)
      .filter(({ subject }) => !(subject && isProtecting(object)))
      .slice(0, 1)
      .map((found) => ({
        ...withoutNamespace(object),
        reason: `knows stable pods and not those of the canary, in ${found.field}: ${howLost(found, prospect)}`,
        wayOut: `add another for ${labelsInWords(canaryTerms(prospect))}, or select by a label that both have`,
      })),
});

/** The canary's Service has labels of ours, and those that it is given. */
export const unseenService = checkOf({
  name: 'unseen-service',
  about: 'a monitor that finds pods by the labels of their Service',
  effect: 'it does not watch the canary',
  objects: serviceMonitors,
  alsoLooksAt: isMonitorOfServices,
  reaches,
  needs: [],
  findings: (prospect, { selector }: { readonly selector?: LabelSelector }) => {
    const { services, canaryServiceLabels } = prospect;
    const seen = services.filter((one) => matchesSelector(selector, one.labels) && isDoubled(one, prospect));
    return (
      seen.length > 0 &&
      !matchesSelector(selector, canaryServiceLabels) && {
        reason: `finds pods by Service ${seen[0]!.name}, and not those of the canary, whose Service has other labels`,
        wayOut: 'give it the labels that the monitor asks for in patchCanaryMetadata.services.labels',
      }
    );
  },
});

function isMonitorOfServices({ kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return /^(VM)?Service(Monitor|Scrape)$/.test(kind);
}

/** Whether an object is about pods of a namespace that is not its own. */
export function reaches(object: Manifest, namespace: string | undefined): boolean {
  const { namespaceSelector } = (object.spec ?? {}) as { readonly namespaceSelector?: unknown };
  return (
    isOneOf(protectingAll, object) ||
    (object.metadata.namespace === ISTIO_ROOT && groupOf(object.apiVersion).endsWith('.istio.io')) ||
    (namespaceSelector !== undefined && !isElsewhere(namespaceSelector, namespace))
  );
}

/** What is of all namespaces may have been given one with the rest of the input. */
export function withoutNamespace({ kind, metadata: { name = '' } }: Manifest): Pick<Finding, 'object'> {
  return /^(Baseline)?(Admin|Cluster|Global)|Clusterwide/.test(kind) ? { object: { kind, name } } : {};
}

function isProtecting(object: Manifest): boolean {
  return isOneOf([...protecting, ...protectingAll], object);
}

/** Whether a selector of an object, or of another of its kind, is like that. */
export function isAmongAlike(
  object: Manifest,
  neighbours: Neighbours,
  namespace: string | undefined,
  isLike: (found: FoundSelector) => boolean,
): boolean {
  return neighbours.alike(object).some((one) => podSelectors(one, namespace).some(isLike));
}

/** Those of the keys that a selector has terms about. */
export function keysIn(selector: LabelSelector, keys: readonly string[]): string[] {
  const text = JSON.stringify(selector);
  return keys.filter((key) => text.includes(`"${key}"`));
}

function isOneOf(kinds: readonly ObjectKind[], object: Manifest): boolean {
  return kinds.some((kind) => isSameKind(kind, object));
}

/** Selectors that lose the canary only by its own value of a label, where no other object of the kind means the canary. */
function lost(prospect: Prospect, object: Manifest, neighbours: Neighbours): FoundSelector[] {
  const labels = podLabels(prospect);
  const { namespace } = prospect.workload;
  return podSelectors(object, namespace)
    .filter(({ selector }) => loses(selector, labels))
    .filter(
      ({ subject }) =>
        !isAmongAlike(
          object,
          neighbours,
          namespace,
          (other) => other.subject === subject && meansCanary(other.selector, labels),
        ),
    );
}

function meansCanary(selector: LabelSelector, { declared, canary }: PodLabels): boolean {
  return matchesSelector(selector, canary) && !matchesSelector(selector, declared);
}

function podLabels({ target, canaryLabels, workload: { namespace } }: Prospect): PodLabels {
  return {
    declared: withNamespace(labelsOf(target), namespace),
    canary: withNamespace(canaryLabels, namespace),
  };
}

/** The labels that canary pods have another value of. */
function canaryTerms(prospect: Prospect): StringMap {
  const { declared, canary } = podLabels(prospect);
  return Object.fromEntries(
    Object.entries(canary).filter(([key, value]) => declared[key] !== undefined && declared[key] !== value),
  );
}

function howLost({ selector }: FoundSelector, prospect: Prospect): string {
  const { declared, canary } = podLabels(prospect);
  const keys = keysIn(selector, Object.keys(canaryTerms(prospect)));
  return `it knows them by ${keys.map((key) => `${key}: ${declared[key]}, which is ${canary[key]} there`).join(', ')}`;
}
