import { GraylaneError, type Problem, problem } from '../errors';
import { type Deployment, objectName, type Service, type StringMap } from '../manifests/manifest';
import { CANARY_TRACK, isOurs, shorten, TRACK_LABEL } from '../manifests/names';
import type { Objects } from '../manifests/objects';
import type { RolloutSpec } from '../specs/spec';

/**
 * How canary pods differ from stable ones, from birth, so that no Service of the user's is ever edited.
 * - apart: another value for one label of stable's selector; no base Service selects them, a canary Service does.
 * - subset: all labels of stable's and the track label; the gateway tells them apart behind one Service.
 * - joined: the same labels, and no route: the base Services spread requests over all pods.
 */
export type Separation =
  | { readonly by: 'apart'; readonly label: string; readonly value: string }
  | { readonly by: 'subset'; readonly tag: string }
  | { readonly by: 'joined' };

/** The labels by which a canary Deployment selects its pods; stable's selector plus a term that stable pods lack. */
export function canarySelectorTerms(separation: Separation): StringMap {
  return separation.by === 'apart' ? { [separation.label]: separation.value } : { [TRACK_LABEL]: CANARY_TRACK };
}

/**
 * Apart: the label that every Service of the workload selects on, so that none of them finds the canary.
 * @throws GraylaneError canary-label, with the Services, where there is no such label
 */
export function apart(spec: RolloutSpec, stable: Deployment, services: readonly Service[]): Separation {
  const label = canaryLabel(spec, stable, services);
  const { canaryLabel: named, patchPodTemplateMetadata: { labels = {} } = {} } = spec;
  const of = stable.spec.selector.matchLabels![label]!;
  const value = named === label && labels[label] !== of ? labels[label] : undefined;
  return { by: 'apart', label, value: value ?? shorten(`${of}-canary`) };
}

/** Apart from stable is not enough: nothing else in the namespace may select the canary either. */
export function checkApart(
  separation: Separation,
  stable: Deployment,
  services: readonly Service[],
  objects: Objects,
): Problem[] {
  if (separation.by !== 'apart') return [];
  const { label, value } = separation;
  const labels = { ...stable.spec.template.metadata?.labels, [label]: value };
  const named = otherLabels(separation, stable, services)
    .map((other) => `set canaryLabel to ${other}, or `)
    .join('');
  return objects
    .selecting(stable.metadata.namespace, labels)
    .filter((object) => !isOurs(object))
    .map((object) =>
      problem('canary-label', 'canaryLabel', `${label}: ${value}, which ${objectName(object)} selects`, {
        allowed: 'a label whose value on canary pods is selected by no Service and no Deployment',
        fix: `${named}set canaryLabel to ${label} and give it another value in patchPodTemplateMetadata.labels, or let ${objectName(object)} select other pods`,
      }),
    );
}

/** The labels by which canary pods could differ instead. */
export function otherLabels(separation: Separation, stable: Deployment, services: readonly Service[]): string[] {
  const label = separation.by === 'apart' ? separation.label : undefined;
  return usableLabels(stable, services).filter((other) => other !== label);
}

const PREFERRED = ['app', 'app.kubernetes.io/name', 'cdk8s.io/metadata.addr'];

function canaryLabel(spec: RolloutSpec, stable: Deployment, services: readonly Service[]): string {
  const usable = usableLabels(stable, services);
  const label = spec.canaryLabel === undefined ? usable[0] : usable.find((one) => one === spec.canaryLabel);
  if (label !== undefined) return label;
  throw new GraylaneError(
    problem('canary-label', 'canaryLabel', spec.canaryLabel ?? stable.spec.selector.matchLabels, {
      allowed: `a label in the selector of ${objectName(stable)} and of ${services.map(objectName).join(', ') || 'its Services'}`,
      ...(usable.length > 0 && { fix: `set canaryLabel to ${usable.join(' or ')}, or leave it out` }),
    }),
  );
}

/** Those of stable's selector on which every Service selects, the usual ones first. */
function usableLabels(stable: Deployment, services: readonly Service[]): string[] {
  const { matchLabels = {}, matchExpressions = [] } = stable.spec.selector;
  const usable = (key: string) =>
    // An empty value has no room for a suffix: "-canary" is no label value.
    matchLabels[key] &&
    !matchExpressions.some((expression) => expression.key === key) &&
    services.every((service) => service.spec.selector?.[key] !== undefined);
  return [...new Set([...PREFERRED, ...Object.keys(matchLabels).sort()])].filter(usable);
}
