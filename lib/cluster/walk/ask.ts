import {
  type About,
  type Answer,
  answerWords,
  type Condition,
  type ConditionName,
  conditions,
  type Look,
  defined,
  type Manifest,
  type Question,
  type Reply,
  type Seen,
} from '../../core';
import { unlessForbidden } from '../objects/foreign';
import type { Engine } from '../port/engine';
import { EngineError, type FailureCode } from '../port/failure';
import type { Api, Clock, Live } from '../port/port';
import { standsAt, type Run, tell } from '../run/run';

/** Milliseconds between looks when no watch reports anything. */
const LOOK = 5000;
/** Milliseconds between a change and the look at it. */
const BEAT = 50;

/** Conditions that have other ways out, when their deadline has passed, than all others. */
const LATE: Partial<Record<ConditionName, FailureCode>> = { 'stable-capacity': 'stable-capacity' };

/** Who looks and asks. */
export interface Asker extends Partial<Pick<Engine, 'api' | 'outside'>> {
  readonly clock: Pick<Clock, 'now'>;
  readonly signal?: AbortSignal;
}

/** What a condition is about. */
type AboutOf<N extends ConditionName> = Parameters<(typeof conditions)[N]['answer']>[0];

/**
 * Looks at what a condition has to see, asks outside what it has to know, and lets it answer. Whoever has no cluster sees
 * nothing, and whoever can ask nobody has no reply.
 */
export async function ask<N extends ConditionName>(asker: Asker, name: N, about: AboutOf<N>): Promise<Answer> {
  const { api, clock } = asker;
  const condition = conditions[name] as Condition<AboutOf<N>>;
  const known = new Map<string, readonly Manifest[]>();
  const see = async (look: Look) => known.set(keyOf(look), api ? await lookAt(api, look) : []);
  await Promise.all((condition.looksAt?.(about) ?? []).map(see));
  const now = clock.now();
  const reply = await repliesTo(condition.asks?.(about, now) ?? [], asker);
  const seen = { now, found: (look: Look) => known.get(keyOf(look)) ?? [], ...defined({ reply }) };
  const closer = condition.looksCloser?.(about, seen) ?? [];
  await Promise.all(closer.map((look) => unlessForbidden(() => see(look).then(() => []))));
  return condition.answer(about, seen);
}

/** All are asked at once. */
async function repliesTo(questions: readonly Question[], { outside, signal = NEVER }: Asker): Promise<Seen['reply']> {
  if (outside === undefined) return undefined;
  const replies = new Map<string, Reply>();
  const ask = async (question: Question) => replies.set(keyOf(question), await outside.ask(question, signal));
  await Promise.all(questions.map(ask));
  return (question) => replies.get(keyOf(question))!;
}

const NEVER = new AbortController().signal;

/** What else is asked at each look. */
export type Meanwhile = () => Promise<Answer | undefined>;

/** A check says meanwhile that waiting will not help. */
export class BrokenMeanwhile extends Error {}

/**
 * Waits until a condition holds. Watches only say when to look; whoever waits looks anyway now and then. What holds by
 * itself at a certain time has no deadline.
 * @param meanwhile asked at each look, if only to see whether something is broken
 * @returns by what evidence it holds
 * @throws BrokenMeanwhile; EngineError deadline, with what was awaited at last (R8), or one that has ways out of its own; broken, where
 * waiting does not help
 */
export async function waitFor(run: Run, name: ConditionName, about: About, meanwhile?: Meanwhile): Promise<string> {
  const { api, clock } = run.engine;
  const asker = askerOf(run);
  const end = clock.now() + run.deadlineSeconds * 1000;
  let wake = () => {};
  const looks = (conditions[name] as Condition).looksAt?.(about) ?? [];
  const watches = looks.map((look) => api.watch(look, selectionOf(look), () => wake()));
  try {
    for (let told: string | undefined; ;) {
      run.signal.throwIfAborted();
      const changed = new AbortController();
      wake = () => changed.abort();
      const other = await meanwhile?.();
      if (other?.is === 'broken') throw new BrokenMeanwhile(other.why);
      const answer = await ask(asker, name, about);
      if (answer.is === 'holds') return answer.evidence;
      const what = answerWords(answer);
      if (answer.is === 'broken') throw new EngineError('broken', standsAt(run), what);
      if (what !== told) tell(run, { is: 'waiting', what });
      told = what;
      const left = end - clock.now();
      if (answer.until === undefined && left <= 0) {
        throw new EngineError(LATE[name] ?? 'deadline', standsAt(run), `${what}, after ${run.deadlineSeconds} s`);
      }
      const pause = answer.until === undefined ? Math.min(LOOK, left) : Date.parse(answer.until) - clock.now();
      await clock.sleep(Math.max(1, pause), AbortSignal.any([changed.signal, run.signal]));
      // Whoever writes a status all the time must not make us look all the time.
      if (changed.signal.aborted) await clock.sleep(BEAT, run.signal);
    }
  } finally {
    for (const watch of watches) watch.close();
  }
}

/** A run looks at its cluster, until it is stopped. */
export function askerOf({ engine: { api, clock, outside }, signal }: Run): Asker {
  return { api, clock, signal, ...(outside && { outside }) };
}

async function lookAt(api: Api, look: Look): Promise<readonly Live[]> {
  const { name, namespace } = look;
  if (name === undefined) return api.list(look, selectionOf(look));
  const live = await api.get({ apiVersion: look.apiVersion, kind: look.kind, name, namespace: namespace! });
  return live ? [live] : [];
}

function selectionOf({ namespace, name, labels, involved }: Look) {
  return {
    ...(involved !== undefined && { involved }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(labels && { labels }),
  };
}

function keyOf(asked: Look | Question): string {
  return JSON.stringify(asked);
}
