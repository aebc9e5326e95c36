/** JSON values beside each other: the same, one in the other, and where they differ. */
import fc from 'fast-check';
import { canonical, containsJson, changedPaths, sameJson, withoutNulls } from 'graylane';
import { describe, expect, test } from 'vitest';

test('two values are the same exactly where their texts with sorted keys are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(sameJson(a, b)).toBe(canonical(a) === canonical(b));
      expect(sameJson(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      expect(changedPaths(a, b).length === 0).toBe(sameJson(a, b));
    }),
  );
});

describe('a live value has what is wanted', () => {
  test.each([
    [{ a: 1, b: 2 }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [[{ a: 1, b: 2 }], [{ a: 1 }], true],
    [[1, 2], [1], false],
    [[1], [1, 2], false],
    [{ 0: 1 }, [1], false],
    [null, {}, false],
    [{}, null, false],
  ])('%j, %j: %j', (value, wanted, holds) => {
    expect(containsJson(value, wanted)).toBe(holds);
  });
});

test('changedPaths are told by the keys that lead there, an entry of a list by its index', () => {
  const [a, b] = [
    { x: [{ y: 1 }, 2], z: null },
    { x: [{ y: 2 }], z: {} },
  ];
  expect(changedPaths(a, b)).toEqual([['x', 0, 'y'], ['x', 1], ['z']]);
});

test('null is absent, as for Kubernetes', () => {
  expect(withoutNulls({ a: null, b: [{ c: null, d: 1 }], e: undefined })).toEqual({ b: [{ d: 1 }] });
});
