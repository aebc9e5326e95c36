import { brokenEvent, defined } from '../../core';
import { newRecord } from '../objects/adopt';
import { refuseRenamed } from '../objects/renamed';
import { consistent } from '../port/consistent-api';
import type { Engine } from '../port/engine';
import { asFailure, EngineError, type FailureCode } from '../port/failure';
import { fenced } from '../port/fenced-api';
import { acquire, LEASE_SECONDS } from '../records/lease';
import { declaredDigest, findRollout, observe, sharesBase } from '../routes/observe';
import { ApiError } from '../port/port';
import { readRecord, recordName } from '../records/rollout-record';
import { isAbort, type UpRequest } from '../run/request';
import { standsAt, rolloutLabel, type Run } from '../run/run';
import { reclaim } from './reclaim';

const DEADLINE = 600;

/**
 * Does something with a rollout while nobody else can (R6).
 * @throws GraylaneError for wrong input; EngineError for everything that a cluster can do
 */
export async function withRollout<T>(engine: Engine, request: UpRequest, act: (run: Run) => Promise<T>): Promise<T> {
  const found = findRollout(request.declarations, request.namespace, request.rollout);
  const { name, namespace } = found.key;
  let run: Run | undefined;
  try {
    const lock = await acquire(engine, {
      name: recordName(name),
      namespace,
      rollout: name,
      labels: rolloutLabel(found.key),
      // Whoever holds it may be on its way out: a process whose caller was killed.
      patience: request.following ? Infinity : (engine.leaseSeconds ?? LEASE_SECONDS),
      yields: request.following !== undefined,
    });
    try {
      run = await begin(
        { ...engine, api: consistent(fenced(engine.api, lock.check), engine.clock) },
        request,
        found,
        lock.signal,
      );
      await reclaim(run);
      return await act(run);
    } finally {
      await lock.release({ useless: run?.record.resourceVersion === undefined });
    }
  } catch (error) {
    const told = explained(error, run ? standsAt(run) : name);
    if (run) tellBroken(run, told);
    throw told;
  }
}

async function begin(
  engine: Engine,
  request: UpRequest,
  found: ReturnType<typeof findRollout>,
  held: AbortSignal,
): Promise<Run> {
  const { declarations, timeout, longestPause = Infinity, direct = false, following } = request;
  const { key } = found;
  const declared = following?.declared ?? declaredDigest(request);
  const record = await readRecord(engine.api, key);
  if (following?.declared !== undefined && record?.facts.declared !== declared) throw superseded(key.name);
  refuseRenamed(found, record);
  const course = record
    ? { ledger: record.ledger, abort: isAbort(request, key.name, record.ledger) }
    : defined({ abort: request.abort });
  const member = await observe(engine, declarations, found, course);
  return {
    engine,
    key,
    member,
    shared: sharesBase(declarations, found, engine.gateways),
    signal: engine.signal ? AbortSignal.any([engine.signal, held]) : held,
    direct,
    deadlineSeconds: timeout ?? member.deployment.spec.progressDeadlineSeconds ?? DEADLINE,
    longestPause,
    declared,
    applied: new Map(),
    record: record ?? newRecord({ member, key, declared }),
  };
}

/** Who goes on with what nobody declares any more would undo what was declared since. */
function superseded(rollout: string): EngineError {
  return new EngineError('superseded', rollout, 'another run has declared something else, or removed it, since');
}

/** What passes by itself, or was somebody's wish, breaks no release. */
const PASSING: ReadonlySet<string> = new Set<FailureCode>([
  'interrupted',
  'unreachable',
  'conflict',
  'lease-held',
  'lease-lost',
  'superseded',
]);

function tellBroken({ engine, key, record }: Run, error: unknown): void {
  if (!(error instanceof EngineError) || PASSING.has(error.code)) return;
  for (const event of brokenEvent(key, record.ledger, error.code, error.what)) engine.notify?.(event);
}

/** An error that says where it stopped. */
function explained(error: unknown, at: string): unknown {
  if (error instanceof ApiError) return asFailure(error, at);
  const interrupted = error instanceof EngineError && error.code === 'interrupted';
  return interrupted ? new EngineError('interrupted', at, error.what) : error;
}
