import {
  type Deployment,
  defined,
  labelsOf,
  type PodTemplate,
  type Service,
  type StringMap,
} from '../manifests/manifest';
import { CANARY_TRACK, canaryName, ROLLOUT_LABEL, shorten, TRACK_LABEL } from '../manifests/names';
import type { CanaryMetadataPatch, RolloutSpec } from '../specs/spec';
import { canarySelectorTerms, type Separation } from './separation';
import type { Templates } from '../release/ledger';
import type { Stage } from '../release/stages';
import { withCanaryTerms } from './canary-terms';

/** Stable at a stage: the user's declaration (R10), with stable's or the target's template, and paused. */
export function stableDeployment(declared: Deployment, stage: Stage, templates: Templates): Deployment {
  const template = stage.stable === 'target' ? templates.target : templates.stable;
  return { ...declared, spec: { ...declared.spec, ...(stage.stable === 'paused' && { paused: true }), template } };
}

/**
 * The Deployment that runs the new revision: stable's spec with the target's template and the patched metadata. The
 * metadata of stable itself is not copied: it belongs to the tools that track stable; `patchCanaryMetadata` has the canary's.
 */
export function canaryDeployment(
  declared: Deployment,
  target: PodTemplate,
  replicas: number,
  spec: RolloutSpec,
  separation: Separation,
): Deployment {
  const terms = canarySelectorTerms(separation);
  const { selector } = declared.spec;
  return {
    apiVersion: declared.apiVersion,
    kind: declared.kind,
    metadata: canaryMetadata(declared, spec, 'deployment'),
    spec: {
      ...declared.spec,
      replicas,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, ...terms } },
      template: withCanaryTerms(canaryTemplate(target, spec, separation), target.metadata?.labels),
    },
  };
}

/**
 * The Service that selects canary pods only: the base's ports, and nothing that belongs to the base alone (addresses,
 * annotations, node ports, external traffic).
 */
export function canaryService(
  base: Service,
  spec: RolloutSpec,
  terms: StringMap,
  type: 'ClusterIP' | 'NodePort',
): Service {
  const headless = base.spec.clusterIP === 'None';
  return {
    apiVersion: base.apiVersion,
    kind: base.kind,
    metadata: canaryMetadata(base, spec, 'services'),
    spec: defined({
      type: type === 'NodePort' && !headless ? type : undefined,
      clusterIP: headless ? 'None' : undefined,
      ports: base.spec.ports?.map(({ name, protocol, port, targetPort, appProtocol }) =>
        defined({ name, protocol, port, targetPort, appProtocol }),
      ),
      selector: { ...base.spec.selector, ...terms },
      publishNotReadyAddresses: false,
    }),
  };
}

/** Labels that every object of a rollout carries, so that leftovers are found even without a ledger. */
export function rolloutLabels(spec: RolloutSpec): StringMap {
  return { [ROLLOUT_LABEL]: shorten(spec.name) };
}

/** Labels of the canary's Deployment, or of each of its Services. */
export function canaryObjectLabels(spec: RolloutSpec, of: keyof CanaryMetadataPatch): StringMap {
  return { ...spec.patchCanaryMetadata?.[of]?.labels, ...rolloutLabels(spec) };
}

/** Labels of the pods that run a template as a canary. */
export function canaryPodLabels(target: PodTemplate, spec: RolloutSpec, separation: Separation): StringMap {
  return {
    ...labelsOf(target),
    ...spec.patchPodTemplateMetadata?.labels,
    [TRACK_LABEL]: CANARY_TRACK,
    ...canarySelectorTerms(separation),
  };
}

function canaryTemplate(target: PodTemplate, spec: RolloutSpec, separation: Separation): PodTemplate {
  const { annotations } = spec.patchPodTemplateMetadata ?? {};
  const metadata = target.metadata ?? {};
  return {
    ...target,
    metadata: {
      ...metadata,
      labels: canaryPodLabels(target, spec, separation),
      ...(annotations && { annotations: { ...metadata.annotations, ...annotations } }),
    },
  };
}

function canaryMetadata({ metadata }: Deployment | Service, spec: RolloutSpec, of: keyof CanaryMetadataPatch) {
  return defined({
    name: canaryName(metadata.name!),
    namespace: metadata.namespace,
    labels: canaryObjectLabels(spec, of),
    annotations: spec.patchCanaryMetadata?.[of]?.annotations,
  });
}
