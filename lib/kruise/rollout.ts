import {
  checkRollout,
  type CheckSpec,
  defined,
  GraylaneError,
  type IntOrPercent,
  type Manifest,
  type Percentage,
  refuse,
  type RolloutSpec,
  type Step,
} from '../core';
import { problem } from './errors';
import { type Comparison, comparisonOf } from './expression';
import { checkParsedMatch, parseMatch } from './match';
import { checkRefused } from './refused';
import {
  GROUP,
  isKruise,
  LANE_ANNOTATION,
  read,
  rolloutV1alpha1,
  type RolloutV1alpha1,
  rolloutV1beta1,
  type RolloutV1beta1,
} from './schema';
import { checkParsedRef, parseObjectRef } from './traffic-routing';

export function isKruiseRollout(object: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return object.kind === 'Rollout' && isKruise(object);
}

/**
 * A rollout, from Kruise's Rollout in either version, which may name its lane by the field or by the annotation.
 * @throws GraylaneError for what is no Rollout, and for what Kruise can and we cannot
 */
export function parseRollout(object: Manifest): RolloutSpec {
  const spec = parseVersion(object);
  refuse(checkRollout(spec));
  return spec;
}

function parseVersion(object: Manifest): RolloutSpec {
  switch (object.apiVersion) {
    case `${GROUP}/v1beta1`:
      return fromV1beta1(read(rolloutV1beta1, object));
    case `${GROUP}/v1alpha1`:
      return fromV1beta1(toV1beta1(read(rolloutV1alpha1, object)));
    default: {
      const allowed = `${GROUP}/v1alpha1 or ${GROUP}/v1beta1`;
      throw new GraylaneError(problem('kruise-version', 'apiVersion', object.apiVersion, { allowed }));
    }
  }
}

/** Kruise's own conversion: a weight is traffic, and the replicas where none are given. */
function toV1beta1({ apiVersion, kind, metadata, spec }: RolloutV1alpha1): RolloutV1beta1 {
  const { objectRef, strategy, rolloutID: _, ...rest } = spec;
  refuse(checkRefused(spec, metadata.annotations, 'v1alpha1'));
  const { canary } = strategy;
  // Without a routing of its own a weight is nothing but a number of replicas.
  const routed = (canary?.trafficRoutings?.length ?? 0) > 0;
  const steps = canary?.steps?.map(({ weight, ...step }) =>
    defined({
      ...step,
      replicas: step.replicas ?? (weight === undefined ? undefined : `${weight}%`),
      traffic: weight === undefined || (!routed && step.replicas === undefined) ? undefined : `${weight}%`,
    }),
  );
  return {
    apiVersion,
    kind,
    metadata,
    spec: {
      ...rest,
      workloadRef: objectRef.workloadRef,
      strategy: {
        ...strategy,
        ...(canary && { canary: { ...canary, ...(steps && { steps }), enableExtraWorkloadForCanary: true } }),
      },
    },
  };
}

function fromV1beta1({ metadata, spec }: RolloutV1beta1): RolloutSpec {
  refuse(checkRefused(spec, metadata.annotations, 'v1beta1'));
  const {
    steps = [],
    trafficRoutings,
    trafficRoutingRef,
    patchPodTemplateMetadata,
    patchCanaryMetadata,
    canaryLabel,
    checks,
    onBroken,
    bakeSeconds,
  } = spec.strategy.canary!;
  const comparison = comparisonOf(trafficRoutings);
  refuse([
    ...(trafficRoutings ?? []).flatMap((ref, i) => checkParsedRef(ref, `spec.strategy.canary.trafficRoutings[${i}]`)),
    ...steps.flatMap(({ matches = [] }, i) =>
      matches.flatMap((match, j) =>
        checkParsedMatch(match, `spec.strategy.canary.steps[${i}].matches[${j}]`, comparison),
      ),
    ),
  ]);
  const { apiVersion, kind, name } = spec.workloadRef;
  const usual = apiVersion === 'apps/v1' && kind === 'Deployment';
  return defined({
    name: metadata.name,
    namespace: metadata.namespace,
    workloadRef: usual ? { name } : { apiVersion, kind, name },
    steps: steps.map((step) => parseStep(step, comparison)),
    trafficRoutingRef: trafficRoutingRef ?? metadata.annotations?.[LANE_ANNOTATION],
    trafficRoutings: trafficRoutings?.map(parseObjectRef),
    patchPodTemplateMetadata,
    patchCanaryMetadata,
    canaryLabel,
    checks: checks as readonly CheckSpec[] | undefined,
    onBroken: onBroken as RolloutSpec['onBroken'],
    bakeSeconds,
  });
}

type KruiseStep = NonNullable<NonNullable<RolloutV1beta1['spec']['strategy']['canary']>['steps']>[number];

/** A step without replicas, and what is no percentage, is refused by the check of the whole. */
function parseStep(step: KruiseStep, comparison: Comparison): Step {
  const { replicas, traffic, matches, requestHeaderModifier, pause, checks } = step;
  return defined({
    replicas: replicas as IntOrPercent,
    traffic: traffic as Percentage | undefined,
    matches: matches?.map((match) => parseMatch(match, comparison)),
    requestHeaderModifier,
    pause,
    checks: checks as Step['checks'],
  });
}
