import { type Answer, answerWords } from '../answer';
import { GraylaneError, naming, problem, refuse } from '../errors';
import { type Ledger, newLedger } from '../release/ledger';
import { checkRenamed } from './rename';
import type { RolloutRecording } from './recording';
import type { Stage } from '../release/stages';
import { canaryReplicas } from '../specs/replicas';
import { revisionOf } from '../manifests/revision';
import { defined, type PodTemplate } from '../manifests/manifest';
import { goOn, type Move, pauseEnd } from '../release/move';
import { requested, requestedNext } from '../release/request';
import { hasPassed, type Standpoint } from '../release/standpoint';
import { currentStage, type RolloutPlan, stagesOf, waitsAt } from '../release/transition';

export interface AdvanceOptions {
  /** The time now, ISO 8601. */
  readonly now: string;
  /** Which ledger it is, such as its folder: ids of its releases are no others' that begin at the same time. @default - none */
  readonly ledgerName?: string;
  /** Go to this step instead of the next stage. */
  readonly to?: number;
  /** Who lets the release pass a gate, for the ledger. */
  readonly by?: string;
  /** Release once more what the last release went back from. @default false */
  readonly again?: boolean;
  /** What the checks of the stage say. @default - they were not asked, or there are none */
  readonly checks?: Answer;
  /** Move only from here; a release that is further on stays where it is. @default - from wherever it stands */
  readonly from?: Standpoint;
}

/**
 * The ledger of a rollout one stage on: whoever commits it says that the stage before has settled, and, at a manual
 * gate, approves. Starts a release where the template is new, and its abort where it is stable's again; where the way
 * back ends and another template waits, its release begins at once.
 * @throws GraylaneError advance-nothing or advance-aborted where there is nothing to release, gate-early before a timed
 * gate's time, check-undecided and check-broken, stage-ahead where the release has not come as far as it is to be moved from,
 * release-by-number, workload-renamed
 */
export function advance(ledger: Ledger, declared: RolloutRecording, options: AdvanceOptions): Ledger {
  return naming(`rollout ${declared.name}`, () => {
    const { from } = options;
    if (from !== undefined && hasPassed(ledger, from, declared.plan)) return ledger;
    refuse(checkRenamed(ledger.workload, declared.plan));
    return oneCommit(ofWorkload(ledger, declared), declared, options);
  });
}

function oneCommit(ledger: Ledger, declared: RolloutRecording, options: AdvanceOptions): Ledger {
  const { now, ledgerName } = options;
  const next = oneStage(ledger, declared, options);
  return declared.inWaves && !endsCommit(next, declared)
    ? oneCommit(next, declared, defined({ now, ledgerName }))
    : next;
}

/**
 * Where a commit must end even if it is applied in waves: at a gate; where time must pass that no wave waits for, before
 * a known canary is sent requests and before an unrouted one goes; and before promotion, for stable is in the first wave.
 */
function endsCommit({ release, ...ledger }: Ledger, { plan }: RolloutRecording): boolean {
  if (release === undefined || waitsAt({ release, ...ledger }, plan) !== undefined) return true;
  const list = stagesOf(release, plan);
  const index = list.findIndex(({ id }) => id === release.stage);
  const [stage, next] = list.slice(index, index + 2) as [Stage, Stage?];
  const timed = 'part' in stage.at && (stage.at.part === 'warm' || stage.at.part === 'unroute');
  return timed || stage.checks !== undefined || (stage.stable !== 'target' && next?.stable === 'target');
}

/** The ledger on its way back, whatever the app declares. */
export function abortRelease(ledger: Ledger, declared: RolloutRecording, now: string): Ledger {
  return naming(`rollout ${declared.name}`, () => {
    if (ledger.release === undefined) {
      throw new GraylaneError(problem('advance-nothing', 'release', 'no release is under way'));
    }
    const { template, plan } = declared;
    return arrive(requested(ledger, { template, abort: true }, {}, plan), declared, now);
  });
}

/**
 * The ledger of a template that runs under the name of the declared Deployment, before its first release.
 * @param references what the app declared with it, of what it refers to; undefined where nobody knows
 */
export function recordedLedger(
  template: PodTemplate,
  references: readonly string[] | undefined,
  declared: RolloutRecording,
): Ledger {
  return ofWorkload(newLedger(template, references), declared);
}

/** A ledger of an earlier version does not say whose it is. */
function ofWorkload({ version, releases, stable, ...rest }: Ledger, { plan }: RolloutRecording): Ledger {
  return { version, releases, stable, workload: plan.workloadRef.name, ...rest };
}

