import { beginRecord, newRecord } from './adopt';
import { parseApproval } from './approval';
import type { Engine } from './engine';
import { intend } from './intent';
import { setUpLane } from './lane-setup';
import { acquire } from './lease';
import { findRollout, observe } from './observe';
import { readRecord, recordName } from './record';
import type { UpRequest } from './request';
import { rolloutLabel, type Run } from './run';
import { type Outcome, walk } from './walk';

const DEADLINE = 600;

/**
 * Takes a rollout to its next gate, or to the end. Killed at any point, the next call goes on and reaches the same end.
 * @throws GraylaneError for wrong input; EngineError for everything that a cluster can do
 */
export async function up(engine: Engine, request: UpRequest): Promise<Outcome> {
  const approvals = (request.approve ?? []).map(parseApproval);
  const found = findRollout(request.declarations, request.namespace, request.rollout);
  const { key } = found;
  const lock = await acquire(engine, {
    name: recordName(key.name),
    namespace: key.namespace,
    labels: rolloutLabel(key),
    patience: 0,
  });
  try {
    const member = await observe(engine, request.declarations, found);
    const { progressDeadlineSeconds } = member.deployment.spec;
    const run: Run = {
      engine,
      key,
      member,
      signal: engine.signal ? AbortSignal.any([engine.signal, lock.signal]) : lock.signal,
      deadlineSeconds: request.timeout ?? progressDeadlineSeconds ?? DEADLINE,
      longestPause: request.longestPause ?? Infinity,
      record: (await readRecord(engine.api, key)) ?? newRecord({ member, key }),
    };
    if (run.record.resourceVersion === undefined) await beginRecord(run, request.adopt ?? false);
    await setUpLane(run);
    await intend(run, request, approvals);
    return await walk(run, { hold: request.hold ?? false, abort: request.abort ?? false });
  } finally {
    await lock.release();
  }
}
