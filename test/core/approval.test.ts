/** Texts that name a release: its number for people, its id for certainty. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  abortRelease,
  advance,
  formatApproval,
  formatLedger,
  GraylaneError,
  type Ledger,
  newLedger,
  parseApproval,
  parseLedger,
  parsePlace,
  type RolloutRecording,
  revisionOf,
  unmatched,
  waitsAt,
} from '../../lib/core';
import { template } from './fixtures';

const steps = [{ replicas: 1 }, { replicas: 2 }];

function declared(version: string): RolloutRecording {
  const plan = { workloadRef: { name: 'app' }, steps, trafficRoutings: [{ service: 'app', ingress: { name: 'app' } }] };
  const own = template('app', version);
  return { name: 'app', template: own, revision: revisionOf(own), plan };
}

describe('an approval', () => {
  test('is read as it is written', () => {
    const release = { number: 12, id: '5f0c1e9ab3d2' };
    const text = formatApproval('web-2.shop', release, 3);
    expect(text).toBe('web-2.shop#12-5f0c1e9ab3d2/step-3');
    expect(parseApproval(` ${text}\n`)).toEqual({ rollout: 'web-2.shop', ...release, step: 3 });
  });

  test.each(['web', 'web#1', 'web#1-5f/', '#1-5f/step-1', 'web#x/step-1', 'web#1-5f/step-', 'web#1-5f/promote/stable'])(
    '%s is none',
    (text) => expect(() => parseApproval(text)).toThrow(/is no approval.*\(approval-invalid\)/),
  );

  test('a place is what is behind the release', () => {
    const release = { rollout: 'web', number: 1, id: '5f' };
    expect(parsePlace('web#1-5f/step-1/canary')).toEqual({ release, place: 'step-1/canary' });
    expect(parsePlace('step-1/canary')).toBeUndefined();
  });

  test('of a rollout that is not there is told, with those that are', () => {
    const found = unmatched(['wbe#1-5f/step-1', 'web#1-5f/step-1', 'what is none'], ['web', 'shop']);
    expect(found).toMatchObject([{ code: 'approval-unmatched', given: 'wbe#1-5f/step-1', allowed: 'web, shop' }]);
  });
});

test('a release that an earlier version has begun gets its id when it is read: the same each time, another elsewhere', () => {
  const begun = advance(newLedger(template('app', 'v1')), declared('v2'), { now: '2026-01-01T00:00:00Z' });
  const text = formatLedger(begun).replace(/ *"id": "\w+",\n/, '');
  expect(text).not.toContain('"id"');
  const idAt = (seed?: string) => parseLedger(text, 'file', seed).release!.id;
  expect(idAt('one')).toMatch(/^[0-9a-f]{12}$/);
  expect(idAt('one')).toBe(idAt('one'));
  expect(idAt('one')).not.toBe(idAt('two'));
  expect(idAt()).toBe(idAt());
  expect(parseLedger(formatLedger(begun), 'file', 'two').release!.id).toBe(begun.release!.id);
});

/** Ledger files: recorded anew, copied at rest from one environment to the other, and moved by jobs that run again. */
const happening = fc.record({
  at: fc.constantFrom('releases/staging', 'releases/production'),
  what: fc.constantFrom('advance', 'advance', 'advance', 'advance', 'abort', 'record', 'copy'),
  version: fc.constantFrom('v1', 'v2', 'v3'),
});

test('an approval that is left over passes no gate of a ledger file but the one that told it', () => {
  let tried = 0;
  fc.assert(
    fc.property(fc.array(happening, { minLength: 5, maxLength: 40 }), (happenings) => {
      const folders = new Map<string, Ledger>();
      const told = new Set<string>();
      happenings.forEach(({ at, what, version }, i) => {
        const now = new Date(i * 1000).toISOString();
        const ledger = folders.get(at) ?? newLedger(template('app', 'v1'));
        folders.set(at, moved(ledger, { at, what, version, now }, folders));
        const next = folders.get(at)!;
        const gate = next.release && waitsAt(next, declared(version).plan);
        const own = gate && formatApproval('app', next.release, gate.step!);
        for (const text of told) {
          if (text === own) continue;
          tried++;
          expect(approve(next, text, now)).toBe(next);
        }
        if (own) told.add(own);
      });
    }),
  );
  expect(tried).toBeGreaterThan(500);
});

interface Moved {
  readonly at: string;
  readonly what: string;
  readonly version: string;
  readonly now: string;
}

function moved(ledger: Ledger, { at, what, version, now }: Moved, folders: ReadonlyMap<string, Ledger>): Ledger {
  const other = [...folders].find(([folder]) => folder !== at)?.[1];
  if (what === 'record') return newLedger(template('app', 'v1'));
  if (what === 'copy') return other?.release === undefined ? (other ?? ledger) : ledger;
  return unlessRefused(ledger, () =>
    what === 'abort'
      ? abortRelease(ledger, declared(version), now)
      : advance(ledger, declared(version), { now, ledgerName: at, again: true }),
  );
}

function approve(ledger: Ledger, text: string, now: string): Ledger {
  const { step, ...release } = parseApproval(text);
  const target = ledger.release ? ledger.templates.target! : ledger.templates.stable;
  const from = { release, at: { gateOf: step } };
  return unlessRefused(ledger, () => advance(ledger, { ...declared('v1'), template: target }, { now, from }));
}

function unlessRefused(ledger: Ledger, move: () => Ledger): Ledger {
  try {
    return move();
  } catch (error) {
    if (error instanceof GraylaneError) return ledger;
    throw error;
  }
}
