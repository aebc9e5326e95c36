/** Sets of fields as managedFields have them, and who owns what after a migration. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldSet } from '../../lib/cluster';
import { subtract, union } from '../../lib/cluster/port/field-set';

const leaf: FieldSet = {};
const { tree } = fc.letrec<{ tree: FieldSet }>((tie) => ({
  tree: fc.dictionary(
    fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}'),
    fc.oneof({ depthSize: 'small' }, fc.constant(leaf), tie('tree')),
    {
      maxKeys: 3,
    },
  ),
}));

/** Paths of all leaves. */
function leaves(set: FieldSet, above = ''): string[] {
  return Object.entries(set).flatMap(([segment, below]) =>
    Object.keys(below).length === 0 ? [`${above}/${segment}`] : leaves(below, `${above}/${segment}`),
  );
}

describe('sets of fields', () => {
  test('taking away leaves nothing of what was taken, and everything else', () => {
    fc.assert(
      fc.property(tree, tree, (theirs, ours) => {
        const left = leaves(subtract(theirs, ours) ?? {});
        const gone = leaves(theirs).filter((path) => !left.includes(path));
        const taken = leaves(ours);
        const within = (path: string) =>
          taken.some((one) => one === path || one.startsWith(`${path}/`) || path === one);
        expect(left.filter((path) => taken.includes(path))).toEqual([]);
        expect(gone.filter((path) => !within(path))).toEqual([]);
      }),
    );
  });

  test('nothing is left of itself', () => {
    fc.assert(
      fc.property(tree, (set) => {
        expect(subtract(set, set)).toBeUndefined();
      }),
    );
  });

  test('both together have the leaves of both', () => {
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        const all = leaves(union(a, b));
        const covered = (path: string) => all.some((one) => one === path || one.startsWith(`${path}/`));
        expect([...leaves(a), ...leaves(b)].filter((path) => !covered(path))).toEqual([]);
      }),
    );
  });

  test('a lone dot is worth nothing', () => {
    const item = { 'f:ports': { 'k:{"port":80}': { '.': leaf, 'f:port': leaf } } };
    expect(subtract(item, { 'f:ports': { 'k:{"port":80}': { 'f:port': leaf } } })).toBeUndefined();
  });
});
