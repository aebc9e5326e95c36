/** One table of bad inputs: every code of lib/core/errors.ts has a case, and every message says where, what and how. */
import { describe, expect, test } from 'vitest';
import { type ErrorCode, errorCodes, GraylaneError, problem } from 'graylane';
import type { BadInput } from './bad-input';
import { badInputs as cdk8s } from './cdk8s/bad-inputs';
import { badInputs as cli } from './cli/bad-inputs';
import { badInputs as core } from './core/bad-inputs';
import { badInputs as gateways } from './gateways/bad-inputs';
import { badInputs as kruise } from './kruise/bad-inputs';
import { badInputs as pulumi } from './pulumi/bad-inputs';

const cases: readonly BadInput[] = [...core, ...gateways, ...kruise, ...cdk8s, ...cli, ...pulumi];

async function errorOf({ run }: BadInput): Promise<GraylaneError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(GraylaneError);
    return error as GraylaneError;
  }
  throw new Error('nothing was refused');
}

test('every code has a case', () => {
  const covered = new Set(cases.map(({ code }) => code));
  expect(Object.keys(errorCodes).filter((code) => !covered.has(code as ErrorCode))).toEqual([]);
});

describe.each(cases)('$code at $path', (bad) => {
  test('is found at its field', async () => {
    const { problems } = await errorOf(bad);
    expect(problems.map(({ code, path }) => `${code} at ${path}`)).toContain(`${bad.code} at ${bad.path}`);
  });

  test('is the only thing that is wrong', async () => {
    const { problems } = await errorOf(bad);
    expect([...new Set(problems.map(({ code }) => code))]).toEqual([bad.code]);
  });

  test('says where, what was given, what is allowed, and how to fix it', async () => {
    const { problems, message } = await errorOf(bad);
    for (const { path, given, allowed, fix } of problems) {
      for (const part of [path, given, allowed, fix]) {
        expect(part.trim()).not.toBe('');
        expect(message).toContain(part);
      }
      expect(given).not.toMatch(/undefined|\[object|NaN/);
    }
  });

  test('has no trace', async () => {
    const { stack } = await errorOf(bad);
    expect(stack).not.toMatch(/^ {4}at /m);
  });
});

test('texts of the catalogue are parts of a sentence: no capital, no full stop', () => {
  for (const { allowed, fix } of Object.values(errorCodes)) {
    for (const text of [allowed, fix]) expect(text).not.toMatch(/\.$|^\s|\s$/);
  }
});

test('several problems are told at once, a line each', async () => {
  const [one, other] = cases as [BadInput, BadInput];
  const both = new GraylaneError([...(await errorOf(one)).problems, ...(await errorOf(other)).problems]);
  expect(both.message.split('\n')).toHaveLength(2);
  expect(both.code).toBe(one.code);
});

test('a prefix comes before each path', async () => {
  const error = (await errorOf(cases[0]!)).at('my-chart/rollout');
  expect(error.problems[0]!.path).toBe(`my-chart/rollout: ${cases[0]!.path}`);
  expect(error.message).toContain('my-chart/rollout: ');
});

test('a value is cut, so that no error holds a whole template', () => {
  const { given } = problem('name-invalid', 'metadata.name', 'x'.repeat(1000));
  expect(given).toHaveLength(120);
});
