import { defined, type Manifest, percentage, type Problem, refuse, type RolloutSpec, type Step } from '../core';
import { lostIf } from './errors';
import { type Comparison, comparisonOf } from './expression';
import { lostOfMatch, printMatch } from './match';
import { GROUP, type KruiseVersion, LANE_ANNOTATION } from './schema';
import { lostOfRef, printObjectRef } from './traffic-routing';

const ONE_ROUTING = "one entry: Kruise's webhook refuses others";
const ONE_OF_BOTH = 'either: beside matches Kruise ignores the traffic';

export interface PrintOptions {
  /**
   * How a v1beta1 Rollout names its lane. The documentation shows the field; Kruise's controller reads the annotation.
   * @default field
   */
  readonly laneAs?: 'field' | 'both';
}

/**
 * Kruise's Rollout, from a rollout, such that parsing it gives the rollout again.
 * @throws GraylaneError kruise-lost for what the version cannot say
 */
export function printRollout(
  spec: RolloutSpec,
  version: KruiseVersion,
  { laneAs = 'field' }: PrintOptions = {},
): Manifest {
  refuse(lost(spec, version));
  const { name, namespace, workloadRef, trafficRoutingRef: lane } = spec;
  const annotated = lane !== undefined && (version === 'v1alpha1' || laneAs === 'both');
  const ref = {
    apiVersion: workloadRef.apiVersion ?? 'apps/v1',
    kind: workloadRef.kind ?? 'Deployment',
    name: workloadRef.name,
  };
  const canary = canaryStrategy(spec, version, version === 'v1alpha1' ? undefined : lane);
  return {
    apiVersion: `${GROUP}/${version}`,
    kind: 'Rollout',
    metadata: defined({ name, namespace, annotations: annotated ? { [LANE_ANNOTATION]: lane } : undefined }),
    spec: {
      ...(version === 'v1alpha1' ? { objectRef: { workloadRef: ref } } : { workloadRef: ref }),
      strategy: { canary },
    },
  };
}

function canaryStrategy(spec: RolloutSpec, version: KruiseVersion, trafficRoutingRef: string | undefined): object {
  return defined({
    enableExtraWorkloadForCanary: version === 'v1beta1' ? true : undefined,
    steps: spec.steps.map((step) => printStep(step, version, comparisonOf(spec.trafficRoutings))),
    trafficRoutings: spec.trafficRoutings?.map(printObjectRef),
    patchPodTemplateMetadata: spec.patchPodTemplateMetadata,
    trafficRoutingRef,
  });
}

function printStep(step: Step, version: KruiseVersion, comparison: Comparison): object {
  const { replicas, traffic, matches, requestHeaderModifier, pause } = step;
  return defined({
    replicas,
    ...(version === 'v1beta1' ? { traffic } : { weight: percentage(traffic) }),
    matches: matches?.map((match) => printMatch(match, comparison)),
    requestHeaderModifier,
    pause,
  });
}

function lost(spec: RolloutSpec, version: KruiseVersion): Problem[] {
  const { canaryLabel, patchCanaryMetadata, trafficRoutingRef, trafficRoutings = [], steps } = spec;
  const { checks, onBroken, bakeSeconds } = spec;
  return [
    ...trafficRoutings.flatMap((ref, i) => lostOfRef(ref, `trafficRoutings[${i}]`)),
    ...lostIf(trafficRoutings.length > 1, 'trafficRoutings', `${trafficRoutings.length} entries`, {
      allowed: ONE_ROUTING,
      fix: 'keep one of them',
    }),
    ...lostIf(canaryLabel !== undefined, 'canaryLabel', canaryLabel),
    ...lostIf(patchCanaryMetadata !== undefined, 'patchCanaryMetadata', patchCanaryMetadata),
    ...lostIf(trafficRoutingRef?.includes('/'), 'trafficRoutingRef', trafficRoutingRef, {
      allowed: "a lane of the rollout's namespace",
      fix: "put the lane into the rollout's namespace, and name it without one",
    }),
    ...lostIf(
      checks?.length,
      'checks',
      checks?.map(({ name }) => name),
    ),
    ...lostIf(onBroken !== undefined, 'onBroken', onBroken),
    ...lostIf(bakeSeconds, 'bakeSeconds', bakeSeconds),
    ...steps.flatMap(({ matches = [], traffic, checks: own }, i) => [
      ...lostIf(
        own?.length,
        `steps[${i}].checks`,
        own?.map(({ name }) => name),
      ),
      ...matches.flatMap((match, j) => lostOfMatch(match, `steps[${i}].matches[${j}]`, version)),
      ...lostIf(matches.length > 0 && traffic !== undefined, `steps[${i}].traffic`, traffic, { allowed: ONE_OF_BOTH }),
    ]),
  ];
}
