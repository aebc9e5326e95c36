import { type Answer, broken, holds, notYet } from '../answer';
import type { RequestsCheck } from '../specs/check';
import { shareIn } from '../specs/share';
import { expressionsOf, textsOf } from './counters';
import { countedIn } from './counted';
import type { Counts, Interval } from './counts';
import { INTERVAL, intervalsOver } from './grid';
import type { CheckAbout, CheckKind } from './kind';
import type { HttpQuestion, Question, Reply } from './question';
import { rangeQueries } from './range-query';
import { readJsonReply, shortened } from './reply';
import { judge, type Limit, type Verdict } from './sequential-test';
import { readSeries, type Series } from './series';
import { addressOf } from './source';

const RATIO = 2;
const UNLESS_BELOW = '0.5%';
const ERROR_PROBABILITY = '5%';

export const requests: CheckKind<RequestsCheck> = {
  words: (terms) => `at most ${limitWords(terms)} of requests ${failWords(terms)}`,
  texts: textsOf,
  questions: questionsFor,
  answer: (terms, about, reply, now) => {
    const counted = count(terms, about, reply, now);
    if ('lacks' in counted) return notYet(counted.lacks, beginOf(about));
    const error = shareIn(terms.errorProbability ?? ERROR_PROBABILITY)!;
    return toldOf(terms, about, judge(limitOf(terms), error, counted.intervals));
  },
};

function questionsFor(terms: RequestsCheck, about: CheckAbout, now: number): readonly HttpQuestion[] {
  if (!isComparable(terms, about)) return [];
  return rangeQueries(terms.prometheus, expressionsOf(terms, about), about.since, intervalsOver(about.since, now));
}

function isComparable({ noWorseThan }: RequestsCheck, { alike }: CheckAbout): boolean {
  return noWorseThan === undefined || alike;
}

/** The intervals that are over, or why they are not known. */
function count(
  terms: RequestsCheck,
  about: CheckAbout,
  reply: (question: Question) => Reply,
  now: number,
): { readonly intervals: readonly Interval[] } | { readonly lacks: string } {
  if (!isComparable(terms, about)) return { lacks: 'canary and stable get other requests, which cannot be compared' };
  const questions = questionsFor(terms, about, now);
  if (questions.length === 0) return { lacks: `requests are counted in intervals of ${INTERVAL} s, and none is over` };
  const series = new Map<string, Series>();
  for (const question of questions) {
    const read = readJsonReply(reply(question));
    const lacks = 'lacks' in read ? read.lacks : readSeries(read.json, about.since, series);
    if (lacks !== undefined) return { lacks: `no word of ${addressOf(terms.prometheus).url}: ${lacks}` };
  }
  const all = [...series.values()];
  const missing = missingIn(all, expressionsOf(terms, about));
  if (missing !== undefined) return { lacks: missing };
  return { intervals: countedIn(all, intervalsOver(about.since, now)) };
}

/** Failures may have no counter before the first one; all requests, and those of a bucket, have theirs. */
function missingIn(all: readonly Series[], expressions: Readonly<Record<string, string>>): string | undefined {
  const there = new Set(all.map(({ part }) => part));
  const missing = Object.keys(expressions).find((part) => !part.endsWith(' failed') && !there.has(part));
  if (missing === undefined) return undefined;
  const what = missing.endsWith(' within') ? 'no such bucket' : `no requests of ${missing.split(' ')[0]}`;
  return `${what}: Prometheus has nothing for ${shortened(expressions[missing]!, 200)}`;
}

function limitOf({ atMost, noWorseThan }: RequestsCheck): Limit {
  if (atMost !== undefined) return { share: shareIn(atMost)! };
  const { ratio = RATIO, unlessBelow = UNLESS_BELOW } = noWorseThan;
  return { ratio, unlessBelow: shareIn(unlessBelow)! };
}

function toldOf(terms: RequestsCheck, about: CheckAbout, { is, counted }: Verdict): Answer {
  const { canary, stable } = counted;
  const since = beginOf(about);
  if (canary.total === 0) return notYet(`no requests of ${about.canary.deployment} since ${since}`, since);
  const beside = terms.noWorseThan === undefined ? '' : `, of ${about.stable.deployment} ${amountOf(stable)}`;
  const told = `of ${about.canary.deployment} ${amountOf(canary)}${beside} ${failWords(terms)}`;
  if (is === 'above') return broken(`${told}: more than ${limitWords(terms, 'and than')}`);
  if (is === 'within') return holds(`${told}: at most ${limitWords(terms)}`);
  return notYet(`${told}: undecided whether at most ${limitWords(terms)}`, since);
}

function beginOf({ since }: CheckAbout): string {
  return new Date(since).toISOString();
}

/** @param joint between the two that a canary is within, or above */
function limitWords({ atMost, noWorseThan }: RequestsCheck, joint = 'or'): string {
  if (atMost !== undefined) return atMost;
  const { ratio = RATIO, unlessBelow = UNLESS_BELOW } = noWorseThan;
  return `${ratio} times stable's share (${joint} ${unlessBelow})`;
}

function failWords({ slowerThanSeconds }: RequestsCheck): string {
  return slowerThanSeconds === undefined ? 'fail' : `take longer than ${slowerThanSeconds} s`;
}

/** `23 of 1,410 requests (1.6%)`. */
function amountOf({ failed, total }: Counts): string {
  const share = total === 0 ? 0 : Number(((100 * failed) / total).toPrecision(2));
  return `${number(failed)} of ${number(total)} requests${total === 0 ? '' : ` (${share}%)`}`;
}

function number(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
