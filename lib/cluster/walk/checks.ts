import {
  type Answer,
  type AskedChecks,
  askedChecks,
  CHECKED_EVERY,
  checkedOf,
  currentStage,
  defined,
  gateOf,
  type Ledger,
  type Plan,
} from '../../core';
import type { Clock } from '../port/port';
import type { RolloutRecord } from '../records/rollout-record';
import type { Run } from '../run/run';
import { ask, type Asker, askerOf, type Meanwhile } from './ask';

/** What the checks say of where the release stands; undefined where there are none, or nothing to look at yet. */
export function askChecks(run: Run): Promise<Answer | undefined> {
  const { member, key, record } = run;
  const checks = askedChecks(record.ledger, member.plan, checkedOf(member, key.namespace));
  return answerAt(askerOf(run), record.ledger, member.plan, checks);
}

/** As somebody sees it who has nothing but the record. */
export async function answerOfRecord(asker: Asker, { ledger, facts }: RolloutRecord): Promise<Answer | undefined> {
  const { plan, checked } = facts;
  return answerAt(asker, ledger, plan, checked && askedChecks(ledger, plan, checked));
}

async function answerAt(asker: Asker, ledger: Ledger, plan: Plan, checks: AskedChecks | undefined) {
  if (checks === undefined) return undefined;
  const { gate: stops } = currentStage(ledger, plan);
  const gate = stops && gateOf(stops, ledger.release!);
  return ask(asker, 'checks-hold', { checks, ...defined({ gate }) });
}

/** Whoever asks at each look asks outside no more often than it makes sense. */
export function repeatedly(clock: Pick<Clock, 'now'>, asked: Meanwhile): Meanwhile {
  let next = -Infinity;
  return async () => {
    if (clock.now() < next) return undefined;
    next = clock.now() + CHECKED_EVERY;
    return asked();
  };
}
