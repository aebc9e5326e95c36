/**
 * Traffic that moves from an Ingress of ingress-nginx to an HTTPRoute. While both lead to the Service a routing names both: at
 * every stage a request gets the same, whichever way it comes. Where it goes, the models of both gateways say.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Declarations, isOurs, type Manifest, type ObjectRef } from '../../lib/core';
import { gatewayApi } from '../gateways/decision/gateway-api';
import { nginx } from '../gateways/decision/nginx';
import type { Request } from '../gateways/decision/traffic';
import { deployment, ingress, lane, laneRollout, service, web } from './app';
import { ingressKind, ours, release, userApplies, versions, type World, type Worlds } from './world';

const routeKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };
const HOST = 'web.example.com';

const old = ingress('web', 'nginx');
const route: Manifest = {
  ...routeKind,
  metadata: { name: 'web' },
  spec: {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }],
    hostnames: [HOST],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }],
      },
    ],
  },
};

const byIngress: ObjectRef = { service: 'web', gracePeriodSeconds: 1, ingress: { classType: 'nginx', name: 'web' } };
const byRoute: ObjectRef = { service: 'web', gracePeriodSeconds: 1, gateway: { httpRouteName: 'web' } };
const both = [byIngress, byRoute];

const inLane = (version: string, objectRef: readonly ObjectRef[]): Declarations => {
  const { requestHeaderModifier: _, ...untagged } = lane;
  return {
    objects: [deployment('web', { version })],
    lanes: [{ ...untagged, objectRef }],
    rollouts: [laneRollout('web', 'web', { patchPodTemplateMetadata: undefined })],
  };
};
const byShare = (version: string, trafficRoutings: readonly ObjectRef[]): Declarations =>
  web([{ replicas: 1, traffic: '20%' }], { version }, { trafficRoutings });

export function movingScenarios({ make }: Worlds): void {
  describe('traffic that moves from an Ingress to an HTTPRoute', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await userApplies(world, [service('web'), old]);
    });

    test.each([
      ['a lane', inLane, { 'web-canary': 1 }, { web: 1 }],
      ['a share', byShare, { web: 0.8, 'web-canary': 0.2 }, { web: 0.8, 'web-canary': 0.2 }],
    ])('%s over both at once, released while it moves', async (_, app, foo, others) => {
      // Before, by the Ingress alone.
      await release(world, app('v1', [byIngress]));
      await userApplies(world, [route]);
      const before = await users();

      const { gate } = await release(world, app('v2', both));
      await expectAlike(foo, others);
      await release(world, app('v2', both), { approve: [gate!.approval] });
      await expectAlike({ web: 1 }, { web: 1 });
      expect(await users()).toEqual(before);
      expect(await ours(world)).toEqual([]);
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);

      // And back, by both.
      await release(world, app('v3', both));
      await expectAlike(foo, others);
      await release(world, app('v2', both));
      await expectAlike({ web: 1 }, { web: 1 });
      expect(await users()).toEqual(before);

      // Afterwards, by the HTTPRoute alone.
      await world.user.delete({ ...ingressKind, name: 'web', namespace: world.namespace });
      await release(world, app('v3', [byRoute]));
      expect(await sent('HTTPRoute', 'foo')).toEqual(foo);
      expect(await sent('HTTPRoute', 'bar')).toEqual(others);
    });

    async function expectAlike(foo: object, others: object): Promise<void> {
      for (const kind of ['Ingress', 'HTTPRoute'] as const) {
        expect([kind, await sent(kind, 'foo')]).toEqual([kind, foo]);
        expect([kind, await sent(kind, 'bar')]).toEqual([kind, others]);
      }
    }

    /** Which shares of the requests of a client end up where, that come by an object of this kind. */
    async function sent(kind: 'Ingress' | 'HTTPRoute', agent: string): Promise<Record<string, number>> {
      const headers = { 'user-agent': agent };
      const request: Request = { host: HOST, path: '/', method: 'GET', headers, query: {}, cookies: {} };
      const outcomes = (kind === 'Ingress' ? nginx : gatewayApi)(await live(), request);
      return Object.fromEntries(outcomes.filter(({ share }) => share > 0).map(({ to, share }) => [to, share]));
    }

    async function live() {
      const kinds = [ingressKind, routeKind, { apiVersion: 'v1', kind: 'Service' }];
      return (await Promise.all(kinds.map((kind) => world.user.list(kind, { namespace: world.namespace })))).flat();
    }

    async function users(): Promise<unknown[]> {
      return (await live())
        .filter((object) => !isOurs(object) && object.kind !== 'Service')
        .map(({ kind, spec, metadata: { name, annotations = {} } }) => ({ kind, name, annotations, spec }));
    }
  });
}
