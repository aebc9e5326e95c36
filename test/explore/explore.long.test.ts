/** Whoever is killed, or sleeps for longer than its Lease, at any write: no forbidden state, and the same end. */
import { expect, test } from 'vitest';
import { explore } from './explorer';
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

/** Which call of a scenario has found something once changes with the engine; all of its kind are made to fail. */
const once = [
  ['adopt', undefined],
  ['ledger-lost', undefined],
  ['warm-up-abort', ['lost']],
  ['abort-at-gate', ['stale']],
  ['lane-begin', ['stale']],
  ['lane-promote', ['stale', 'unauthorized']],
  ['lane-join', ['stale']],
] as const;

test.each(once)('R1-R7 %s, with one fault at every call: %j', async (name, only) => {
  const scenario = scenarios.find((one) => one.name === name)!;
  const limits = only ? { only } : {};
  const { found, complete } = await explore(scenario, { switches: 0, kills: 0, faults: 1 }, limits);
  expect({ found, complete }).toEqual({ found: [], complete: true });
});
