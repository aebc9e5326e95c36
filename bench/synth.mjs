/**
 * Times one synthesis in this process and prints its milliseconds of processor time.
 *
 *     node bench/synth.mjs plain|steady|released|output FOLDER
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printing, releasing } from './app.mjs';

const folder = process.argv[3];
const outdir = join(folder, 'dist');

/** Each program: its input, which is read before the time begins, and the app. */
const programs = {
  plain: { input: 'v1', app: (manifests) => printing(outdir, manifests) },
  steady: { input: 'v1', app: (manifests) => releasing(outdir, manifests, join(folder, 'steady')) },
  released: { input: 'v2', app: (manifests) => releasing(outdir, manifests, join(folder, 'released')) },
  output: { input: 'output', app: (manifests) => printing(outdir, manifests) },
};

const { input, app } = programs[process.argv[2]];
const manifests = JSON.parse(readFileSync(join(folder, `${input}.json`), 'utf8'));
console.log(time(() => app(manifests).synth()).toFixed(1));

/** Milliseconds of processor time: whatever else the machine does has little to do with it. */
function time(work) {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
