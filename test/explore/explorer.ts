/** All histories of a scenario within a budget, each state once. */
import { type Budget, type Deviations, PASSING, play } from './history';
import type { Scenario } from './scenarios';

export interface Found {
  /** Replays the history: the scenario, and what happens where. */
  readonly name: string;
  readonly what: readonly string[];
}

export interface Explored {
  readonly states: number;
  readonly histories: number;
  /** Histories that were given up where another had been. */
  readonly cut: number;
  readonly found: readonly Found[];
  /** Nothing was left to explore. */
  readonly complete: boolean;
}

export interface Limits {
  /** Histories. @default - as many as there are */
  readonly most?: number;
  /** One that finds something is enough. @default false */
  readonly first?: boolean;
}

export async function explore(
  scenario: Scenario,
  budget: Budget,
  { most = Infinity, first = false }: Limits = {},
): Promise<Explored> {
  const ends = await endsOneAfterTheOther(scenario);
  const seen = new Map<string, Budget[]>();
  const todo: Deviations[] = [new Map()];
  const found: Found[] = [];
  let histories = 0;
  let cut = 0;
  while (todo.length > 0 && histories < most && !(first && found.length > 0)) {
    const deviations = todo.pop()!;
    histories++;
    const played = await play(scenario, budget, deviations, ({ index, state, budget: left, others }) => {
      const last = Math.max(-1, ...deviations.keys());
      // Up to the last deviation it is another history.
      if (index < last) return true;
      const before = seen.get(state) ?? [];
      if (before.some((one) => covers(one, left))) {
        cut++;
        return false;
      }
      seen.set(state, [...before, left]);
      for (const other of others) todo.push(new Map([...deviations, [index, other]]));
      return true;
    });
    const wrong = [...played.found];
    if (played.end !== undefined && !ends.has(played.end)) wrong.push('it ends as no undisturbed run does');
    if (played.failed !== undefined && scenario.runs.length === 1 && isPassing(deviations))
      wrong.push(`a fault that passes ends the run: ${played.failed}`);
    if (wrong.length > 0) found.push({ name: nameOf(scenario, deviations), what: wrong });
  }
  return { states: seen.size, histories, cut, found, complete: todo.length === 0 };
}

/** How it may end: as if the runs had come one after the other, in any order. */
async function endsOneAfterTheOther(scenario: Scenario): Promise<Set<string | undefined>> {
  const { runs, before, last = runs } = scenario;
  const ends = new Set<string | undefined>();
  for (const order of [runs, [...runs].reverse()]) {
    const undisturbed = { ...scenario, before: [...before, ...order], runs: [], last };
    ends.add((await play(undisturbed, { switches: 0, kills: 0, faults: 0 }, new Map(), () => true)).end);
  }
  return ends;
}

/** `lane-begin@17=kill,20=time` */
export function nameOf({ name }: Scenario, deviations: Deviations): string {
  const all = [...deviations].map(([index, what]) => `${index}=${what.replace(' ', ':')}`);
  return all.length === 0 ? name : `${name}@${all.join(',')}`;
}

export function deviationsOf(name: string): Deviations {
  const [, all = ''] = name.split('@');
  return new Map(
    all
      .split(',')
      .filter(Boolean)
      .map((one) => {
        const [index, what] = one.split('=') as [string, string];
        return [Number(index), what.replace(':', ' ')];
      }),
  );
}

function isPassing(deviations: Deviations): boolean {
  return deviations.size > 0 && [...deviations.values()].every((what) => PASSING.includes(what));
}

function covers(a: Budget, b: Budget): boolean {
  return a.switches >= b.switches && a.kills >= b.kills && a.faults >= b.faults;
}
