/** All histories of a scenario within a budget, each state once. */
import { faults } from './faults';
import { type Budget, type Deviations, type Knowledge, play } from './history';
import type { Scenario } from './scenarios';
import { World } from './world';

export interface Found {
  /** Replays the history: the scenario, and what happens where. */
  readonly name: string;
  readonly what: readonly string[];
}

/** What became of the histories in which one thing happens, and nothing else. */
export interface Tally {
  readonly histories: number;
  /** Of those the runs that failed, and came to the same end when they were run again. */
  readonly again: number;
}

export interface Explored {
  readonly states: number;
  readonly histories: number;
  /** Histories that were given up where another had been. */
  readonly cut: number;
  readonly found: readonly Found[];
  /** Nothing was left to explore. */
  readonly complete: boolean;
  /** By what happens. */
  readonly tallies: ReadonlyMap<string, Tally>;
}

export interface Limits {
  /** Histories. @default - as many as there are */
  readonly most?: number;
  /** One that finds something is enough. @default false */
  readonly first?: boolean;
  /** Only these faults happen. @default - all */
  readonly only?: readonly string[];
  /** Gets the states that are seen. @default - nobody wants them */
  readonly states?: Set<string>;
}

/** What a history comes to, for those too that are given up where it has been. */
interface Outcome {
  failed?: string;
}

/** A state that was seen. */
interface Visit {
  /** What was left then. */
  readonly budget: Budget;
  readonly outcome: Outcome;
}

interface Todo {
  readonly deviations: Deviations;
  readonly knowledge?: Knowledge;
}

const NOTHING: Budget = { switches: 0, kills: 0, faults: 0 };

export async function explore(
  scenario: Scenario,
  budget: Budget,
  { most = Infinity, first = false, only, states }: Limits = {},
): Promise<Explored> {
  const ends = await endsOneAfterTheOther(scenario);
  const before = await World.before(scenario);
  const seen = new Map<string, Visit[]>();
  const todo: Todo[] = [{ deviations: new Map() }];
  const found: Found[] = [];
  const tallies = new Map<string, Tally>();
  const next = first ? () => todo.shift()! : most === Infinity ? () => todo.pop()! : spread(todo);
  /** With what it fails when nothing happens. */
  let fails: string | undefined;
  let histories = 0;
  let cut = 0;
  while (todo.length > 0 && histories < most && !(first && found.length > 0)) {
    const { deviations, knowledge } = next();
    histories++;
    const outcome: Outcome = {};
    let known: Outcome | undefined;
    const course = { scenario, before, budget, deviations, ...(knowledge && { knowledge }) };
    const played = await play(course, ({ index, state, budget: left, others, knowledge }) => {
      const visits = seen.get(state) ?? [];
      known = visits.find((one) => covers(one.budget, left))?.outcome;
      if (known) {
        cut++;
        return false;
      }
      seen.set(state, [...visits, { budget: left, outcome }]);
      states?.add(`${scenario.name} ${state}`);
      const wanted = only ? others.filter((one) => !faults[one] || only.includes(one)) : others;
      for (const other of wanted) todo.push({ deviations: new Map([...deviations, [index, other]]), knowledge });
      return true;
    });
    const failed = played.failed ?? known?.failed;
    if (failed !== undefined) outcome.failed = failed;
    if (deviations.size === 0) fails = failed;
    count(tallies, deviations, failed !== undefined && fails === undefined);
    const wrong = [...played.found];
    if (played.end !== undefined && !ends.has(played.end)) wrong.push('it ends as no undisturbed run does');
    if (failed !== undefined && fails === undefined && scenario.runs.length === 1 && isPassing(deviations))
      wrong.push(`a fault that passes ends the run: ${failed}`);
    if (wrong.length > 0) found.push({ name: nameOf(scenario, deviations), what: wrong });
  }
  return { states: seen.size, histories, cut, found, complete: todo.length === 0, tallies };
}

/** Takes from anywhere, the same in every run: where not all are played, they are not all from the end. */
function spread(todo: Todo[]): () => Todo {
  let seed = 1;
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const at = seed % todo.length;
    const one = todo[at]!;
    todo[at] = todo[todo.length - 1]!;
    todo.pop();
    return one;
  };
}

/** Plays one history again, by its name. @param tell told its calls */
export async function replay(
  scenario: Scenario,
  name: string,
  tell?: (line: string) => void,
): Promise<readonly string[]> {
  const budget = { switches: Infinity, kills: Infinity, faults: Infinity };
  const before = await World.before(scenario);
  const { found, failed } = await play({
    scenario,
    before,
    budget,
    deviations: deviationsOf(name),
    ...(tell && { tell }),
  });
  return [...found, ...(failed === undefined ? [] : [`the first run fails: ${failed}`])];
}

/** How it may end: as if the runs had come one after the other, in any order. */
async function endsOneAfterTheOther(scenario: Scenario): Promise<Set<string | undefined>> {
  const { runs, last = runs } = scenario;
  const ends = new Set<string | undefined>();
  for (const order of [runs, [...runs].reverse()]) {
    const before = await World.before({ ...scenario, before: [...scenario.before, ...order] });
    const course = { scenario: { runs: [], last }, before, budget: NOTHING, deviations: new Map<number, string>() };
    ends.add((await play(course)).end);
  }
  return ends;
}

/** `lane-begin@17=kill,20=time` */
export function nameOf({ name }: Scenario, deviations: Deviations): string {
  const all = [...deviations].map(([index, what]) => `${index}=${what.replace(' ', ':')}`);
  return all.length === 0 ? name : `${name}@${all.join(',')}`;
}

function deviationsOf(name: string): Deviations {
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

function count(tallies: Map<string, Tally>, deviations: Deviations, failed: boolean): void {
  const [what, ...more] = deviations.values();
  if (what === undefined || more.length > 0) return;
  const { histories, again } = tallies.get(what) ?? { histories: 0, again: 0 };
  tallies.set(what, { histories: histories + 1, again: again + (failed ? 1 : 0) });
}

function isPassing(deviations: Deviations): boolean {
  return deviations.size > 0 && [...deviations.values()].every((what) => faults[what]?.passes);
}

function covers(a: Budget, b: Budget): boolean {
  return a.switches >= b.switches && a.kills >= b.kills && a.faults >= b.faults;
}
