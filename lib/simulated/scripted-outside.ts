import { type Answer, broken, COUNTER_PART, holds, notYet, type Question, type Reply } from '../core';
import type { Outside } from '../cluster';

/** What a check is to find: an answer, or the share of the canary's requests that fail. */
export type PlayedAs = 'holds' | 'not-yet' | 'broken' | { readonly failing: number };

/** Requests that a simulated canary gets in a second, and those of stable. */
const PER_SECOND = { canary: 40, stable: 360 };

const ANSWERS: Readonly<Record<Answer['is'], Answer>> = {
  holds: holds('so it is played'),
  'not-yet': notYet('nothing is known yet: so it is played'),
  broken: broken('so it is played'),
};

/** The world outside of a simulated cluster. @param findings by the names of checks; all others hold */
export function scriptedOutside(findings: Readonly<Record<string, PlayedAs>>): Outside {
  return { ask: (question) => Promise.resolve(replyTo(question, findings[question.check ?? ''] ?? 'holds')) };
}

function replyTo(question: Question, finding: PlayedAs): Reply {
  if (question.to === 'http' && question.form?.query !== undefined) return countersOf(question.form, finding);
  return { is: 'played', answer: typeof finding === 'string' ? ANSWERS[finding] : ANSWERS.holds };
}

/** As Prometheus replies to query_range. */
function countersOf(form: Readonly<Record<string, string>>, finding: PlayedAs): Reply {
  const { query = '', start, end, step } = form;
  const parts = [...query.matchAll(new RegExp(`"${COUNTER_PART}", "([^"]+)"`, 'g'))].map(([, part]) => part!);
  const result = parts.flatMap((part) => {
    const rate = rateOf(part, finding);
    if (rate === undefined) return [];
    const values: [number, string][] = [];
    for (let at = Number(start); at <= Number(end); at += Number(step))
      values.push([at, String(Math.floor(rate * at))]);
    return [{ metric: { [COUNTER_PART]: part }, values }];
  });
  return {
    is: 'http',
    status: 200,
    body: JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }),
  };
}

/** In a second; undefined where nobody sends any. */
function rateOf(part: string, finding: PlayedAs): number | undefined {
  if (finding === 'not-yet') return undefined;
  const [all, share] = part.startsWith('canary ') ? [PER_SECOND.canary, failing(finding)] : [PER_SECOND.stable, 0];
  if (part.endsWith(' failed')) return all * share;
  return part.endsWith(' within') ? all * (1 - share) : all;
}

function failing(finding: Exclude<PlayedAs, 'not-yet'>): number {
  if (typeof finding === 'object') return finding.failing;
  return finding === 'broken' ? 1 : 0;
}
