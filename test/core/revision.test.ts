/** A revision names a template by what it says, not by how it is written. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digest, newLedger, type PodTemplate, revisionOf, templatesOf } from '../../lib/core';

const json = fc.jsonValue({ maxDepth: 4 });

/** The same value with the keys of all objects in reverse, and undefined fields between them. */
function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value).map(([key, field]) => [key, rewritten(field)]);
  return Object.fromEntries([['an undefined field', undefined], ...fields.reverse()]);
}

describe('a revision', () => {
  test('does not depend on the order of keys, nor on undefined fields', () => {
    fc.assert(
      fc.property(json, (spec) => void expect(revisionOf({ spec: rewritten(spec) })).toBe(revisionOf({ spec }))),
    );
  });

  test('is the same for the template as JSON', () => {
    fc.assert(
      fc.property(json, (spec) => {
        const copy = JSON.parse(JSON.stringify({ spec })) as PodTemplate;
        expect(revisionOf(copy)).toBe(revisionOf({ spec }));
      }),
    );
  });

  test('is another one for any other template', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(revisionOf({ spec: a }) === revisionOf({ spec: b })).toBe(same);
      }),
    );
  });

  const one = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'x', args: ['a', 'b'] }] } };
  const others: Record<string, PodTemplate> = {
    'a value': { ...one, metadata: { labels: { app: 'b' } } },
    'a key': { ...one, metadata: { labels: { App: 'a' } } },
    'one field more': { ...one, metadata: { ...one.metadata, annotations: {} } },
    'null instead of nothing': { ...one, metadata: { ...one.metadata, annotations: null as unknown as undefined } },
    'the order of a list': { ...one, spec: { containers: [{ name: 'x', args: ['b', 'a'] }] } },
    'a number instead of a string': { ...one, spec: { containers: [{ name: 'x', args: ['a', 'b'] }], port: 1 } },
  };

  test.each(Object.entries(others))('changes with %s', (_, other) => {
    expect(revisionOf(other)).not.toBe(revisionOf(one));
  });

  test('tells 1 from "1", and a list from an object', () => {
    expect(new Set([1, '1', [1], { 0: 1 }, true, 'true', null, 'null', [], {}].map(digest)).size).toBe(10);
  });

  test('is short enough for a label and a name', () => {
    expect(revisionOf(one)).toMatch(/^[0-9a-f]{12}$/);
  });
});

test('a new ledger is steady at its template', () => {
  const template = { spec: { containers: [] } };
  const ledger = newLedger(template);
  expect(ledger).toEqual({
    version: 2,
    releases: 0,
    stable: revisionOf(template),
    templates: { stable: template },
  });
  expect(templatesOf(ledger)).toEqual({ stable: template, target: template });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
}
