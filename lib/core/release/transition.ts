import { GraylaneError, problem } from '../errors';
import { isSameRelease } from './approval';
import {
  type Approval,
  type Ledger,
  type Release,
  type ReleaseApproval,
  referencesOf,
  releaseId,
  templatesOf,
} from './ledger';
import { defined, type PodTemplate } from '../manifests/manifest';
import { canaryReplicas } from '../specs/replicas';
import { sameJson } from '../manifests/json';
import { digest, revisionOf } from '../manifests/revision';
import type { LaneSpec, ObjectRef, RolloutSpec, Step } from '../specs/spec';
import { gateIsOpen } from '../conditions';
import type { Answer } from '../answer';
import type { GateAbout } from '../conditions/condition';
import { parseStageId } from './stage-id';
import { detour, type Gate, openAt, type Plan, retreat, type Stage, stageIn, stages, stepOfRoute } from './stages';

/** What happened; times are ISO 8601. */
export type Event =
  /**
   * The user declares this template, with the steps of the plan; `stableReplicas` is needed for percentages, and `seed`
   * for the id of a release that begins.
   */
  | {
      readonly is: 'declared';
      readonly template: PodTemplate;
      readonly stableReplicas?: number;
      readonly seed?: string;
      /** What the app declares of what the template refers to. */
      readonly references?: readonly string[];
    }
  /** Told again at a gate, it passes once its time is over and its checks hold. */
  | Settled
  | ({ readonly is: 'approved' } & ReleaseApproval)
  | { readonly is: 'abort' }
  /** A check says that waiting will not help: the way back, unless the rollout declares otherwise. */
  | { readonly is: 'check-broken'; readonly why: string }
  /** The canary has no available pod any more, although its route may be open. */
  | { readonly is: 'canary-lost' }
  /** Stable goes to this template by a plain rolling update; a release under way is given up. */
  | { readonly is: 'direct'; readonly template: PodTemplate }
  /** Go to this step, forwards or backwards, instead of the next; `stableReplicas` is needed for percentages. */
  | { readonly is: 'to'; readonly step: number; readonly stableReplicas?: number };

/** The stage's conditions hold. */
export interface Settled {
  readonly is: 'settled';
  readonly at: string;
  readonly canaryReplicas?: number;
  /** What the checks of the stage say. @default - they were not asked: a stage that has some is not left */
  readonly checks?: Answer['is'];
}

/** What `transition` has to know of the rollout. */
export type RolloutPlan = Plan &
  Pick<RolloutSpec, 'workloadRef' | 'canaryLabel' | 'patchPodTemplateMetadata'> & { readonly lane?: LaneSpec };

/** The ledger after an event. Pure; the live walk and the ledger's commands both call it. */
export function transition(ledger: Ledger, event: Event, plan: RolloutPlan): Ledger {
  if (event.is === 'declared') return declare(ledger, event, plan);
  if (event.is === 'direct') return goDirect(ledger, event.template, plan);
  const { release } = ledger;
  if (release === undefined) return ledger;
  switch (event.is) {
    case 'settled':
      return settle(ledger, release, event, plan);
    case 'approved':
      return approve(ledger, release, event, plan);
    case 'abort':
      return { ...ledger, release: abort(release, plan) };
    case 'check-broken':
      return { ...ledger, release: takeBack(release, event.why, plan) };
    case 'canary-lost':
      return { ...ledger, release: recover(release, plan) };
    case 'to':
      return { ...ledger, release: goTo(release, event, plan) };
  }
}

/** The stages that the release walks, the current one among them. */
export function stagesOf(release: Release, plan: Plan): Stage[] {
  const ofRelease = { ...plan, steps: release.steps };
  const list = release.detour ? detour(ofRelease, release.detour.step, release.detour.open) : stages(ofRelease);
  if (release.abortedAt === undefined) return list;
  return retreat(stageIn(list, release.abortedAt), ofRelease);
}

function stageOf(release: Release, plan: Plan): Stage {
  return stageIn(stagesOf(release, plan), release.stage);
}

/** The stage at which the rollout stands: the first one where no release is under way. */
export function currentStage(ledger: Ledger, plan: Plan): Stage {
  const { release } = ledger;
  return release ? stageOf(release, plan) : stages(plan)[0]!;
}

