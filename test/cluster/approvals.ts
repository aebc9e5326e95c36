/** Approvals as tests write them: `web#1/step-1`, with the id of the release left out. */
import { expect } from 'vitest';
import { parseApproval } from '../../lib/core';

/** An approval of that release, whatever its id. */
export function approvalOf(text: string): string {
  const { rollout, number, step } = parseApproval(text);
  return expect.stringMatching(new RegExp(`^${rollout}#${number}-[0-9a-f]{12}/step-${step}$`)) as string;
}

/** The same text without ids, for what is compared whole. */
export function withoutIds(text: string): string {
  return text.replace(/(#\d+)-[0-9a-f]{12}\//g, '$1/');
}
