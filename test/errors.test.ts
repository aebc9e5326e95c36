/** One table of bad inputs: every code of every layer has a case, and every message says where, what and how. */
import { describe, expect, test } from 'vitest';
import { errorCodes as ofCore, type ErrorText, GraylaneError, locationOf, naming, problem } from 'graylane';
import { errorCodes as ofCdk8s } from '../lib/cdk8s/errors';
import { errorCodes as ofCli } from '../lib/cli/errors';
import { errorCodes as ofKruise } from '../lib/kruise/errors';
import { errorCodes as ofLedger } from '../lib/ledger/errors';
import { errorCodes as ofPulumi } from '../lib/pulumi/errors';
import type { BadInput } from './bad-input';
import { badInputs as cdk8s } from './cdk8s/bad-inputs';
import { badInputs as checks } from './checks/bad-inputs';
import { badInputs as cli } from './cli/bad-inputs';
import { badInputs as core } from './core/bad-inputs';
import { badInputs as gateways } from './gateways/bad-inputs';
import { badInputs as kruise } from './kruise/bad-inputs';
import { badInputs as pulumi } from './pulumi/bad-inputs';

const layers = { ofCore, ofKruise, ofLedger, ofCdk8s, ofPulumi, ofCli };

const cases: readonly BadInput[] = [...core, ...checks, ...gateways, ...kruise, ...cdk8s, ...cli, ...pulumi];

async function errorOf({ run }: BadInput): Promise<GraylaneError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(GraylaneError);
    return error as GraylaneError;
  }
  throw new Error('nothing was refused');
}

test.each(Object.entries(layers))('every code %s has a case', (_, codes) => {
  const covered = new Set(cases.map(({ code }) => code));
  expect(Object.keys(codes).filter((code) => !covered.has(code))).toEqual([]);
});

describe.each(cases)('$code at $path', (bad) => {
  test('is found at its field', async () => {
    const { problems } = await errorOf(bad);
    expect(problems.map((one) => `${one.code} at ${locationOf(one)}`)).toContain(`${bad.code} at ${bad.path}`);
  });

  test('is the only thing that is wrong', async () => {
    const { problems } = await errorOf(bad);
    expect([...new Set(problems.map(({ code }) => code))]).toEqual([bad.code]);
  });

  test('says where, what was given, what is allowed, and how to fix it', async () => {
    const { problems, message } = await errorOf(bad);
    for (const one of problems) {
      const { given, allowed, fix } = one;
      for (const part of [locationOf(one), given === 'nothing' ? 'is missing' : given, allowed, fix]) {
        expect(part.trim()).not.toBe('');
        expect(message).toContain(part);
      }
      expect(given).not.toMatch(/undefined|\[object|NaN/);
    }
  });

  test('is taken after its advice', async () => {
    if (typeof bad.fixed === 'string') return expect(bad.fixed).toMatch(/\w/);
    const ways = [bad.fixed].flat();
    for (const way of ways) await way();
    return expect(ways).not.toHaveLength(0);
  });

  test('has no trace', async () => {
    const { stack } = await errorOf(bad);
    expect(stack).not.toMatch(/^ {4}at /m);
  });
});

test.each(Object.entries(layers))('texts %s are parts of a sentence: no full stop, no space at an end', (_, codes) => {
  for (const { says = '%', allowed, fix } of Object.values<ErrorText>(codes)) {
    expect(says).toContain('%');
    for (const text of [says, allowed, fix]) expect(text).not.toMatch(/\.$|^\s|\s$/);
  }
});

test('several problems are told at once, a line each', async () => {
  const [one, other] = cases as [BadInput, BadInput];
  const both = new GraylaneError([...(await errorOf(one)).problems, ...(await errorOf(other)).problems]);
  expect(both.message.split('\n')).toHaveLength(2);
  expect(both.code).toBe(one.code);
});

test('what names a subject comes before the subjects that are named already, and before the path', () => {
  const wrong = () => {
    throw new GraylaneError(problem('base-unsuitable', 'spec.rules', 1, { subject: ['Ingress web'] }));
  };
  expect(() => naming('my-chart/rollout', wrong)).toThrow(/^my-chart\/rollout: Ingress web: spec\.rules: 1 /);
});

test('a value is cut, so that no error holds a whole template', () => {
  const { given } = problem('name-invalid', 'metadata.name', 'x'.repeat(1000));
  expect(given).toHaveLength(120);
});
