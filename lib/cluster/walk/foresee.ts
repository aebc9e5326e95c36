import {
  currentStage,
  defined,
  goOn,
  holds,
  type Limits,
  type ReleaseFacts,
  type ReleaseRequest,
  requested,
  requestedNext,
  type RolloutPlan,
  type Ledger,
  type Member,
  newLedger,
  parseApproval,
  templatesOf,
  type Plan,
  type Templates,
  revisionOf,
  type StageId,
  stages,
  storyboard,
  type StoryboardRow,
  type ToldStage,
} from '../../core';
import { refuseRenamed } from '../objects/renamed';
import type { Engine } from '../port/engine';
import { EngineError } from '../port/failure';
import { ApiError } from '../port/port';
import { declaredWorkload, findLane, findRollout, observe } from '../routes/observe';
import { readRecord, type RolloutRecord } from '../records/rollout-record';
import { releaseRequest, type UpRequest } from '../run/request';
import { type Outcome, outcomeOf } from '../run/outcome';
import type { LiveDeployment } from '../run/run';
import { isDrifted } from './drifted';
import { factsFor, stableReplicas } from './facts';

/** What the next `up` with the same request will do. */
export interface Foresight {
  /** Where it will end. */
  readonly outcome: Outcome;
  /** Stages that it will go through, in order; empty where there is nothing to do. */
  readonly walk: readonly ForeseenStage[];
  /** What stands in the cluster; undefined where the rollout is new. */
  readonly record?: RolloutRecord;
  /** What stable runs, where no release is under way. @default - what the ledger says, as far as was looked at */
  readonly stable?: ReleaseFacts['stable'];
}

/** What is known beside the request. */
export interface Given {
  /** Approvals beside those of the request, by what stands in the cluster. @default - none */
  readonly approve?: (record: RolloutRecord) => readonly string[];
  /** Whether `up` is called even if this finds nothing to do. @default false */
  readonly changed?: boolean;
}

export interface ForeseenStage {
  readonly id: StageId;
  /** The release that it belongs to; undefined where stable is changed without one. */
  readonly release?: { readonly number: number; readonly stage: ToldStage; readonly templates: Templates };
}

/**
 * Tells where the next `up` will end, from the ledger and what is declared: one or two reads, and no write; at rest, where
 * something is to be done, a dry run, which sees somebody else's change to stable. It cannot know what the cluster does
 * meanwhile, such as pods that fail.
 * @throws GraylaneError for wrong input; EngineError where the ledger cannot be read, or stable is not as it should be
 */
export async function foresee(
  engine: Engine,
  request: UpRequest,
  { approve = () => [], changed = false }: Given = {},
): Promise<Foresight> {
  const found = findRollout(request.declarations, request.namespace, request.rollout);
  const { key, spec } = found;
  const record = await readRecord(engine.api, key);
  refuseRenamed(found, record);
  const deployment = declaredWorkload(request.declarations, found);
  if (!deployment) throw new EngineError('rollout-unknown', spec.workloadRef.name, 'its Deployment is not declared');
  const { template } = deployment.spec;
  const { ledger } = record ?? { ledger: newLedger(template) };
  const approvals = [...(request.approve ?? []), ...(record ? approve(record) : [])].map(parseApproval);
  const asked = releaseRequest(request, { rollout: key.name, template, ledger }, approvals);
  if (record === undefined) return { outcome: outcomeOf(key, ledger, spec), walk: [{ id: 'stable' }] };
  const { supports } = record.facts.plan;
  // A release knows the lane with which it began.
  const { namespace } = key;
  const lane = record.ledger.release && (await findLane(engine, request.declarations, { ...spec, namespace }));
  const plan = { ...spec, ...(lane && { lane }), ...(supports && { supports }) };
  const about = { api: engine.api, key, record, deployment, plan };
  const looks = changed || revisionOf(template) !== ledger.stable;
  const drifted = (live: LiveDeployment) => unlessReader(() => isDrifted(about, live));
  const facts = await factsFor(asked, { ...about, ...(looks && { drifted }) });
  const play: Play = {
    request: asked,
    plan,
    facts,
    limits: { hold: asked.hold ?? false, ...defined({ longestPause: request.longestPause }) },
    now: engine.clock.now(),
    ledger: requested(ledger, asked, facts, plan),
    walk: [],
  };
  // Outside of a release stable is changed at once.
  const direct =
    play.ledger.release === undefined && (play.ledger.stable !== ledger.stable || !(facts.settled ?? true));
  if (direct && !asked.abort && !asked.hold) play.walk.push({ id: 'stable' });
  playOn(play);
  const { stable } = facts;
  return { outcome: outcomeOf(key, play.ledger, play.plan), walk: play.walk, record, ...defined({ stable }) };
}

/** A preview may be made by somebody who may only read. */
async function unlessReader(drifted: () => Promise<boolean>): Promise<boolean> {
  try {
    return await drifted();
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return false;
    throw error;
  }
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
  const member = await scaled(
    engine,
    await observe(engine, declarations, findRollout(declarations, namespace, rollout)),
  );
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

/** With the replicas that somebody else has set, where none are declared: percentages are of them. */
async function scaled({ api }: Engine, member: Member): Promise<Member> {
  const { deployment } = member;
  const { stableReplicas: replicas } = await stableReplicas({ api, deployment });
  return { ...member, deployment: { ...deployment, spec: { ...deployment.spec, ...defined({ replicas }) } } };
}

/** `up` with all that waits left out: the conditions of every stage hold at once. */
interface Play {
  readonly request: ReleaseRequest;
  readonly plan: RolloutPlan;
  readonly facts: ReleaseFacts;
  readonly limits: Limits;
  readonly walk: ForeseenStage[];
  now: number;
  ledger: Ledger;
}

function playOn(play: Play): void {
  const { request, plan, facts, limits } = play;
  let again = play.ledger.release?.settledAt !== undefined;
  for (;;) {
    if (play.ledger.release === undefined) {
      play.ledger = requestedNext(play.ledger, request, facts, plan);
      if (play.ledger.release === undefined) return;
      again = false;
    }
    if (!again) play.walk.push(foreseen(play.ledger, plan));
    const move = goOn(play.ledger, { now: play.now, checks: holds('as foreseen') }, limits, plan);
    play.ledger = move.ledger;
    if (move.is === 'stop') return;
    if (move.is === 'wait') play.now = Math.max(play.now, move.until);
    again = move.is === 'wait';
  }
}

function foreseen(ledger: Ledger, plan: RolloutPlan): ForeseenStage {
  const stage = told(ledger, plan);
  return { id: stage.id, release: { number: ledger.release!.number, stage, templates: templatesOf(ledger) } };
}

/** The stage at which a ledger stands, with what of its release may not be declared any more. */
function told(ledger: Ledger, plan: Plan): ToldStage {
  const { steps, detour } = ledger.release!;
  return defined({ ...currentStage(ledger, plan), steps, kept: detour?.kept });
}

/** The rollout with what it refers to, as all there is. */
function sceneOf(member: Member) {
  const { deployment, services, routing, policies } = member;
  const bases = routing ? routing.bases.flatMap(({ object, services: behind }) => [...behind, object]) : [];
  const objects = [...new Set([deployment, ...services, ...bases, ...policies.map(({ object }) => object)])];
  return { objects, routings: routing ? [routing] : [], members: [member] };
}
