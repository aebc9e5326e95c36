/** R12: what a GatewayClass does not say that it supports is not written for its Gateways. */
import { describe, expect, test } from 'vitest';
import { type Manifest, type Route } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { alone, httpRoute } from './fixtures';

const QUERY = 'HTTPRouteQueryParamMatching';
const BACKEND = 'HTTPRouteBackendRequestHeaderModification';
const { checks, asksFor } = gateways['gateway-api']!;

const group = 'gateway.networking.k8s.io';
const gateway: Manifest = {
  apiVersion: `${group}/v1`,
  kind: 'Gateway',
  metadata: { name: 'public', namespace: 'shop' },
  spec: { gatewayClassName: 'acme', listeners: [{ name: 'http', port: 80 }] },
};

function gatewayClass(supportedFeatures?: readonly unknown[]): Manifest {
  return {
    apiVersion: `${group}/v1`,
    kind: 'GatewayClass',
    metadata: { name: 'acme' },
    ...(supportedFeatures && { status: { supportedFeatures } }),
  };
}

const named = (...names: string[]) => names.map((name) => ({ name }));

const plain = { backendRefs: [{ name: 'a', port: 80 }] };
const mixed = {
  backendRefs: [
    { name: 'a', port: 80 },
    { name: 'b', port: 80 },
  ],
};
const set = { requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }] } };
const header = { matches: [{ headers: [{ name: 'x-user', value: 'anna' }] }] };
const query = { matches: [{ queryParams: [{ name: 'user', value: 'anna' }] }] };

function problemsOf(rule: unknown, route: object, others: readonly Manifest[], parentRefs?: unknown[]): string[] {
  const all: Route = { owner: { lane: 'beta' }, service: 'a', to: { service: 'a-canary' }, ...route };
  return checks!(httpRoute([rule], parentRefs), all, { ...alone, others }).map(
    ({ given, allowed }) => `${given}: ${/whose class has (\w+)/.exec(allowed)?.[1]}`,
  );
}

describe('R12 a feature that the class of its Gateway does not name', () => {
  test.each<[string, unknown, object, readonly unknown[], string[]]>([
    ['headers of a share', plain, { weight: 20, ...set }, named('HTTPRoute'), [BACKEND]],
    ['headers of matches, in a rule with another backend', mixed, { ...header, ...set }, named('HTTPRoute'), [BACKEND]],
    ['a query parameter', plain, query, named('HTTPRoute', BACKEND), [QUERY]],
    ['both', plain, { ...query, weight: 20, ...set }, named('HTTPRoute'), [QUERY, BACKEND]],
    ['as Gateway API 1.1 had them', plain, { weight: 20, ...set }, ['HTTPRoute'], [BACKEND]],
  ])('R12 %s: an error', (_, rule, route, features, missing) => {
    expect(problemsOf(rule, route, [gateway, gatewayClass(features)])).toEqual(
      missing.map((name) => `"Gateway shop/public of GatewayClass acme": ${name}`),
    );
  });

  test.each<[string, unknown, object, readonly Manifest[]]>([
    ['which it names', plain, { weight: 20, ...set }, [gateway, gatewayClass(named('HTTPRoute', BACKEND))]],
    ['of a class that says nothing', plain, { weight: 20, ...set }, [gateway, gatewayClass()]],
    ['of a class that has not been asked yet', plain, { weight: 20, ...set }, [gateway, gatewayClass([])]],
    ['of a class that is not known', plain, { weight: 20, ...set }, [gateway]],
    ['of a Gateway that is not known', plain, { weight: 20, ...set }, [gatewayClass(named('HTTPRoute'))]],
    [
      'of a Gateway of the same name elsewhere',
      plain,
      { weight: 20, ...set },
      [{ ...gateway, metadata: { name: 'public', namespace: 'infra' } }, gatewayClass(named('HTTPRoute'))],
    ],
    ['that the route does not take: a share', plain, { weight: 20 }, [gateway, gatewayClass(named('HTTPRoute'))]],
    ['headers of matches', plain, { ...header, ...set }, [gateway, gatewayClass(named('HTTPRoute'))]],
    [
      'that the base has by itself',
      { ...plain, matches: [{ queryParams: [{ name: 'page', value: '1' }] }] },
      query,
      [gateway, gatewayClass(named('HTTPRoute'))],
    ],
  ])('R12 %s: none', (_, rule, route, others) => {
    expect(problemsOf(rule, route, others)).toEqual([]);
  });

  test('R12 each Gateway of the base is asked, wherever it is; a Service of a mesh has no class', () => {
    const parents = [
      { name: 'public', namespace: 'infra' },
      { name: 'public' },
      { group: '', kind: 'Service', name: 'a' },
    ];
    expect(asksFor!(httpRoute([plain], parents))).toEqual([
      { apiVersion: `${group}/v1`, kind: 'Gateway', name: 'public', namespace: 'infra' },
      { apiVersion: `${group}/v1`, kind: 'Gateway', name: 'public', namespace: 'shop' },
    ]);
    expect(asksFor!(gateway)).toEqual([{ apiVersion: `${group}/v1`, kind: 'GatewayClass', name: 'acme' }]);
    const elsewhere = { ...gateway, metadata: { name: 'public', namespace: 'infra' } };
    const others = [elsewhere, gatewayClass(named('HTTPRoute'))];
    expect(problemsOf(plain, { weight: 20, ...set }, others, parents)).toEqual([
      `"Gateway infra/public of GatewayClass acme": ${BACKEND}`,
    ]);
  });
});
