import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { commands } from '../../lib/cli/registry';
import { run } from '../../lib/cli/run';
import { folderWith, graylane, sample } from './fixtures';

test('--help lists every command, with examples and exit codes', async () => {
  const { code, out, err } = await graylane(['--help']);
  expect([code, err]).toEqual([0, '']);
  for (const { name, summary } of commands) expect(out).toMatch(new RegExp(`^  ${name} .*${summary}`, 'm'));
  expect(out).toContain('Examples:');
  expect(out).toMatch(/^ {2}3 +a gate waits/m);
});

test.each(commands.map(({ name }) => name))('%s --help says what it does, with examples', async (name) => {
  const { code, out } = await graylane([name, '--help']);
  expect(code).toBe(0);
  expect(out).toContain(`Usage: graylane ${name}`);
  expect(out).toMatch(new RegExp(`Examples:\\n  \\$ .*graylane ${name}`));
});

test('--version', async () => {
  expect((await graylane(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [['frobnicate'], "unknown command 'frobnicate'"],
  [['plan'], "'-f, --file <files...>' not specified"],
  [['plan', '-f', 'a.yaml', '-o', 'xml'], 'Allowed choices are table, yaml, json'],
  [['plan', '-f', 'a.yaml', '--gatway', 'nginx'], 'Did you mean --gateway?'],
  [['render', '-f', 'a.yaml', '--stage', 'x', '--gateway', 'istio'], 'Allowed choices are mse, higress, nginx, alb.'],
  [['up', '-f', 'a.yaml', '--gateway', 'apache'], 'Allowed choices are mse'],
  [['up', '-f', 'a.yaml', '--follow', 'never'], 'Allowed choices are approval, end'],
  [['up', '-f', 'a.yaml', '--follow', '--hold'], "'--follow [until]' cannot be used with option '--hold'"],
  [['up', '-f', 'a.yaml', '--detach', '--direct'], "'--detach' cannot be used with option '--direct'"],
  [['up', '-f', 'a.yaml', '--secret', 'notifications'], '--secret is of the Job that --detach makes'],
])('%j is an error of the command line', async (args, message) => {
  const { code, out, err } = await graylane(args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^error: /);
  expect(err).toContain(message);
  expect(err).toContain('--help');
});

test('colour only where the terminal wants it', async () => {
  const failing = async (colour: boolean) => {
    let err = '';
    const output = { write: (text: string) => void (err += text), colour };
    const folder = process.cwd();
    const terminal = {
      out: output,
      err: output,
      input: async () => Buffer.from(''),
      folder,
      env: {},
      now: () => new Date(),
    };
    await run(['plan', '-f', 'missing.yaml'], terminal);
    return err;
  };
  expect(await failing(false)).toMatch(/^error: missing.yaml/);
  expect((await failing(true)).startsWith('\u001b[31merror:\u001b[0m missing.yaml')).toBe(true);
});

test('a picture that cannot be written is told like any other error', async () => {
  const folder = folderWith({});
  const { code, err } = await graylane(['plan', '-f', ...sample(), '--picture', 'no/such/folder.svg'], { folder });
  expect(code).toBe(1);
  expect(err).toMatch(/^error: no\/such\/folder.svg: it cannot be written \(ENOENT\) \(file-unwritable\)/);
});

/** What a file imports when it is loaded; types and `import()` are not. */
function loads(file: string, seen = new Set<string>()): Set<string> {
  const text = readFileSync(file, 'utf8');
  for (const [, names, from] of text.matchAll(/^import (type )?[^;]*? from '(.*)';$/gm)) {
    if (names !== undefined || seen.has(from!)) continue;
    seen.add(from!);
    if (from!.startsWith('.')) loads(join(dirname(file), `${from}.ts`), seen);
  }
  return seen;
}

test('help loads nothing but the list of commands', () => {
  expect([...loads('lib/cli/main.ts')].sort()).toEqual([
    '../cluster/client/user-agent',
    './registry',
    './run',
    './terminal/terminal',
    'commander',
    'node:fs',
    'node:path',
  ]);
});
