import type { Kind, Selection } from '../port/port';
import { EngineError } from '../port/failure';
import { place, type Run, tell } from './run';

/** Milliseconds between looks when no watch reports anything. */
const LOOK = 5000;

/** Something that is waited for. */
export interface Wait {
  /** Changes of these objects are worth a look. */
  readonly watched: readonly (readonly [Kind, Selection])[];
  /** What is missing, as a whole sentence; undefined when nothing is. */
  readonly missing: () => Promise<string | undefined>;
}

/**
 * Waits until nothing is missing. Watches only say when to look; whoever waits looks anyway now and then.
 * @throws EngineError deadline, with what was missing at last (R8)
 */
export async function waitUntil(run: Run, { watched, missing }: Wait): Promise<void> {
  const { api, clock } = run.engine;
  const end = clock.now() + run.deadlineSeconds * 1000;
  let wake = () => {};
  const watches = watched.map(([kind, selection]) => api.watch(kind, selection, () => wake()));
  try {
    for (let told: string | undefined; ;) {
      run.signal.throwIfAborted();
      const changed = new AbortController();
      wake = () => changed.abort();
      const what = await missing();
      if (what === undefined) return;
      if (what !== told) tell(run, { is: 'waiting', what });
      told = what;
      const left = end - clock.now();
      if (left <= 0) throw new EngineError('deadline', place(run), `${what}, after ${run.deadlineSeconds} s`);
      await clock.sleep(Math.min(LOOK, left), AbortSignal.any([changed.signal, run.signal]));
    }
  } finally {
    for (const watch of watches) watch.close();
  }
}
