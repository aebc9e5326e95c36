import { type Problem, problem } from '../errors';
import { sameJson } from '../manifests/json';
import type { Deployment, PodTemplate } from '../manifests/manifest';
import { matchesSelector } from '../manifests/selector';
import { comparableTemplate } from '../manifests/template-defaults';
import type { RolloutPlan } from '../release/transition';

/** A Deployment of another name is another one: it would be made at once, and the one of before be left behind. */
export function workloadRenamed(given: string, path = 'workloadRef.name'): Problem {
  return problem('workload-renamed', path, given);
}

/**
 * Where a ledger is of another Deployment than the declared one.
 * @param before name of the ledger's Deployment; undefined where it is not known
 */
export function checkRenamed(before: string | undefined, { workloadRef }: Pick<RolloutPlan, 'workloadRef'>): Problem[] {
  const { name } = workloadRef;
  return before === undefined || before === name ? [] : [workloadRenamed(`${name}, and was ${before}`)];
}

/** Whether pods of this template would be those of the Deployment, by its selector. */
export function takesPodsOf({ spec }: Deployment, { metadata }: PodTemplate): boolean {
  return matchesSelector(spec.selector, metadata?.labels ?? {});
}

/** Whether a Deployment runs what ran under another name: the same pods, or the same images of whatever tag. */
export function goesOnWith(deployment: Deployment, before: PodTemplate): boolean {
  const [images, others] = [repositories(deployment.spec.template), repositories(before)];
  return takesPodsOf(deployment, before) || (images.length > 0 && sameJson(images, others));
}

/** Whether its pods run otherwise than those of a template, whatever their metadata. */
export function changesPods({ spec }: Deployment, before: PodTemplate): boolean {
  return !sameJson(comparableTemplate(spec.template).spec, comparableTemplate(before).spec);
}

function repositories({ spec = {} }: PodTemplate): string[] {
  const { containers = [] } = spec as { containers?: readonly { image?: string }[] };
  // A port of the registry comes before a slash, a tag after the last one.
  return containers.map(({ image = '' }) => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')).sort();
}
