import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { INPUTS, mutate, mutation } from './broken';
import { graylane, objects } from './fixtures';

test.each(INPUTS.map((input, i) => [i, input] as const))('input %i is valid before it is broken', async (_, input) => {
  const { code, err } = await graylane(['plan', '-f', '-'], { input });
  expect(code, err).toBe(0);
});

const COMMANDS = [
  ['render', '--stage', 'step-1'],
  ['render', '--stage', 'promote/stable', '--gateway', 'nginx'],
  ['plan', '-o', 'json'],
  ['plan', '--picture', '/dev/null'],
];

/** Done, with notes and warnings at most, or refused with a message: never a crash, nor a stack trace. */
async function expectAnswer(args: readonly string[], input: string): Promise<void> {
  const { code, out, err } = await graylane([...args, '-f', '-'], { input, env: { GRAYLANE_DEBUG: '1' } });
  const told = err.replace(/^note: .*\n/gm, '').slice(0, 2000);
  expect({ code, err: told }).toEqual({
    code: expect.toBeOneOf([0, 1]) as number,
    err: expect.stringMatching(code === 0 ? /^(warning: [^]*)?$/ : /^error: /) as string,
  });
  if (code === 0) expect(out + err).not.toContain('undefined');
}

test('objects with values removed, renamed and replaced are done or refused', async () => {
  const inputs = INPUTS.map((text) => JSON.stringify(objects(text)));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...inputs),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...COMMANDS),
      async (text, mutations, command) => {
        const documents = JSON.parse(text) as object[];
        for (const one of mutations) mutate(documents, one);
        await expectAnswer(command, documents.map((document) => stringify(document)).join('---\n'));
      },
    ),
    { numRuns: 300 },
  );
});

test('texts with characters removed and added are done or refused', async () => {
  const edit = fc.record({
    at: fc.nat(10_000),
    remove: fc.nat(20),
    add: fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.constantFrom('\n', '  ', ': ', '- ', '{', '&a ', '*a', '---\n', '\t', '|', '<<: '),
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...INPUTS),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...COMMANDS),
      async (text, edits, command) => {
        const broken = edits.reduce((before, { at, remove, add }) => {
          const start = at % (before.length + 1);
          return before.slice(0, start) + add + before.slice(start + remove);
        }, text);
        await expectAnswer(command, broken);
      },
    ),
    { numRuns: 300 },
  );
});
