import { type Answer, askedChecks, CHECKED_EVERY, checkedOf, defined, gateOf, type Standing } from '../../core';
import type { Run } from '../run/run';
import { ask, askerOf, type Meanwhile } from './ask';

/** What the checks say of where the release stands; undefined where there are none, or nothing to look at yet. */
export async function askChecks(run: Run, { stage }: Standing): Promise<Answer | undefined> {
  const { member, key, record } = run;
  const checks = askedChecks(record.ledger, member.plan, checkedOf(member, key.namespace));
  if (checks === undefined) return undefined;
  const gate = stage.gate && gateOf(stage.gate, record.ledger.release!);
  return ask(askerOf(run), 'checks-hold', { checks, ...defined({ gate }) });
}

/** Whoever asks at each look asks outside no more often than it makes sense. */
export function repeatedly({ engine: { clock } }: Run, asked: Meanwhile): Meanwhile {
  let next = -Infinity;
  return async () => {
    if (clock.now() < next) return undefined;
    next = clock.now() + CHECKED_EVERY;
    return asked();
  };
}
