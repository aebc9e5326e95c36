import type { StringMap } from '../../core';
import { EngineError } from '../port/failure';
import type { Engine } from '../port/engine';
import { kinds } from '../port/kinds';
import { type Api, isConflict, type Live } from '../port/port';

/** A Lease that we hold. */
export interface Lock {
  /** Aborted when the Lease is lost: nothing may be written from then on. */
  readonly signal: AbortSignal;
  /**
   * To be called before each write: a process that slept for longer than its Lease may not know yet that it is lost.
   * @throws EngineError lease-lost
   */
  check(): void;
  release(): Promise<void>;
}

export interface LeaseRequest {
  readonly name: string;
  readonly namespace: string;
  readonly labels: StringMap;
  /** Seconds to wait while another holds it and renews it; a Lease that nobody renews is taken over before that. */
  readonly patience: number;
}

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
  for (;;) {
    engine.signal?.throwIfAborted();
    const lease = await read(engine.api, request);
    const state = lease?.spec?.holderIdentity ? JSON.stringify(lease.spec) : '';
    // What is seen first is no renewal: its holder may be dead.
    renewed ||= seen !== undefined && seen.state !== state;
    if (seen?.state !== state) seen = { state, since: engine.clock.now() };
    const quiet = engine.clock.now() - seen.since >= (lease?.spec?.leaseDurationSeconds ?? LEASE_SECONDS) * 1000;
    if (state === '' || quiet) {
      const taken = await take(engine, request, lease, identity);
      if (taken) return keep(engine, request, taken, identity);
    } else if (renewed && engine.clock.now() - began >= request.patience * 1000) {
      throw heldBy(lease!, request);
    }
    await engine.clock.sleep(LOOK, engine.signal);
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
  const { name, namespace, labels } = request;
  const object = {
    ...kinds.lease,
    metadata: { name, namespace, labels, ...(lease && { resourceVersion: lease.metadata.resourceVersion }) },
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

/** The Lease as we wrote it last, and when, in milliseconds since 1970. */
interface Held {
  lease: Lease;
  since: number;
}

/** Renews it until it is released or lost. */
function keep(engine: Engine, request: LeaseRequest, taken: Lease, identity: string): Lock {
  const { clock, leaseSeconds = LEASE_SECONDS } = engine;
  const lost = new AbortController();
  const released = new AbortController();
  const held = { lease: taken, since: clock.now() };
  const lose = () =>
    lost.abort(
      new EngineError('lease-lost', `Lease ${request.name}`, 'it could not be renewed, or is held by another'),
    );
  const renewal = renew(engine, request, held, identity, released.signal).catch(lose);
  return {
    signal: lost.signal,
    check: () => {
      if (clock.now() - held.since >= leaseSeconds * 1000) lose();
      lost.signal.throwIfAborted();
    },
    release: async () => {
      released.abort();
      await renewal;
      if (!lost.signal.aborted) await giveBack(engine, request, identity);
    },
  };
}

async function renew(
  { api, clock, leaseSeconds = LEASE_SECONDS }: Engine,
  request: LeaseRequest,
  held: Held,
  identity: string,
  released: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep((leaseSeconds * 1000) / 3, released);
    if (released.aborted) return;
    try {
      // Counted from before the call: whoever waits for the Lease may have seen it change at once.
      const now = clock.now();
      held.lease = await api.update({ ...held.lease, spec: { ...held.lease.spec, renewTime: microTime(now) } });
      held.since = now;
    } catch (error) {
      const current = await read(api, request).catch(() => undefined);
      if (current && current.spec?.holderIdentity !== identity) throw error;
      if (clock.now() - held.since >= leaseSeconds * 1000) throw error;
      held.lease = current ?? held.lease;
    }
  }
}

/** The object stays, without a holder: the next one need not wait, and transitions stay counted. */
async function giveBack({ api }: Engine, request: LeaseRequest, identity: string): Promise<void> {
  const lease = await read(api, request);
  if (lease?.spec?.holderIdentity !== identity) return;
  const { leaseDurationSeconds, leaseTransitions } = lease.spec;
  await api.update({ ...lease, spec: { leaseDurationSeconds, leaseTransitions } }).catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
}

function heldBy({ spec }: Lease, { name, namespace }: LeaseRequest): EngineError {
  const what = `held by ${spec?.holderIdentity} since ${spec?.acquireTime}`;
  return new EngineError('lease-held', `Lease ${namespace}/${name}`, what);
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
