/** The text by which Pulumi's process finds graylane: from the program's folder, wherever a package manager has put it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textOf, wayTo } from '../../lib/pulumi/resources/provider-text';

let home: string;
let program: string;

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'graylane-installed-')));
  program = join(home, 'program');
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (file: string, text: string) => {
  mkdirSync(dirname(join(home, file)), { recursive: true });
  writeFileSync(join(home, file), text);
};
/** A package that shows none of its files, as graylane and many libraries. */
const install = (folder: string, needs: readonly string[] = []) => {
  const dependencies = Object.fromEntries(needs.map((name) => [name, '*']));
  write(`${folder}/package.json`, JSON.stringify({ exports: { '.': './index.js' }, dependencies }));
  write(`${folder}/index.js`, '');
};
/** What it gives as its provider is where it is installed. */
const graylane = (folder: string) => {
  const exports = { './pulumi/provider': './lib/pulumi/provider.js' };
  write(`${folder}/package.json`, JSON.stringify({ name: 'graylane', exports }));
  write(`${folder}/lib/pulumi/provider.js`, 'exports.rolloutProvider = { at: __filename };');
  return join(home, folder, 'lib/pulumi/provider.js');
};
const link = (to: string, from: string) => {
  mkdirSync(dirname(join(home, from)), { recursive: true });
  symlinkSync(join(home, to), join(home, from));
};

/** Puts the packages there, and says where graylane is. */
const places: Readonly<Record<string, readonly [through: readonly string[] | undefined, put: () => string]>> = {
  'for the program itself': [
    [],
    () => {
      install('program', ['graylane']);
      return graylane('program/node_modules/graylane');
    },
  ],
  'for the program, which is in a folder below': [
    [],
    () => {
      install('', ['graylane']);
      return graylane('node_modules/graylane');
    },
  ],
  'hoisted from a library': [
    [],
    () => {
      install('program', ['lib']);
      install('program/node_modules/lib', ['graylane']);
      return graylane('program/node_modules/graylane');
    },
  ],
  'in a library': [
    ['@shop/lib'],
    () => {
      install('program', ['other', '@shop/lib']);
      install('program/node_modules/other', []);
      install('program/node_modules/@shop/lib', ['graylane']);
      return graylane('program/node_modules/@shop/lib/node_modules/graylane');
    },
  ],
  'in a library, beside another version for the program': [
    ['lib'],
    () => {
      install('program', ['graylane', 'lib']);
      graylane('program/node_modules/graylane');
      install('program/node_modules/lib', ['graylane']);
      return graylane('program/node_modules/lib/node_modules/graylane');
    },
  ],
  'in the library of a library': [
    ['platform', 'lib'],
    () => {
      install('program', ['platform']);
      install('program/node_modules/platform', ['lib']);
      install('program/node_modules/lib', ['graylane']);
      return graylane('program/node_modules/lib/node_modules/graylane');
    },
  ],
  'in the store of pnpm': [
    ['lib'],
    () => {
      const store = 'program/node_modules/.pnpm';
      install('program', ['lib']);
      install(`${store}/lib@1/node_modules/lib`, ['graylane']);
      link(`${store}/lib@1/node_modules/lib`, 'program/node_modules/lib');
      const own = graylane(`${store}/graylane@1/node_modules/graylane`);
      link(`${store}/graylane@1/node_modules/graylane`, `${store}/lib@1/node_modules/graylane`);
      return own;
    },
  ],
  'in a library of the same workspace': [
    ['lib'],
    () => {
      install('program', ['lib']);
      install('lib', ['graylane']);
      link('lib', 'node_modules/lib');
      return graylane('lib/node_modules/graylane');
    },
  ],
  'nowhere: bundled into the program': [
    undefined,
    () => {
      install('program');
      return join(home, 'program/provider.js');
    },
  ],
};

test.each(Object.entries(places))('%s', (_, [through, put]) => {
  const own = put();
  mkdirSync(program, { recursive: true });
  expect(wayTo(own, program)).toEqual(through);
  if (through === undefined) return;
  // As Pulumi's process of dynamic resources reads it.
  const script = `
    const read = require(${JSON.stringify(require.resolve('require-from-string', { paths: [require.resolve('@pulumi/pulumi')] }))});
    console.log(read(${JSON.stringify(textOf('rolloutProvider', through))}).handler().at);`;
  const { stdout, stderr } = spawnSync('node', ['-e', script], { cwd: program, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe(own);
});

test('of a program that has it itself is the same as ever: the state outlasts an upgrade', () => {
  expect(textOf('laneProvider', [])).toBe(
    'exports.handler = () => require("graylane/pulumi/provider").laneProvider;\n',
  );
});
