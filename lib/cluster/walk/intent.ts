import { defined, formatApproval, isSameRelease, type ReleaseRequest, requested } from '../../core';
import { newRecord } from '../objects/adopt';
import { refuseForeign } from '../objects/foreign';
import { EngineError } from '../port/failure';
import { refOf } from '../port/port';
import { refuseRivals } from '../routes/rivals';
import { type LiveDeployment, type Run, save, tell } from '../run/run';
import { isDrifted } from './drifted';
import { factsFor } from './facts';
import { warnBefore } from './preflight';
import { waitForStable } from './stage';
import { liveRollout, stableNow } from './walk';

/** Seconds. */
const SETTLES_IN = 30;

/**
 * Stores what the request makes of the ledger, before anything is done about it.
 * @throws EngineError where the rollout stands such that no release may begin (R15)
 */
export async function intend(run: Run, request: ReleaseRequest): Promise<void> {
  const { ledger } = run.record;
  const asked = liveRollout(run);
  const facts = await factsFor(request, { ...asked, drifted: (live) => isDrifted(asked, live) });
  const next = requested(ledger, request, facts, run.member.plan);
  if (ledger.release === undefined && next.release !== undefined) await begin(run, next);
  for (const { release, step } of request.approvals ?? []) {
    if (isSameRelease(release, next.release)) continue;
    tell(run, { is: 'warning', what: `${formatApproval(run.key.name, release, step)} is not of this release` });
  }
  const { plan, checked, declared } = newRecord(run).facts;
  await save(run, next, defined({ ...run.record.facts, plan, checked, declared }));
}

/** What must hold, and what is worth a warning, before a release begins. */
async function begin(run: Run, next: Run['record']['ledger']): Promise<void> {
  const live = (await run.engine.api.get(refOf(run.member.deployment))) as LiveDeployment;
  await expectSettled(run);
  await refuseForeign(run);
  await refuseRivals(run);
  await warnBefore(run, next, live);
}

/** A Deployment that was scaled just now settles in a moment. */
async function expectSettled(run: Run): Promise<void> {
  const patient = { ...run, deadlineSeconds: Math.min(run.deadlineSeconds, SETTLES_IN) };
  await waitForStable(patient, stableNow(run)).catch((error: unknown) => {
    if (!(error instanceof EngineError) || error.code !== 'deadline') throw error;
    throw new EngineError('stable-unsettled', run.key.name, error.what);
  });
}
