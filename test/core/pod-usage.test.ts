/** What a quota counts of a pod. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { podUsage } from '../../lib/core/manifests/pod-usage';
import { quantityOf, thousandths } from '../../lib/core/manifests/quantity';
import { countsPods } from '../../lib/core/manifests/quota-scopes';
import { countedPods, scopedPods } from './counted-pods';

const ofPod = { pods: '1', 'count/pods': '1' };

test.each(Object.entries(countedPods))('%s', (_, { spec, ranges = [], counted }) => {
  const expected = Object.entries({ ...ofPod, ...counted }).map(([name, amount]) => [name, thousandths(amount)]);
  expect(Object.fromEntries(podUsage({ spec }, ranges))).toEqual(Object.fromEntries(expected));
});

test('claims that are made for each pod', () => {
  const claim = { storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } };
  const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: claim } } }];
  const usage = podUsage({ spec: { containers: [], volumes } });
  const ofClass = 'fast.storageclass.storage.k8s.io';
  const names = ['requests.storage', 'persistentvolumeclaims', 'count/persistentvolumeclaims'];
  expect(names.map((name) => usage.get(name))).toEqual([thousandths('10Gi'), 1000n, 1000n]);
  expect(usage.get(`${ofClass}/requests.storage`)).toBe(thousandths('10Gi'));
  expect(usage.get(`${ofClass}/persistentvolumeclaims`)).toBe(1000n);
});

test.each(scopedPods)('a quota for some pods only: %s', (_, scopes, spec, counted) => {
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'some' }, spec: scopes };
  expect(countsPods(quota, { spec })).toBe(counted);
});

describe('quantities', () => {
  test.each([
    ['1', 1000n],
    [2, 2000n],
    [0.25, 250n],
    ['1500m', 1500n],
    ['1e3', 1_000_000n],
    ['1Ki', 1_024_000n],
    ['1.5Gi', 1_610_612_736_000n],
    ['1n', 1n],
    ['-1', -1000n],
    ['', undefined],
    ['many', undefined],
    [undefined, undefined],
  ])('%s', (quantity, amount) => {
    expect(thousandths(quantity)).toBe(amount);
  });

  test('what is written is read again', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 20n), fc.constantFrom('bytes' as const, 'number' as const), (amount, unit) => {
        expect(thousandths(quantityOf(amount, unit))).toBe(amount);
      }),
    );
  });

  test.each([
    [3000n, 'number', '3'],
    [1500n, 'number', '1500m'],
    [4_096_000n, 'number', '4096'],
    [0n, 'bytes', '0'],
    [1_610_612_736_000n, 'bytes', '1536Mi'],
    [1_000_000_000_000n, 'bytes', '1000000000'],
  ] as const)('%s, as a %s', (amount, unit, written) => {
    expect(quantityOf(amount, unit)).toBe(written);
  });
});
