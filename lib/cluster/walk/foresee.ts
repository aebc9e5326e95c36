import {
  currentStage,
  type Declared,
  defined,
  type Deployment,
  isDeployment,
  type Ledger,
  type Member,
  newLedger,
  type Plan,
  type PodTemplate,
  revisionOf,
  type StageId,
  stages,
  storyboard,
  type StoryboardRow,
  type ToldStage,
  transition,
  waitsAt,
} from '../../core';
import { type GateApproval, parseApproval } from '../run/approval';
import type { Engine } from '../port/engine';
import { EngineError } from '../port/failure';
import { findLane, findRollout, observe } from '../routes/observe';
import { readRecord, type RolloutRecord } from '../records/rollout-record';
import type { UpRequest } from '../run/request';
import { type Outcome, outcomeOf } from './walk';

/** What the next `up` with the same request will do. */
export interface Foresight {
  /** Where it will end. */
  readonly outcome: Outcome;
  /** Stages that it will go through, in order; empty where there is nothing to do. */
  readonly walk: readonly ForeseenStage[];
  /** What stands in the cluster; undefined where the rollout is new. */
  readonly record?: RolloutRecord;
}

export interface ForeseenStage {
  readonly id: StageId;
  /** The release that it belongs to; undefined where stable is changed without one. */
  readonly release?: { readonly number: number; readonly stage: ToldStage; readonly templates: Templates };
}

interface Templates {
  readonly stable: PodTemplate;
  readonly target: PodTemplate;
}

/**
 * Tells where the next `up` will end, from the ledger and what is declared: one or two reads, and no write. It cannot know what
 * the cluster does meanwhile: pods that fail, or somebody else's change to stable.
 * @param approve approvals beside those of the request, by what stands in the cluster
 * @throws GraylaneError for wrong input; EngineError where the ledger cannot be read
 */
export async function foresee(
  engine: Engine,
  request: UpRequest,
  approve: (record: RolloutRecord) => readonly string[] = () => [],
): Promise<Foresight> {
  const { key, spec } = findRollout(request.declarations, request.namespace, request.rollout);
  const record = await readRecord(engine.api, key);
  const deployment = findWorkload(request, spec.workloadRef.name);
  if (record === undefined) {
    return { outcome: outcomeOf(key, newLedger(deployment.spec.template), spec), walk: [{ id: 'stable' }] };
  }
  const { supports } = record.facts.plan;
  // A release knows the lane with which it began.
  const { namespace } = key;
  const lane = record.ledger.release && (await findLane(engine, request.declarations, { ...spec, namespace }));
  const approvals = [...(request.approve ?? []), ...approve(record)].map(parseApproval);
  const play: Play = {
    request,
    plan: { ...spec, ...(lane && { lane }), ...(supports && { supports }) },
    deployment,
    now: engine.clock.now(),
    ledger: record.ledger,
    walk: [],
  };
  if (!request.hold) begin(play, record, approvals.filter(({ rollout }) => rollout === key.name)); // prettier-ignore
  walk(play);
  return { outcome: outcomeOf(key, play.ledger, play.plan), walk: play.walk, record };
}

/**
 * What the stages of a foreseen walk change, as a storyboard without values; nothing of what is done without a release.
 * @throws GraylaneError and EngineError for what the rollout refers to and is not there (yet)
 */
export async function foreseenChanges(
  engine: Engine,
  { declarations, namespace, rollout }: UpRequest,
  { walk, record }: Foresight,
): Promise<StoryboardRow[]> {
  const member = await observe(engine, declarations, findRollout(declarations, namespace, rollout));
  const { release } = record?.ledger ?? {};
  const start = stages(member.plan)[0]!;
  return [...new Set(walk.map((one) => one.release?.number))].flatMap((number) => {
    const own = walk.flatMap((one) => (one.release && one.release.number === number ? [one.release] : []));
    if (own.length === 0) return [];
    const { templates } = own[0]!;
    const before = number === release?.number ? told(record!.ledger, member.plan) : start;
    const names = { stable: revisionOf(templates.stable), target: revisionOf(templates.target) };
    return storyboard(sceneOf(member), member, {
      templates,
      names,
      stages: [before, ...own.map(({ stage }) => stage)],
    }).slice(1);
  });
}

