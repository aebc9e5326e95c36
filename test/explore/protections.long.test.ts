/** The explorer finds what it is there to find: with one protection taken out, a forbidden state is reached. */
import { afterEach, expect, test, vi } from 'vitest';
import type * as FencedApi from '../../lib/cluster/port/fenced-api';
import type * as RetriedApi from '../../lib/cluster/port/retried-api';
import type * as Run from '../../lib/cluster/run/run';
import { conditions } from '../../lib/core';
import { explore } from './explorer';
import { scenarios } from './scenarios';

/** What is taken out. */
const out = vi.hoisted(() => ({
  fence: false,
  intent: false,
  retry: false,
}));

vi.mock('../../lib/cluster/port/fenced-api', async (original) => {
  const real = await original<typeof FencedApi>();
  const fenced: typeof real.fenced = (api, check) => (out.fence ? api : real.fenced(api, check));
  return { ...real, fenced };
});

vi.mock('../../lib/cluster/port/retried-api', async (original) => {
  const real = await original<typeof RetriedApi>();
  const retried: typeof real.retried = (api, retries) => (out.retry ? api : real.retried(api, retries));
  return { retried };
});

vi.mock('../../lib/cluster/run/run', async (original) => {
  const real = await original<typeof Run>();
  const save: typeof real.save = async (run, ledger, ...facts) => {
    if (out.intent && ledger.release !== undefined) run.record = { ...run.record, ledger };
    else await real.save(run, ledger, ...facts);
  };
  return { ...real, save };
});

const kill = { switches: 0, kills: 1, faults: 0 };
const nothing = { switches: 0, kills: 0, faults: 0 };

const protections = [
  {
    name: 'the canary is ready before its route opens',
    take: () => holdsAtOnce('canary-ready'),
    scenario: 'lane-begin',
    budget: nothing,
    finds: /R1/,
  },
  {
    name: 'stable is ready before its route closes',
    take: () => holdsAtOnce('stable-ready'),
    scenario: 'weights',
    budget: nothing,
    finds: /R3/,
  },
  {
    name: 'the grace period before the canary goes',
    take: () => holdsAtOnce('grace-over'),
    scenario: 'weights',
    budget: nothing,
    finds: /after its route/,
  },
  {
    name: 'nothing is written when the Lease is lost',
    take: () => (out.fence = true),
    scenario: 'approve-against-abort',
    budget: kill,
    finds: /R6/,
  },
  {
    name: 'the ledger names a stage before it is applied',
    take: () => (out.intent = true),
    scenario: 'weights',
    budget: kill,
    finds: /R[1237]|ends as no/,
  },
  {
    name: 'what passes by itself is tried again, and an own write is recognised',
    take: () => (out.retry = true),
    scenario: 'weights',
    budget: { switches: 0, kills: 0, faults: 1 },
    finds: /a fault that passes ends the run/,
  },
] as const;

afterEach(() => {
  vi.restoreAllMocks();
  for (const protection of Object.keys(out)) Object.assign(out, { [protection]: false });
});

test.each(protections)('without: $name', async ({ take, scenario, budget, finds }) => {
  take();
  const { found } = await explore(
    scenarios.find(({ name }) => name === scenario)!,
    budget,
    { first: true },
  );
  expect([...new Set(found.flatMap(({ what }) => what))].join('\n')).toMatch(finds);
});

function holdsAtOnce(name: keyof typeof conditions): void {
  vi.spyOn(conditions[name], 'answer').mockReturnValue({ is: 'holds', evidence: 'it was taken out' });
}
