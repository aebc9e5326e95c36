/** What an app declares of its rollouts, and whether it declares the same twice. */
import fc from 'fast-check';
import {
  changedFields,
  checkStable,
  GraylaneError,
  recordingOf,
  type RolloutRecording,
  resolve,
  revisionOf,
} from 'graylane';
import { describe, expect, test } from 'vitest';
import { gateways, memberOf, seed, template } from './fixtures';

describe('a recorded rollout', () => {
  const member = memberOf(resolve(seed, gateways), 'rollout-a');
  const recorded = recordingOf(member);

  test('has what moving its ledger takes', () => {
    expect(recorded).toMatchObject({
      name: member.spec.name,
      template: member.deployment.spec.template,
      revision: revisionOf(member.deployment.spec.template),
      stableReplicas: member.deployment.spec.replicas,
    });
  });

  test('is plain JSON: written and read it is the same', () => {
    expect(JSON.parse(JSON.stringify(recorded))).toEqual(recorded);
    expect(Object.values(recorded)).not.toContain(undefined);
  });
});

/** One rollout in each folder, with that value in its template. */
function recorded(values: Record<string, unknown>): { folder: string; rollouts: RolloutRecording[] }[] {
  const rollout = (value: unknown) => {
    const one = { ...template('web', 'v1'), metadata: { annotations: { token: value } } };
    return {
      ...recordingOf(memberOf(resolve(seed, gateways), 'rollout-a')),
      name: 'rollout',
      template: one,
      revision: revisionOf(one as never),
    } as never;
  };
  return Object.entries(values).map(([folder, value]) => ({ folder, rollouts: [rollout(value)] }));
}

describe('two recordings of one app', () => {
  test('that are equal are stable', () => {
    expect(() => checkStable(recorded({ prod: 'x' }), recorded({ prod: 'x' }))).not.toThrow();
  });

  test('that differ: every rollout is named, with its fields, without a value', () => {
    const run = () => checkStable(recorded({ prod: 'hunter2', test: 'x' }), recorded({ prod: 'hunter3', test: 'y' }));
    expect(run).toThrow(GraylaneError);
    expect(run).toThrow(/metadata\.annotations\.token(.|\n)*metadata\.annotations\.token/);
    expect(run).not.toThrow(/hunter/);
  });

  test('a rollout that only one of them has is no template that changes', () => {
    expect(() => checkStable(recorded({ prod: 'x' }), recorded({ test: 'y' }))).not.toThrow();
  });
});

describe('changed fields', () => {
  test.each([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [{ a: 1 }, { a: 2 }, ['a']],
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3, 4] } }, ['a.b[1]', 'a.b[2]']],
    [{ a: [1] }, { a: { 0: 1 } }, ['a']],
    [{ a: null }, { a: {} }, ['a']],
    [{ a: undefined }, {}, []],
    [{ a: { b: 1 } }, { a: {} }, ['a.b']],
    ['x', 'y', ['']],
  ])('%j, %j: %j', (a, b, fields) => {
    expect(changedFields(a, b)).toEqual(fields);
  });

  test('there are some exactly where two templates have different revisions', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [one, other] = [{ spec: a }, { spec: b }];
        expect(changedFields(one, other).length === 0).toBe(revisionOf(one) === revisionOf(other));
        expect(changedFields(one, one)).toEqual([]);
      }),
    );
  });

  test('name fields and never a value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.constant('before')), (a) => {
        const b = Object.fromEntries(Object.keys(a).map((key) => [key, 'after']));
        expect(changedFields(a, b).sort()).toEqual(Object.keys(a).sort());
      }),
    );
  });
});
