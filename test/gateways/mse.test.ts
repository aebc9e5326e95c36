import { expect, test } from 'vitest';
import { type Route, routeNote } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { alone, ingress } from './fixtures';

const mse = gateways.mse!;
const lane: Route = {
  owner: { lane: 'mse-traffic' },
  service: 'a',
  to: { subset: 'gray' },
  matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
  requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
};
const base = ingress({ 'mse.ingress.kubernetes.io/service-subset': '' });

test("the lane's canary Ingress is Kruise's, with our name and label", () => {
  expect(mse.write(base, [lane], alone)[1]).toEqual({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'web-canary',
      namespace: 'shop',
      labels: { 'graylane.io/lane': 'mse-traffic' },
      annotations: {
        'nginx.ingress.kubernetes.io/canary': 'true',
        'nginx.ingress.kubernetes.io/canary-by-header': 'User-Agent',
        'nginx.ingress.kubernetes.io/canary-by-header-value': 'foo',
        'mse.ingress.kubernetes.io/request-header-control-update': 'x-mse-tag gray',
        'mse.ingress.kubernetes.io/service-subset': 'gray',
        ...routeNote(base, lane),
      },
    },
    spec: base.spec,
  });
});

test.each([
  ['a lane held by hops only keeps to the stable pods', 'stable', ''],
  ['a canary Service has no subset', { service: 'a-canary' }, undefined],
] as const)('%s', (_, to, subset) => {
  const [, canary] = mse.write(base, [{ ...lane, to }], alone);
  expect(canary!.metadata.annotations!['mse.ingress.kubernetes.io/service-subset']).toBe(subset);
});

test('an annotation that replaces all backends stays on the base', () => {
  const destination = { 'mse.ingress.kubernetes.io/destination': '100% b.shop.svc.cluster.local:80' };
  const [, canary] = mse.write(ingress(destination), [lane], alone);
  expect(canary!.metadata.annotations).not.toHaveProperty(['mse.ingress.kubernetes.io/destination']);
});

test('what the base changes of headers is repeated, since MSE does not inherit it, and ours comes last', () => {
  const key = 'mse.ingress.kubernetes.io/request-header-control-update';
  const [, canary] = mse.write(ingress({ [key]: 'x-base 1' }), [lane], alone);
  expect(canary!.metadata.annotations![key]).toBe('x-base 1\nx-mse-tag gray');
});

test('a value with special characters is an expression: MSE would read it as one', () => {
  const [, canary] = mse.write(
    base,
    [{ ...lane, matches: [{ headers: [{ name: 'x-version', value: '1.2|3' }] }] }],
    alone,
  );
  const annotations = canary!.metadata.annotations!;
  expect(annotations['nginx.ingress.kubernetes.io/canary-by-header-pattern']).toBe('^1\\.2\\|3$');
  expect(annotations).not.toHaveProperty(['nginx.ingress.kubernetes.io/canary-by-header-value']);
});
