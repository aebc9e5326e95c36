/** What the documentation must not forget. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureCodes } from '../../lib/cluster';

const read = (name: string) => readFileSync(join(__dirname, '..', '..', 'docs', name), 'utf8');

const stages = ['start', 'step-n/canary', 'step-n/warm', 'step-n/route', 'step-n/unroute', 'promote/stable'];
const back = ['promote/unroute', 'stable', 'abort/stable', 'abort/unroute'];

test('docs/recovery.md has a row for every failure', () => {
  const text = read('recovery.md');
  expect(Object.keys(failureCodes).filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});

test('docs/recovery.md says for every stage what is seen and what to do', () => {
  const rows = read('recovery.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect([...stages, ...back].filter((id) => !rows.some((row) => row.startsWith(`| \`${id}\``)))).toEqual([]);
});

test.each(['how-a-release-works.md', 'recovery.md'])('%s names only commands and flags that there are', (name) => {
  const flags = new Set(read(name).match(/--[a-z][a-z-]*/g) ?? []);
  const kubectl = ['--server-side', '--force-conflicts'];
  const own = [
    '--fail',
    '--timeout',
    '--abort',
    '--approve',
    '--watch',
    '--adopt',
    '--direct',
    '--to',
    '--follow',
    '--hold',
    '--detach',
  ];
  expect([...flags].filter((flag) => !kubectl.includes(flag) && !own.includes(flag))).toEqual([]);
});
