/** What is missing until a Deployment is ready, in words. */
import { expect, test } from 'vitest';
import type { LiveDeployment } from '../../lib/cluster';
import { notReady } from '../../lib/core';
import { deployment } from './app';

function live(replicas: number, status: LiveDeployment['status']): LiveDeployment {
  const object = deployment('web', { replicas });
  const metadata = { ...object.metadata, name: 'web', uid: 'uid', resourceVersion: '1', generation: 2 };
  return { ...object, metadata, status: { observedGeneration: 2, ...status } };
}

function seen(replicas: number, updatedReplicas: number, availableReplicas: number) {
  return { replicas, updatedReplicas, availableReplicas };
}

test.each([
  ['ready', live(2, seen(2, 2, 2)), undefined],
  [
    'a change that nobody has seen',
    live(2, { ...seen(2, 2, 2), observedGeneration: 1 }),
    'not seen by its controller yet',
  ],
  ['pods that are not available', live(2, seen(2, 2, 1)), '1/2 ready'],
  ['R1 available pods of the old template', live(2, seen(3, 1, 3)), '1/2 ready'],
  ['one old pod', live(2, seen(3, 2, 3)), '1 old pod left'],
  ['several old pods', live(2, seen(4, 2, 4)), '2 old pods left'],
  ['R1 fewer replicas than there have to be', live(0, seen(0, 0, 0)), 'scaled to 0'],
])('%s', (_, deployment, missing) => {
  expect(notReady(deployment, 1)).toBe(missing);
});

test('one that is not there', () => {
  expect(notReady(undefined, 0)).toBe('not there');
});
