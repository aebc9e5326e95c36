import { isJsonObject } from '../manifests/json';
import { labelsOf, type LabelSelector, type PodTemplate } from '../manifests/manifest';
import { matchesSelector } from '../manifests/selector';
import { checkOf } from './check';

interface ClaimSpec {
  readonly accessModes?: readonly string[];
}

interface Pod {
  readonly volumes?: ReadonlyArray<{ readonly persistentVolumeClaim?: { readonly claimName?: string } }>;
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: {
    readonly nodeAffinity?: Required<{ readonly nodeSelectorTerms?: readonly NodeTerm[] }>;
    readonly podAffinity?: Required<readonly PodTerm[]>;
  };
}

interface Required<T> {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: T;
}

interface NodeTerm {
  readonly matchExpressions?: readonly NodeExpression[];
  readonly matchFields?: readonly NodeExpression[];
}

interface NodeExpression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

interface PodTerm {
  readonly topologyKey: string;
  readonly labelSelector?: LabelSelector;
}

const NODE = 'kubernetes.io/hostname';
/** Access modes by which pods on several nodes have a volume: `IsMultiAttachAllowed` of Kubernetes 1.34, pkg/volume/util. */
const OF_MANY = ['ReadWriteMany', 'ReadOnlyMany'];

/** Two revisions have a volume at once, where before it was one, or pods of one node. */
export const sharedVolume = checkOf({
  name: 'shared-volume',
  about: 'a claim of the new pods with ReadWriteOnce or ReadWriteOncePod: its volume is on one node, or with one pod',
  effect: 'pods of the canary, or of stable in promotion, wait for the volume',
  objects: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }],
  needs: [],
  findings: ({ target }, { accessModes = [] }: ClaimSpec, { metadata: { name } }) => {
    const isUsed = podOf(target).volumes?.some(
      ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === name,
    );
    if (!isUsed || accessModes.length === 0 || accessModes.some((mode) => OF_MANY.includes(mode))) return false;
    const wayOut =
      'let the pods have it by a claim with ReadWriteMany or ReadOnlyMany, or each its own by an ephemeral volume';
    if (accessModes.includes('ReadWriteOncePod')) {
      return { reason: 'is ReadWriteOncePod: one pod has its volume, and pods of the canary wait for it', wayOut };
    }
    return (
      !staysOnOneNode(target) && {
        reason:
          'is ReadWriteOnce: its volume is on one node, and pods of stable and of the canary wait for it on any other',
        wayOut: `${wayOut}; or keep all of them on one node by required podAffinity to each other, topologyKey ${NODE}`,
      }
    );
  },
});

/** Whether pods of a template, and those of the canary, whose terms follow it, can only be on one node. */
function staysOnOneNode(template: PodTemplate): boolean {
  const { nodeName, nodeSelector, affinity } = podOf(template);
  const nodes = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const near = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return (
    nodeName !== undefined ||
    nodeSelector?.[NODE] !== undefined ||
    (nodes.length === 1 && isOneNode(nodes[0]!)) ||
    near.some(
      ({ topologyKey, labelSelector }) => topologyKey === NODE && matchesSelector(labelSelector, labelsOf(template)),
    )
  );
}

function isOneNode({ matchExpressions = [], matchFields = [] }: NodeTerm): boolean {
  const one = (key: string) => (term: NodeExpression) =>
    term.key === key && term.operator === 'In' && term.values?.length === 1;
  return matchExpressions.some(one(NODE)) || matchFields.some(one('metadata.name'));
}

function podOf({ spec }: PodTemplate): Pod {
  return isJsonObject(spec) ? spec : {};
}
