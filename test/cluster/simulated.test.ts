/** All scenarios on the simulated cluster. */
import { describe, expect, test } from 'vitest';
import { routeKinds } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { allScenarios } from './all.scenarios';
import { baseScenarios, meshScenarios } from './base.scenarios';
import { followScenarios } from './follow.scenarios';
import { hopScenarios } from './hops.scenarios';
import { movingScenarios } from './moving.scenarios';
import { requestsScenarios } from './requests.scenarios';
import { allowed, needed } from './rbac';
import { calls, simulated } from './simulated.world';

allScenarios(simulated);
// Those who stay take their time: on a real cluster by night.
followScenarios(simulated);
requestsScenarios(simulated);
// A real cluster has these kinds only if somebody installs them.
baseScenarios(simulated);
meshScenarios(simulated);
hopScenarios(simulated);
movingScenarios(simulated);

/** Runs last, on what the scenarios have called. */
describe('deploy/rbac.yaml', () => {
  /** Of kinds of gateways that no scenario here writes. */
  const isUnwritten = (permission: string) =>
    routeKinds(Object.values(gateways)).some(
      ({ plural }) =>
        permission.endsWith(` ${plural}`) &&
        !['create', 'update'].some((verb) => needed(calls).has(`${verb} ${plural}`)),
    );
  /** Ledgers are listed by `graylane status`, and so are Leases of many rollouts. */
  const elsewhere = ['list configmaps', 'list leases'];

  test('allows what the scenarios call', () => {
    expect([...needed(calls)].filter((one) => !allowed().has(one))).toEqual([]);
  });

  test('allows nothing else', () => {
    const idle = [...allowed()].filter(
      (one) => !needed(calls).has(one) && !isUnwritten(one) && !elsewhere.includes(one),
    );
    expect(idle).toEqual([]);
  });
});
