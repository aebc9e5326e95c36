/** Texts that ask for the way back of one release. */
import { describe, expect, test } from 'vitest';
import {
  abortOf,
  type Ledger,
  newLedger,
  parseAbort,
  refuseUnnamed,
  strayAborts,
  unmatchedAborts,
} from '../../lib/core';
import { advance, type RolloutRecording, revisionOf } from '../../lib/core';
import { template } from './fixtures';

const declared: RolloutRecording = {
  name: 'app',
  template: template('app', 'v2'),
  revision: revisionOf(template('app', 'v2')),
  plan: { workloadRef: { name: 'app' }, steps: [{ replicas: 1 }] },
};
const atRest = newLedger(template('app', 'v1'));
const begun = advance(atRest, declared, { now: '2026-01-01T00:00:00Z' });
const own = `app#1-${begun.release!.id}`;
const wentBack: Ledger = { ...atRest, releases: 1, aborted: declared.revision };
const wentOn: Ledger = { ...newLedger(template('app', 'v2')), releases: 1 };
const second: Ledger = { ...begun, releases: 2, release: { ...begun.release!, number: 2, id: '0123456789ab' } };

test('is read as it is written', () => {
  expect(parseAbort(own)).toEqual({ rollout: 'app', number: 1, id: begun.release!.id });
  expect(parseAbort('web-2.shop')).toEqual({ rollout: 'web-2.shop' });
});

test.each(['app#1-5f/step-1', 'app#', 'app#x', '#1-5f', 'app/web', ''])('"%s" is none', (text) =>
  expect(() => parseAbort(text)).toThrow(/names no release.*\(abort-invalid\)/),
);

describe.each<[string, Ledger, 'back' | 'stay' | undefined]>([
  ['of the release under way: the way back', begun, 'back'],
  ['of the release that went back: what it went back from stays away', wentBack, 'stay'],
  ['of a release that went to its end: nothing', wentOn, undefined],
  ['of an earlier release: nothing', second, undefined],
  ['of another life of the rollout: nothing', atRest, undefined],
])('%s', (_, ledger, expected) => {
  test('among others', () => expect(abortOf(['app#7-5f', own].map(parseAbort), ledger)).toBe(expected));
});

test.each(['app', 'app#1'])('%s does not say which release: refused with the one that is under way', (text) => {
  expect(abortOf([parseAbort(text)], begun)).toBeUndefined();
  expect(() => refuseUnnamed([parseAbort(text)], begun)).toThrow(
    `write ${own} if you mean the release that is under way`,
  );
  expect(() => refuseUnnamed([parseAbort(text)], atRest)).toThrow('take it away: no release is under way');
});

test('those of other releases are known as such', () => {
  expect(strayAborts([own, 'app#1-5f', 'app'], begun)).toEqual(['app#1-5f']);
  expect(strayAborts(['app#1-5f'], atRest)).toEqual([]);
});

test('of a rollout that is not there is told, with those that are', () => {
  const found = unmatchedAborts(['ap', 'ap#1-5f', 'app#1-5f'], ['app', 'web']);
  expect(found.map(({ given, path, allowed }) => [given, path, allowed])).toEqual([
    ['ap', 'abort', 'app, web'],
    ['ap#1-5f', 'abort', 'app, web'],
  ]);
});
