/**
 * Enumerates what can happen to releases.
 *
 *     npm run explore                   a kill, or a sleep, at every write of all scenarios: minutes
 *     npm run explore -- --switches 1 --faults 1 --most 20000    deeper: hours
 *     npm run explore -- NAME           one scenario, or one history by the name that was printed
 */
import { parseArgs } from 'node:util';
import { deviationsOf, explore } from './explorer';
import { play } from './history';
import { scenarios } from './scenarios';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    switches: { type: 'string', default: '0' },
    kills: { type: 'string', default: '1' },
    faults: { type: 'string', default: '0' },
    most: { type: 'string', default: 'Infinity' },
  },
});
const budget = { switches: Number(values.switches), kills: Number(values.kills), faults: Number(values.faults) };

void main(positionals);

async function main([name]: string[]): Promise<void> {
  const wanted = scenarios.filter((one) => name === undefined || one.name === name.split('@')[0]);
  if (wanted.length === 0)
    throw new Error(`no scenario ${name}; there are: ${scenarios.map((one) => one.name).join(', ')}`);
  if (name?.includes('@')) {
    const many = { switches: Infinity, kills: Infinity, faults: Infinity };
    const { found } = await play(wanted[0]!, many, deviationsOf(name), () => true);
    console.log(found.length > 0 ? found.join('\n') : 'nothing found');
    return;
  }
  let failed = false;
  for (const scenario of wanted) {
    const began = process.hrtime.bigint();
    const { states, histories, cut, found, complete } = await explore(scenario, budget, { most: Number(values.most) });
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    console.log(
      `${scenario.name}: ${states} states, ${histories} histories (${cut} cut), ${seconds.toFixed(0)} s, ${found.length} found${complete ? '' : ', not complete'}`,
    );
    for (const one of found.slice(0, 20)) console.log(`  ${one.name}\n    ${one.what.join('\n    ')}`);
    failed ||= found.length > 0;
  }
  if (failed) process.exitCode = 1;
}
