import type { HttpQuestion, Question, Reply, StringMap } from 'graylane';

/** What was scraped of one counter: at which time (milliseconds since 1970), and what. */
export interface Scraped {
  /** Of which expression it is, such as `canary total`. */
  readonly part: string;
  readonly labels?: StringMap;
  readonly samples: readonly (readonly [time: number, value: number])[];
}

/** Prometheus finds nothing newer than this for a time. */
const LOOKBACK = 5 * 60_000;

/** Replies to query_range as Prometheus does, whatever the expressions are. */
export function prometheus(history: readonly Scraped[]): (question: Question) => Reply {
  return (question) => {
    const { start, end, step } = (question as HttpQuestion).form!;
    const times: number[] = [];
    for (let time = Number(start); time <= Number(end) + 0.0005; time += Number(step)) times.push(time);
    const result = history.flatMap(({ part, labels = {}, samples }) => {
      const values = times.flatMap((time) => {
        const at = samples.filter(([when]) => when <= time * 1000 && when > time * 1000 - LOOKBACK).at(-1);
        return at ? [[time, String(at[1])]] : [];
      });
      return values.length === 0 ? [] : [{ metric: { ...labels, graylane_part: part }, values }];
    });
    return success({ resultType: 'matrix', result });
  };
}

export function success(data: object, more: object = {}): Reply {
  return { is: 'http', status: 200, body: JSON.stringify({ status: 'success', data, ...more }) };
}
