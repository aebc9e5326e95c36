import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { graylane, objects, sample } from './fixtures';

const kruise = (version: 'v1alpha1' | 'v1beta1') =>
  sample(version)
    .slice(2)
    .flatMap((file) => objects(readFileSync(file, 'utf8')));

test.each([
  [[], 'v1alpha1', 'v1alpha1'],
  [[], 'v1beta1', 'v1beta1'],
  [['--api', 'v1beta1'], 'v1alpha1', 'v1beta1'],
  [['--api', 'v1alpha1'], 'v1beta1', 'v1alpha1'],
] as const)('%j: the sample in %s comes out in %s', async (options, from, to) => {
  const { code, out, err } = await graylane(['export', '-f', ...sample(from), ...options]);
  expect([code, err]).toEqual([0, '']);
  expect(objects(out)).toEqual(kruise(to));
});

test('what the other version cannot say is named, with its place', async () => {
  const input = `
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: {name: r}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: app}
  strategy:
    canary:
      enableExtraWorkloadForCanary: true
      trafficRoutings: [{service: app, ingress: {name: app}}]
      steps:
        - replicas: 1
          matches:
            - path: {value: /new}
`;
  const { code, out, err } = await graylane(['export', '-f', '-', '--api', 'v1alpha1'], { input });
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('stdin:14: Rollout r: steps[0].matches[0].path: ');
  expect(err).toContain('(kruise-lost)');
});

test('input without Kruise objects has nothing to export', async () => {
  const { code, err } = await graylane(['export', '-f', sample()[0]!]);
  expect([code, err.includes('(rollout-not-found)')]).toEqual([1, true]);
});
