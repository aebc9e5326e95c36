import type { ConditionName } from '../conditions';
import { GraylaneError, problem } from '../errors';
import { formatStageId, type StageId, type StagePosition, stepName } from './stage-id';
import { percentage } from '../specs/replicas';
import type { CheckSpec } from '../specs/check';
import type { Pause, RolloutSpec, Step } from '../specs/spec';

/**
 * Which route stands: none; the warm-up, which sends nobody; that of a step (its number), warm-up included; or `kept`,
 * the one that was open when the release went to another step. In a lane a number or `kept` means: holds the lane.
 */
export type OpenRoute = 'none' | 'warm' | 'kept' | number;

/** What of a route when the release goes to another step: it stays open, is closed (again) first, or none was open. */
export type Open = 'kept' | 'lost' | 'none';

/** What stands in the cluster, in three facts and no manifest, so that R1-R3 and R7 can be read off two neighbours. */
export interface Stage {
  readonly id: StageId;
  /** The id, taken apart. */
  readonly at: StagePosition;
  /** What must hold before it is applied. */
  readonly needs: readonly ConditionName[];
  /** What must hold once it is, before the next stage. */
  readonly settled: readonly ConditionName[];
  /** The release stops here, after the stage has settled. */
  readonly gate?: Gate;
  /** What is asked outside of the cluster while the release stands here. @default - nothing */
  readonly checks?: readonly CheckSpec[];
  /** Whose template stable has; paused: stable's own. */
  readonly stable: 'stable' | 'paused' | 'target';
  /** The step whose replicas the canary has; 0: no canary. */
  readonly canary: number;
  readonly route: OpenRoute;
}

/** Where a release stops. */
export interface Gate {
  /** @default - the time for which a promoted revision is watched before the canary goes; nobody approves it */
  readonly step?: number;
  readonly pause: Pause;
}

/** What decides the list of stages: the steps, what routes, and what is asked. */
export type Plan = Pick<
  RolloutSpec,
  'steps' | 'trafficRoutingRef' | 'trafficRoutings' | 'checks' | 'onBroken' | 'bakeSeconds'
> & {
  /** What the gateways of its bases need. */
  readonly supports?: { readonly warmUp: boolean };
};

/** The stages of a release, from `start` to `stable`. */
export function stages(plan: Plan): Stage[] {
  return [START, ...plan.steps.flatMap((_, i) => stepStages(plan, i + 1, routeOf(plan, i))), ...promotion(plan)];
}

/**
 * The rest of a release that goes to `step` from elsewhere. What of the open route: `kept` until the step's own replaces
 * it (somebody chose the step), `lost` with the canary, so that it is closed first, or `none` was open. A step that has
 * no route in the list of the release has none here either: a kept one is closed first.
 */
export function detour(plan: Plan, step: number, open: Open): Stage[] {
  const closes = open === 'lost' || (open === 'kept' && routeOf(plan, step) === 0);
  const before = { ...DURING, canary: step, route: closed(plan) };
  const closing = stage({ phase: 'step', step, part: 'unroute' }, ['grace-over'], before, COMES_BACK);
  const later = plan.steps.slice(step).flatMap((_, i) => stepStages(plan, step + i + 1, routeOf(plan, step + i)));
  return [
    ...(closes ? [closing] : []),
    ...stepStages(plan, step, open === 'kept' && !closes ? 'kept' : 0),
    ...later,
    ...promotion(plan),
  ];
}

/** The way back from a stage; it ends in `start`. A third revision and a delete walk this list first. */
export function retreat(from: Stage, plan: Plan): Stage[] {
  const { canary, route } = from;
  const back = { stable: 'stable', canary } as const;
  const stable = stage({ phase: 'abort', part: 'stable' }, ['stable-ready'], { ...back, route });
  const at = { phase: 'abort', part: 'unroute' } as const;
  const unroute = stage(at, ['grace-over'], { ...back, route: closed(plan) }, COMES_BACK);
  return [
    ...(from.stable === 'target' ? [stable] : []),
    // A route that was closed just now may have requests under way: its grace period runs before the canary goes.
    ...(openAt(from) === 'none' ? [] : [unroute]),
    { ...START, settled: ['canary-gone'], needs: whenCanaryGoes(plan) },
  ];
}

/** What becomes of the open route when the release leaves this stage for another step. */
export function openAt({ route, settled }: Stage): Open {
  if (holdsRoute(route)) return 'kept';
  return settled.includes('grace-over') ? 'lost' : 'none';
}

/** Whether requests are sent to the canary; in a lane: whether the rollout holds it. */
export function holdsRoute(route: OpenRoute): boolean {
  return route === 'kept' || typeof route === 'number';
}

/** The step whose route it is. */
export function stepOfRoute(route: OpenRoute, steps: readonly Step[], kept: Step | undefined): Step | undefined {
  if (route === 'kept') return kept;
  return typeof route === 'number' ? steps[route - 1] : undefined;
}

/**
 * Percent of the requests that are stable's while this route is open. Of those that match, and of a lane, nobody knows how
 * many they are: all may be stable's.
 */
export function shareOfStable(route: OpenRoute, plan: Plan, kept: Step | undefined): number {
  const step = plan.trafficRoutingRef === undefined ? stepOfRoute(route, plan.steps, kept) : undefined;
  return 100 - (percentage(step?.traffic) ?? 0);
}