/** `up` with all that waits left out; what it does with a ledger must be said here too. */
interface Play {
  readonly request: UpRequest;
  readonly plan: Declared;
  readonly deployment: Deployment;
  readonly walk: ForeseenStage[];
  now: number;
  ledger: Ledger;
}

/** What `intend` makes of the ledger. */
function begin(play: Play, { facts }: RolloutRecord, approvals: readonly GateApproval[]): void {
  const { request, plan, deployment, ledger } = play;
  const { template } = deployment.spec;
  const unsettled = facts.settled !== ledger.stable;
  if (request.direct || (!ledger.release && !request.abort && unsettled)) {
    play.ledger = transition(ledger, { is: 'direct', template }, plan);
    const moves = unsettled || play.ledger.stable !== ledger.stable;
    if (!play.ledger.release && moves) play.walk.push({ id: 'stable' });
  } else if (request.abort) {
    play.ledger = transition(ledger, { is: 'abort' }, plan);
  } else {
    play.ledger = declared(play);
    if (request.to !== undefined) {
      play.ledger = transition(play.ledger, { is: 'to', step: request.to, ...stableReplicas(play) }, plan);
    }
  }
  for (const { release, step } of approvals) {
    play.ledger = transition(play.ledger, { is: 'approved', release, step }, plan);
  }
}

/** What `walk` makes of it when every condition holds at once. */
function walk(play: Play): void {
  const { request, plan } = play;
  let again = play.ledger.release?.settledAt !== undefined;
  for (;;) {
    const { ledger } = play;
    if (ledger.release === undefined) {
      play.ledger = request.hold || request.abort ? ledger : declared(play);
      if (play.ledger.release === undefined) return;
      again = false;
      continue;
    }
    if (!again) play.walk.push(foreseen(ledger, plan));
    const next = transition(ledger, { is: 'settled', at: new Date(play.now).toISOString() }, plan);
    const stays = next.release?.stage === ledger.release.stage && next.release.number === ledger.release.number;
    if (request.hold && !stays) return;
    play.ledger = next;
    if (stays && !waitForPause(play)) return;
    again = stays;
  }
}

function declared({ ledger, plan, ...play }: Play): Ledger {
  const { template } = play.deployment.spec;
  return transition(ledger, { is: 'declared', template, ...stableReplicas(play) }, plan);
}

function stableReplicas({ deployment }: Pick<Play, 'deployment'>) {
  const { replicas } = deployment.spec;
  return replicas === undefined ? {} : { stableReplicas: replicas };
}

function waitForPause(play: Play): boolean {
  const { request, plan, ledger } = play;
  const duration = waitsAt(ledger, plan)?.pause.duration;
  if (duration === undefined) return false;
  const end = Date.parse(ledger.release!.settledAt!) + duration * 1000;
  if (end - play.now > (request.longestPause ?? Infinity) * 1000) return false;
  play.now = Math.max(play.now, end);
  return true;
}

function foreseen(ledger: Ledger, plan: Declared): ForeseenStage {
  const { number, target } = ledger.release!;
  const { templates, stable } = ledger;
  const stage = told(ledger, plan);
  const both = { stable: templates[stable]!, target: templates[target]! };
  return { id: stage.id, release: { number, stage, templates: both } };
}

/** The stage at which a ledger stands, with what of its release may not be declared any more. */
function told(ledger: Ledger, plan: Plan): ToldStage {
  const { steps, detour } = ledger.release!;
  return defined({ ...currentStage(ledger, plan), steps, kept: detour?.kept });
}

function findWorkload({ declarations }: UpRequest, name: string): Deployment {
  const found = declarations.objects.filter(isDeployment).find(({ metadata }) => metadata.name === name);
  if (found) return found;
  throw new EngineError('rollout-unknown', name, 'its Deployment is not declared');
}

/** The rollout with what it refers to, as all there is. */
function sceneOf(member: Member) {
  const { deployment, services, routing } = member;
  const bases = routing ? routing.bases.flatMap(({ object, services: behind }) => [...behind, object]) : [];
  const objects = [...new Set([deployment, ...services, ...bases])];
  return { objects, routings: routing ? [routing] : [], members: [member] };
}
