import { beginRecord } from '../objects/adopt';
import { parseApproval } from '../run/approval';
import type { Engine } from '../port/engine';
import { intend } from './intent';
import { setUpLane } from '../routes/lane-setup';
import { releaseRequest, type UpRequest } from '../run/request';
import { withRollout } from './session';
import type { Outcome } from '../run/outcome';
import { walk } from './walk';

/**
 * Takes a rollout to its next gate, or to the end. Killed at any point, the next call goes on and reaches the same end.
 * @throws GraylaneError for wrong input; EngineError for everything that a cluster can do
 */
export async function up(engine: Engine, request: UpRequest): Promise<Outcome> {
  const approvals = (request.approve ?? []).map(parseApproval);
  return withRollout(engine, request, async (run) => {
    if (run.record.resourceVersion === undefined) await beginRecord(run, request.adopt ?? false);
    await setUpLane(run);
    const own = approvals.filter(({ rollout }) => rollout === run.key.name);
    const asked = releaseRequest(request, run.member.deployment.spec.template, own);
    await intend(run, asked);
    return walk(run, asked);
  });
}
