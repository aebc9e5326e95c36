/** What is compared: each says what becomes of an hour, and after how many minutes. */
import type { Interval } from '../../lib/core/checks/counts';
import { judge, type Limit } from '../../lib/core/checks/sequential-test';

export interface Fate {
  readonly is: 'aborted' | 'passed' | 'undecided';
  /** Minutes until then. */
  readonly after: number;
}

export type Rule = (hour: readonly Interval[]) => Fate;

const MINUTE = 4;

/** Ours. What was within the limit first has passed, whatever is found later. */
export function sequential(limit: Limit, error = 0.05): Rule {
  return (hour) => {
    let read = 0;
    const counting = function* () {
      for (const interval of hour) {
        read++;
        yield interval;
      }
    };
    const { is } = judge(limit, error, counting());
    const passed = is === 'within' || (is === 'above' && judge(limit, error, hour.slice(0, read - 1)).is === 'within');
    if (is === 'above' && !passed) return { is: 'aborted', after: read / MINUTE };
    return { is: passed ? 'passed' : 'undecided', after: hour.length / MINUTE };
  };
}

/** Argo Rollouts: a measurement each minute, which fails above the limit; it aborts when more have failed than may. */
export function argo(limit: number, failureLimit: number): Rule {
  return (hour) => {
    let failures = 0;
    for (let end = MINUTE; end <= hour.length; end += MINUTE) {
      const minute = hour.slice(end - MINUTE, end);
      const [failed, total] = [sum(minute, 'failed'), sum(minute, 'total')];
      // Without requests Argo would divide by 0; that it is spared.
      if (total > 0 && failed / total > limit && ++failures > failureLimit)
        return { is: 'aborted', after: end / MINUTE };
    }
    return { is: 'passed', after: hour.length / MINUTE };
  };
}

function sum(intervals: readonly Interval[], field: 'failed' | 'total'): number {
  return intervals.reduce((all, { canary }) => all + canary[field], 0);
}
