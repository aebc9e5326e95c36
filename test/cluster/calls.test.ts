/** What `npm run bench` prints of live releases, as rules. */
import { describe, expect, test } from 'vitest';
import { callsByStage, releaseNames, timesOf } from '../../bench/live';

/** Objects of a release that stand at its gate: stable is not among them, for it changes then. */
const STANDING = 3;

describe.each(releaseNames)('a release, %s', (name) => {
  test('writes at each stage what changes, its ledger, and the lane where it joins or leaves', async () => {
    const stages = await callsByStage(name);
    expect(stages.map(({ stage }) => stage)).toContain('promote/unroute');
    const excess = stages.map(({ stage, writes, changed, lane }) => [stage, writes - changed - 1 - lane] as const);
    // The first stage of a run writes over what stands: others may have changed it.
    const allowed = (i: number) => (stages[i - 1]?.first && i > 1 ? STANDING : 0);
    expect(excess.filter(([, more], i) => more > allowed(i))).toEqual([]);
    expect(stages.reduce((sum, { lane }) => sum + lane, 0)).toBe(name === 'in a lane' ? 2 : 0);
  });

  test('takes at most 1.3 times as long as the same by bare calls, grace periods aside', async () => {
    const { release, bare } = await timesOf(name);
    expect(release / bare).toBeLessThanOrEqual(1.3);
  });
});
