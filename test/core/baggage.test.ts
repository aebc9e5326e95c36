import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryExpression, entryOf, isBaggageEntry, laneRouteSpec, type LaneSpec, tagCondition } from '../../lib/core';
import { lane } from './fixtures';

const text = fc.stringMatching(/^[a-z0-9._-]{1,4}$/);
const entry = fc.tuple(text, text).map((pair) => pair.join('='));
const spaces = fc.constantFrom('', ' ', '  ');
const property = fc.constantFrom('', ';p', ';p=v', '; p = v;q');

/** An entry as the specification lets it be written: spaces around all signs, and properties. */
function written(one: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(one, spaces, spaces, spaces, spaces, property)
    .map(([pair, a, b, c, d, properties]) => `${a}${pair.split('=').join(`${b}=${c}`)}${d}${properties}`);
}

/** Entries and what looks like them: with more around the key or the value, of another key, or as a property. */
function header(wanted: string): fc.Arbitrary<string> {
  const near = [`x${wanted}`, `${wanted}x`, `a;${wanted}`, `a=b;${wanted}`, wanted.replace('=', '=x'), `"${wanted}"`];
  const one = written(fc.constantFrom(wanted, ...near).filter((pair) => pair.includes('=')));
  const part = fc.oneof(one, fc.constantFrom(...near), written(entry));
  return fc.array(part, { minLength: 1, maxLength: 4 }).map((list) => list.join(',').trim());
}

/** Read part by part, as the specification says: list, then key and value, then properties. */
function has(value: string, wanted: string): boolean {
  return value.split(',').some((one) => {
    const [pair = ''] = one.split(';');
    return (
      pair
        .split('=')
        .map((side) => side.trim())
        .join('=') === wanted
    );
  });
}

describe('the expression for an entry', () => {
  const samples = fc.sample(
    entry.chain((wanted) => fc.tuple(fc.constant(wanted), header(wanted))),
    600,
  );

  test('takes exactly the headers that have it', () => {
    const seen = new Set<boolean>();
    for (const [wanted, value] of samples) {
      const taken = new RegExp(`^(?:${entryExpression(wanted)})$`).test(value);
      expect([wanted, value, taken]).toEqual([wanted, value, has(value, wanted)]);
      seen.add(taken);
    }
    expect([...seen].sort()).toEqual([false, true]);
  });

  test('is one of POSIX, and means the same there', () => {
    const wanted = 'la.ne=gr-ay';
    const values = fc.sample(header(wanted), 200);
    const { stdout } = spawnSync('grep', ['-E', '-x', '-e', entryExpression(wanted)], {
      input: values.join('\n'),
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    expect(stdout.split('\n').filter(Boolean)).toEqual(values.filter((value) => has(value, wanted)));
  });

  test('has nothing that an annotation, YAML or another dialect could read otherwise', () => {
    fc.assert(
      fc.property(entry, (wanted) => {
        expect(entryExpression(wanted)).toMatch(/^[A-Za-z0-9._\-[\]()*?^;,= ]+$/);
      }),
    );
  });

  test('tells its entry, and no other expression does', () => {
    fc.assert(
      fc.property(entry, (wanted) => {
        expect(entryOf(entryExpression(wanted))).toBe(wanted);
      }),
    );
    const expression = entryExpression('lane=gray');
    for (const other of [
      'lane=gray',
      `${expression} `,
      expression.replace('lane', 'l(a|b)'),
      expression.slice(1),
      '.*',
    ])
      expect(entryOf(other)).toBeUndefined();
  });
});

test.each([
  ['lane=gray', true],
  ['a.b-c_d=1', true],
  [`${'k'.repeat(63)}=${'v'.repeat(63)}`, true],
  [`${'k'.repeat(64)}=v`, false],
  ['lane', false],
  ['lane=', false],
  ['lane=gray;p=v', false],
  ['lane=gray,user=1', false],
  ['lane=größe', false],
  ['lane=a%20b', false],
  [undefined, false],
])('%s can be an entry: %s', (given, can) => {
  expect(isBaggageEntry(given)).toBe(can);
});

describe('a lane with an entry as its tag', () => {
  const tagged = (over: Partial<LaneSpec> = {}) => lane({ tag: { baggage: 'lane=gray' }, ...over });
  const added = { name: 'baggage', value: 'lane=gray' };

  test('appends it beside the other changes, and sets nothing', () => {
    const { requestHeaderModifier } = lane();
    expect(laneRouteSpec(tagged()).requestHeaderModifier).toEqual({ ...requestHeaderModifier, add: [added] });
    const add = [{ name: 'x-trace', value: '1' }];
    const changes = laneRouteSpec(tagged({ requestHeaderModifier: { add } })).requestHeaderModifier;
    expect(changes).toEqual({ add: [...add, added] });
  });

  test('is told by it, even if it sets a header as well', () => {
    expect(tagCondition(tagged())).toMatchObject({ name: 'baggage', type: 'RegularExpression' });
    expect(tagCondition(lane())).toMatchObject({ name: 'x-mse-tag', type: 'Exact', value: 'gray' });
  });
});
