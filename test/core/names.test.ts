/** Names and label values of ours: at most 63 characters, valid, and unique where they are cut. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canaryName, shorten } from '../../lib/core';

const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const labelValue = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
const longName = fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{40,120}[a-z0-9])$/);
const serviceName = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);

test('a name that is short enough keeps its words', () => {
  expect(canaryName('spring-cloud-a')).toBe('spring-cloud-a-canary');
  expect(canaryName('a'.repeat(56))).toBe(`${'a'.repeat(56)}-canary`);
});

test('a longer one ends in a hash, at 63 characters', () => {
  expect(canaryName('a'.repeat(57))).toMatch(/^a{54}-[0-9a-f]{8}$/);
});

test('a canary label value is always a label value', () => {
  fc.assert(fc.property(labelValue, (value) => void expect(canaryName(value)).toMatch(LABEL_VALUE)));
});

test('a canary Service name is always a Service name', () => {
  fc.assert(fc.property(serviceName, (name) => void expect(canaryName(name)).toMatch(DNS_LABEL)));
});

test('names that differ only where they are cut stay apart', () => {
  fc.assert(
    fc.property(
      longName,
      longName,
      fc.string({ minLength: 63, maxLength: 63, unit: fc.constantFrom('a', 'b') }),
      (a, b, head) => {
        fc.pre(a !== b);
        expect(shorten(head + a)).not.toBe(shorten(head + b));
        expect(shorten(head + a)).toMatch(LABEL_VALUE);
      },
    ),
  );
});

test('a name and its canary are never the same', () => {
  fc.assert(fc.property(fc.oneof(serviceName, longName), (name) => void expect(canaryName(name)).not.toBe(name)));
});
