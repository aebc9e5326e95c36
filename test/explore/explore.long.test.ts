/** Whoever is killed, or sleeps for longer than its Lease, at any write: no forbidden state, and the same end. */
import { expect, test } from 'vitest';
import { explore, replay } from './explorer';
import { scenarios } from './scenarios';

test.each(scenarios)('R1-R7 $name, killed or asleep at every write', async (scenario) => {
  const { found, complete, states } = await explore(scenario, { switches: 0, kills: 1, faults: 0 });
  expect({ found, complete }).toEqual({ found: [], complete: true });
  expect(states).toBeGreaterThan(50);
});

const turns = scenarios.filter(({ name }) => ['lane-begin', 'abort-at-gate', 'approve-against-abort'].includes(name));

test.each(turns)('R1-R7 $name, with one turn at every call', async (scenario) => {
  const { found, complete } = await explore(scenario, { switches: 1, kills: 0, faults: 0 });
  expect({ found, complete }).toEqual({ found: [], complete: true });
});

const faulted = scenarios.filter(({ name }) => ['adopt', 'ledger-lost'].includes(name));

test.each(faulted)('R1-R7 $name, with one fault at every call', async (scenario) => {
  const { found, complete } = await explore(scenario, { switches: 0, kills: 0, faults: 1 });
  expect({ found, complete }).toEqual({ found: [], complete: true });
});

/** Histories that found something once. */
const once = ['warm-up-abort@17=lost', 'ledger-lost@23=stale', 'ledger-lost@27=unauthorized'];

test.each(once)('%s', async (name) => {
  const scenario = scenarios.find((one) => one.name === name.split('@')[0])!;
  expect((await replay(scenario, name)).filter((what) => !what.startsWith('the first run fails'))).toEqual([]);
});
