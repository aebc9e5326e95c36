import { type Problem, type StringMap } from '../core';
import { refusedIf } from './errors';
import {
  type KruiseVersion,
  LANE_ANNOTATION,
  ROLLBACK_ANNOTATION,
  type RolloutV1alpha1,
  type RolloutV1beta1,
  STYLE_ANNOTATION,
} from './schema';

type Spec = RolloutV1beta1['spec'] | RolloutV1alpha1['spec'];

/** What Kruise has and a release here has not, with what to do instead. */
const INSTEAD = {
  disabled: 'leave the Rollout out of the input, or set disabled to false',
  paused: 'remove paused: a release is held with `graylane up --hold`, or by not advancing its ledger',
  blueGreen:
    'write strategy.canary with enableExtraWorkloadForCanary: true: a step with replicas "100%", and traffic "100%" beside trafficRoutings, runs all of the new revision before promotion',
  partition: 'set enableExtraWorkloadForCanary to true (v1beta1), or rolling-style to canary (v1alpha1)',
  canary: 'write strategy.canary with steps, and in v1beta1 with enableExtraWorkloadForCanary: true',
  failureThreshold: 'remove failureThreshold: a stage settles when all pods are ready, within progressDeadlineSeconds',
  disableGenerateCanaryService: 'remove it: a canary Service is written only where the gateway needs one',
  rolloutID: 'remove rolloutID: releases are numbered in the ledger',
  rollbackInBatch: 'remove the annotation: an abort closes the route first and then removes the canary',
} as const;

/** Problems for fields and annotations that are known and refused. */
export function checkRefused(spec: Spec, annotations: StringMap = {}, version: KruiseVersion): Problem[] {
  const { strategy } = spec;
  const { canary } = strategy;
  const at = (field: string) => `spec.strategy.canary.${field}`;
  const refused = (is: unknown, path: string, given: unknown, fix: string) => refusedIf(is, path, given, { fix });
  const blueGreen = 'blueGreen' in strategy && strategy.blueGreen !== undefined;
  const id = 'rolloutID' in spec ? spec.rolloutID : undefined;
  const { failureThreshold, disableGenerateCanaryService } = canary ?? {};
  const rollback = annotations[ROLLBACK_ANNOTATION] === 'true';
  return [
    ...refused(spec.disabled, 'spec.disabled', true, INSTEAD.disabled),
    ...refused(id, 'spec.rolloutID', id, INSTEAD.rolloutID),
    ...refused(strategy.paused, 'spec.strategy.paused', true, INSTEAD.paused),
    ...refused(blueGreen, 'spec.strategy.blueGreen', 'blueGreen', INSTEAD.blueGreen),
    ...refused(!canary && !blueGreen, 'spec.strategy.canary', undefined, INSTEAD.canary),
    ...refused(failureThreshold !== undefined, at('failureThreshold'), failureThreshold, INSTEAD.failureThreshold),
    ...refused(
      disableGenerateCanaryService,
      at('disableGenerateCanaryService'),
      true,
      INSTEAD.disableGenerateCanaryService,
    ),
    ...(canary ? checkStyle(canary, annotations, version) : []),
    ...checkLaneForms(canary, annotations),
    ...refused(rollback, annotationPath(ROLLBACK_ANNOTATION), 'true', INSTEAD.rollbackInBatch),
  ];
}

/** Without an extra workload Kruise replaces pods of stable one by one, and there is no canary to route to. */
function checkStyle(canary: object, annotations: StringMap, version: KruiseVersion): Problem[] {
  const fix = INSTEAD.partition;
  if (version === 'v1beta1') {
    const extra = 'enableExtraWorkloadForCanary' in canary ? canary.enableExtraWorkloadForCanary : undefined;
    const path = 'spec.strategy.canary.enableExtraWorkloadForCanary';
    return refusedIf(extra !== true, path, extra ?? false, { fix });
  }
  const style = annotations[STYLE_ANNOTATION] ?? 'canary';
  return refusedIf(style.toLowerCase() !== 'canary', annotationPath(STYLE_ANNOTATION), style, { fix });
}

/** A lane may be named by the field, by the annotation, or by both alike. */
function checkLaneForms(canary: object | undefined, annotations: StringMap): Problem[] {
  const field = canary && 'trafficRoutingRef' in canary ? canary.trafficRoutingRef : undefined;
  const annotation = annotations[LANE_ANNOTATION];
  const differ = field !== undefined && annotation !== undefined && field !== annotation;
  const allowed = 'the same lane in trafficRoutingRef and in the annotation';
  return refusedIf(differ, annotationPath(LANE_ANNOTATION), annotation, { allowed, fix: 'remove one of them' });
}

function annotationPath(key: string): string {
  return `metadata.annotations["${key}"]`;
}