/** The stages from where the release stands on. */
export function stagesFrom(ledger: Ledger, plan: Plan): [Stage, ...Stage[]] {
  const { release } = ledger;
  const list = release ? stagesOf(release, plan) : stages(plan);
  const current = currentStage(ledger, plan);
  return [current, ...list.slice(list.findIndex(({ id }) => id === current.id) + 1)];
}

/** The gate at which the release waits, if it does. */
export function waitsAt(ledger: Ledger, plan: Plan): Stage['gate'] {
  const { release } = ledger;
  return release?.settledAt === undefined ? undefined : currentStage(ledger, plan).gate;
}

function declare(ledger: Ledger, event: Omit<Extract<Event, { is: 'declared' }>, 'is'>, plan: RolloutPlan): Ledger {
  const { template, stableReplicas, references: target = ledger.references?.target } = event;
  const { release } = ledger;
  const revision = revisionOf(template);
  if (release === undefined) return revision === ledger.stable ? ledger : begin(ledger, event, plan);
  // The way back needs them too: its stages write and remove the objects with which the release began.
  if (![plan, withoutNginx(plan)].some((one) => release.routing === routingOf(one))) {
    throw new GraylaneError(problem('routing-changed', 'routing', 'another workload or routing in mid-release'));
  }
  if (revision !== release.target) return { ...ledger, release: abort(release, plan) };
  if (release.abortedAt !== undefined) return ledger;
  const known = referencesOf({ stable: ledger.references?.stable, target });
  return { ...ledger, ...known, release: replan(release, stableReplicas, plan) };
}

function begin(
  ledger: Ledger,
  { template, seed, references: target }: Omit<Extract<Event, { is: 'declared' }>, 'is'>,
  plan: RolloutPlan,
): Ledger {
  const { version, releases, stable, workload, templates, references } = ledger;
  const named = { number: releases + 1, target: revisionOf(template) };
  const release: Release = {
    ...named,
    id: releaseId(named, seed),
    steps: plan.steps,
    routing: routingOf(plan),
    stage: stages(plan)[1]!.id,
    approved: [],
  };
  return {
    version,
    releases: release.number,
    stable,
    ...defined({ workload }),
    templates: { stable: templates.stable, target: template },
    ...referencesOf({ stable: references?.stable, target }),
    release,
  };
}

/** The new template counts as stable's at once: the way back then leads there, without `abort/stable` in between. */
function goDirect(ledger: Ledger, template: PodTemplate, plan: Plan): Ledger {
  const { version, releases, workload, release } = ledger;
  const stable = revisionOf(template);
  const direct = { version, releases, stable, ...defined({ workload }), templates: { stable: template } };
  if (release === undefined) return direct;
  const back = abort(release, plan);
  // At the last stage there is no way back, and no canary that would need its template any more.
  if (back.abortedAt === undefined) return { ...direct, release: { ...unsettled(release), target: direct.stable } };
  const list = stagesOf(back, plan).filter(({ at }) => !(at.phase === 'abort' && at.part === 'stable'));
  const stage = list.some(({ id }) => id === back.stage) ? back.stage : list[0]!.id;
  const templates = { ...direct.templates, target: templatesOf(ledger).target };
  return { ...direct, templates, release: { ...unsettled(back), stage } };
}

/** An abort goes only forward; at the last stage there is nothing left to abort. */
function abort(release: Release, plan: Plan): Release {
  if (release.abortedAt !== undefined || release.stage === 'stable') return release;
  const back = retreat(stageOf(release, plan), plan);
  return { ...unsettled(release), stage: back[0]!.id, abortedAt: release.stage };
}

/** What has gone back already goes on for the reason that it has. */
function takeBack(release: Release, because: string, plan: Plan): Release {
  if (plan.onBroken === 'hold' || release.abortedAt !== undefined) return release;
  return { ...abort(release, plan), because };
}

function settle(ledger: Ledger, release: Release, event: Settled, plan: Plan): Ledger {
  const seen = Math.max(release.canaryReplicas ?? 0, event.canaryReplicas ?? 0);
  const settled: Release = {
    ...release,
    settledAt: release.settledAt ?? event.at,
    ...(seen > 0 && { canaryReplicas: seen }),
  };
  return goOn(ledger, settled, plan, event);
}

