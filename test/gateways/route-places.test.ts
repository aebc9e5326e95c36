/** Listener, section, port and host are part of what a route is: which HTTPRoutes are in each other's way. */
import { describe, expect, test } from 'vitest';
import type { Manifest, Route } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { alone } from './fixtures';

type Parent = Record<string, unknown>;
const HOST = 'shop.example.com';

function route(name: string, parents: readonly Parent[], hostnames?: readonly string[]): Manifest {
  const parentRefs = parents.map((parent) => ({ name: 'edge', ...parent }));
  const rule =
    name === 'shop'
      ? { backendRefs: [{ name: 'shop', port: 80 }] }
      : { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace: 'web' },
    spec: { parentRefs, ...(hostnames && { hostnames }), rules: [rule] },
  };
}

const gateway = (...listeners: object[]): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: 'web' },
  spec: { gatewayClassName: 'any', listeners },
});
const HTTP = { name: 'http', port: 80, protocol: 'HTTP' };
const HTTPS = { name: 'https', port: 443, protocol: 'HTTPS' };

const canary: Route = {
  owner: { rollout: 'shop' },
  service: 'shop',
  to: { service: 'shop-canary' },
  matches: [{ headers: [{ name: 'x-beta', value: 'on' }] }],
};
const found = (base: Manifest, ...others: Manifest[]) =>
  gateways['gateway-api']!.checks!(base, canary, { ...alone, others });

describe('a redirect of all paths beside the route of the Service', () => {
  test.each<[string, Manifest, Manifest]>([
    [
      'another section',
      route('shop', [{ sectionName: 'https' }], [HOST]),
      route('redirect', [{ sectionName: 'http' }], [HOST]),
    ],
    ['another port', route('shop', [{ port: 443 }], [HOST]), route('redirect', [{ port: 80 }], [HOST])],
    ['another Gateway', route('shop', [{}], [HOST]), route('redirect', [{ name: 'other' }], [HOST])],
    ['a more specific host', route('shop', [{}], ['*.example.com']), route('redirect', [{}], [HOST])],
    ['a less specific host', route('shop', [{}], [HOST]), route('redirect', [{}], ['*.example.com'])],
    ['all hosts', route('shop', [{}], [HOST]), route('redirect', [{}])],
    ['another host', route('shop', [{}], [HOST]), route('redirect', [{}], ['www.example.com'])],
    [
      'none of several sections in common',
      route('shop', [{ sectionName: 'https' }, { sectionName: 'internal' }], [HOST]),
      route('redirect', [{ sectionName: 'http' }], [HOST]),
    ],
  ])('is not in the way on %s', (_, base, redirect) => {
    expect(found(base, redirect)).toEqual([]);
  });

  test.each<[string, Manifest, Manifest]>([
    [
      'the same section',
      route('shop', [{ sectionName: 'http' }], [HOST]),
      route('redirect', [{ sectionName: 'http' }], [HOST]),
    ],
    ['any section', route('shop', [{}], [HOST]), route('redirect', [{ sectionName: 'http' }], [HOST])],
    [
      'a section and a port that may be its own',
      route('shop', [{ sectionName: 'https' }], [HOST]),
      route('redirect', [{ port: 80 }], [HOST]),
    ],
    [
      'one of several hosts',
      route('shop', [{}], [HOST, 'www.example.com']),
      route('redirect', [{}], ['www.example.com']),
    ],
    ['no hosts at all', route('shop', [{}]), route('redirect', [{}])],
  ])('is refused on %s', (_, base, redirect) => {
    const [problem, ...more] = found(base, redirect);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({
      code: 'base-unsuitable',
      path: 'spec.rules',
      given: '["HTTPRoute web/redirect: PathPrefix /"]',
      fix: expect.stringContaining('sectionName') as string,
    });
  });
});

describe('where the Gateway is known', () => {
  test('a section and a port are compared by its listeners', () => {
    const [base, redirect] = [
      route('shop', [{ sectionName: 'https' }], [HOST]),
      route('redirect', [{ port: 80 }], [HOST]),
    ];
    expect(found(base, redirect, gateway(HTTP, HTTPS))).toEqual([]);
    expect(found(base, redirect, gateway(HTTP, { ...HTTPS, port: 80 }))).toHaveLength(1);
  });

  test('a route without hosts has those of the listener', () => {
    const [base, redirect] = [route('shop', [{}], [HOST]), route('redirect', [{}])];
    expect(found(base, redirect, gateway(HTTP))).toEqual([]);
    expect(found(base, redirect, gateway({ ...HTTP, hostname: HOST }))).toHaveLength(1);
    expect(found(base, redirect, gateway({ ...HTTP, hostname: '*.example.com' }))).toEqual([]);
    expect(found(base, redirect, gateway({ ...HTTP, hostname: 'www.example.com' }))).toEqual([]);
  });

  test('a Gateway that is none of its kind tells nothing', () => {
    const odd = { ...gateway(), spec: { listeners: 'all' } };
    expect(found(route('shop', [{}], [HOST]), route('redirect', [{}], [HOST]), odd)).toHaveLength(1);
  });
});
