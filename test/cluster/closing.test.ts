/** Routes that have to close when something else refuses, dies or sleeps: nothing may keep one open. */
import { describe, expect, test } from 'vitest';
import { type Api, ApiError } from '../../lib/cluster';
import type { Declarations, Manifest, Step } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';
import { deployment, joined, service, type Variant, web, webBase } from './app';
import { worldOf } from './simulated.world';
import { find, getDeployment, ingressKind, ours, release, userApplies, type World } from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const routeKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };

const route: Manifest = {
  ...routeKind,
  metadata: { name: 'web' },
  spec: {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }],
    rules: [{ backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }] }],
  },
};

function onGatewayApi(variant: Variant = {}): Declarations {
  const trafficRoutings = [{ service: 'web', gracePeriodSeconds: 1, gateway: { httpRouteName: 'web' } }];
  const rollouts = [{ name: 'web', workloadRef: { name: 'web' }, steps, trafficRoutings }];
  return { objects: [deployment('web', variant)], lanes: [], rollouts };
}

async function backends(world: World): Promise<string[]> {
  const live = (await find(world, routeKind, 'web'))!;
  const { rules } = live.spec as { rules: { backendRefs: { name: string; weight: number }[] }[] };
  return rules[0]!.backendRefs.filter(({ weight }) => weight > 0).map(({ name }) => name);
}

describe('R5 a canary that died, on a gateway with warm-up', () => {
  test('its route is closed before anybody waits for the canary to come back', async () => {
    let dead = false;
    const cluster = new SimulatedCluster({
      fate: ({ metadata }) => (dead && metadata.labels?.['app'] === 'web-canary' ? 'unready' : 'ready'),
    });
    const world = worldOf(cluster);
    await userApplies(world, [service('web'), route]);
    await release(world, onGatewayApi());
    await release(world, onGatewayApi({ version: 'v2' }));
    expect(await backends(world)).toEqual(['web', 'web-canary']);
    dead = true;
    const kind = { apiVersion: 'v1', kind: 'Pod' };
    for (const { metadata } of await world.user.list(kind, { labels: { app: 'web-canary' } })) {
      await world.user.delete({ ...kind, name: metadata.name, namespace: world.namespace });
    }
    await world.clock.sleep(5000);
    const stuck = release(world, onGatewayApi({ version: 'v2' }));
    await expect(stuck).rejects.toMatchObject({ code: 'deadline', at: 'web: step-1/canary' });
    expect(await backends(world)).toEqual(['web']);
  });
});

describe('a policy that turns against the canary at its gate', () => {
  const refused = (api: Api): Api => {
    const apply: Api['apply'] = async (object, options) => {
      if (object.metadata.name === 'web-canary') throw new ApiError(422, 'Invalid', 'denied by policy');
      return api.apply(object, options);
    };
    return Object.assign(Object.create(api) as Api, { apply });
  };

  test.each(['v1', 'v2', 'v3'])('does not keep the way back from ending, with %s declared', async (version) => {
    const world = worldOf(new SimulatedCluster());
    await userApplies(world, webBase);
    await release(world, web(steps));
    await release(world, web(steps, { version: 'v2' }));
    const api = refused(world.api);
    const back = release(world, web(steps, { version }), { abort: version !== 'v3' }, { api });
    if (version === 'v3') await expect(back).rejects.toMatchObject({ code: 'refused', at: 'web: step-1/canary' });
    else expect((await back).stage).toBe('stable');
    expect(await find(world, ingressKind, 'web-canary')).toBeUndefined();
    expect(await ours(world)).toEqual([]);
    expect((await getDeployment(world, 'web')).spec.template).toMatchObject(deployment('web').spec.template);
  });
});

const POLICY = /what the policy asks for/;

/** Webhooks answer with a status of their own, and a policy of the API server with 422 unless it says otherwise. */
describe('a canary that may not be written', () => {
  test.each([
    [
      403,
      'of admission',
      'admission webhook "validate.policies.example.com" denied the request: no label team',
      POLICY,
    ],
    [400, 'of admission', 'admission webhook "mutate.policies.example.com" denied the request: not from there', POLICY],
    [422, 'of admission', 'admission webhook "validate.policies.example.com" denied the request: bad name', POLICY],
    [403, 'of a quota', 'services "web-canary" is forbidden: exceeded quota: q, used: services=5', POLICY],
    [
      403,
      'of a policy',
      `ingresses "web-canary" is forbidden: ValidatingAdmissionPolicy 'p' denied request: no`,
      POLICY,
    ],
    [
      422,
      'of a policy',
      `services "web-canary" is forbidden: ValidatingAdmissionPolicy 'p' denied request: no`,
      POLICY,
    ],
    [
      422,
      'of a field',
      'Service "web-canary" is invalid: spec.ports[0].port: Forbidden: denied',
      /correct the named field/,
    ],
    [403, 'of a missing right', 'User "ci" cannot patch resource "services" in API group ""', /Role of this user/],
  ])('%i %s is told in the words of the server, with a way out that fits', async (status, _, message, wayOut) => {
    const world = worldOf(new SimulatedCluster());
    await userApplies(world, webBase);
    await release(world, web(steps));
    const apply: Api['apply'] = async (object, options) => {
      if (object.metadata.name === 'web-canary') throw new ApiError(status, 'Forbidden', message);
      return world.api.apply(object, options);
    };
    const api = Object.assign(Object.create(world.api) as Api, { apply });
    const stopped = release(world, web(steps, { version: 'v2' }), {}, { api });
    const code = message.startsWith('User ') ? 'forbidden' : 'refused';
    await expect(stopped).rejects.toMatchObject({ code, what: expect.stringContaining(message) as string });
    await expect(stopped).rejects.toThrow(wayOut);
  });
});

test('what a stage waits for is deleted: the run ends at once, and says that waiting does not help', async () => {
  const cluster = new SimulatedCluster({ fate: () => 'unready' });
  const world = worldOf(cluster);
  await userApplies(world, webBase);
  const stuck = release(world, joined([{ replicas: 1 }]), { timeout: 600 });
  cluster.clock.after(30_000, () => {
    void world.user.delete({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: world.namespace });
  });
  await expect(stuck).rejects.toMatchObject({ code: 'broken', what: 'stable web is not there any more' });
});

describe('R10 a gateway that writes the status of a base between two calls', () => {
  test('is no conflict, from the first weight to the end', async () => {
    const world = worldOf(new SimulatedCluster());
    await userApplies(world, [service('web'), route]);
    await release(world, onGatewayApi());
    let written = 0;
    const update: Api['update'] = async (object) => {
      const live = await world.api.update(object);
      if (object.kind === 'HTTPRoute') {
        await world.user.patch(
          { ...routeKind, name: 'web', namespace: world.namespace },
          { status: { seen: ++written } },
        );
      }
      return live;
    };
    const api = Object.assign(Object.create(world.api) as Api, { update });
    const approve = ['web#1/step-1'];
    expect((await release(world, onGatewayApi({ version: 'v2' }), { approve }, { api })).stage).toBe('stable');
    expect(written).toBeGreaterThan(1);
    expect(await backends(world)).toEqual(['web']);
    expect(await ours(world)).toEqual([]);
  });
});
