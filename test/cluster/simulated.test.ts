/** All scenarios on the simulated cluster. */
import { describe, expect, test } from 'vitest';
import { allScenarios } from './all.scenarios';
import { baseScenarios, meshScenarios } from './base.scenarios';
import { hopScenarios } from './hops.scenarios';
import { allowed, needed } from './rbac';
import { calls, simulated } from './simulated.world';

allScenarios(simulated);
// A real cluster has these kinds only if somebody installs them.
baseScenarios(simulated);
meshScenarios(simulated);
hopScenarios(simulated);

/** Runs last, on what the scenarios have called. */
describe('deploy/rbac.yaml', () => {
  /** Kinds of gateways that no scenario here has. */
  const others = /(httproutes|grpcroutes|virtualservices|destinationrules)$/;
  /** Watched where a gateway reports on its routes; ours here do not. Ledgers are listed by `graylane status`. */
  const elsewhere = ['watch ingresses', 'list configmaps'];

  test('allows what the scenarios call', () => {
    expect([...needed(calls)].filter((one) => !allowed().has(one))).toEqual([]);
  });

  test('allows nothing else', () => {
    const idle = [...allowed()].filter(
      (one) => !needed(calls).has(one) && !others.test(one) && !elsewhere.includes(one),
    );
    expect(idle).toEqual([]);
  });
});
