import { parseApproval } from '../../core';
import { beginRecord } from '../objects/adopt';
import type { Engine } from '../port/engine';
import { intend } from './intent';
import { setUpLane } from '../routes/lane-setup';
import { releaseRequest, type UpRequest } from '../run/request';
import { withRollout } from './session';
import type { Outcome } from '../run/outcome';
import { outcome, walk } from './walk';

/**
 * Takes a rollout to its next gate, or to the end. Killed at any point, the next call goes on and reaches the same end.
 * @param intended called once what is asked for is stored
 * @throws GraylaneError for wrong input; EngineError for everything that a cluster can do
 */
export async function up(engine: Engine, request: UpRequest, intended: () => void = () => {}): Promise<Outcome> {
  const approvals = (request.approve ?? []).map(parseApproval);
  return withRollout(engine, request, async (run) => {
    const { template } = run.member.deployment.spec;
    const { ledger, resourceVersion } = run.record;
    const asked = releaseRequest(request, { rollout: run.key.name, template, ledger }, approvals);
    if (resourceVersion === undefined) await beginRecord(run, request);
    await setUpLane(run);
    await intend(run, asked);
    intended();
    if (request.leave && run.record.ledger.release) return outcome(run);
    return walk(run, asked);
  });
}
