/** The explorer finds what it is there to find: with one protection taken out, a forbidden state is reached. */
import { afterEach, expect, test, vi } from 'vitest';
import { type Api, kinds, refOf } from '../../lib/cluster';
import type * as Apply from '../../lib/cluster/objects/apply';
import type * as FencedApi from '../../lib/cluster/port/fenced-api';
import type * as RetriedApi from '../../lib/cluster/port/retried-api';
import type * as Lease from '../../lib/cluster/records/lease';
import type * as Records from '../../lib/cluster/records/rollout-record';
import type * as Lane from '../../lib/cluster/routes/lane';
import type * as Runs from '../../lib/cluster/run/run';
import type * as Ask from '../../lib/cluster/walk/ask';
import type * as Stage from '../../lib/cluster/walk/stage';
import { conditions, type Manifest } from '../../lib/core';
import { explore } from './explorer';
import type { Budget } from './history';
import { scenarios } from './scenarios';

/** What is taken out: only here, for the product knows of no switch. */
const out = vi.hoisted(() => ({ protection: '' }));

vi.mock('../../lib/cluster/port/fenced-api', async (original) => {
  const real = await original<typeof FencedApi>();
  const fenced: typeof real.fenced = (api, check) => {
    if (out.protection === 'fence') return api;
    const behind = real.fenced(api, check);
    if (out.protection !== 'version of what is applied') return behind;
    return { ...behind, apply: (object, options) => behind.apply(unversioned(object), options) };
  };
  return { ...real, fenced };
});

vi.mock('../../lib/cluster/port/retried-api', async (original) => {
  const real = await original<typeof RetriedApi>();
  const retried: typeof real.retried = (api, retries) => {
    if (out.protection === 'retries') return api;
    if (out.protection !== 'version of a Lease') return real.retried(api, retries);
    const isLease = ({ kind }: Manifest) => kind === kinds.lease.kind;
    const update: Api['update'] = (object) => api.update(isLease(object) ? unversioned(object) : object);
    return real.retried({ ...api, update }, retries);
  };
  return { retried };
});

vi.mock('../../lib/cluster/records/rollout-record', async (original) => {
  const real = await original<typeof Records>();
  const blind = (api: Api): Api => ({ ...api, update: (object) => api.update(unversioned(object)) });
  const writeRecord: typeof real.writeRecord = (api, ...rest) =>
    real.writeRecord(out.protection === 'version of the ledger' ? blind(api) : api, ...rest);
  return { ...real, writeRecord };
});

vi.mock('../../lib/cluster/records/lease', async (original) => {
  const real = await original<typeof Lease>();
  const open = { signal: new AbortController().signal, check: async () => {}, release: async () => {} };
  const acquire: typeof real.acquire = async (engine, request) =>
    out.protection === 'Lease of a lane' && request.name.startsWith('graylane-lane-')
      ? open
      : real.acquire(engine, request);
  return { ...real, acquire };
});

vi.mock('../../lib/cluster/routes/lane', async (original) => {
  const real = await original<typeof Lane>();
  let late: (() => Promise<unknown>)[] = [];
  const writeLane: typeof real.writeLane = async (api, key, record) => {
    if (out.protection !== 'holders before the route') return real.writeLane(api, key, record);
    late.push(() => real.writeLane(api, key, record));
    return record;
  };
  const withLane: typeof real.withLane = (run, key, change) =>
    real.withLane(run, key, async (held) => {
      const result = await change(held);
      const writes = late;
      late = [];
      for (const write of writes) await write();
      return result;
    });
  return { ...real, writeLane, withLane };
});

vi.mock('../../lib/cluster/objects/apply', async (original) => {
  const real = await original<typeof Apply>();
  const deleteOwn: typeof real.deleteOwn = (run, live) =>
    out.protection === 'uid' ? run.engine.api.delete(refOf(live)) : real.deleteOwn(run, live);
  const applyOwn: typeof real.applyOwn = async (run, object) => {
    if (out.protection !== 'label') return real.applyOwn(run, object);
    return { verb: 'updated', live: await run.engine.api.apply(object, { force: true }) };
  };
  const refuseTaken: typeof real.refuseTaken = (...what) =>
    out.protection === 'label' ? undefined : real.refuseTaken(...what);
  return { ...real, deleteOwn, applyOwn, refuseTaken };
});

