import { approvalTexts, formatApproval, parseAbort, parseApproval, waitsAt } from '../../core';
import type { RolloutRecord } from '../../cluster';
import type { DeclaredRollout, RolloutInputs } from '../state';
import type { ProviderHost } from '../host/provider-host';

/**
 * Approvals of a rollout's gates that are given now, by GRAYLANE_APPROVE or the configuration graylane:approve.
 * @throws GraylaneError approval-invalid
 */
export function givenApprovals(host: ProviderHost, rollout: string): string[] {
  const all = words(host, 'GRAYLANE_APPROVE', 'graylane:approve');
  return all.filter((text) => parseApproval(text).rollout === rollout);
}

/**
 * Releases of this rollout from which the way back is asked for now, by GRAYLANE_ABORT or the configuration graylane:abort.
 * @throws GraylaneError abort-invalid
 */
export function givenAborts(host: ProviderHost, rollout: string): string[] {
  const all = words(host, 'GRAYLANE_ABORT', 'graylane:abort');
  return all.filter((text) => parseAbort(text).rollout === rollout);
}

/**
 * Releases of this rollout whose revision is released once more although a check took it back, by GRAYLANE_AGAIN or the
 * configuration graylane:again: `rollout-a#12`.
 * @throws GraylaneError abort-invalid
 */
export function givenAgain(host: ProviderHost, rollout: string): string[] {
  const all = words(host, 'GRAYLANE_AGAIN', 'graylane:again');
  return all.filter((text) => parseAbort(text).rollout === rollout);
}

/**
 * Whether a plain rolling update is approved, by GRAYLANE_DIRECT or the configuration graylane:direct: `NAME@REVISION`.
 * It names the revision, so that one that is left behind approves nothing else.
 */
export function directIsApproved(host: ProviderHost, rollout: string, revision: string): boolean {
  return words(host, 'GRAYLANE_DIRECT', 'graylane:direct').includes(`${rollout}@${revision}`);
}

/**
 * With `advance: 'onUp'`, the gate at which the update before this one ended. It passes only if that update was to end
 * there, so none that failed or was killed, and if nobody has gone on since.
 */
export function onUpApproval(
  { advance }: DeclaredRollout,
  { gate }: Partial<RolloutInputs>,
  rollout: string,
  { ledger, facts }: RolloutRecord,
): string[] {
  const waits = waitsAt(ledger, facts.plan);
  if (advance !== 'onUp' || waits?.step === undefined) return [];
  const here = formatApproval(rollout, ledger.release!, waits.step);
  return here === gate ? [here] : [];
}

function words(host: ProviderHost, variable: string, key: string): string[] {
  return [host.environment[variable], host.config(key)].flatMap(approvalTexts);
}