function approve(ledger: Ledger, release: Release, event: ReleaseApproval, plan: Plan): Ledger {
  const known = release.approved.some(({ step }) => step === event.step);
  if (!isSameRelease(event.release, release) || known) return ledger;
  const { step, by, at } = event;
  const approved = { ...release, approved: [...release.approved, defined({ step, by, at })] };
  return approved.settledAt === undefined ? { ...ledger, release: approved } : goOn(ledger, approved, plan);
}

/** To the next stage, unless a gate holds the settled one; after the last stage the release is over. */
function goOn(ledger: Ledger, release: Release, plan: Plan, seen?: Settled): Ledger {
  const list = stagesOf(release, plan);
  const stage = stageIn(list, release.stage);
  if (!passes(stage, release, seen)) return { ...ledger, release };
  const next = list[list.indexOf(stage) + 1];
  if (next === undefined) return over(ledger, release);
  const promotes = next.at.phase === 'promote' && next.at.part === 'stable' && next.checks !== undefined;
  const from = promotes ? defined({ promotedAt: seen?.at }) : {};
  return { ...ledger, release: arrived({ ...unsettled(release), ...from, stage: next.id }) };
}

/**
 * A gate, and what the checks of the stage say. In promotion they have nothing to decide but the way back: whatever they
 * do not know by its end, the steps before did.
 */
function passes({ gate, checks, at }: Stage, release: Release, seen: Settled | undefined): boolean {
  const now = seen === undefined ? -Infinity : Date.parse(seen.at);
  if (gate !== undefined && !gateIsOpen(gateOf(gate, release), now)) return false;
  if (checks === undefined) return true;
  return seen?.checks === 'holds' || (at.phase === 'promote' && seen?.checks === 'not-yet');
}

/** A gate with what the ledger says of it. */
export function gateOf({ step, pause }: Gate, { settledAt, approved }: Release): GateAbout {
  const isApproved = step !== undefined && approved.some((one) => one.step === step);
  return { pause, approved: isApproved, ...defined({ step, settledAt }) };
}

function over(ledger: Ledger, { target, abortedAt, because }: Release): Ledger {
  const { version, releases, stable, workload, references } = ledger;
  const templates = templatesOf(ledger);
  const same = defined({ workload });
  if (abortedAt === undefined) {
    const known = referencesOf({ stable: references?.target });
    return { version, releases, stable: target, ...same, templates: { stable: templates.target }, ...known };
  }
  const aborted = target === stable ? {} : defined({ aborted: target, because });
  const known = referencesOf({ stable: references?.stable });
  return { version, releases, stable, ...aborted, ...same, templates: { stable: templates.stable }, ...known };
}

/**
 * A plan edited in mid-release: the release stays at its step, or goes back to the first that covers the canary where the
 * plan has become too short. It never goes forward: between here and there are gates.
 */
function replan(release: Release, stableReplicas: number | undefined, plan: RolloutPlan): Release {
  const { steps } = plan;
  const step = stepOf(release);
  if (step === undefined || sameJson(release.steps, steps)) return release;
  const stays = steps.length >= step;
  if (stays && sameJson(upTo(release.steps, step), upTo(steps, step))) {
    return { ...release, steps, approved: before(release.approved, step) };
  }
  const replicas = runningReplicas(release, stableReplicas);
  const covers = steps.findIndex((_, i) => canaryReplicas(steps, i + 1, defined({ stableReplicas })) >= replicas) + 1;
  const next = stays ? step : covers || steps.length;
  return enter({ ...revoked(release, next), steps, canaryReplicas: replicas }, next, release, plan);
}

function goTo(
  release: Release,
  { step, stableReplicas }: { step: number; stableReplicas?: number },
  plan: Plan,
): Release {
  if (!Number.isInteger(step) || step < 1 || step > release.steps.length) {
    const allowed = `a step from 1 to ${release.steps.length}`;
    throw new GraylaneError(problem('step-unknown', 'to', `step ${step}`, { allowed }));
  }
  if (stepOf(release) === undefined) {
    const allowed = 'going to a step before promotion and abort';
    throw new GraylaneError(problem('step-unknown', 'to', `step ${step} from ${release.stage}`, { allowed }));
  }
  const replicas = runningReplicas(release, stableReplicas);
  return enter({ ...revoked(release, step), canaryReplicas: replicas }, step, release, plan);
}

