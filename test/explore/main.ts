/**
 * Enumerates what can happen to releases.
 *
 *     npm run explore                   a kill, or a sleep, at every write of all scenarios: minutes
 *     npm run explore -- --kills 0 --faults 1    every fault at every call; --only stale,conflict: these
 *     npm run explore -- --deep         all that and turns, and two things in one history until a million states were seen
 *     npm run explore -- NAME           one scenario, or one history by the name that was printed; --calls prints its calls
 */
import { parseArgs } from 'node:util';
import { type Explored, explore, replay, type Tally } from './explorer';
import { faults } from './faults';
import type { Budget } from './history';
import { type Scenario, scenarios } from './scenarios';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    switches: { type: 'string', default: '0' },
    kills: { type: 'string', default: '1' },
    faults: { type: 'string', default: '0' },
    only: { type: 'string' },
    most: { type: 'string', default: 'Infinity' },
    deep: { type: 'boolean', default: false },
    states: { type: 'string', default: '1000000' },
    calls: { type: 'boolean', default: false },
  },
});

/** One after the other over all scenarios: all of one thing; and of two things some, until as many states were seen as are wanted. */
const deep: readonly (Partial<Budget> & { readonly most?: number })[] = [
  { kills: 1 },
  { faults: 1 },
  { switches: 1 },
  { switches: 1, kills: 1, most: 2000 },
  { kills: 1, faults: 1, most: 2000 },
  { switches: 1, faults: 1, most: 2000 },
  { switches: 2, kills: 1, faults: 1, most: 20_000 },
];

const only = values.only?.split(',');
const states = new Set<string>();
const total = { histories: 0, found: 0 };
const tallies = new Map<string, ReadonlyMap<string, Tally>>();

void main(positionals);

async function main([name]: string[]): Promise<void> {
  const wanted = scenarios.filter((one) => name === undefined || one.name === name.split('@')[0]);
  if (wanted.length === 0)
    throw new Error(`no scenario ${name}; there are: ${scenarios.map((one) => one.name).join(', ')}`);
  if (name?.includes('@')) {
    const found = await replay(wanted[0]!, name, values.calls ? console.log : undefined);
    console.log(found.length > 0 ? found.join('\n') : 'nothing found');
    return;
  }
  const { switches, kills, faults, most } = values;
  const asked = { switches: Number(switches), kills: Number(kills), faults: Number(faults), most: Number(most) };
  for (const round of values.deep ? deep : [asked]) {
    for (const scenario of wanted) {
      if (round.most === undefined || !values.deep || states.size < Number(values.states)) await look(scenario, round);
    }
  }
  if (tallies.size > 0) console.log(`\n${table()}\n`);
  const { user, system } = process.cpuUsage();
  const seconds = ((user + system) / 1e6).toFixed(0);
  console.log(
    `${states.size} states, ${total.histories} histories, ${seconds} s of processor time, ${total.found} found`,
  );
  if (total.found > 0) process.exitCode = 1;
}

async function look(scenario: Scenario, { most = Infinity, ...some }: (typeof deep)[number]): Promise<void> {
  const budget = { switches: 0, kills: 0, faults: 0, ...some };
  const began = process.hrtime.bigint();
  const explored = await explore(scenario, budget, { most, states, ...(only && { only }) });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  total.histories += explored.histories;
  total.found += explored.found.length;
  if (budget.faults === 1 && budget.kills + budget.switches === 0) tallies.set(scenario.name, explored.tallies);
  tell(scenario, budget, explored, seconds);
}

function tell({ name }: Scenario, budget: Budget, explored: Explored, seconds: number): void {
  const { histories, cut, found, complete } = explored;
  const allowed = Object.entries(budget).flatMap(([what, times]) => (times > 0 ? [`${times} of ${what}`] : []));
  console.log(
    `${name} (${allowed.join(', ')}): ${explored.states} states, ${histories} histories (${cut} cut), ${seconds.toFixed(0)} s, ${found.length} found${complete ? '' : ', not complete'}`,
  );
  for (const one of found.slice(0, 20)) console.log(`  ${one.name}\n    ${one.what.join('\n    ')}`);
}

/** For each fault the calls that it happened to, one in each history, and of those how many runs had to be run again. */
function table(): string {
  const kinds = Object.keys(faults);
  const rows = [...tallies].map(([name, tally]) => [name, ...kinds.map((kind) => cell(tally.get(kind)))]);
  const lines = [['scenario', ...kinds], ['---', ...kinds.map(() => '---')], ...rows];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cell(tally: Tally | undefined): string {
  if (tally === undefined) return '–';
  return tally.again === 0 ? `${tally.histories}` : `${tally.histories}, ${tally.again} again`;
}
