/** The checks that documents show are such as `checkRollout` takes. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkRollout, type CheckSpec } from '../../lib/core';

const DOCUMENTS = ['README.md', 'docs/checks.md', 'docs/unattended.md', 'docs/pulumi-operator.md'];

const shown = DOCUMENTS.flatMap((document) =>
  [...readFileSync(document, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, text]) => {
    const { checks } = (parse(text!) ?? {}) as { checks?: CheckSpec[] };
    return checks ? checks.map((check) => [document, check.name, check] as const) : [];
  }),
);

test.each(shown)('%s shows %s', (_, __, check) => {
  const steps = [{ replicas: 1, checks: [check] }];
  expect(checkRollout({ name: 'web', workloadRef: { name: 'web' }, steps })).toEqual([]);
});

test('documents show some', () => {
  expect(shown.map(([document]) => document)).toEqual(expect.arrayContaining(['README.md', 'docs/checks.md']));
});
