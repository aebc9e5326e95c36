/** Expressions that are searched for, and those for whole values, by trying values. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAnchored, searchOf, wholeOf } from '../../lib/core';

const piece = fc.constantFrom('a', 'b', 'v[12]', '.', '.*', 'a?', '\\$', '\\.', '(?:a|b)', '(a)', '[a|$]', 'a|b', '|b');
const body = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
const expression = fc
  .tuple(fc.constantFrom('', '^', '^(?:'), body, fc.constantFrom('', '$', ')$'))
  .map((parts) => parts.join(''))
  .filter((text) => isValid(text));
const values = fc
  .array(fc.constantFrom('a', 'b', 'v', '1', '$', '.', '|'), { maxLength: 6 })
  .map((signs) => signs.join(''));

function isValid(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

const takes = (text: string, value: string) => new RegExp(`^(?:${text})$`).test(value);
const finds = (text: string, value: string) => new RegExp(text).test(value);

test('wholeOf takes the values in which the expression is found', () => {
  fc.assert(
    fc.property(expression, values, (text, value) => {
      expect(takes(wholeOf(text), value)).toBe(finds(text, value));
    }),
    { numRuns: 2000 },
  );
});

test('searchOf is found in the values that the expression takes', () => {
  fc.assert(
    fc.property(expression, values, (text, value) => {
      expect(finds(searchOf(text), value)).toBe(takes(text, value));
    }),
    { numRuns: 2000 },
  );
});

test('there and back, whoever is first', () => {
  fc.assert(
    fc.property(expression, (text) => {
      if (!isAnchored(text)) expect(wholeOf(searchOf(text))).toBe(text);
    }),
  );
});

describe('of a search', () => {
  test.each([
    ['Android', '.*Android.*'],
    ['^Mozilla', 'Mozilla.*'],
    ['Safari$', '.*Safari'],
    ['^v2$', 'v2'],
    ['^(?:v1|v2)$', 'v1|v2'],
    ['iPhone|iPad', '.*(?:iPhone|iPad).*'],
    ['^a|b$', '.*(?:^a|b$).*'],
    ['.*beta.*', '.*beta.*'],
    ['price\\$', '.*price\\$.*'],
    ['[a|b]', '.*[a|b].*'],
  ])('%s is %s as a whole', (search, whole) => {
    expect(wholeOf(search)).toBe(whole);
  });
});

describe('of a whole value', () => {
  test.each([
    ['.*Android.*', 'Android'],
    ['Mozilla.*', '^Mozilla'],
    ['.*Safari', 'Safari$'],
    ['v[12]', '^(?:v[12])$'],
    ['v1|v2', '^(?:v1|v2)$'],
    ['^v2$', '^v2$'],
    ['.*', '^(?:.*)$'],
  ])('%s is searched for as %s', (whole, search) => {
    expect(searchOf(whole)).toBe(search);
  });
});

test.each([
  ['^v2$', true],
  ['^(?:a|b)$', true],
  ['^a|b$', false],
  ['^a\\$', false],
  ['^a\\\\$', true],
  ['^a', false],
  ['a$', false],
])('%s is anchored: %s', (text, anchored) => {
  expect(isAnchored(text)).toBe(anchored);
});