/** The step whose traffic or matches are open at step `n`: its own, or the last before it that has any; 0: none. */
export function routeOf(plan: Plan, n: number): number {
  if (plan.trafficRoutingRef !== undefined) return Math.min(n, 1);
  if (!plan.trafficRoutings?.length) return 0;
  return plan.steps.slice(0, n).reduce((last, step, i) => (routes(step) ? i + 1 : last), 0);
}

/**
 * The stages that a rollout can be named at: those of a release, and after them those of the way back in its longest form,
 * which begins in promotion.
 */
export function namedStages(plan: Plan): Stage[] {
  const list = stages(plan);
  const back = retreat(stageIn(list, 'promote/stable'), plan);
  return [...list, ...back.filter(({ id }) => id !== START.id)];
}

/**
 * The stage of that name.
 * @throws GraylaneError stage-unknown, with the stages that there are
 */
export function namedStage(plan: Plan, name: string): Stage {
  return stageIn(namedStages(plan), name);
}

/** @throws GraylaneError stage-unknown, with the stages that there are */
export function stageIn(list: readonly Stage[], id: string): Stage {
  const stage = findStage(list, id);
  if (stage !== undefined) return stage;
  const allowed = [...new Set(list.map((known) => known.id))].join(', ');
  throw new GraylaneError(problem('stage-unknown', 'stage', id, { allowed }));
}

/** The stage of that id; the name of a step (`step-1`), or of a phase, means its last stage. */
export function findStage(list: readonly Stage[], id: string): Stage | undefined {
  return list.find((stage) => stage.id === id) ?? list.filter(({ at }) => groupOf(at) === id).at(-1);
}

function groupOf(at: StagePosition): string {
  return at.phase === 'step' ? stepName(at.step) : at.phase;
}

const START = stage({ phase: 'start' }, ['stable-ready'], { stable: 'stable', canary: 0, route: 'none' });

/** R3: where requests of the canary become stable's. */
const COMES_BACK = ['stable-capacity'] as const;

/** Until promotion stable keeps its template (R2). */
const DURING = { stable: 'paused' } as const;

/** The stages of step `n`; `before` is the route that is open when it begins (0: none). */
function stepStages(plan: Plan, n: number, before: number | 'kept'): Stage[] {
  const open = routeOf(plan, n);
  const common = { ...DURING, canary: n };
  const at = (part: 'canary' | 'warm' | 'route') => ({ phase: 'step', step: n, part }) as const;
  const list = [stage(at('canary'), ['canary-ready'], { ...common, route: before === 0 ? 'none' : before })];
  if (open !== 0 && open !== before) {
    if (before === 0 && plan.supports?.warmUp) {
      list.push(stage(at('warm'), ['route-taken-up'], { ...common, route: 'warm' }));
    }
    // The step that somebody chose may leave more of the requests to stable. In a lane it is the same route.
    const needs = before === 'kept' && plan.trafficRoutingRef === undefined ? COMES_BACK : [];
    list.push(stage(at('route'), ['route-taken-up', 'grace-over'], { ...common, route: open }, needs));
  }
  const { pause = {}, checks: own = [] } = plan.steps[n - 1] ?? {};
  const checks = [...(plan.checks ?? []), ...own];
  const last = list.pop()!;
  if (pause.duration === 0 && checks.length === 0) return [...list, last];
  return [...list, { ...last, gate: { step: n, pause }, ...asking(checks) }];
}

/** In promotion there is nothing left to compare with. */
function comparesNothing({ requests }: CheckSpec): boolean {
  return requests?.noWorseThan === undefined;
}

function asking(checks: readonly CheckSpec[] = []): Pick<Stage, 'checks'> {
  return checks.length > 0 ? { checks } : {};
}

function promotion(plan: Plan): Stage[] {
  const canary = plan.steps.length;
  const open = routeOf(plan, canary);
  const common = { stable: 'target', canary } as const;
  const at = { phase: 'promote', part: 'unroute' } as const;
  const unroute = stage(at, ['grace-over'], { ...common, route: closed(plan) }, COMES_BACK);
  const last = { ...common, canary: 0, route: 'none' } as const;
  const rolls = { ...common, route: open === 0 ? 'none' : open } as const;
  return [
    {
      ...stage({ phase: 'promote', part: 'stable' }, ['stable-ready'], rolls),
      ...(plan.bakeSeconds && { gate: { pause: { duration: plan.bakeSeconds } } }),
      ...asking(plan.checks?.filter(comparesNothing)),
    },
    ...(open === 0 ? [] : [unroute]),
    stage({ phase: 'stable' }, ['canary-gone'], last, whenCanaryGoes(plan)),
  ];
}

/** Without a route requests come back to stable as the canary's pods go. */
function whenCanaryGoes({ trafficRoutingRef, trafficRoutings }: Plan): readonly ConditionName[] {
  return trafficRoutingRef === undefined && !trafficRoutings?.length ? COMES_BACK : [];
}

/** The warm-up outlives the route: requests under way need the canary known to the gateway until the last one is through. */
function closed(plan: Plan): 'none' | 'warm' {
  return plan.supports?.warmUp ? 'warm' : 'none';
}

function stage(
  at: StagePosition,
  settled: readonly ConditionName[],
  facts: Pick<Stage, 'stable' | 'canary' | 'route'>,
  needs: readonly ConditionName[] = [],
): Stage {
  return { id: formatStageId(at), at, needs, settled, ...facts };
}

function routes(step: Step): boolean {
  return step.traffic !== undefined || (step.matches?.length ?? 0) > 0;
}
