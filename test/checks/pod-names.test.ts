/** By which pods a Prometheus tells the canary from stable: their names alone. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canaryName } from 'graylane';
import { podNames } from '../../lib/core/checks/pod-names';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** As Kubernetes makes them: a ReplicaSet by the hash of a template, a pod by five random characters behind 58 at most. */
function podOf(deployment: string, hash: string, random: string): string {
  return `${deployment}-${hash}-`.slice(0, 58) + random;
}

/** Prometheus anchors regular expressions. */
function matches(deployment: string, pod: string): boolean {
  return new RegExp(`^(?:${podNames(deployment)})$`).test(pod);
}

const word = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...ALPHABET), minLength, maxLength });
const deployment = fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?$/);
const hash = word(1, 10);
const random = word(5, 5);

test('the pods of a Deployment are found, however long its name is', () => {
  fc.assert(
    fc.property(deployment, hash, random, (name, ...pod) => {
      expect(matches(name, podOf(name, ...pod))).toBe(true);
    }),
  );
});

test('those of its canary are not, nor the other way round', () => {
  const short = deployment.filter((name) => canaryName(name).length <= 57);
  fc.assert(
    fc.property(short, hash, random, (name, ...pod) => {
      expect(matches(name, podOf(canaryName(name), ...pod))).toBe(false);
      expect(matches(canaryName(name), podOf(name, ...pod))).toBe(false);
    }),
  );
});

test.each(['web', 'web-canary', 'web-2', 'a.b', 'w'])('%s is not found among its neighbours', (name) => {
  const others = ['web', 'web-canary', 'web-2', 'a.b', 'a-b', 'w', 'webb', 'my-web'].filter((other) => other !== name);
  const found = others.filter((other) => matches(name, podOf(other, '5f7c9d8b6', 'x2x4z')));
  expect(found).toEqual([]);
});
