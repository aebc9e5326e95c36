import {
  formatApproval,
  isSameRelease,
  matchesSelector,
  objectName,
  type ReleaseRequest,
  requested,
  sameJson,
} from '../../core';
import { newRecord, templateDifferences } from '../objects/adopt';
import { refuseForeign } from '../objects/foreign';
import { ownersOf } from '../objects/ownership';
import { EngineError } from '../port/failure';
import { refOf } from '../port/port';
import { refuseRivals } from '../routes/rivals';
import { type LiveDeployment, type Run, save, tell } from '../run/run';
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
  const drifted = (live: LiveDeployment) => isDrifted(run, live);
  const next = requested(ledger, request, await factsFor(request, { ...liveRollout(run), drifted }), run.member.plan);
  if (ledger.release === undefined && next.release !== undefined) await begin(run, next);
  for (const { release, step } of request.approvals ?? []) {
    if (isSameRelease(release, next.release)) continue;
    tell(run, { is: 'warning', what: `${formatApproval(run.key.name, release, step)} is not of this release` });
  }
  await save(run, next, { ...run.record.facts, plan: newRecord(run).facts.plan });
}

/** What must hold, and what is worth a warning, before a release begins. */
async function begin(run: Run, next: Run['record']['ledger']): Promise<void> {
  const live = (await run.engine.api.get(refOf(run.member.deployment))) as LiveDeployment;
  await expectSettled(run);
  await refuseForeign(run);
  await refuseRivals(run);
  await warnBefore(run, next, live);
}

/**
 * Whether stable runs what is declared although the ledger knows another template: somebody went there without us.
 * @throws EngineError stable-drifted, with who did it, where it is not what is declared
 */
async function isDrifted(run: Run, live: LiveDeployment): Promise<boolean> {
  const stable = stableNow(run);
  const { selector, template } = stable.spec;
  // No API server takes another selector, nor a template that its selector does not find: a release refuses both.
  const fits = matchesSelector(selector, template.metadata?.labels ?? {});
  if (!fits && !sameJson(selector, live.spec.selector)) return false;
  if (fits && (await templateDifferences(run, stable, live)).length === 0) return false;
  const changes = await templateDifferences(run, run.member.deployment, live);
  if (changes.length === 0) return true;
  const who = ownersOf(live, ['f:spec', 'f:template']).join(', ') || 'somebody';
  const what = `${objectName(live)} runs another template than the ledger says (changed by ${who}), and the declared one differs from it in ${changes.join(', ')}`;
  throw new EngineError('stable-drifted', run.key.name, what);
}

/** A Deployment that was scaled just now settles in a moment. */
async function expectSettled(run: Run): Promise<void> {
  const patient = { ...run, deadlineSeconds: Math.min(run.deadlineSeconds, SETTLES_IN) };
  await waitForStable(patient, stableNow(run)).catch((error: unknown) => {
    if (!(error instanceof EngineError) || error.code !== 'deadline') throw error;
    throw new EngineError('stable-unsettled', run.key.name, error.what);
  });
}
