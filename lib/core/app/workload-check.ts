import { type Problem, problem } from '../errors';
import { demand } from '../specs/demand';
import { type Deployment, selects, type Service } from '../manifests/manifest';
import type { Routing } from '../routes/routing';
import type { Separation } from './separation';
import type { CanaryMetadataPatch, MetadataPatch, RolloutSpec } from '../specs/spec';

const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY = /^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const OURS = 'graylane.io/';

/** What of a workload stands in the way of a release (R15, as far as its manifest shows it), and what of the patch. */
export function checkWorkload(
  spec: RolloutSpec,
  deployment: Deployment,
  services: readonly Service[],
  separation: Separation,
  routing: Routing | undefined,
): Problem[] {
  return [
    ...checkDeployment(deployment),
    ...checkPatch(spec, deployment, services, separation),
    ...checkCanaryMetadata('deployment', spec.patchCanaryMetadata?.deployment),
    ...checkCanaryMetadata('services', spec.patchCanaryMetadata?.services),
    ...(separation.by === 'subset' ? checkSubset(spec, separation.tag, routing!) : []),
  ];
}

function checkDeployment({ spec }: Deployment): Problem[] {
  const labels = spec.template.metadata?.labels ?? {};
  const { matchLabels = {} } = spec.selector;
  const { type } = spec.strategy ?? {};
  const reserved = Object.keys(labels).filter((key) => key.startsWith(OURS));
  return [
    ...demand(!spec.paused, 'workload-paused', 'workload.spec.paused', spec.paused),
    ...demand(type !== 'Recreate', 'workload-recreate', 'workload.spec.strategy.type', type),
    ...demand(selects(matchLabels, labels), 'workload-selector', 'workload.spec.selector.matchLabels', matchLabels),
    ...reserved.map((key) => problem('label-reserved', `workload.spec.template.metadata.labels["${key}"]`, key)),
  ];
}

/**
 * The patch may not touch what the Deployment or a Service selects on: such pods would be lost to their owner. The label that
 * keeps the canary apart, where it is named, gets its value there.
 */
function checkPatch(
  { patchPodTemplateMetadata: patch = {}, canaryLabel }: RolloutSpec,
  { spec }: Deployment,
  services: readonly Service[],
  separation: Separation,
): Problem[] {
  const selected = new Set([
    ...Object.keys(spec.selector.matchLabels ?? {}),
    ...(spec.selector.matchExpressions ?? []).map(({ key }) => key),
    ...services.flatMap((service) => Object.keys(service.spec.selector ?? {})),
  ]);
  const wrongLabels = Object.entries(patch.labels ?? {}).flatMap(([key, value]) => {
    const path = `patchPodTemplateMetadata.labels["${key}"]`;
    const own = separation.by === 'apart' && key === canaryLabel && value !== spec.selector.matchLabels?.[key];
    if ((selected.has(key) && !own) || key.startsWith(OURS)) return [problem('patch-selector', path, value)];
    return checkLabel(path, key, value);
  });
  return [...wrongLabels, ...checkAnnotations('patchPodTemplateMetadata', patch)];
}

/** Our own labels find the canary's objects again, whatever becomes of a run. */
function checkCanaryMetadata(of: keyof CanaryMetadataPatch, patch: MetadataPatch = {}): Problem[] {
  const field = `patchCanaryMetadata.${of}`;
  const wrongLabels = Object.entries(patch.labels ?? {}).flatMap(([key, value]) => {
    const path = `${field}.labels["${key}"]`;
    return key.startsWith(OURS) ? [problem('label-reserved', path, key)] : checkLabel(path, key, value);
  });
  return [...wrongLabels, ...checkAnnotations(field, patch)];
}

function checkLabel(path: string, key: string, value: string): Problem[] {
  return LABEL_KEY.test(key) && LABEL_VALUE.test(value) ? [] : [problem('patch-label', path, value)];
}

/** The API server looks at the keys of annotations in lower case, and at no value. */
function checkAnnotations(field: string, { annotations = {} }: MetadataPatch): Problem[] {
  return Object.keys(annotations)
    .filter((key) => key.startsWith(OURS) || !LABEL_KEY.test(key.toLowerCase()))
    .map((key) => problem('patch-annotation', `${field}.annotations["${key}"]`, key));
}

/** Without the label by which the gateway selects, the lane would lead to all pods of the Service. */
function checkSubset({ patchPodTemplateMetadata }: RolloutSpec, tag: string, { bases }: Routing): Problem[] {
  const labels = patchPodTemplateMetadata?.labels ?? {};
  const wanted = new Set(bases.map(({ gateway }) => gateway.supports.canary.subset!.podLabel.replace('{tag}', tag)));
  return [...wanted]
    .filter((label) => labels[label] !== tag)
    .map((label) =>
      problem('patch-subset', 'patchPodTemplateMetadata.labels', labels, { allowed: `labels with ${label}: ${tag}` }),
    );
}
