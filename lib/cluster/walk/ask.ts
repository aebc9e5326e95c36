import {
  type About,
  type Answer,
  answerWords,
  type Condition,
  type ConditionName,
  conditions,
  type Look,
  type Manifest,
} from '../../core';
import { unlessForbidden } from '../objects/foreign';
import { EngineError, type FailureCode } from '../port/failure';
import type { Api, Live } from '../port/port';
import { standsAt, type Run, tell } from '../run/run';

/** Milliseconds between looks when no watch reports anything. */
const LOOK = 5000;
/** Milliseconds between a change and the look at it. */
const BEAT = 50;

/** Conditions that have other ways out, when their deadline has passed, than all others. */
const LATE: Partial<Record<ConditionName, FailureCode>> = { 'stable-capacity': 'stable-capacity' };

/** Looks at what a condition has to see, and asks it. */
export async function ask(api: Api, name: ConditionName, about: About, now: () => number): Promise<Answer> {
  const condition: Condition = conditions[name];
  const known = new Map<string, readonly Manifest[]>();
  const see = async (look: Look) => known.set(keyOf(look), await lookAt(api, look));
  await Promise.all((condition.looksAt?.(about) ?? []).map(see));
  const seen = { now: now(), found: (look: Look) => known.get(keyOf(look)) ?? [] };
  const closer = condition.looksCloser?.(about, seen) ?? [];
  await Promise.all(closer.map((look) => unlessForbidden(() => see(look).then(() => []))));
  return condition.answer(about, seen);
}

/**
 * Waits until a condition holds. Watches only say when to look; whoever waits looks anyway now and then. What holds by
 * itself at a certain time has no deadline.
 * @returns by what evidence it holds
 * @throws EngineError deadline, with what was awaited at last (R8), or one that has ways out of its own; broken, where
 * waiting does not help
 */
export async function waitFor(run: Run, name: ConditionName, about: About): Promise<string> {
  const { api, clock } = run.engine;
  const end = clock.now() + run.deadlineSeconds * 1000;
  let wake = () => {};
  const looks = (conditions[name] as Condition).looksAt?.(about) ?? [];
  const watches = looks.map((look) => api.watch(look, selectionOf(look), () => wake()));
  try {
    for (let told: string | undefined; ;) {
      run.signal.throwIfAborted();
      const changed = new AbortController();
      wake = () => changed.abort();
      const answer = await ask(api, name, about, () => clock.now());
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

function keyOf(look: Look): string {
  return JSON.stringify([look.apiVersion, look.kind, look.name, look.labels, look.involved]);
}
