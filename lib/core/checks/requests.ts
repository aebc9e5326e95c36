import { notYet } from '../answer';
import type { RequestsCheck } from '../specs/check';
import type { CheckKind } from './kind';

export const requests: CheckKind<RequestsCheck> = {
  words: ({ atMost, noWorseThan }) =>
    atMost === undefined
      ? `not more than ${noWorseThan?.ratio ?? 2} x stable's share of requests fail`
      : `at most ${atMost} of requests fail`,
  texts: ({ metrics }): Record<string, string> =>
    typeof metrics === 'string' ? {} : { 'metrics.failed': metrics.failed, 'metrics.total': metrics.total },
  withTexts: (terms) => terms,
  questions: () => [],
  answer: () => notYet('requests are not counted yet'),
};
