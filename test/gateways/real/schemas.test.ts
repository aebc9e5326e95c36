/**
 * A real API server, with the published CRDs and their rules, takes every object that the gateways write: by a
 * server-side dry run, which answers as the write itself would.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from '../../../lib/core';
import { gateways } from '../../../lib/gateways';
import { clusterForSuite } from '../../stack/suite';
import { alone, hasRoom, NEIGHBOUR, possibleRoutes, SERVICE, service } from '../fixtures';
import { traefikService } from '../ingress-routes';
import { published, type Tried } from '../registry';
import { crdFiles } from './crds';

const cluster = clusterForSuite();
const services = [service(SERVICE), service(NEIGHBOUR)];

beforeAll(async () => {
  await cluster().installCrds(crdFiles());
  await cluster().api.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
});

describe.each(published)('$gateway.name', (one) => {
  test('takes all that is written', async () => {
    for (const objects of samples(one)) for (const object of objects) await dryRun(object);
  });
});

test('takes a GRPCRoute that is written on', async () => {
  const method = { service: 'shop.Orders', method: 'Get' };
  const rules = [{ matches: [{ method }], backendRefs: [{ name: SERVICE, port: 80 }] }];
  const base = { ...gatewayRoute(rules), kind: 'GRPCRoute', metadata: { name: 'orders', namespace: 'shop' } };
  const route = { owner: { lane: 'beta' }, service: SERVICE, to: { service: `${SERVICE}-canary` } };
  const matches = [{ headers: [header('x-user', 'anna')] }];
  const routes = [
    { ...route, matches, weight: 20 },
    { ...route, warmUp: true },
  ];
  const written = gateways['gateway-api']!.write(base, routes, alone);
  expect(written).toHaveLength(3);
  for (const object of written) await dryRun(object);
});

test('takes a TraefikService that is repeated', async () => {
  const spec = { mirroring: { name: SERVICE, port: 80, mirrors: [{ name: NEIGHBOUR, port: 80, percent: 10 }] } };
  const base = traefikService('mirrored', spec);
  const route = { owner: { lane: 'beta' }, service: SERVICE, to: { service: `${SERVICE}-canary` } };
  const written = gateways.traefik!.write(base, [{ ...route, weight: 20 }], alone);
  expect(written).toHaveLength(2);
  for (const object of written) await dryRun(object);
});

test.each<[string, Manifest]>([
  ['an unknown field', { ...gatewayRoute([]), spec: { rulez: [] } }],
  ['17 rules', gatewayRoute(Array.from({ length: 17 }, () => ({ backendRefs: [{ name: 'a', port: 80 }] })))],
  ['one header twice', gatewayRoute([{ matches: [{ headers: [header('x', '1'), header('x', '2')] }] }])],
  ['an empty element in a path', gatewayRoute([{ matches: [{ path: { type: 'Exact', value: '/a//b' } }] }])],
  ['a path that ends in its parent', gatewayRoute([{ matches: [{ path: { type: 'PathPrefix', value: '/a/..' } }] }])],
  ['a letter that is not escaped', gatewayRoute([{ matches: [{ path: { type: 'PathPrefix', value: '/größe' } }] }])],
  ['an empty value', gatewayRoute([{ matches: [{ headers: [header('x', '')] }] }])],
])('the dry run refuses %s', async (_, object) => {
  await expect(dryRun(object)).rejects.toThrow();
});

/** The same bases and routes in each run. */
function samples({ gateway, bases }: Tried): Manifest[][] {
  const situations = fc
    .record({ base: bases, routes: possibleRoutes(gateway) })
    .filter(({ base, routes }) => routes.every((route) => hasRoom(gateway, base, route)));
  return fc
    .sample(situations, { numRuns: 40, seed: 1 })
    .map(({ base, routes }) => gateway.write(base, routes, { ...alone, services }));
}

async function dryRun(object: Manifest): Promise<void> {
  const { status: _, ...desired } = object;
  await cluster().api.apply(pathOf(object), desired, {
    dryRun: true,
    force: true,
  });
}

function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind.toLowerCase() + (kind.endsWith('s') ? 'es' : 's');
  return `${root}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`;
}

function gatewayRoute(rules: unknown[]): Manifest {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'refused', namespace: 'shop' },
    spec: { rules },
  };
}

function header(name: string, value: string) {
  return { name, value };
}
