/** Where the time of a program goes, by who wrote the code that was running: a profile, summed up in a line. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const MOST = 6;

/** `yaml 41% (most in stringifyPair.js:8), garbage collector 12%, ...` of one run of a program of Node. */
export function sharesOf(cwd: string, args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'graylane-profile-'));
  try {
    const options = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-name', 'one.cpuprofile'];
    execFileSync('node', [...options, ...args], { cwd, stdio: 'ignore' });
    return inWords(JSON.parse(readFileSync(join(folder, 'one.cpuprofile'), 'utf8')) as Profile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function inWords({ nodes, samples, timeDeltas }: Profile): string {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const authors = new Map<string, Map<string, number>>();
  for (const [i, id] of samples.entries()) {
    const frame = frames.get(id)!;
    const lines = authors.get(authorOf(frame)) ?? new Map<string, number>();
    authors.set(authorOf(frame), lines);
    lines.set(lineOf(frame), (lines.get(lineOf(frame)) ?? 0) + timeDeltas[i]!);
  }
  const total = timeDeltas.reduce((sum, time) => sum + time, 0);
  const shares = [...authors].map(([author, lines]) => {
    const [line] = [...lines].sort(([, a], [, b]) => b - a)[0]!;
    const time = [...lines.values()].reduce((sum, one) => sum + one, 0);
    return { share: Math.round((100 * time) / total), author, line };
  });
  return shares
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST)
    .map(({ share, author, line }) => `${author} ${share}%${line === '' ? '' : ` (most in ${line})`}`)
    .join(', ');
}

function authorOf({ url, functionName }: Frame): string {
  if (url === '') return functionName === '(garbage collector)' ? 'garbage collector' : 'engine';
  if (url.startsWith('node:')) return 'node';
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? (url.includes('/build/') ? 'graylane' : 'bench');
}

function lineOf({ url, lineNumber }: Frame): string {
  return url === '' ? '' : `${url.replace(/.*\//, '')}:${lineNumber + 1}`;
}
