import type { StringMap } from '../../core';
import { EngineError } from '../port/failure';
import type { Engine } from '../port/engine';
import type { FenceCheck } from '../port/fenced-api';
import { kinds } from '../port/kinds';
import { type Api, ApiError, isConflict, type Live, refOf } from '../port/port';

/** A Lease that we hold. */
export interface Lock {
  /** Aborted when the Lease is lost, or somebody has asked for it: nothing may be written from then on. */
  readonly signal: AbortSignal;
  /**
   * To be asked before each write. A process that slept for longer than its Lease, or could not reach the server, first
   * renews it: that works only where nobody has taken it meanwhile.
   * @throws EngineError lease-lost; ApiError, where the server is away
   */
  readonly check: FenceCheck;
  /**
   * Gives it back: others need not wait until it has run out.
   * @param after - `useless`: nothing was stored under it, so it goes if it was not there before
   */
  release(after?: { readonly useless: boolean }): Promise<void>;
}

export interface LeaseRequest {
  readonly name: string;
  readonly namespace: string;
  readonly labels: StringMap;
  /** Whose run it is, for messages. */
  readonly rollout: string;
  /** Seconds to wait while another holds it and renews it; a Lease that nobody renews is taken over before that. */
  readonly patience: number;
  /** Gives it up to whoever asks for it, and asks nobody itself: it has all the time in the world. @default false */
  readonly yields?: boolean;
}

/** On a Lease whose holder gives it up to whoever asks. */
const YIELDS = 'graylane.io/yields';
/** Who has asked for it. */
const WANTED_BY = 'graylane.io/wanted-by';

interface Lease extends Live {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export const LEASE_SECONDS = 15;
const LOOK = 1000;

/**
 * R6: one writer. Whether a holder is alive is judged by watching the Lease not change for its duration, never by
 * comparing clocks.
 * @throws EngineError lease-held, with who and since when
 */
export async function acquire(engine: Engine, request: LeaseRequest): Promise<Lock> {
  const identity = engine.random.id();
  const began = engine.clock.now();
  let seen: { readonly state: string; readonly since: number } | undefined;
  let renewed = false;
  let asked = false;
  for (;;) {
    engine.signal?.throwIfAborted();
    const lease = await read(engine.api, request);
    const state = lease?.spec?.holderIdentity ? JSON.stringify(lease.spec) : '';
    // What is seen first is no renewal: its holder may be dead.
    renewed ||= seen !== undefined && seen.state !== state;
    if (state !== '' && seen === undefined) tellHolder(engine, lease!, request);
    if (seen?.state !== state) seen = { state, since: engine.clock.now() };
    const quiet = engine.clock.now() - seen.since >= (lease?.spec?.leaseDurationSeconds ?? LEASE_SECONDS) * 1000;
    if (state === '' || quiet) {
      const taken = await take(engine, request, lease, identity);
      if (taken) return keep(engine, request, taken, { identity, isNew: lease === undefined });
    } else if (renewed && engine.clock.now() - began >= request.patience * 1000) {
      throw heldBy(lease!, request);
    } else if (!asked && !request.yields && lease?.metadata.annotations?.[YIELDS] !== undefined) {
      asked = await askFor(engine, lease, identity);
    }
    await engine.clock.sleep(LOOK, engine.signal);
  }
}

/** Its holder sees it when it renews the Lease. */
async function askFor({ api }: Engine, lease: Lease, identity: string): Promise<boolean> {
  const annotations = { ...lease.metadata.annotations, [WANTED_BY]: identity };
  try {
    await api.update({ ...lease, metadata: { ...lease.metadata, annotations } });
    return true;
  } catch (error) {
    if (!isConflict(error)) throw error;
    return false;
  }
}

/** Whether somebody seems to hold it, for messages: by comparing clocks, so nothing may depend on it. */
export async function isHeld(
  { api, clock }: Pick<Engine, 'api' | 'clock'>,
  lease: Pick<LeaseRequest, 'name' | 'namespace'>,
): Promise<boolean> {
  const { holderIdentity, renewTime = '', leaseDurationSeconds = LEASE_SECONDS } = (await read(api, lease))?.spec ?? {};
  return holderIdentity !== undefined && clock.now() - Date.parse(renewTime) < leaseDurationSeconds * 1000;
}

/** Undefined when somebody else was faster. */
async function take(
  { api, clock, leaseSeconds = LEASE_SECONDS }: Engine,
  request: LeaseRequest,
  lease: Lease | undefined,
  identity: string,
): Promise<Lease | undefined> {
  const now = microTime(clock.now());
  const { name, namespace, labels, yields } = request;
  const object = {
    ...kinds.lease,
    metadata: {
      name,
      namespace,
      labels,
      ...(yields && { annotations: { [YIELDS]: 'true' } }),
      ...(lease && { resourceVersion: lease.metadata.resourceVersion }),
    },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: leaseSeconds,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: (lease?.spec?.leaseTransitions ?? -1) + 1,
    },
  };
  try {
    return lease ? await api.update(object) : await api.create(object);
  } catch (error) {
    if (isConflict(error)) return undefined;
    throw error;
  }
}