/** The walk of a live run, with the user as the one who answers: who commits the next stage says that this one holds. */
function oneStage(ledger: Ledger, declared: RolloutRecording, options: AdvanceOptions): Ledger {
  const { now, ledgerName, to, by, again = false, from, checks } = options;
  const { plan, template, references, stableReplicas } = declared;
  const request = { template, again: again ? 'always' : 'never', ...defined({ references, to }) } as const;
  const facts = { seed: `${ledgerName ?? ''} at ${now}`, ...defined({ stableReplicas }) };
  const seen = requested(ledger, request, facts, plan);
  if (seen.release === undefined) {
    const revision = revisionOf(template);
    const path = 'workload.spec.template';
    throw new GraylaneError(
      revision === ledger.aborted
        ? problem('advance-aborted', path, revision)
        : problem('advance-nothing', path, `${revision} is stable already`),
    );
  }
  const moved = to !== undefined || seen.release.stage !== ledger.release?.stage;
  const next = arrive(
    moved ? seen : pass(seen, declared, { now, by, checks, approved: from !== undefined && 'gateOf' in from.at }),
    declared,
    now,
  );
  return next.release === undefined
    ? arrive(
        requestedNext(next, { template, again: request.again, ...defined({ references }) }, facts, plan),
        declared,
        now,
      )
    : next;
}

interface Passing {
  readonly now: string;
  readonly by: string | undefined;
  readonly checks: Answer | undefined;
  readonly approved: boolean;
}

/**
 * Past the stage and its gate: a manual one by this approval, a timed one when its time is over or it is approved; and only
 * if its checks hold.
 */
function pass(ledger: Ledger, declared: RolloutRecording, { now, by, checks, approved }: Passing): Ledger {
  const { plan, template } = declared;
  refuseUnchecked(ledger, plan, checks);
  const move = settle(ledger, declared, now, checks);
  if (move.is === 'next' || move.is === 'over') return move.ledger;
  const { step } = waitsAt(move.ledger, plan)!;
  const end = pauseEnd(move.ledger, plan);
  if (end !== undefined && end > Date.parse(now) && !approved) {
    const path = step === undefined ? 'bakeSeconds' : `steps[${step - 1}].pause.duration`;
    const allowed = `advancing from ${new Date(end).toISOString()} on`;
    throw new GraylaneError(problem('gate-early', path, now, { allowed }));
  }
  const approval = { release: move.ledger.release!, step: step!, at: now, ...defined({ by }) };
  const passed = requested(move.ledger, { template, approvals: [approval] }, {}, plan);
  return checks === undefined ? passed : settle(passed, declared, now, checks).ledger;
}

/** In promotion nothing is waited for but time: a check can only take the release back. */
function refuseUnchecked(ledger: Ledger, plan: RolloutPlan, checks: Answer | undefined): void {
  const { at, checks: asked } = currentStage(ledger, plan);
  if (asked === undefined || checks?.is === 'holds') return;
  const path = at.phase === 'step' ? `steps[${at.step - 1}].checks` : 'checks';
  if (checks?.is === 'broken') throw new GraylaneError(problem('check-broken', path, checks.why));
  if (at.phase === 'promote' && checks !== undefined) return;
  throw new GraylaneError(problem('check-undecided', path, checks ? answerWords(checks) : 'nobody has asked them'));
}

/** A gate's time begins with its stage; the last stage needs no further commit, since the app is what it is without us. */
function arrive(ledger: Ledger, declared: RolloutRecording, now: string): Ledger {
  if (ledger.release === undefined) return ledger;
  const { at, gate } = currentStage(ledger, declared.plan);
  const last = at.phase === 'stable' || at.phase === 'start';
  return last || gate ? settle(ledger, declared, now).ledger : noteCanary(ledger, declared);
}

function settle(ledger: Ledger, declared: RolloutRecording, now: string, checks?: Answer): Move {
  return goOn(noteCanary(ledger, declared), { now: Date.parse(now), ...defined({ checks }) }, {}, declared.plan);
}

/** R9: nobody watches the cluster here, so what the stage asks for counts as what the canary has had. */
function noteCanary(ledger: Ledger, { plan, stableReplicas }: RolloutRecording): Ledger {
  const release = ledger.release!;
  const { canary } = currentStage(ledger, plan);
  if (canary === 0) return ledger;
  const facts = defined({ stableReplicas, canaryReplicas: release.canaryReplicas });
  return { ...ledger, release: { ...release, canaryReplicas: canaryReplicas(release.steps, canary, facts) } };
}
