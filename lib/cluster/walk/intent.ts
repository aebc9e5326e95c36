import { type Ledger, objectName, revisionOf, transition } from '../../core';
import { newRecord, templateDifferences } from '../objects/adopt';
import type { GateApproval } from '../run/approval';
import { EngineError } from '../port/failure';
import { ownersOf } from '../objects/ownership';
import { refOf } from '../port/port';
import { type LiveDeployment, type Run, save, tell } from '../run/run';
import { refuseForeign } from '../objects/foreign';
import { refuseOverlaps } from '../routes/routes';
import { warnBefore } from './preflight';
import type { UpRequest } from '../run/request';
import { ready } from './settle';
import { canaryLost, declared, stableFacts, stableNow } from './walk';

/** Seconds. */
const SETTLES_IN = 30;

/**
 * Stores what the request makes of the ledger, before anything is done about it.
 * @throws EngineError where the rollout stands such that no release may begin (R15)
 */
export async function intend(run: Run, request: UpRequest, approvals: readonly GateApproval[]): Promise<void> {
  const { ledger } = run.record;
  const next = request.hold
    ? ledger
    : approve(run, request, approvals, await (ledger.release ? inRelease(run, request) : atRest(run, request)));
  await save(run, next, { ...run.record.facts, plan: newRecord(run).facts.plan });
}

async function inRelease(run: Run, request: UpRequest): Promise<Ledger> {
  const { plan } = run.member;
  const { ledger } = run.record;
  if (request.direct) return direct(run);
  if (request.abort) return transition(ledger, { is: 'abort' }, plan);
  const told = await declared(run, ledger);
  const found = (await canaryLost(run)) ? transition(told, { is: 'canary-lost' }, plan) : told;
  if (request.to === undefined) return found;
  return transition(found, { is: 'to', step: request.to, ...(await stableFacts(run)) }, plan);
}

async function atRest(run: Run, request: UpRequest): Promise<Ledger> {
  const { ledger, facts } = run.record;
  if (request.abort) return ledger;
  if (request.direct) return direct(run);
  const live = (await run.engine.api.get(refOf(run.member.deployment))) as LiveDeployment | undefined;
  if (live === undefined) return direct(run);
  if (live.spec.paused) {
    throw new EngineError('stable-paused', run.key.name, `${objectName(live)} is paused, and not by a release`);
  }
  if (await isDrifted(run, live)) return direct(run);
  if (revisionOf(run.member.deployment.spec.template) === ledger.stable) return ledger;
  // What never ran needs no canary beside it.
  if (facts.settled !== ledger.stable) return direct(run);
  await expectSettled(run, live);
  await refuseForeign(run);
  await refuseOverlaps(run);
  const begun = await declared(run, ledger);
  await warnBefore(run, begun, live);
  return begun;
}

/**
 * Whether stable runs what is declared although the ledger knows another template: somebody went there without us.
 * @throws EngineError stable-drifted, with who did it, where it is not what is declared
 */
async function isDrifted(run: Run, live: LiveDeployment): Promise<boolean> {
  if ((await templateDifferences(run, stableNow(run), live)).length === 0) return false;
  const changes = await templateDifferences(run, run.member.deployment, live);
  if (changes.length === 0) return true;
  const who = ownersOf(live, ['f:spec', 'f:template']).join(', ') || 'somebody';
  const what = `${objectName(live)} runs another template than the ledger says (changed by ${who}), and the declared one differs from it in ${changes.join(', ')}`;
  throw new EngineError('stable-drifted', run.key.name, what);
}

/** A Deployment that was scaled just now settles in a moment. */
async function expectSettled(run: Run, live: LiveDeployment): Promise<void> {
  const patient = { ...run, deadlineSeconds: Math.min(run.deadlineSeconds, SETTLES_IN) };
  await ready(patient, 'stable', live, 0).catch((error: unknown) => {
    if (!(error instanceof EngineError) || error.code !== 'deadline') throw error;
    throw new EngineError('stable-unsettled', run.key.name, error.what);
  });
}

function direct(run: Run): Ledger {
  const { deployment, plan } = run.member;
  return transition(run.record.ledger, { is: 'direct', template: deployment.spec.template }, plan);
}

function approve(run: Run, { by }: UpRequest, approvals: readonly GateApproval[], ledger: Ledger): Ledger {
  return approvals
    .filter(({ rollout }) => rollout === run.key.name)
    .reduce((approved, { release, step }) => {
      if (release !== approved.release?.number) {
        tell(run, { is: 'warning', what: `an approval of release ${release}, step ${step} is not of this release` });
      }
      const event = { is: 'approved', release, step, ...(by !== undefined && { by }) } as const;
      return transition(approved, event, run.member.plan);
    }, ledger);
}