interface Holder {
  readonly identity: string;
  /** The Lease was not there before. */
  readonly isNew: boolean;
}

/** Renews it until it is released or lost. */
function keep(engine: Engine, request: LeaseRequest, taken: Lease, { identity, isNew }: Holder): Lock {
  const { clock, leaseSeconds = LEASE_SECONDS } = engine;
  const lost = new AbortController();
  const yielded = new AbortController();
  const signal = AbortSignal.any([lost.signal, yielded.signal]);
  const released = new AbortController();
  let lease = taken;
  let since = clock.now();
  let renewal: Promise<void> | undefined;
  const renew = () => (renewal ??= write().finally(() => (renewal = undefined)));
  const write = async (): Promise<void> => {
    // Counted from before the call: whoever waits for the Lease may have seen it change at once.
    const now = clock.now();
    try {
      lease = await engine.api.update({ ...lease, spec: { ...lease.spec, renewTime: microTime(now) } });
      since = now;
      if (request.yields && lease.metadata.annotations?.[WANTED_BY] !== undefined) {
        yielded.abort(new EngineError('lease-lost', `Lease ${request.name}`, 'another run has asked for it'));
      }
    } catch (error) {
      if (!(error instanceof ApiError) || ![404, 409].includes(error.status)) throw error;
      const current = await read(engine.api, request);
      // Its resourceVersion is in every update: while it is still ours, nobody else has written with it.
      if (current?.spec?.holderIdentity === identity) {
        lease = current;
        return write();
      }
      const what = 'another run has taken it, or it was deleted';
      lost.abort(new EngineError('lease-lost', `Lease ${request.name}`, what));
    }
  };
  void (async () => {
    while (!lost.signal.aborted && !released.signal.aborted) {
      await clock.sleep((leaseSeconds * 1000) / 3, released.signal);
      // A server that is away takes no Lease from anybody: the next write finds out.
      if (!released.signal.aborted) await renew().catch(() => {});
    }
  })();
  return {
    signal,
    check: async () => {
      while (!signal.aborted && clock.now() - since >= leaseSeconds * 1000) await renew();
      signal.throwIfAborted();
    },
    release: async ({ useless } = { useless: false }) => {
      released.abort();
      // A renewal under way would be in the way of giving it back.
      const end = async () => {
        await renewal;
        if (!lost.signal.aborted) await giveBack(engine, request, identity, useless && isNew);
      };
      const over = new AbortController();
      // Where the server is away, or hangs, the Lease runs out by itself.
      await Promise.race([end().catch(() => {}), clock.sleep(leaseSeconds * 1000, over.signal)]);
      over.abort();
    },
  };
}

/** The object stays, without a holder: the next one need not wait, and transitions stay counted. */
async function giveBack({ api }: Engine, request: LeaseRequest, identity: string, useless: boolean): Promise<void> {
  const lease = await read(api, request);
  if (lease?.spec?.holderIdentity !== identity) return;
  const { uid, resourceVersion } = lease.metadata;
  const { leaseDurationSeconds, leaseTransitions } = lease.spec;
  // As it was read, when it was still ours: nobody who has taken it meanwhile may lose it by that.
  const given = useless
    ? api.delete(refOf(lease), uid, resourceVersion)
    : api.update({ ...lease, spec: { leaseDurationSeconds, leaseTransitions } });
  await given.catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
}

function heldBy(lease: Lease, { name, namespace }: LeaseRequest): EngineError {
  return new EngineError('lease-held', `Lease ${namespace}/${name}`, holderOf(lease));
}

function tellHolder({ report }: Engine, lease: Lease, { name, namespace, rollout }: LeaseRequest): void {
  const seconds = lease.spec?.leaseDurationSeconds ?? LEASE_SECONDS;
  const what = `Lease ${namespace}/${name} is ${holderOf(lease)}; a run that has died loses it after ${seconds} s`;
  report({ rollout, is: 'waiting', what });
}

function holderOf({ spec }: Lease): string {
  const since = spec?.acquireTime === undefined ? '' : ` since ${spec.acquireTime}`;
  return `held by ${spec?.holderIdentity}${since}`;
}

async function read(
  api: Api,
  { name, namespace }: Pick<LeaseRequest, 'name' | 'namespace'>,
): Promise<Lease | undefined> {
  const live = await api.get({ ...kinds.lease, name, namespace });
  return live;
}

/** The API server's MicroTime has six digits. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
