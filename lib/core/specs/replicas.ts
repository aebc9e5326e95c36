import { GraylaneError, problem } from '../errors';
import type { IntOrPercent, Step } from './spec';

const PERCENT = /^([1-9]\d*)%$/;

/** What is known of the live or declared workload when replicas are computed. */
export interface Facts {
  /** Stable's current replicas. @default - the Deployment's own spec.replicas */
  readonly stableReplicas?: number;
  /** Most replicas that the canary of this release has had: it is never scaled down. @default 0 */
  readonly canaryReplicas?: number;
}

/** Whether this is a positive integer, or a whole percentage above 0% and up to 100%. */
export function isReplicas(value: unknown): value is IntOrPercent {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0;
  return percentage(value) !== undefined;
}

/** 20 for `"20%"`; undefined for what is no whole percentage from 1 to 100. */
export function percentage(value: unknown): number | undefined {
  const digits = typeof value === 'string' ? PERCENT.exec(value)?.[1] : undefined;
  return digits !== undefined && Number(digits) <= 100 ? Number(digits) : undefined;
}

/**
 * Canary replicas at step `n` (from 1): the most that any step up to it asks for, since numbers and percentages may
 * be mixed, and never fewer than the canary has had. Percentages are of stable's replicas, rounded up, at least 1.
 */
export function canaryReplicas(steps: readonly Step[], n: number, facts: Facts): number {
  const asked = steps
    .slice(0, n)
    .map((step, i) => resolve(step.replicas, facts.stableReplicas, `steps[${i}].replicas`));
  return Math.max(1, facts.canaryReplicas ?? 0, ...asked);
}

function resolve(replicas: IntOrPercent, stableReplicas: number | undefined, path: string): number {
  if (typeof replicas === 'number') return replicas;
  if (stableReplicas === undefined) throw new GraylaneError(problem('replicas-unknown', path, replicas));
  return shareOf(stableReplicas, replicas);
}

/** A number of pods, or a percentage of these; Kubernetes rounds most of them up. */
export function shareOf(pods: number, bound: IntOrPercent, round = Math.ceil): number {
  return typeof bound === 'number' ? bound : round((pods * parseInt(bound, 10)) / 100);
}

/**
 * The least ready pods of stable where requests come back to it: half of what its share (in percent) of them takes, by the
 * most that it had. So no pod gets more than twice as many as before. Never none.
 */
export function leastOfStable(most: number, share: number): number {
  return Math.max(1, Math.ceil((most * share) / 200));
}