/** Goes to a step of the plan, from where the release stood. */
function enter(release: Release, step: number, from: Release, plan: Plan, open = openAt(stageOf(from, plan))): Release {
  const kept = open === 'kept' ? heldStep(from, plan) : undefined;
  const [first] = detour({ ...plan, steps: release.steps }, step, open);
  return { ...unsettled(release), detour: { step, open, ...(kept && { kept }) }, stage: first!.id };
}

/** Replicas that the canary has been given, settled or not: it is not scaled down where the release goes next (R9). */
function runningReplicas(release: Release, stableReplicas: number | undefined): number {
  const { steps, canaryReplicas: seen } = release;
  return canaryReplicas(steps, stepOf(release)!, defined({ stableReplicas, canaryReplicas: seen }));
}

/**
 * The same step again: from closing its route, from the canary before a warm-up, or only waiting for the canary once
 * more where none was open. Promotion and abort only go forward.
 */
function recover(release: Release, plan: Plan): Release {
  const step = stepOf(release);
  if (step === undefined) return release;
  const stage = stageOf(release, plan);
  const open = openAt(stage);
  if (open === 'kept') return enter(release, step, release, plan, 'lost');
  return stage.route === 'warm' && open === 'none' ? enter(release, step, release, plan) : unsettled(release);
}

/** The declared step whose route is open; in a lane any step says as much as that: the lane is held. */
function heldStep(release: Release, plan: Plan): Step | undefined {
  const { route } = stageOf(release, plan);
  return stepOfRoute(route, release.steps, release.detour?.kept);
}

/** A detour is over when its step is passed: from there the list is the plan's own. The way back needs it to the end. */
function arrived({ detour: taken, ...release }: Release): Release {
  const passed = release.abortedAt === undefined && stepOf(release) !== taken?.step;
  return taken === undefined || passed ? release : { ...release, detour: taken };
}

/** Number of the step of a `step-n/...` stage. */
function stepOf({ stage }: Pick<Release, 'stage'>): number | undefined {
  const at = parseStageId(stage);
  return at?.phase === 'step' ? at.step : undefined;
}

function unsettled({ settledAt: _, ...release }: Release): Release {
  return release;
}

function upTo(steps: readonly Step[], n: number): readonly Step[] {
  return steps.slice(0, n).map(({ pause: _, checks: __, ...step }) => step);
}

/** Going to a step voids the approvals of its own gate and of later ones, those too that are left over somewhere. */
function revoked(release: Release, step: number): Release {
  return { ...release, id: digest([release.id, step]), approved: before(release.approved, step) };
}

function before(approved: readonly Approval[], step: number): Approval[] {
  return approved.filter((approval) => approval.step < step);
}

/** Earlier versions took an Ingress whose gateway was not named for one of nginx: it may be named while a release goes on. */
function withoutNginx(plan: RolloutPlan): RolloutPlan {
  const { trafficRoutings, lane } = plan;
  const unnamed = (ref: ObjectRef): ObjectRef => {
    if (ref.ingress?.classType !== 'nginx') return ref;
    const { classType: _, ...ingress } = ref.ingress;
    return { ...ref, ingress } as ObjectRef;
  };
  return {
    ...plan,
    ...(trafficRoutings && { trafficRoutings: trafficRoutings.map(unnamed) }),
    ...(lane && {
      lane: { ...lane, objectRef: lane.objectRef.map(unnamed), ...(lane.hops && { hops: lane.hops.map(unnamed) }) },
    }),
  };
}

function routingOf(plan: RolloutPlan): string {
  const { workloadRef, trafficRoutingRef, trafficRoutings, canaryLabel, lane, patchPodTemplateMetadata } = plan;
  const canaryValue = canaryLabel && patchPodTemplateMetadata?.labels?.[canaryLabel];
  return digest({ workload: workloadRef.name, trafficRoutingRef, trafficRoutings, canaryLabel, canaryValue, lane });
}
