import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffLines } from '../../lib/cli/terminal/diff';

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''));
const side = (diff: string, marks: string) =>
  diff
    .split('\n')
    .filter((line) => line !== '' && marks.includes(line[0]!))
    .map((line) => `${line.slice(2)}\n`)
    .join('');

test('a diff holds both texts', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = diffLines(before, after);
      expect(side(diff, ' -')).toBe(before);
      expect(side(diff, ' +')).toBe(after);
    }),
  );
});

test('of equal texts no line is marked', () => {
  fc.assert(
    fc.property(text, (same) => {
      expect(diffLines(same, same)).not.toMatch(/^[-+]/m);
    }),
  );
});

test('as few lines as possible are marked', () => {
  expect(diffLines('a\nb\nc\n', 'a\nx\nc\n')).toBe('  a\n- b\n+ x\n  c\n');
  expect(diffLines('', 'a\n')).toBe('+ a\n');
  expect(diffLines('a\nb\n', 'b\n')).toBe('- a\n  b\n');
});
