/** Ledger files of the version before: read, and moved to their end. */
import { describe, expect, test } from 'vitest';
import { advance, type Ledger, parseLedger, recordingOf, resolve, revisionOf } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { type Fixture, NAMESPACE, unfold } from './fixture';
import { fixture, releases } from './upgrade.scenarios';

const now = '2100-01-01T00:00:00Z';

describe.each(releases)('the ledger file of %s', (name) => {
  const { rollout, ...kept } = fixture(name);
  const ledgers = unfold(kept).map(({ stage, objects }) => ({
    stage,
    text: objects
      .map(({ data }) => (data as { ledger?: string } | undefined)?.ledger)
      .find((text) => text !== undefined && text.includes('"release"'))!,
  }));

  test.each(ledgers)('at $stage.stage is read, and advanced to its end', ({ stage, text }) => {
    let ledger: Ledger = parseLedger(text, `${rollout}.json`);
    const declared = recorded(kept, rollout, stage.aborting === true);
    for (let moves = 0; ledger.release !== undefined; moves++) {
      expect(moves).toBeLessThan(20);
      ledger = advance(ledger, declared, { now, by: 'jane' });
    }
    expect(ledger.stable).toBe(declared.revision);
    expect(ledger.releases).toBe(1);
  });
});

/** A live run puts everything into its namespace before it begins: the ledger knows the lane with it. */
function recorded({ base, before, target }: Omit<Fixture, 'rollout'>, rollout: string, aborting: boolean) {
  const { objects, lanes, rollouts } = aborting ? before : target;
  const placed = [...objects, ...base].map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: NAMESPACE },
  }));
  const here = <T extends object>(specs: readonly T[]) => specs.map((spec) => ({ ...spec, namespace: NAMESPACE }));
  const { members } = resolve({ objects: placed, lanes: here(lanes), rollouts: here(rollouts) }, gateways);
  const declared = recordingOf(members.find(({ spec }) => spec.name === rollout)!);
  expect(declared.revision).toBe(revisionOf(declared.template));
  return declared;
}