vi.mock('../../lib/cluster/run/run', async (original) => {
  const real = await original<typeof Runs>();
  const save: typeof real.save = async (run, ledger, ...facts) => {
    if (out.protection === 'intent' && ledger.release !== undefined) run.record = { ...run.record, ledger };
    else await real.save(run, ledger, ...facts);
  };
  return { ...real, save };
});

vi.mock('../../lib/cluster/walk/ask', async (original) => {
  const real = await original<typeof Ask>();
  /** By the signal, which is that of one run: the stage at which it began to wait. */
  const began = new WeakMap<AbortSignal, string | undefined>();
  const waitFor: typeof real.waitFor = async (run, ...what) => {
    const stage = run.record.ledger.release?.stage;
    if (!began.has(run.signal)) began.set(run.signal, stage);
    const resumed = out.protection === 'conditions of a resume' && stage !== undefined;
    return resumed && began.get(run.signal) === stage ? 'it was taken out' : real.waitFor(run, ...what);
  };
  return { ...real, waitFor };
});

vi.mock('../../lib/cluster/walk/stage', async (original) => {
  const real = await original<typeof Stage>();
  const sweep: typeof real.sweep = async (run, uid) => {
    if (out.protection === 'sweep') {
      const labels = { 'graylane.io/rollout': run.key.name };
      for (const kind of [kinds.deployment, kinds.service])
        for (const live of await run.engine.api.list(kind, { namespace: run.key.namespace, labels }))
          await run.engine.api.delete(refOf(live), live.metadata.uid);
    }
    await real.sweep(run, uid);
  };
  return { ...real, sweep };
});

const kill: Budget = { switches: 0, kills: 1, faults: 0 };
const turn: Budget = { switches: 1, kills: 0, faults: 0 };
const fault: Budget = { switches: 0, kills: 0, faults: 1 };
const nothing: Budget = { switches: 0, kills: 0, faults: 0 };

interface Protection {
  readonly without: string;
  /** A condition that holds at once. */
  readonly condition?: keyof typeof conditions;
  readonly scenario: string;
  readonly budget: Budget;
  readonly finds: RegExp;
}

const protections: readonly Protection[] = [
  { without: 'canary ready', condition: 'canary-ready', scenario: 'lane-begin', budget: nothing, finds: /R1/ },
  { without: 'stable ready', condition: 'stable-ready', scenario: 'weights', budget: nothing, finds: /R3/ },
  { without: 'grace', condition: 'grace-over', scenario: 'weights', budget: nothing, finds: /after its route/ },
  { without: 'fence', scenario: 'approve-against-abort', budget: kill, finds: /R6/ },
  { without: 'intent', scenario: 'weights', budget: kill, finds: /R[1237]|ends as no/ },
  { without: 'retries', scenario: 'weights', budget: fault, finds: /a fault that passes ends the run/ },
  { without: 'version of the ledger', scenario: 'approve-against-abort', budget: kill, finds: /R6|ends as no/ },
  { without: 'version of what is applied', scenario: 'approve-against-abort', budget: kill, finds: /R6|ends as no/ },
  { without: 'version of a Lease', scenario: 'approve-against-abort', budget: turn, finds: /R6/ },
  { without: 'Lease of a lane', scenario: 'lane-join', budget: nothing, finds: /R6/ },
  { without: 'holders before the route', scenario: 'lane-begin', budget: nothing, finds: /R4/ },
  { without: 'conditions of a resume', scenario: 'weights', budget: kill, finds: /R[13]/ },
  { without: 'label', scenario: 'name-taken', budget: nothing, finds: /R10/ },
  { without: 'sweep', scenario: 'ledger-lost', budget: nothing, finds: /R[13]/ },
  { without: 'uid', scenario: 'abort-and-again', budget: kill, finds: /R[136]/ },
];

afterEach(() => {
  vi.restoreAllMocks();
  out.protection = '';
});

test.each(protections)('without: $without', async ({ without, condition, scenario, budget, finds }) => {
  out.protection = without;
  if (condition)
    vi.spyOn(conditions[condition], 'answer').mockReturnValue({ is: 'holds', evidence: 'it was taken out' });
  const { found } = await explore(
    scenarios.find(({ name }) => name === scenario)!,
    budget,
    { first: true },
  );
  expect([...new Set(found.flatMap(({ what }) => what))].join('\n')).toMatch(finds);
});

function unversioned({ metadata: { resourceVersion: _, uid: __, ...metadata }, ...object }: Manifest): Manifest {
  return { ...object, metadata };
}
